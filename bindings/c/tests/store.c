/* A store of the program's own: an outage with it, and every way in which it can fail. Writes the
 * fallback ids that lead to a permanent one to $CHITTY_FOLDER/settled.txt, so that whoever runs it
 * can hold them against the fallback's books. */
#define _POSIX_C_SOURCE 200809L
#include "common.h"
#include "memory_store.h"

static FILE *settled;

static ChittyClient *opened(MemoryStore *store, int outage) {
  const ChittyStore raw = memory_store_raw(store);
  ChittyConfig config = config_of(outage);
  config.store = &raw;
  ChittyClient *client = NULL;
  CHECK_CODE(chitty_client_new(&config, &client, NULL), 0);
  return client;
}

static void closed(MemoryStore *store, ChittyClient *client) {
  int before = atomic_load(&store->dropped);
  CHECK_CODE(chitty_client_free(client), 0);
  for (int i = 0; i < 20000 && atomic_load(&store->dropped) == before; i++) pause_ms(1);
  CHECK(atomic_load(&store->dropped) == before + 1);
}

static size_t debts(ChittyClient *client) {
  ChittyPendingList *list = NULL;
  CHECK_CODE(chitty_client_pending(client, &list, NULL), 0);
  size_t len = chitty_pending_len(list);
  CHECK_CODE(chitty_pending_free(list), 0);
  return len;
}

static void ask(ChittyClient *client, const char *handle, ChittyIssued *out) {
  ChittyRequest request = request_of(handle);
  ChittyError error;
  ChittyStatus status = chitty_client_request_id(client, &request, NULL, out, &error);
  if (status != 0) fprintf(stderr, "%s: %s\n", error.code_text, error.reason);
  CHECK(status == 0);
}

/* Main is back: the debt becomes a permanent id, and the handle leads to it. */
static void settle(MemoryStore *store, const char *handle, const char *fallback_id) {
  ChittyClient *up = opened(store, 0);
  CHECK(debts(up) == 1);
  ChittyDrainReport report;
  ChittyIssued permanent, again;
  CHECK_CODE(chitty_client_drain(up, 0, NULL, &report, NULL), 0);
  CHECK(report.reconciled == 1 && report.remaining == 0 && debts(up) == 0);
  CHECK_CODE(chitty_client_resolve(up, str(fallback_id), 0, NULL, &permanent, NULL), 0);
  CHECK(permanent.temporary == 0);
  ask(up, handle, &again);
  CHECK(strcmp(again.id, permanent.id) == 0);
  fprintf(settled, "%s\n", fallback_id);
  chitty_issued_free(&permanent);
  chitty_issued_free(&again);
  closed(store, up);
}

static void outage(MemoryStore *store) {
  ChittyClient *down = opened(store, 1);
  ChittyIssued temporary, again;
  ask(down, "store", &temporary);
  CHECK(temporary.temporary == 1 && debts(down) == 1);
  ask(down, "store", &again);
  CHECK(strcmp(again.id, temporary.id) == 0 && debts(down) == 1);
  CHECK_CODE(chitty_client_suspend(down, 2000, NULL), 0);
  CHECK_CODE(chitty_client_resume(down, NULL), 0);
  CHECK(atomic_load(&store->suspended) == 1 && atomic_load(&store->resumed) == 1);
  closed(store, down);
  settle(store, "store", temporary.id);
  chitty_issued_free(&temporary);
  chitty_issued_free(&again);
}

/* Nothing leaves before the store holds it, and the reason is told as it was given. */
static void refusals(MemoryStore *store) {
  static const int given[] = {1501, 1502, 1503, 1504, 1505, 1506, 1507, 1508, 1000, 7, -1, 1 << 30};
  ChittyClient *client = opened(store, 0);
  for (size_t i = 0; i < sizeof given / sizeof given[0]; i++) {
    int wanted = given[i] >= 1501 && given[i] <= 1508 ? given[i] : CHITTY_CODE_FOREIGN_FAILED;
    ChittyRequest request = request_of("refused");
    ChittyIssued issued;
    ChittyError error;
    ChittyPendingList *list = NULL;
    atomic_store(&store->failure, given[i]);
    CHECK_CODE(chitty_client_request_id(client, &request, NULL, &issued, &error), wanted);
    CHECK(error.code == wanted && error.kind != 0 && error.stage == CHITTY_STAGE_NOT_SENT);
    CHECK_CODE(chitty_client_pending(client, &list, NULL), wanted);
    CHECK_CODE(chitty_client_resolve(client, str("AA-E-USR-1234-I-25-7-X"), 0, NULL, &issued, NULL), wanted);
    CHECK_CODE(chitty_client_suspend(client, 1000, NULL), wanted);
  }
  atomic_store(&store->failure, 0);
  ChittyMetrics metrics;
  CHECK_CODE(chitty_client_metrics(client, &metrics, NULL), 0);
  CHECK(metrics.sent_main == 0 && metrics.sent_fallback == 0);
  closed(store, client);
}

/* The store fails at its first, second, … write of a request during an outage. Whatever the fallback
 * issued meanwhile is found again under the same handle, and settled. */
static void failing_writes(MemoryStore *store) {
  int failed = 0;
  for (int nth = 1, reached = 1; reached; nth++) {
    CHECK(nth < 20);
    char handle[32];
    snprintf(handle, sizeof handle, "write-%d", nth);
    ChittyClient *down = opened(store, 1);
    ChittyRequest request = request_of(handle);
    ChittyIssued temporary;
    ChittyError error;
    atomic_store(&store->put_failure, CHITTY_CODE_STORE_FULL);
    atomic_store(&store->puts_left, nth);
    ChittyStatus status = chitty_client_request_id(down, &request, NULL, &temporary, &error);
    reached = atomic_exchange(&store->puts_left, -1) <= 0;
    if (status != 0) {
      CHECK_CODE(status, CHITTY_CODE_STORE_FULL);
      CHECK(reached && error.kind == CHITTY_ERROR_KIND_UNAVAILABLE);
      failed++;
      ask(down, handle, &temporary);
    }
    CHECK(temporary.temporary == 1 && debts(down) == 1);
    closed(store, down);
    settle(store, handle, temporary.id);
    chitty_issued_free(&temporary);
  }
  /* Before the request, and with the fallback's id at hand. */
  CHECK(failed >= 2);
}

static void blocking(MemoryStore *store) {
  ChittyClient *down = opened(store, 1);
  atomic_store(&store->client, down);
  ChittyIssued temporary;
  ask(down, "blocking", &temporary);
  atomic_store(&store->client, NULL);
  CHECK(temporary.temporary == 1 && atomic_load(&store->called_back) >= 2);
  closed(store, down);
  settle(store, "blocking", temporary.id);
  chitty_issued_free(&temporary);
}

int main(void) {
  static MemoryStore store;
  char path[1024];
  snprintf(path, sizeof path, "%s/settled.txt", need("CHITTY_FOLDER"));
  settled = fopen(path, "w");
  CHECK(settled != NULL);
  memory_store_init(&store);
  outage(&store);
  refusals(&store);
  failing_writes(&store);
  blocking(&store);
  CHECK(fclose(settled) == 0);
  CHECK(all_freed());
  memory_store_free(&store);
  puts("store: ok");
  return 0;
}
