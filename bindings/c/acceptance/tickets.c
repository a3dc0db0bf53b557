/* Calls that were started and are waited for later. */
#define _POSIX_C_SOURCE 200809L
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "program.h"

typedef struct Ticket {
  struct Ticket *next;
  uint64_t number;
  ChittyCancelToken *token;
  json_t *answer; /* NULL while the call goes on */
} Ticket;

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static Ticket *tickets;
static uint64_t last;

static Ticket *find(uint64_t number) {
  Ticket *ticket = tickets;
  while (ticket != NULL && ticket->number != number) ticket = ticket->next;
  if (ticket == NULL) give_up("there is no such ticket");
  return ticket;
}

static void ended(void *user, ChittyStatus status, const ChittyError *error, const ChittyIssued *it) {
  Ticket *ticket = user;
  json_t *answer = status == CHITTY_CODE_OK ? ok(issued(it)) : failed(error);
  pthread_mutex_lock(&mutex);
  ticket->answer = answer;
  pthread_cond_broadcast(&changed);
  pthread_mutex_unlock(&mutex);
}

json_t *start(const ChittyClient *client, const json_t *args) {
  const char *method = json_string_value(json_object_get(args, "method"));
  if (method == NULL || strcmp(method, "request_id") != 0) give_up("this call cannot be started");
  Ticket *ticket = calloc(1, sizeof *ticket);
  if (ticket == NULL) give_up("no memory");
  ticket->token = chitty_cancel_token_new();
  ChittyError error;
  const ChittyRequest request = wanted(args);
  if (chitty_client_request_id_async(client, &request, ticket->token, ended, ticket, &error) != CHITTY_CODE_OK) {
    chitty_cancel_token_free(ticket->token);
    free(ticket);
    return failed(&error);
  }
  pthread_mutex_lock(&mutex);
  ticket->number = ++last;
  ticket->next = tickets;
  tickets = ticket;
  pthread_mutex_unlock(&mutex);
  return ok(json_pack("{s:I}", "ticket", (json_int_t)ticket->number));
}

json_t *cancel(uint64_t number) {
  pthread_mutex_lock(&mutex);
  Ticket *ticket = find(number);
  pthread_mutex_unlock(&mutex);
  ChittyError error;
  if (chitty_cancel_token_cancel(ticket->token, &error) != CHITTY_CODE_OK) return failed(&error);
  return ok(json_object());
}

/* Called with the mutex held. */
static void release(Ticket *ticket) {
  Ticket **at = &tickets;
  while (*at != ticket) at = &(*at)->next;
  *at = ticket->next;
  chitty_cancel_token_free(ticket->token);
  free(ticket);
}

json_t *wait_for(uint64_t number, uint64_t timeout_ms) {
  struct timespec until;
  clock_gettime(CLOCK_REALTIME, &until);
  until.tv_sec += (time_t)(timeout_ms / 1000);
  until.tv_nsec += (long)(timeout_ms % 1000) * 1000000;
  if (until.tv_nsec >= 1000000000) {
    until.tv_sec += 1;
    until.tv_nsec -= 1000000000;
  }
  pthread_mutex_lock(&mutex);
  Ticket *ticket = find(number);
  int late = 0;
  while (ticket->answer == NULL && late == 0) late = pthread_cond_timedwait(&changed, &mutex, &until);
  json_t *answer = ticket->answer;
  if (answer != NULL) release(ticket);
  pthread_mutex_unlock(&mutex);
  return answer != NULL ? answer : ok(json_pack("{s:b}", "waiting", 1));
}

/* Ends every call that still goes on, and waits until it has. */
void forget_tickets(void) {
  pthread_mutex_lock(&mutex);
  while (tickets != NULL) {
    Ticket *ticket = tickets;
    chitty_cancel_token_cancel(ticket->token, NULL);
    while (ticket->answer == NULL) pthread_cond_wait(&changed, &mutex);
    json_decref(ticket->answer);
    release(ticket);
  }
  pthread_mutex_unlock(&mutex);
}
