/* The C program of the acceptance suite: chitty.h behind the protocol of spec/acceptance/README.md.
 * Translates and nothing else. */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "program.h"

static ChittyClient *client;
static ChittyEvents *events;

void give_up(const char *why) {
  fprintf(stderr, "acceptance: %s\n", why);
  exit(1);
}

static void let_go(void) {
  forget_tickets();
  chitty_events_free(events);
  chitty_client_free(client);
  events = NULL;
  client = NULL;
}

static json_t *open_one(const json_t *args) {
  ChittyError error;
  let_go();
  if (open_client(args, NULL, &client, &error) != CHITTY_CODE_OK) return failed(&error);
  if (chitty_client_events(client, &events, &error) != CHITTY_CODE_OK) return failed(&error);
  return ok(json_object());
}

static json_t *parse_id(const json_t *args) {
  ChittyError error;
  ChittyParsedId id;
  if (chitty_parse_id(text(args, "text"), &id, &error) != CHITTY_CODE_OK) return failed(&error);
  return ok(described(&id));
}

static json_t *suggest(const json_t *args) {
  const json_t *held = json_object_get(args, "held");
  size_t len = json_array_size(held);
  ChittyStr *views = calloc(len + 1, sizeof *views);
  if (views == NULL) give_up("no memory");
  for (size_t i = 0; i < len; i++) {
    const json_t *id = json_array_get(held, i);
    views[i] = (ChittyStr){json_string_value(id), json_string_length(id)};
  }
  ChittyError error;
  ChittyStrings *near = NULL;
  ChittyStatus status = chitty_suggest(text(args, "text"), views, len, &near, &error);
  free(views);
  if (status != CHITTY_CODE_OK) return failed(&error);
  json_t *ids = json_array();
  for (size_t i = 0; i < chitty_strings_len(near); i++) {
    ChittyStr id;
    if (chitty_strings_get(near, i, &id, &error) != CHITTY_CODE_OK) give_up("a text of a list is missing");
    json_array_append_new(ids, json_stringn(id.data, id.len));
  }
  chitty_strings_free(near);
  return ok(json_pack("{s:o}", "ids", ids));
}

static json_t *events_next(const json_t *args) {
  ChittyError error;
  ChittyEvent event;
  if (chitty_events_next(events, number(args, "timeout_ms"), NULL, &event, &error) != CHITTY_CODE_OK) {
    return failed(&error);
  }
  json_t *answer = happened(&event);
  chitty_event_free(&event);
  return ok(answer);
}

static json_t *answer(const char *call, const json_t *args) {
  if (strcmp(call, "open") == 0) return open_one(args);
  if (strcmp(call, "close") == 0) {
    /* Not freed: the SDK itself says from now on that it is closed. */
    if (client != NULL) chitty_client_close(client, NULL);
    return ok(json_object());
  }
  if (strcmp(call, "cancel") == 0) return cancel(number(args, "ticket"));
  if (strcmp(call, "wait") == 0) return wait_for(number(args, "ticket"), number(args, "timeout_ms"));
  if (strcmp(call, "parse_id") == 0) return parse_id(args);
  if (strcmp(call, "suggest") == 0) return suggest(args);
  if (strcmp(call, "replay_vectors") == 0) return replay_vectors(args);
  if (strncmp(call, "wallet_", 7) == 0 || strncmp(call, "site_", 5) == 0) return on_people(call, args);
  if (client == NULL) return not_open();
  if (strcmp(call, "start") == 0) return start(client, args);
  if (strcmp(call, "events_next") == 0) return events_next(args);
  return on_client(client, call, args);
}

int main(void) {
  char *line = NULL;
  size_t size = 0;
  ssize_t len;
  while ((len = getline(&line, &size, stdin)) > 0) {
    json_error_t wrong;
    json_t *order = json_loadb(line, (size_t)len, JSON_ALLOW_NUL, &wrong);
    const char *call = json_string_value(json_object_get(order, "call"));
    if (call == NULL) give_up("this is no call");
    if (strcmp(call, "quit") == 0) {
      json_decref(order);
      break;
    }
    json_t *said = answer(call, json_object_get(order, "args"));
    json_object_set(said, "id", json_object_get(order, "id"));
    if (json_dumpf(said, stdout, JSON_COMPACT) != 0) give_up("an answer cannot be written");
    putchar('\n');
    fflush(stdout);
    json_decref(said);
    json_decref(order);
  }
  free(line);
  let_go();
  let_people_go();
  return chitty_live_handles() == 0 ? 0 : 3;
}
