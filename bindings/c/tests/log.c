/* The SDK's log in the program's own sink: everything is said, and nothing that must not be. The sink
 * is slow, fails now and then, and calls back in. */
#define _POSIX_C_SOURCE 200809L
#include <pthread.h>
#include <stdatomic.h>

#include "common.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static char lines[1 << 20];
static size_t lines_len;
static int heard;
static _Atomic int dropped;

static ChittyStatus take(void *user, int32_t level, ChittyStr target, ChittyStr text) {
  CHECK(user == &lines_len && level >= CHITTY_LOG_LEVEL_ERROR && level <= CHITTY_LOG_LEVEL_TRACE);
  CHECK(target.len > 6 && (memcmp(target.data, "chitty", 6) == 0 || memcmp(target.data, "spooky", 6) == 0));
  pthread_mutex_lock(&mutex);
  CHECK(lines_len + target.len + text.len + 3 < sizeof lines);
  lines_len += (size_t)snprintf(lines + lines_len, sizeof lines - lines_len, "%.*s %.*s\n", (int)target.len,
                                target.data, (int)text.len, text.data);
  int number = ++heard;
  pthread_mutex_unlock(&mutex);
  pause_ms(1);
  ChittyParsedId id;
  CHECK_CODE(chitty_parse_id(str("AA-C-USR-1234-I-25-7-X"), &id, NULL), 0);
  return number % 2 == 0 ? 0 : 7;
}

static void dropping(void *user) {
  (void)user;
  atomic_fetch_add(&dropped, 1);
}

static int found(const char *secret) {
  pthread_mutex_lock(&mutex);
  int is_there = strstr(lines, secret) != NULL;
  pthread_mutex_unlock(&mutex);
  return is_there;
}

static int count(void) {
  pthread_mutex_lock(&mutex);
  int now = heard;
  pthread_mutex_unlock(&mutex);
  return now;
}

/* No id, and no part of a receipt: whoever has one part can often guess the rest. */
static void hides(const ChittyIssued *issued) {
  CHECK(!found(issued->id));
  char *receipt = malloc(issued->receipt.len + 1);
  CHECK(receipt != NULL);
  memcpy(receipt, issued->receipt.data, issued->receipt.len + 1);
  for (char *part = strtok(receipt, "."); part != NULL; part = strtok(NULL, ".")) CHECK(!found(part));
  free(receipt);
}

static void work(ChittyIssued *temporary, ChittyIssued *permanent) {
  ChittyClient *down = NULL, *up = NULL, *wrong = NULL;
  char path[1024];
  snprintf(path, sizeof path, "%s/log.db", need("CHITTY_FOLDER"));
  ChittyConfig config = config_of(1);
  config.store_path = str(path);
  CHECK_CODE(chitty_client_new(&config, &down, NULL), 0);
  ChittyRequest request = request_of("patient-17-secret-handle");
  request.metadata_json = str("{\"email\":\"someone@private.example\"}");
  CHECK_CODE(chitty_client_request_id(down, &request, NULL, temporary, NULL), 0);
  CHECK(temporary->temporary == 1);
  ChittyDrainReport report;
  CHECK_CODE(chitty_client_drain(down, 1000, NULL, &report, NULL), 0);
  CHECK(report.remaining == 1);
  CHECK_CODE(chitty_client_free(down), 0);

  config.main_url = str(need("CHITTY_MAIN_URL"));
  CHECK_CODE(chitty_client_new(&config, &up, NULL), 0);
  CHECK_CODE(chitty_client_reconcile(up, str(temporary->id), 0, NULL, permanent, NULL), 0);
  CHECK_CODE(chitty_client_free(up), 0);

  config = config_of(0);
  config.main_key = str("wrong-api-key-1");
  CHECK_CODE(chitty_client_new(&config, &wrong, NULL), 0);
  ChittyIssued none;
  CHECK_CODE(chitty_client_request_id(wrong, &request, NULL, &none, NULL), CHITTY_CODE_UNAUTHORIZED);
  CHECK_CODE(chitty_client_free(wrong), 0);
}

int main(void) {
  ChittyLogSink sink = {.struct_size = sizeof sink, .user = &lines_len, .drop = dropping, .log = take};
  CHECK_CODE(chitty_set_log_sink(&sink, 0, NULL), CHITTY_CODE_ARGUMENT_INVALID);
  CHECK_CODE(chitty_set_log_sink(&sink, 6, NULL), CHITTY_CODE_ARGUMENT_INVALID);
  CHECK(atomic_load(&dropped) == 2);
  CHECK_CODE(chitty_set_log_sink(&sink, CHITTY_LOG_LEVEL_TRACE, NULL), 0);
  CHECK_CODE(chitty_set_log_sink(&sink, CHITTY_LOG_LEVEL_TRACE, NULL), CHITTY_CODE_CONFIGURATION_INVALID);
  CHECK(atomic_load(&dropped) == 3);

  ChittyIssued temporary, permanent;
  work(&temporary, &permanent);
  for (int before = -1; before != count(); pause_ms(300)) before = count();
  CHECK(count() >= 2 && found("chitty_client") && found("taking the fallback"));
  hides(&temporary);
  hides(&permanent);
  const char *const secrets[] = {"secret-handle",         "someone@private.example", "wrong-api-key-1",
                                 need("CHITTY_MAIN_KEY"), need("CHITTY_FALLBACK_KEY")};
  for (size_t i = 0; i < sizeof secrets / sizeof secrets[0]; i++) CHECK(!found(secrets[i]));
  /* The control: a line that leaks is found. */
  (void)take(&lines_len, CHITTY_LOG_LEVEL_INFO, str("chitty_test"), str(temporary.id));
  CHECK(found(temporary.id));

  chitty_issued_free(&temporary);
  chitty_issued_free(&permanent);
  CHECK(all_freed());
  puts("log: ok");
  return 0;
}
