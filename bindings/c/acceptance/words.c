/* The SDK's values in the words of the protocol: flat objects of texts, numbers and booleans. */
#include <stdio.h>

#include "program.h"

static const char *const KINDS[] = {"",          "Retry",    "Unavailable", "Unauthorized", "InvalidInput",
                                    "Rejected",  "Conflict", "Corrupt",     "Internal"};
static const char *const STAGES[] = {"", "NotSent", "MaybeSent", "Answered"};
static const char *const CLASSES[] = {"", "standard", "fallback", "error"};
static const char *const PROFILES[] = {"", "secure-fallback", "canonical"};
static const char *const STATES[] = {"", "valid", "invalid", "indeterminate"};

#define WORD(words, number) word(words, sizeof words / sizeof words[0], number)

static const char *word(const char *const *words, size_t len, int number) {
  if (number < 1 || (size_t)number >= len) give_up("the SDK answered with a number that chitty.h does not name");
  return words[number];
}

static json_t *made(json_t *value) {
  if (value == NULL) give_up("a value cannot be written as JSON");
  return value;
}

json_t *ok(json_t *members) { return made(json_pack("{s:o}", "ok", made(members))); }

json_t *failed(const ChittyError *error) {
  json_t *told = made(json_pack("{s:s, s:s, s:s}", "kind", WORD(KINDS, error->kind), "code", error->code_text, "stage",
                                WORD(STAGES, error->stage)));
  if (error->retry_after_ms >= 0) json_object_set_new(told, "retry_after_ms", json_integer(error->retry_after_ms));
  return made(json_pack("{s:o}", "error", told));
}

json_t *not_open(void) {
  return made(
      json_pack("{s:{s:s, s:s, s:s}}", "error", "kind", "InvalidInput", "code", "CHT-1903", "stage", "NotSent"));
}

json_t *issued(const ChittyIssued *it) {
  return made(json_pack("{s:s, s:s%, s:s, s:b}", "id", it->id, "receipt", it->receipt.data, it->receipt.len, "class",
                        WORD(CLASSES, it->id_class), "temporary", (int)it->temporary));
}

json_t *described(const ChittyParsedId *id) {
  return made(json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "profile", WORD(PROFILES, id->profile), "class",
                        WORD(CLASSES, id->id_class), "check", id->check_ok ? "ok" : "mismatch", "domain", id->domain,
                        "namespace", id->id_namespace, "sequence", id->sequence, "entity_type", id->entity_type,
                        "year_month", id->year_month));
}

json_t *judged(const ChittyVerdict *verdict) {
  json_t *answer = made(json_pack("{s:s}", "verdict", WORD(STATES, verdict->state)));
  if (verdict->code != 0) {
    json_object_set_new(answer, "code", made(json_sprintf("CHT-%d", verdict->code)));
  }
  return answer;
}

json_t *happened(const ChittyEvent *event) {
  switch (event->kind) {
    case 0:
      return made(json_pack("{s:s}", "event", "none"));
    case CHITTY_EVENT_KIND_FALLBACK_ISSUED:
      return made(json_pack("{s:s, s:s}", "event", "fallback_issued", "id", event->issued.id));
    case CHITTY_EVENT_KIND_RECONCILED:
      return made(json_pack("{s:s, s:s, s:s}", "event", "reconciled", "old", event->old_id, "id", event->issued.id));
    case CHITTY_EVENT_KIND_RECOVERED:
      return made(json_pack("{s:s, s:s}", "event", "recovered", "id", event->issued.id));
    case CHITTY_EVENT_KIND_WEDGED:
      return made(json_pack("{s:s, s:s}", "event", "wedged", "old", event->old_id));
    default:
      return made(json_pack("{s:s}", "event", "other"));
  }
}

ChittyStr text(const json_t *args, const char *name) {
  const json_t *value = json_object_get(args, name);
  return (ChittyStr){json_string_value(value), json_string_length(value)};
}

uint64_t number(const json_t *args, const char *name) {
  return (uint64_t)json_integer_value(json_object_get(args, name));
}
