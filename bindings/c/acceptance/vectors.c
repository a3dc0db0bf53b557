/* Replays the vectors of the specification. */
#define _POSIX_C_SOURCE 200809L
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "program.h"

/* A clock that stands still, for receipts that are judged at a given time. */
static ChittyStatus stands_still(void *user, int64_t *now_ms) {
  *now_ms = *(const int64_t *)user;
  return CHITTY_CODE_OK;
}

static void write_id(FILE *out, const json_t *given) {
  ChittyError error;
  ChittyParsedId id;
  if (chitty_parse_id(text(given, "text"), &id, &error) != CHITTY_CODE_OK) {
    fputs(error.code_text, out);
    return;
  }
  static const char *const names[] = {"profile",  "class",       "check",     "namespace",
                                      "sequence", "entity_type", "year_month"};
  json_t *members = described(&id);
  fputs("valid", out);
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    fprintf(out, " %s", json_string_value(json_object_get(members, names[i])));
  }
  json_decref(members);
}

static void write_receipt(FILE *out, const json_t *given) {
  int64_t *now_ms = malloc(sizeof *now_ms);
  if (now_ms == NULL) give_up("no memory");
  *now_ms = json_integer_value(json_object_get(given, "now")) * 1000;
  ChittyClock clock = {.struct_size = sizeof clock, .user = now_ms, .drop = free, .now_ms = stands_still};
  json_t *args = json_pack("{s:s, s:s, s:O}", "main_url", "https://id.example", "main_key", "unused", "key_set_json",
                           json_object_get(given, "key_set_json"));
  ChittyError error;
  ChittyClient *client = NULL;
  ChittyVerdict verdict;
  ChittyStatus status = open_client(args, &clock, &client, &error);
  if (status == CHITTY_CODE_OK) {
    ChittyStr receipt = text(given, "receipt");
    status = chitty_client_verify_receipt(client, text(given, "id"), receipt, &verdict, &error);
  }
  if (status != CHITTY_CODE_OK) {
    fputs(error.code_text, out);
  } else {
    json_t *members = judged(&verdict);
    const char *code = json_string_value(json_object_get(members, "code"));
    fputs(json_string_value(json_object_get(members, "verdict")), out);
    if (code != NULL) fprintf(out, " %s", code);
    json_decref(members);
  }
  chitty_client_free(client);
  json_decref(args);
}

static FILE *opened(const json_t *args, const char *name, const char *mode) {
  const char *path = json_string_value(json_object_get(args, name));
  FILE *file = path == NULL ? NULL : fopen(path, mode);
  if (file == NULL) give_up("a file of the runner cannot be opened");
  return file;
}

json_t *replay_vectors(const json_t *args) {
  FILE *cases = opened(args, "path", "rb");
  char *lines = NULL, *line = NULL;
  size_t lines_len = 0, size = 0;
  FILE *out = open_memstream(&lines, &lines_len);
  if (out == NULL) give_up("no memory");
  json_int_t count = 0;
  ssize_t len;
  while ((len = getline(&line, &size, cases)) > 0) {
    json_error_t wrong;
    json_t *given = json_loadb(line, (size_t)len, JSON_ALLOW_NUL, &wrong);
    if (given == NULL) give_up("a vector is no JSON object");
    ChittyStr file = text(given, "file"), name = text(given, "case"), kind = text(given, "kind");
    fwrite(file.data, 1, file.len, out);
    fputc('\t', out);
    fwrite(name.data, 1, name.len, out);
    fputc('\t', out);
    if (kind.len == 3 && memcmp(kind.data, "ids", 3) == 0) {
      write_id(out, given);
    } else {
      write_receipt(out, given);
    }
    fputc('\n', out);
    json_decref(given);
    count++;
  }
  free(line);
  fclose(cases);
  fclose(out);

  FILE *file = opened(args, "lines_path", "wb");
  if (fwrite(lines, 1, lines_len, file) != lines_len || fclose(file) != 0) give_up("the lines cannot be written");
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int digest_len = 0;
  if (EVP_Digest(lines, lines_len, digest, &digest_len, EVP_sha256(), NULL) != 1) give_up("no SHA-256");
  free(lines);
  char hex[2 * EVP_MAX_MD_SIZE + 1] = "";
  for (unsigned int i = 0; i < digest_len; i++) snprintf(hex + 2 * i, 3, "%02x", digest[i]);
  return ok(json_pack("{s:I, s:s}", "cases", count, "sha256", hex));
}
