/* 64 threads with mixed calls on shared objects, some of which vanish meanwhile. */
#define _POSIX_C_SOURCE 200809L
#include <pthread.h>

#include "common.h"

enum { THREADS = 64 };

static ChittyClient *client;
static long rounds;

static void *work(void *argument) {
  long number = (long)argument;
  char handle[32];
  snprintf(handle, sizeof handle, "thread-%ld", number % 16);
  ChittyIssued kept;
  ChittyRequest request = request_of(handle);
  CHECK_CODE(chitty_client_request_id(client, &request, NULL, &kept, NULL), 0);
  ChittyStr receipt = {kept.receipt.data, kept.receipt.len};
  for (long i = 0; i < rounds; i++) {
    switch ((i + number) % 8) {
      case 0: {
        ChittyIssued again;
        CHECK_CODE(chitty_client_request_id(client, &request, NULL, &again, NULL), 0);
        CHECK(strcmp(again.id, kept.id) == 0);
        chitty_issued_free(&again);
        break;
      }
      case 1: {
        ChittyVerdict verdict;
        CHECK_CODE(chitty_client_verify_receipt(client, str(kept.id), receipt, &verdict, NULL), 0);
        CHECK(verdict.valid == 1);
        break;
      }
      case 2: {
        ChittyCancelToken *token = chitty_cancel_token_new();
        ChittyIssued none;
        CHECK_CODE(chitty_cancel_token_cancel(token, NULL), 0);
        CHECK_CODE(chitty_client_request_id(client, &request, token, &none, NULL), CHITTY_CODE_CANCELLED);
        CHECK_CODE(chitty_cancel_token_free(token), 0);
        CHECK_CODE(chitty_cancel_token_free(token), CHITTY_CODE_OBJECT_INVALID);
        break;
      }
      case 3: {
        ChittyPendingList *list;
        CHECK_CODE(chitty_client_pending(client, &list, NULL), 0);
        CHECK_CODE(chitty_pending_free(list), 0);
        break;
      }
      case 4: {
        ChittyMetrics metrics;
        CHECK_CODE(chitty_client_metrics(client, &metrics, NULL), 0);
        break;
      }
      case 5: {
        ChittyParsedId parsed;
        CHECK_CODE(chitty_parse_id(str(kept.id), &parsed, NULL), 0);
        break;
      }
      case 6: {
        ChittyEvents *events;
        ChittyEvent event;
        CHECK_CODE(chitty_client_events(client, &events, NULL), 0);
        CHECK_CODE(chitty_events_next(events, 0, NULL, &event, NULL), 0);
        chitty_event_free(&event);
        CHECK_CODE(chitty_events_free(events), 0);
        break;
      }
      default: {
        ChittyVerification verification;
        CHECK_CODE(chitty_client_verify((ChittyClient *)(void *)&kept, str(kept.id), 0, NULL, &verification, NULL),
                   CHITTY_CODE_OBJECT_INVALID);
        break;
      }
    }
  }
  chitty_issued_free(&kept);
  return NULL;
}

int main(void) {
  pthread_t threads[THREADS];
  rounds = strtol(need("CHITTY_ROUNDS"), NULL, 10);
  ChittyConfig config = config_of(0);
  config.deadline_ms = 60000;
  CHECK_CODE(chitty_client_new(&config, &client, NULL), 0);
  for (long i = 0; i < THREADS; i++) CHECK(pthread_create(&threads[i], NULL, work, (void *)i) == 0);
  for (int i = 0; i < THREADS; i++) CHECK(pthread_join(threads[i], NULL) == 0);
  CHECK_CODE(chitty_client_free(client), 0);
  CHECK(all_freed());
  printf("stress: %d threads x %ld calls: ok\n", THREADS, rounds);
  return 0;
}
