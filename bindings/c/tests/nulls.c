/* Every function of the header with nothing at all, and every call of a client that is closed. The
 * test that runs this program sees to it that no exported function is left out. */
#define _POSIX_C_SOURCE 200809L
#include "common.h"

static const ChittyStr NO_TEXT = {NULL, 0};
static const ChittyBytes NO_BYTES = {NULL, 0};

#define NO_OBJECT(call) CHECK_CODE(call, CHITTY_CODE_OBJECT_INVALID)
#define NO_ARGUMENT(call) CHECK_CODE(call, CHITTY_CODE_ARGUMENT_INVALID)

static void told_issued(void *user, ChittyStatus status, const ChittyError *error, const ChittyIssued *issued) {
  (void)error;
  CHECK(issued == NULL);
  *(ChittyStatus volatile *)user = status;
}
static void told_verification(void *user, ChittyStatus status, const ChittyError *error,
                              const ChittyVerification *verification) {
  (void)error;
  CHECK(verification == NULL);
  *(ChittyStatus volatile *)user = status;
}
static void told_report(void *user, ChittyStatus status, const ChittyError *error, const ChittyDrainReport *report) {
  (void)error;
  CHECK(report == NULL);
  *(ChittyStatus volatile *)user = status;
}
static void told_event(void *user, ChittyStatus status, const ChittyError *error, const ChittyEvent *event) {
  (void)error;
  CHECK(event == NULL);
  *(ChittyStatus volatile *)user = status;
}

/* NULL for every pointer. */
static void nothing(void) {
  NO_ARGUMENT(chitty_client_new(NULL, NULL, NULL));
  NO_OBJECT(chitty_client_close(NULL, NULL));
  NO_OBJECT(chitty_cancel_token_cancel(NULL, NULL));
  NO_ARGUMENT(chitty_client_pending(NULL, NULL, NULL));
  NO_ARGUMENT(chitty_pending_get(NULL, 0, NULL, NULL));
  NO_ARGUMENT(chitty_client_reconcile(NULL, NO_TEXT, 0, NULL, NULL, NULL));
  NO_OBJECT(chitty_client_reconcile_async(NULL, NO_TEXT, 0, NULL, NULL, NULL, NULL));
  NO_ARGUMENT(chitty_client_resolve(NULL, NO_TEXT, 0, NULL, NULL, NULL));
  NO_OBJECT(chitty_client_resolve_async(NULL, NO_TEXT, 0, NULL, NULL, NULL, NULL));
  NO_OBJECT(chitty_client_drain(NULL, 0, NULL, NULL, NULL));
  NO_ARGUMENT(chitty_client_drain_async(NULL, 0, NULL, NULL, NULL, NULL));
  NO_OBJECT(chitty_client_retry_wedged(NULL, NULL, NULL));
  NO_OBJECT(chitty_client_abandon(NULL, NO_TEXT, NO_TEXT, NULL));
  NO_ARGUMENT(chitty_client_events(NULL, NULL, NULL));
  NO_ARGUMENT(chitty_events_next(NULL, 0, NULL, NULL, NULL));
  NO_ARGUMENT(chitty_events_next_async(NULL, 0, NULL, NULL, NULL, NULL));
  NO_OBJECT(chitty_exchange_answer(NULL, 200, NULL, 0, NO_BYTES, NULL));
  NO_ARGUMENT(chitty_exchange_answer(NULL, 200, NULL, 1, NO_BYTES, NULL));
  NO_OBJECT(chitty_exchange_fail(NULL, 0, 0, NULL));
  NO_ARGUMENT(chitty_parse_id(NO_TEXT, NULL, NULL));
  NO_ARGUMENT(chitty_suggest(NO_TEXT, NULL, 0, NULL, NULL));
  NO_ARGUMENT(chitty_strings_get(NULL, 0, NULL, NULL));
  NO_ARGUMENT(chitty_set_log_sink(NULL, CHITTY_LOG_LEVEL_INFO, NULL));
  NO_ARGUMENT(chitty_client_request_id(NULL, NULL, NULL, NULL, NULL));
  NO_OBJECT(chitty_client_request_id_async(NULL, NULL, NULL, NULL, NULL, NULL));
  NO_OBJECT(chitty_sink_row(NULL, NULL, NULL));
  NO_OBJECT(chitty_sink_bytes(NULL, NO_BYTES, NULL));
  NO_ARGUMENT(chitty_client_metrics(NULL, NULL, NULL));
  NO_ARGUMENT(chitty_client_health(NULL, NULL, NULL, NULL));
  NO_OBJECT(chitty_client_suspend(NULL, 0, NULL));
  NO_OBJECT(chitty_client_resume(NULL, NULL));
  NO_ARGUMENT(chitty_client_verify(NULL, NO_TEXT, 0, NULL, NULL, NULL));
  NO_ARGUMENT(chitty_client_verify_async(NULL, NO_TEXT, 0, NULL, NULL, NULL, NULL));
  NO_ARGUMENT(chitty_client_verify_receipt(NULL, NO_TEXT, NO_TEXT, NULL, NULL));
  NO_OBJECT(chitty_client_refresh(NULL, NULL, NULL, NULL));
  NO_ARGUMENT(chitty_client_history(NULL, NO_TEXT, 0, NULL, NULL, NULL));
  NO_ARGUMENT(chitty_history_get(NULL, 0, NULL, NULL));
  CHECK(chitty_pending_len(NULL) == 0 && chitty_history_len(NULL) == 0 && chitty_strings_len(NULL) == 0);
#ifdef CHITTY_TEST_HOOKS
  CHECK_CODE(chitty_test_panic(NULL), CHITTY_CODE_INTERNAL);
#endif
  /* Every free takes NULL. */
  CHECK_CODE(chitty_client_free(NULL), 0);
  CHECK_CODE(chitty_cancel_token_free(NULL), 0);
  CHECK_CODE(chitty_events_free(NULL), 0);
  CHECK_CODE(chitty_pending_free(NULL), 0);
  CHECK_CODE(chitty_history_free(NULL), 0);
  CHECK_CODE(chitty_strings_free(NULL), 0);
  CHECK_CODE(chitty_issued_free(NULL), 0);
  CHECK_CODE(chitty_event_free(NULL), 0);
  CHECK_CODE(chitty_buffer_free(NULL), 0);
}

/* A handle that C made up, with everything else in order. */
static void no_handle(void) {
  ChittyClient *none = (ChittyClient *)0x1234;
  ChittyError error;
  ChittyPendingList *pending = NULL;
  ChittyHistory *history = NULL;
  ChittyEvents *events = NULL;
  ChittyIssued issued;
  ChittyVerification verification;
  ChittyVerdict verdict;
  ChittyMetrics metrics;
  ChittyHealth health;
  ChittyPending debt;
  ChittyLifecycleEvent step;
  ChittyEvent event;
  ChittyStr text;
  ChittyRequest request = request_of("a");
  ChittyStr id = str("AA-C-USR-1234-I-25-7-X");
  NO_OBJECT(chitty_client_request_id(none, &request, NULL, &issued, &error));
  NO_OBJECT(chitty_client_pending(none, &pending, &error));
  NO_OBJECT(chitty_client_reconcile(none, id, 0, NULL, &issued, &error));
  NO_OBJECT(chitty_client_resolve(none, id, 0, NULL, &issued, &error));
  NO_OBJECT(chitty_client_verify(none, id, 0, NULL, &verification, &error));
  NO_OBJECT(chitty_client_verify_receipt(none, id, id, &verdict, &error));
  NO_OBJECT(chitty_client_refresh(none, NULL, NULL, &error));
  NO_OBJECT(chitty_client_history(none, id, 0, NULL, &history, &error));
  NO_OBJECT(chitty_client_metrics(none, &metrics, &error));
  NO_OBJECT(chitty_client_health(none, NULL, &health, &error));
  NO_OBJECT(chitty_client_events(none, &events, &error));
  NO_OBJECT(chitty_pending_get((ChittyPendingList *)(void *)none, 0, &debt, &error));
  NO_OBJECT(chitty_history_get((ChittyHistory *)(void *)none, 0, &step, &error));
  NO_OBJECT(chitty_strings_get((ChittyStrings *)(void *)none, 0, &text, &error));
  NO_OBJECT(chitty_events_next((ChittyEvents *)(void *)none, 0, NULL, &event, &error));
  CHECK(error.code == CHITTY_CODE_OBJECT_INVALID && pending == NULL && history == NULL && events == NULL);
}

/* Waits for what an asynchronous call tells, if it did not fail at once. */
static void ends_closed(ChittyStatus at_once, ChittyStatus volatile *told) {
  if (at_once == 0) {
    for (int i = 0; i < 20000 && *told == -1; i++) pause_ms(1);
    at_once = *told;
  }
  *told = -1;
  CHECK_CODE(at_once, CHITTY_CODE_CLOSED);
}

#define IS_CLOSED(call) CHECK_CODE(call, CHITTY_CODE_CLOSED)

static void after_close(void) {
  ChittyConfig config = config_of(0);
  ChittyClient *client = NULL;
  ChittyEvents *events = NULL, *later = NULL;
  CHECK_CODE(chitty_client_new(&config, &client, NULL), 0);
  CHECK_CODE(chitty_client_events(client, &events, NULL), 0);
  CHECK_CODE(chitty_client_close(client, NULL), 0);
  CHECK_CODE(chitty_client_close(client, NULL), 0);
  ChittyRequest request = request_of("a");
  ChittyStr id = str("AA-E-USR-1234-I-25-7-X");
  ChittyIssued issued;
  ChittyVerification verification;
  ChittyVerdict verdict;
  ChittyMetrics metrics;
  ChittyHealth health;
  ChittyPendingList *list = NULL;
  ChittyHistory *history = NULL;
  ChittyDrainReport report;
  ChittyEvent event;
  uint64_t retried;
  IS_CLOSED(chitty_client_request_id(client, &request, NULL, &issued, NULL));
  IS_CLOSED(chitty_client_reconcile(client, id, 0, NULL, &issued, NULL));
  IS_CLOSED(chitty_client_resolve(client, id, 0, NULL, &issued, NULL));
  IS_CLOSED(chitty_client_verify(client, id, 0, NULL, &verification, NULL));
  IS_CLOSED(chitty_client_verify_receipt(client, id, str("x"), &verdict, NULL));
  IS_CLOSED(chitty_client_refresh(client, NULL, NULL, NULL));
  IS_CLOSED(chitty_client_history(client, id, 0, NULL, &history, NULL));
  IS_CLOSED(chitty_client_pending(client, &list, NULL));
  IS_CLOSED(chitty_client_drain(client, 0, NULL, &report, NULL));
  IS_CLOSED(chitty_client_retry_wedged(client, &retried, NULL));
  IS_CLOSED(chitty_client_abandon(client, id, str("why"), NULL));
  IS_CLOSED(chitty_client_metrics(client, &metrics, NULL));
  IS_CLOSED(chitty_client_health(client, NULL, &health, NULL));
  IS_CLOSED(chitty_client_suspend(client, 100, NULL));
  IS_CLOSED(chitty_client_resume(client, NULL));
  IS_CLOSED(chitty_client_events(client, &later, NULL));
  IS_CLOSED(chitty_events_next(events, 1000, NULL, &event, NULL));
  ChittyStatus volatile told = -1;
  void *user = (void *)&told;
  ends_closed(chitty_client_request_id_async(client, &request, NULL, told_issued, user, NULL), &told);
  ends_closed(chitty_client_reconcile_async(client, id, 0, NULL, told_issued, user, NULL), &told);
  ends_closed(chitty_client_resolve_async(client, id, 0, NULL, told_issued, user, NULL), &told);
  ends_closed(chitty_client_verify_async(client, id, 0, NULL, told_verification, user, NULL), &told);
  ends_closed(chitty_client_drain_async(client, 0, NULL, told_report, user, NULL), &told);
  ends_closed(chitty_events_next_async(events, 1000, NULL, told_event, user, NULL), &told);
  CHECK_CODE(chitty_events_free(events), 0);
  CHECK_CODE(chitty_client_free(client), 0);
  NO_OBJECT(chitty_client_free(client));
  NO_OBJECT(chitty_client_close(client, NULL));
}

int main(void) {
  CHECK(chitty_abi_version() == CHITTY_ABI_VERSION && chitty_version() != NULL);
  nothing();
  no_handle();
  after_close();
  ChittyCancelToken *token = chitty_cancel_token_new();
  CHECK_CODE(chitty_cancel_token_free(token), 0);
  CHECK(chitty_live_handles() == 0 || all_freed());
  puts("nulls: ok");
  return 0;
}
