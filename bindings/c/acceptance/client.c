/* The calls of the protocol that take a client. */
#include <string.h>

#include "program.h"

ChittyStatus open_client(const json_t *args, const ChittyClock *clock, ChittyClient **out, ChittyError *error) {
  ChittyConfig config = {.struct_size = sizeof config};
  config.main_url = text(args, "main_url");
  config.main_key = text(args, "main_key");
  config.fallback_url = text(args, "fallback_url");
  config.fallback_key = text(args, "fallback_key");
  config.key_set_json = text(args, "key_set_json");
  config.store_path = text(args, "store_path");
  config.deadline_ms = number(args, "deadline_ms");
  config.manual = json_is_true(json_object_get(args, "automatic")) ? 0 : 1;
  config.clock = clock;
  return chitty_client_new(&config, out, error);
}

ChittyRequest wanted(const json_t *args) {
  ChittyRequest request = {.struct_size = sizeof request};
  ChittyStr handle = text(args, "handle");
  request.id_namespace = text(args, "namespace");
  request.entity_type = text(args, "entity_type");
  request.handle = (ChittyBytes){(const uint8_t *)handle.data, handle.len};
  request.metadata_json = text(args, "metadata_json");
  request.require_standard = json_is_true(json_object_get(args, "require_standard"));
  request.deadline_ms = number(args, "deadline_ms");
  return request;
}

static json_t *told(ChittyStatus status, ChittyIssued *it, const ChittyError *error) {
  if (status != CHITTY_CODE_OK) return failed(error);
  json_t *answer = issued(it);
  chitty_issued_free(it);
  return ok(answer);
}

static json_t *pending(const ChittyClient *client) {
  ChittyError error;
  ChittyPendingList *list = NULL;
  if (chitty_client_pending(client, &list, &error) != CHITTY_CODE_OK) return failed(&error);
  json_t *ids = json_array();
  for (size_t i = 0; i < chitty_pending_len(list); i++) {
    ChittyPending debt;
    if (chitty_pending_get(list, i, &debt, &error) != CHITTY_CODE_OK) give_up("a debt of the list is missing");
    json_array_append_new(ids, json_string(debt.fallback_id));
  }
  chitty_pending_free(list);
  return ok(json_pack("{s:o}", "ids", ids));
}

static json_t *verify(const ChittyClient *client, const json_t *args) {
  ChittyError error;
  ChittyVerification said;
  if (chitty_client_verify(client, text(args, "id"), 0, NULL, &said, &error) != CHITTY_CODE_OK) return failed(&error);
  json_t *answer = json_pack("{s:b, s:s}", "valid", (int)said.valid, "status", said.status);
  if (said.permanent_id[0] != '\0') json_object_set_new(answer, "permanent_id", json_string(said.permanent_id));
  return ok(answer);
}

static json_t *drain(const ChittyClient *client, const json_t *args) {
  ChittyError error;
  ChittyDrainReport report;
  if (chitty_client_drain(client, number(args, "deadline_ms"), NULL, &report, &error) != CHITTY_CODE_OK) {
    return failed(&error);
  }
  return ok(json_pack("{s:I, s:I, s:I, s:I}", "reconciled", (json_int_t)report.reconciled, "recovered",
                      (json_int_t)report.recovered, "wedged", (json_int_t)report.wedged, "remaining",
                      (json_int_t)report.remaining));
}

json_t *on_client(const ChittyClient *client, const char *call, const json_t *args) {
  ChittyError error;
  ChittyIssued it;
  if (strcmp(call, "request_id") == 0) {
    const ChittyRequest request = wanted(args);
    ChittyStatus status = chitty_client_request_id(client, &request, NULL, &it, &error);
    return told(status, &it, &error);
  }
  if (strcmp(call, "reconcile") == 0) {
    ChittyStatus status = chitty_client_reconcile(client, text(args, "id"), 0, NULL, &it, &error);
    return told(status, &it, &error);
  }
  if (strcmp(call, "resolve") == 0) {
    ChittyStatus status = chitty_client_resolve(client, text(args, "id"), 0, NULL, &it, &error);
    return told(status, &it, &error);
  }
  if (strcmp(call, "verify_receipt") == 0) {
    ChittyVerdict verdict;
    ChittyStr receipt = text(args, "receipt");
    ChittyStatus status = chitty_client_verify_receipt(client, text(args, "id"), receipt, &verdict, &error);
    return status == CHITTY_CODE_OK ? ok(judged(&verdict)) : failed(&error);
  }
  if (strcmp(call, "verify") == 0) return verify(client, args);
  if (strcmp(call, "pending") == 0) return pending(client);
  if (strcmp(call, "drain") == 0) return drain(client, args);
  give_up("this call is not in the protocol");
  return NULL;
}
