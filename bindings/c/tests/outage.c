/* From an outage of main to the permanent id, with blocking calls and with callbacks. */
#define _POSIX_C_SOURCE 200809L
#include <stdatomic.h>

#include "common.h"

typedef struct {
  _Atomic int done;
  ChittyStatus status;
  char id[32];
  ChittyClient *client;
  int again;
} Call;

static void wait_for(_Atomic int *flag) {
  for (int i = 0; i < 20000 && !atomic_load(flag); i++) pause_ms(1);
  CHECK(atomic_load(flag));
}

static void told(void *user, ChittyStatus status, const ChittyError *error, const ChittyIssued *issued) {
  Call *call = user;
  CHECK(error->code == status);
  call->status = status;
  if (issued != NULL) memcpy(call->id, issued->id, sizeof call->id);
  /* Calls back in, and waits, on a thread of the SDK. */
  ChittyRequest request = request_of("from-a-callback");
  ChittyIssued inner;
  call->again = chitty_client_request_id(call->client, &request, NULL, &inner, NULL);
  if (call->again == 0) chitty_issued_free(&inner);
  atomic_store(&call->done, 1);
}

static void told_event(void *user, ChittyStatus status, const ChittyError *error, const ChittyEvent *event) {
  (void)error;
  Call *call = user;
  call->status = status;
  if (event != NULL) call->again = event->kind;
  atomic_store(&call->done, 1);
}

int main(void) {
  ChittyError error;
  ChittyClient *down = NULL, *up = NULL;
  char path[1024];
  snprintf(path, sizeof path, "%s/outage.db", need("CHITTY_FOLDER"));

  ChittyConfig config = config_of(1);
  config.store_path = str(path);
  CHECK_CODE(chitty_client_new(&config, &down, &error), 0);
  ChittyEvents *events = NULL;
  CHECK_CODE(chitty_client_events(down, &events, &error), 0);
  ChittyRequest request = request_of("row-17");
  request.metadata_json = str("{\"row\":17}");
  ChittyIssued temporary;
  CHECK_CODE(chitty_client_request_id(down, &request, NULL, &temporary, &error), 0);
  CHECK(temporary.temporary == 1 && temporary.id_class == CHITTY_CLASS_FALLBACK);
  CHECK(temporary.receipt.data[temporary.receipt.len] == '\0');

  ChittyVerdict verdict;
  ChittyStr receipt = {temporary.receipt.data, temporary.receipt.len};
  CHECK_CODE(chitty_client_verify_receipt(down, str(temporary.id), receipt, &verdict, &error), 0);
  CHECK(verdict.valid == 1 && verdict.state == CHITTY_VERDICT_STATE_VALID);
  ChittyPendingList *list = NULL;
  CHECK_CODE(chitty_client_pending(down, &list, &error), 0);
  CHECK(chitty_pending_len(list) == 1);
  ChittyPending debt;
  CHECK_CODE(chitty_pending_get(list, 0, &debt, &error), 0);
  CHECK(strcmp(debt.fallback_id, temporary.id) == 0);
  CHECK_CODE(chitty_pending_get(list, 1, &debt, &error), CHITTY_CODE_ARGUMENT_INVALID);
  CHECK_CODE(chitty_pending_free(list), 0);
  ChittyEvent event;
  CHECK_CODE(chitty_events_next(events, 2000, NULL, &event, &error), 0);
  CHECK(event.kind == CHITTY_EVENT_KIND_FALLBACK_ISSUED && strcmp(event.issued.id, temporary.id) == 0);
  chitty_event_free(&event);
  CHECK_CODE(chitty_events_next(events, 10, NULL, &event, &error), 0);
  CHECK(event.kind == 0);
  CHECK_CODE(chitty_client_free(down), 0);
  CHECK_CODE(chitty_events_next(events, 10, NULL, &event, &error), CHITTY_CODE_CLOSED);
  CHECK_CODE(chitty_events_free(events), 0);

  config = config_of(0);
  config.store_path = str(path);
  CHECK_CODE(chitty_client_new(&config, &up, &error), 0);
  CHECK_CODE(chitty_client_events(up, &events, &error), 0);
  Call heard = {0, -1, "", up, 0};
  CHECK_CODE(chitty_events_next_async(events, 20000, NULL, told_event, &heard, &error), 0);
  ChittyDrainReport report;
  CHECK_CODE(chitty_client_drain(up, 0, NULL, &report, &error), 0);
  CHECK(report.reconciled == 1 && report.remaining == 0 && report.stopped == 0);
  wait_for(&heard.done);
  CHECK(heard.status == 0 && heard.again == CHITTY_EVENT_KIND_RECONCILED);
  ChittyIssued permanent;
  CHECK_CODE(chitty_client_resolve(up, str(temporary.id), 0, NULL, &permanent, &error), 0);
  CHECK(permanent.id_class == CHITTY_CLASS_STANDARD && permanent.temporary == 0);
  ChittyVerification verification;
  CHECK_CODE(chitty_client_verify(up, str(permanent.id), 0, NULL, &verification, &error), 0);
  CHECK(verification.valid == 1 && strcmp(verification.status, "active") == 0);
  ChittyHistory *history = NULL;
  CHECK_CODE(chitty_client_history(up, str(temporary.id), 0, NULL, &history, &error), 0);
  CHECK(chitty_history_len(history) > 0);
  ChittyLifecycleEvent step;
  CHECK_CODE(chitty_history_get(history, 0, &step, &error), 0);
  CHECK(step.at.len > 0);
  CHECK_CODE(chitty_history_free(history), 0);

  Call call = {0, -1, "", up, -1};
  CHECK_CODE(chitty_client_request_id_async(up, &request, NULL, told, &call, &error), 0);
  wait_for(&call.done);
  CHECK(call.status == 0 && call.again == 0 && strcmp(call.id, permanent.id) == 0);
  ChittyMetrics metrics;
  CHECK_CODE(chitty_client_metrics(up, &metrics, &error), 0);
  CHECK(metrics.reconciled == 1);
  ChittyHealth health;
  CHECK_CODE(chitty_client_health(up, NULL, &health, &error), 0);
  CHECK(health.main.reachable == 1 && health.debts == 0);
  CHECK_CODE(chitty_client_suspend(up, 2000, &error), 0);
  CHECK_CODE(chitty_client_request_id(up, &request, NULL, &permanent, &error), CHITTY_CODE_STORE_SUSPENDED);
  CHECK_CODE(chitty_client_resume(up, &error), 0);

  chitty_issued_free(&temporary);
  chitty_issued_free(&permanent);
  chitty_issued_free(&permanent);
  CHECK_CODE(chitty_events_free(events), 0);
  CHECK_CODE(chitty_client_free(up), 0);
  CHECK(all_freed());
  puts("outage: ok");
  return 0;
}
