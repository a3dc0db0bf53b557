/* Parts of the program's own for wallets and sites: a folder of secrets, and a clock that runs ahead. */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "program.h"

/* `folder`/`name`; the caller frees it. */
static char *place(const char *folder, ChittyStr name) {
  size_t len = strlen(folder) + name.len + 2;
  char *path = malloc(len);
  if (path == NULL) give_up("no memory");
  snprintf(path, len, "%s/%.*s", folder, (int)name.len, name.data);
  return path;
}

static ChittyStatus write_file(char *path, ChittyBytes bytes) {
  FILE *file = fopen(path, "wb");
  free(path);
  if (file == NULL) return CHITTY_CODE_FOREIGN_FAILED;
  size_t written = fwrite(bytes.data, 1, bytes.len, file);
  return fclose(file) == 0 && written == bytes.len ? CHITTY_CODE_OK : CHITTY_CODE_FOREIGN_FAILED;
}

static ChittyStatus load(void *user, ChittyStr name, ChittySink *out) {
  char *path = place(user, name);
  FILE *file = fopen(path, "rb");
  free(path);
  if (file == NULL) return CHITTY_CODE_OK;
  uint8_t secret[256];
  size_t len = fread(secret, 1, sizeof secret, file);
  fclose(file);
  return chitty_sink_bytes(out, (ChittyBytes){secret, len}, NULL);
}

static ChittyStatus save(void *user, ChittyStr name, ChittyBytes secret) { return write_file(place(user, name), secret); }

static ChittyStatus keep(void *user, ChittyBytes seed) { return write_file(place(user, CHITTY_STR("seed")), seed); }

static ChittyStatus now_ms(void *user, int64_t *now) {
  FILE *file = fopen(user, "r");
  if (file == NULL) return CHITTY_CODE_FOREIGN_FAILED;
  long long ahead = 0;
  int read = fscanf(file, "%lld", &ahead);
  fclose(file);
  if (read != 1) return CHITTY_CODE_FOREIGN_FAILED;
  struct timespec time;
  clock_gettime(CLOCK_REALTIME, &time);
  *now = (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000 + ahead;
  return CHITTY_CODE_OK;
}

static char *copied(ChittyStr text) {
  char *copy = strndup(text.data, text.len);
  if (copy == NULL) give_up("no memory");
  return copy;
}

ChittySecretStore folder_of(ChittyStr path) {
  return (ChittySecretStore){
      .struct_size = sizeof(ChittySecretStore), .user = copied(path), .drop = free, .load = load, .save = save};
}

ChittySeedKeeper keeper_in(ChittyStr path) {
  return (ChittySeedKeeper){.struct_size = sizeof(ChittySeedKeeper), .user = copied(path), .drop = free, .keep = keep};
}

ChittyClock clock_ahead(ChittyStr path) {
  return (ChittyClock){.struct_size = sizeof(ChittyClock), .user = copied(path), .drop = free, .now_ms = now_ms};
}
