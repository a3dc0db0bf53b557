/* The calls of the protocol about wallets and sites. */
#define _POSIX_C_SOURCE 200809L
#include <stdlib.h>
#include <string.h>

#include "program.h"

/* The sites that are open, by their hosts. */
enum { MOST_SITES = 8 };
static struct {
  char *host;
  ChittySite *site;
} sites[MOST_SITES];
static ChittyWallet *wallet;

static const char *const STANDINGS[] = {"", "unknown", "active", "revoked"};

void let_people_go(void) {
  chitty_wallet_free(wallet);
  wallet = NULL;
  for (size_t i = 0; i < MOST_SITES; i++) {
    chitty_site_free(sites[i].site);
    free(sites[i].host);
    sites[i].site = NULL;
    sites[i].host = NULL;
  }
}

static json_t *done(ChittyStatus status, const ChittyError *error) {
  return status == CHITTY_CODE_OK ? ok(json_object()) : failed(error);
}

static json_t *hex(const void *data, size_t len) {
  static const char DIGITS[] = "0123456789abcdef";
  const uint8_t *bytes = data;
  char *text = malloc(2 * len + 1);
  if (text == NULL) give_up("no memory");
  for (size_t i = 0; i < len; i++) {
    text[2 * i] = DIGITS[bytes[i] >> 4];
    text[2 * i + 1] = DIGITS[bytes[i] & 15];
  }
  json_t *value = json_stringn(text, 2 * len);
  free(text);
  return value;
}

static uint8_t digit(char of) { return (uint8_t)(of <= '9' ? of - '0' : of - 'a' + 10); }

static json_t *open_wallet(const json_t *args) {
  chitty_wallet_free(wallet);
  wallet = NULL;
  const ChittySecretStore secrets = folder_of(text(args, "secrets_path"));
  const ChittySeedKeeper keeper = keeper_in(text(args, "secrets_path"));
  const ChittyClock clock = clock_ahead(text(args, "clock_path"));
  ChittyWalletConfig config = {.struct_size = sizeof config, .secrets = &secrets, .seed_keeper = &keeper};
  config.broker = text(args, "broker");
  config.broker_url = text(args, "broker_url");
  config.store_path = text(args, "store_path");
  config.deadline_ms = number(args, "deadline_ms");
  config.clock = &clock;
  ChittyError error;
  return done(chitty_wallet_new(&config, &wallet, &error), &error);
}

static json_t *string_of(ChittyStr text) { return json_stringn(text.data, text.len); }

static json_t *obtain(const json_t *args) {
  ChittyError error;
  ChittyCredentials *list = NULL;
  ChittyStatus status = chitty_wallet_obtain(wallet, text(args, "schema"), text(args, "enrolment_code"), NULL, &list, &error);
  if (status != CHITTY_CODE_OK) return failed(&error);
  ChittyCredential got;
  if (chitty_credentials_get(list, 0, &got, &error) != CHITTY_CODE_OK) give_up("the credential is missing");
  json_t *answer = json_pack("{s:o, s:o, s:o, s:o}", "issuer", string_of(got.issuer), "schema", string_of(got.schema),
                             "not_after", string_of(got.not_after), "attributes_json", string_of(got.attributes_json));
  chitty_credentials_free(list);
  return ok(answer);
}

static json_t *credentials(void) {
  ChittyError error;
  ChittyCredentials *list = NULL;
  if (chitty_wallet_credentials(wallet, &list, &error) != CHITTY_CODE_OK) return failed(&error);
  json_t *schemas = json_array();
  for (size_t i = 0; i < chitty_credentials_len(list); i++) {
    ChittyCredential held;
    if (chitty_credentials_get(list, i, &held, &error) != CHITTY_CODE_OK) give_up("a credential is missing");
    json_array_append_new(schemas, string_of(held.schema));
  }
  chitty_credentials_free(list);
  return ok(json_pack("{s:o}", "schemas", schemas));
}

static json_t *standing(void) {
  ChittyError error;
  int32_t stands = 0;
  if (chitty_wallet_standing(wallet, NULL, &stands, &error) != CHITTY_CODE_OK) return failed(&error);
  if (stands < CHITTY_ANCHOR_STANDING_UNKNOWN || stands > CHITTY_ANCHOR_STANDING_REVOKED) give_up("an unknown standing");
  return ok(json_pack("{s:s}", "standing", STANDINGS[stands]));
}

static json_t *present(const json_t *args) {
  const json_t *names = json_object_get(args, "attributes");
  ChittyConsent consent = {.struct_size = sizeof consent, .attributes_len = json_array_size(names)};
  ChittyStr *views = calloc(consent.attributes_len + 1, sizeof *views);
  if (views == NULL) give_up("no memory");
  for (size_t i = 0; i < consent.attributes_len; i++) {
    const json_t *name = json_array_get(names, i);
    views[i] = (ChittyStr){json_string_value(name), json_string_length(name)};
  }
  consent.attributes = views;
  consent.tag = json_is_true(json_object_get(args, "tag"));
  ChittyError error;
  ChittyBuffer shown;
  ChittyStatus status =
      chitty_wallet_present(wallet, text(args, "origin"), text(args, "request_json"), &consent, NULL, &shown, &error);
  free(views);
  if (status != CHITTY_CODE_OK) return failed(&error);
  json_t *answer = json_pack("{s:o}", "presentation", hex(shown.data, shown.len));
  chitty_buffer_free(&shown);
  return ok(answer);
}

static json_t *on_wallet(const char *call, const json_t *args) {
  ChittyError error;
  if (strcmp(call, "wallet_register") == 0) return done(chitty_wallet_register(wallet, NULL, &error), &error);
  if (strcmp(call, "wallet_refresh") == 0) return done(chitty_wallet_refresh(wallet, NULL, &error), &error);
  if (strcmp(call, "wallet_revoke") == 0) return done(chitty_wallet_revoke(wallet, NULL, &error), &error);
  if (strcmp(call, "wallet_obtain") == 0) return obtain(args);
  if (strcmp(call, "wallet_credentials") == 0) return credentials();
  if (strcmp(call, "wallet_standing") == 0) return standing();
  if (strcmp(call, "wallet_present") == 0) return present(args);
  give_up("this call is not in the protocol");
  return NULL;
}

static json_t *open_site(const json_t *args) {
  ChittyStr host = text(args, "host");
  size_t i = 0;
  while (i < MOST_SITES && sites[i].host != NULL && strncmp(sites[i].host, host.data, host.len + 1) != 0) i++;
  if (i == MOST_SITES) give_up("too many sites");
  if (sites[i].host == NULL) sites[i].host = strndup(host.data, host.len);
  chitty_site_free(sites[i].site);
  sites[i].site = NULL;
  const ChittyClock clock = clock_ahead(text(args, "clock_path"));
  ChittySiteConfig config = {.struct_size = sizeof config, .host = host, .clock = &clock};
  config.broker = text(args, "broker");
  config.broker_url = text(args, "broker_url");
  config.keys_max_age_s = number(args, "keys_max_age_s");
  config.deadline_ms = number(args, "deadline_ms");
  ChittyError error;
  return done(chitty_site_new(&config, &sites[i].site, &error), &error);
}

static json_t *verify(const ChittySite *site, const json_t *args) {
  ChittyStr digits = text(args, "presentation");
  size_t len = digits.len / 2;
  uint8_t *bytes = malloc(len + 1);
  if (bytes == NULL) give_up("no memory");
  for (size_t i = 0; i < len; i++) bytes[i] = (uint8_t)(digit(digits.data[2 * i]) << 4 | digit(digits.data[2 * i + 1]));
  ChittyError error;
  ChittyPresentationVerdict verdict;
  ChittyStatus status =
      chitty_site_verify(site, (ChittyBytes){bytes, len}, text(args, "policy_json"), text(args, "expected_nonce"), NULL,
                         &verdict, &error);
  free(bytes);
  if (status != CHITTY_CODE_OK) return failed(&error);
  json_t *answer = judged(&(ChittyVerdict){.valid = verdict.valid, .state = verdict.state});
  if (verdict.reason[0] != '\0') json_object_set_new(answer, "reason", json_string(verdict.reason));
  if (verdict.not_after[0] != '\0') json_object_set_new(answer, "not_after", json_string(verdict.not_after));
  if (verdict.issuer.data != NULL) {
    json_object_set_new(answer, "issuer", json_stringn(verdict.issuer.data, verdict.issuer.len));
  }
  if (verdict.attributes_json.data != NULL) {
    const ChittyBuffer *told = &verdict.attributes_json;
    json_object_set_new(answer, "attributes_json", json_stringn(told->data, told->len));
  }
  if (verdict.tag_len != 0) json_object_set_new(answer, "tag", hex(verdict.tag, verdict.tag_len));
  chitty_presentation_verdict_free(&verdict);
  return ok(answer);
}

static json_t *on_site(const ChittySite *site, const char *call, const json_t *args) {
  ChittyError error;
  if (strcmp(call, "site_refresh") == 0) return done(chitty_site_refresh(site, NULL, &error), &error);
  if (strcmp(call, "site_verify") == 0) return verify(site, args);
  if (strcmp(call, "site_request") != 0) give_up("this call is not in the protocol");
  ChittySiteRequest request;
  if (chitty_site_request(site, text(args, "policy_json"), NULL, &request, &error) != CHITTY_CODE_OK) {
    return failed(&error);
  }
  json_t *answer =
      json_pack("{s:s%, s:s}", "request_json", request.text.data, request.text.len, "nonce", request.nonce);
  chitty_buffer_free(&request.text);
  return ok(answer);
}

json_t *on_people(const char *call, const json_t *args) {
  if (strcmp(call, "wallet_open") == 0) return open_wallet(args);
  if (strcmp(call, "site_open") == 0) return open_site(args);
  if (strcmp(call, "wallet_close") == 0) {
    /* Not freed: the SDK itself says from now on that it is closed. */
    if (wallet != NULL) chitty_wallet_close(wallet, NULL);
    return ok(json_object());
  }
  if (strncmp(call, "wallet_", 7) == 0) return wallet == NULL ? not_open() : on_wallet(call, args);
  ChittyStr host = text(args, "host");
  for (size_t i = 0; i < MOST_SITES; i++) {
    if (sites[i].host != NULL && strncmp(sites[i].host, host.data, host.len + 1) == 0) {
      return on_site(sites[i].site, call, args);
    }
  }
  return not_open();
}
