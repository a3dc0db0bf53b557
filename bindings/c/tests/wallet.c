/* Wallets and sites: nothing at all, wrong handles, bad input, parts that fail, and what is closed. */
#define _POSIX_C_SOURCE 200809L
#include <stdatomic.h>

#include "common.h"

static const ChittyStr NO_TEXT = {NULL, 0};
static const ChittyBytes NO_BYTES = {NULL, 0};

#define NO_OBJECT(call) CHECK_CODE(call, CHITTY_CODE_OBJECT_INVALID)
#define NO_ARGUMENT(call) CHECK_CODE(call, CHITTY_CODE_ARGUMENT_INVALID)
#define IS_CLOSED(call) CHECK_CODE(call, CHITTY_CODE_CLOSED)

#define SCHEMA "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define POLICY                                                                                                \
  "{\"typ\":\"spookyid/policy/v1\",\"issuers\":[\"https://broker.example\"],\"schema\":\"" SCHEMA "\","       \
  "\"attributes\":[{\"name\":\"age_over_21\"}],\"tag\":true,\"max_days\":7}"
#define REQUEST "{\"nonce\":\"" SCHEMA "\",\"policy\":" POLICY "}"

/* NULL for every pointer. */
static void nothing(void) {
  NO_ARGUMENT(chitty_wallet_new(NULL, NULL, NULL));
  NO_OBJECT(chitty_wallet_register(NULL, NULL, NULL));
  NO_ARGUMENT(chitty_wallet_obtain(NULL, NO_TEXT, NO_TEXT, NULL, NULL, NULL));
  NO_ARGUMENT(chitty_wallet_credentials(NULL, NULL, NULL));
  NO_ARGUMENT(chitty_wallet_present(NULL, NO_TEXT, NO_TEXT, NULL, NULL, NULL, NULL));
  NO_ARGUMENT(chitty_wallet_open_request(NULL, NO_TEXT, 0, NULL, NULL, NULL));
  NO_ARGUMENT(chitty_wallet_present_signed(NULL, NO_TEXT, 0, NULL, NULL, NULL, NULL));
  NO_ARGUMENT(chitty_wallet_standing(NULL, NULL, NULL, NULL));
  NO_OBJECT(chitty_wallet_revoke(NULL, NULL, NULL));
  NO_OBJECT(chitty_wallet_refresh(NULL, NULL, NULL));
  NO_OBJECT(chitty_wallet_close(NULL, NULL));
  NO_ARGUMENT(chitty_credentials_get(NULL, 0, NULL, NULL));
  CHECK(chitty_credentials_len(NULL) == 0);
  NO_ARGUMENT(chitty_site_new(NULL, NULL, NULL));
  NO_ARGUMENT(chitty_site_request(NULL, NO_TEXT, NULL, NULL, NULL));
  NO_ARGUMENT(chitty_site_signed_request(NULL, NO_TEXT, 0, NULL, NULL, NULL));
  NO_ARGUMENT(chitty_site_verify(NULL, NO_BYTES, NO_TEXT, NO_TEXT, NULL, NULL, NULL));
  NO_ARGUMENT(chitty_site_receive(NULL, NO_BYTES, NULL, NULL, NULL));
  NO_ARGUMENT(chitty_site_accept(NULL, NO_TEXT, NO_TEXT, NULL, NULL, NULL));
  NO_ARGUMENT(chitty_site_collect(NULL, NO_TEXT, NULL, NULL, NULL, NULL));
  NO_OBJECT(chitty_site_refresh(NULL, NULL, NULL));
  NO_OBJECT(chitty_site_close(NULL, NULL));
  /* Every free takes NULL. */
  CHECK_CODE(chitty_wallet_free(NULL), 0);
  CHECK_CODE(chitty_credentials_free(NULL), 0);
  CHECK_CODE(chitty_site_free(NULL), 0);
  CHECK_CODE(chitty_presentation_verdict_free(NULL), 0);
}

/* Parts of the app: what they answer is set by the test, and how often they were let go of is counted. */
static atomic_int dropped, kept;
static ChittyStatus keeping, signing;

static void drop(void *user) {
  CHECK(user == (void *)&dropped);
  atomic_fetch_add(&dropped, 1);
}
static ChittyStatus keep(void *user, ChittyBytes seed) {
  (void)user;
  CHECK(seed.len == 16 || seed.len == 32);
  atomic_fetch_add(&kept, 1);
  return keeping;
}
static ChittyStatus public_key(void *user, ChittySink *out) {
  (void)user;
  (void)out;
  return signing;
}
static ChittyStatus sign(void *user, ChittyBytes message, ChittySink *out) {
  (void)message;
  return public_key(user, out);
}
static ChittyStatus load(void *user, ChittyStr name, ChittySink *out) {
  (void)user;
  (void)name;
  (void)out;
  return CHITTY_CODE_FOREIGN_FAILED;
}

static const ChittySeedKeeper KEEPER = {
    .struct_size = sizeof(ChittySeedKeeper), .user = (void *)&dropped, .drop = drop, .keep = keep};
static const ChittySigner SIGNER = {.struct_size = sizeof(ChittySigner),
                                    .user = (void *)&dropped,
                                    .drop = drop,
                                    .public_key = public_key,
                                    .sign = sign};
static const ChittySecretStore SECRETS = {
    .struct_size = sizeof(ChittySecretStore), .user = (void *)&dropped, .drop = drop, .load = load};

static ChittyWalletConfig wallet_config(void) {
  ChittyWalletConfig config = {.struct_size = sizeof config, .seed_keeper = &KEEPER, .deadline_ms = 2000};
  config.broker = str("https://broker.example");
  config.broker_url = str(need("CHITTY_DEAD_URL"));
  return config;
}

static ChittyWallet *wallet_of(const ChittyWalletConfig *config) {
  ChittyWallet *wallet = NULL;
  CHECK_CODE(chitty_wallet_new(config, &wallet, NULL), 0);
  CHECK(wallet != NULL);
  return wallet;
}

static ChittySite *new_site(void) {
  ChittySiteConfig config = {.struct_size = sizeof config, .deadline_ms = 2000};
  config.host = str("shop.example");
  config.broker = str("https://broker.example");
  config.broker_url = str(need("CHITTY_DEAD_URL"));
  ChittySite *site = NULL;
  CHECK_CODE(chitty_site_new(&config, &site, NULL), 0);
  return site;
}

static void parts_are_let_go_of_once(void) {
  ChittyWallet *wallet = NULL;
  ChittyWalletConfig config = wallet_config();
  config.secrets = &SECRETS;
  config.signer = &SIGNER;
  config.deadline_ms = 1;
  atomic_store(&dropped, 0);
  CHECK_CODE(chitty_wallet_new(&config, &wallet, NULL), CHITTY_CODE_CONFIGURATION_INVALID);
  CHECK(wallet == NULL && atomic_load(&dropped) == 3);
  config.deadline_ms = 2000;
  config.store_path = str("wallet");
  config.secrets = NULL;
  CHECK_CODE(chitty_wallet_new(&config, &wallet, NULL), CHITTY_CODE_CONFIGURATION_INVALID);
  CHECK(atomic_load(&dropped) == 5);
  config.store_path = NO_TEXT;
  config.seed_keeper = NULL;
  CHECK_CODE(chitty_wallet_new(&config, &wallet, NULL), CHITTY_CODE_CONFIGURATION_INVALID);
  CHECK(atomic_load(&dropped) == 6);
}

static void a_signer_says_why(void) {
  static const ChittyStatus SAID[][2] = {
      {CHITTY_SIGNER_ERROR_CANCELLED, CHITTY_CODE_SIGNER_CANCELLED},
      {CHITTY_SIGNER_ERROR_AUTHENTICATION_REQUIRED, CHITTY_CODE_SIGNER_AUTHENTICATION_REQUIRED},
      {CHITTY_SIGNER_ERROR_INVALIDATED, CHITTY_CODE_SIGNER_INVALIDATED},
      {CHITTY_SIGNER_ERROR_BUSY, CHITTY_CODE_SIGNER_BUSY},
      {CHITTY_SIGNER_ERROR_UNAVAILABLE, CHITTY_CODE_SIGNER_UNAVAILABLE},
      {CHITTY_SIGNER_ERROR_WRONG_KEY, CHITTY_CODE_SIGNER_WRONG_KEY},
      {CHITTY_SIGNER_ERROR_MALFORMED, CHITTY_CODE_SIGNER_MALFORMED},
      {-17, CHITTY_CODE_SIGNER_UNAVAILABLE},
      /* No error, and no key either. */
      {0, CHITTY_CODE_SIGNER_MALFORMED},
  };
  ChittyWalletConfig config = wallet_config();
  config.signer = &SIGNER;
  for (size_t i = 0; i < sizeof SAID / sizeof SAID[0]; i++) {
    signing = SAID[i][0];
    ChittyWallet *wallet = wallet_of(&config);
    CHECK_CODE(chitty_wallet_register(wallet, NULL, NULL), SAID[i][1]);
    CHECK_CODE(chitty_wallet_free(wallet), 0);
  }
}

static void nothing_is_registered_before_the_seed_is_safe(void) {
  ChittyWalletConfig config = wallet_config();
  ChittyWallet *wallet = wallet_of(&config);
  ChittyError error;
  atomic_store(&kept, 0);
  keeping = CHITTY_CODE_FOREIGN_FAILED;
  CHECK_CODE(chitty_wallet_register(wallet, NULL, &error), CHITTY_CODE_SEED_NOT_KEPT);
  CHECK(error.stage == CHITTY_STAGE_NOT_SENT && atomic_load(&kept) == 1);
  keeping = CHITTY_CODE_OK;
  CHECK_CODE(chitty_wallet_register(wallet, NULL, &error), CHITTY_CODE_CONNECT_FAILED);
  CHECK(atomic_load(&kept) == 2);
  CHECK_CODE(chitty_wallet_free(wallet), 0);
}

static void bad_input(void) {
  ChittyWalletConfig config = wallet_config();
  ChittyWallet *wallet = wallet_of(&config);
  ChittySite *site = new_site();
  ChittyCancelToken *token = chitty_cancel_token_new();
  ChittyCredentials *list = NULL;
  ChittyBuffer out;
  ChittySiteAnswer answer;
  ChittySignedRequestInfo info;
  ChittySiteRequest request;
  ChittyResponseAnswer taken;
  uint32_t arrived = 7;
  ChittyPresentationVerdict verdict;
  ChittyStr names[] = {str("age_over_21")};
  ChittyConsent agreed = {.struct_size = sizeof agreed, .attributes = names, .attributes_len = 1};
  ChittyStr shop = str("https://shop.example");
  NO_ARGUMENT(chitty_wallet_obtain(wallet, str("no digest"), NO_TEXT, NULL, &list, NULL));
  NO_ARGUMENT(chitty_wallet_present(wallet, str("http://shop.example"), str(REQUEST), &agreed, NULL, &out, NULL));
  NO_ARGUMENT(chitty_wallet_present(wallet, shop, str("{}"), &agreed, NULL, &out, NULL));
  NO_ARGUMENT(chitty_wallet_present(wallet, shop, str(REQUEST), NULL, NULL, &out, NULL));
  names[0] = str("No Name");
  NO_ARGUMENT(chitty_wallet_present(wallet, shop, str(REQUEST), &agreed, NULL, &out, NULL));
  names[0] = str("age_over_21");
  CHECK_CODE(chitty_wallet_present(wallet, shop, str(REQUEST), &agreed, NULL, &out, NULL),
             CHITTY_CODE_WALLET_UNREGISTERED);
  CHECK_CODE(chitty_wallet_present_signed(wallet, str("a.b.c"), CHITTY_ARRIVAL_LINK, &agreed, NULL, &answer, NULL),
             CHITTY_CODE_SIGNED_REQUEST_REFUSED);
  CHECK_CODE(chitty_wallet_open_request(wallet, str("a.b.c"), CHITTY_ARRIVAL_SCANNED, NULL, &info, NULL),
             CHITTY_CODE_SIGNED_REQUEST_REFUSED);
  for (int32_t number = -1; number <= 3; number += 2) {
    if (number == CHITTY_ARRIVAL_LINK) continue;
    NO_ARGUMENT(chitty_wallet_open_request(wallet, str("a.b.c"), number, NULL, &info, NULL));
    NO_ARGUMENT(chitty_wallet_present_signed(wallet, str("a.b.c"), number, &agreed, NULL, &answer, NULL));
    NO_ARGUMENT(chitty_site_signed_request(site, str(POLICY), number, NULL, &request, NULL));
  }
  NO_ARGUMENT(chitty_site_request(site, str("{}"), NULL, &request, NULL));
  /* No address and no key. */
  CHECK_CODE(chitty_site_signed_request(site, str(POLICY), CHITTY_FLOW_SAME_DEVICE, NULL, &request, NULL),
             CHITTY_CODE_CONFIGURATION_INVALID);
  const ChittyBytes x = {(const uint8_t *)"x", 1};
  NO_ARGUMENT(chitty_site_verify(site, x, str(POLICY), str(SCHEMA), NULL, &verdict, NULL));
  NO_ARGUMENT(chitty_site_verify(site, x, str(POLICY), str("no nonce"), NULL, &verdict, NULL));
  NO_ARGUMENT(chitty_site_receive(site, x, NULL, &taken, NULL));
  NO_ARGUMENT(chitty_site_accept(site, str(SCHEMA), str("no nonce"), NULL, &verdict, NULL));
  CHECK_CODE(chitty_site_accept(site, str("no code"), str(SCHEMA), NULL, &verdict, NULL), 0);
  CHECK(verdict.valid == 0 && strcmp(verdict.reason, "presentation_response_code") == 0);
  CHECK_CODE(chitty_presentation_verdict_free(&verdict), 0);
  CHECK_CODE(chitty_site_collect(site, str(SCHEMA), NULL, &arrived, &verdict, NULL), 0);
  CHECK(arrived == 0);
  CHECK_CODE(chitty_site_refresh(site, NULL, NULL), CHITTY_CODE_CONNECT_FAILED);
  CHECK_CODE(chitty_cancel_token_cancel(token, NULL), 0);
  CHECK_CODE(chitty_wallet_register(wallet, token, NULL), CHITTY_CODE_CANCELLED);
  CHECK_CODE(chitty_site_refresh(site, token, NULL), CHITTY_CODE_CANCELLED);
  /* One kind of handle in the place of another. */
  NO_OBJECT(chitty_wallet_register((ChittyWallet *)(void *)site, NULL, NULL));
  NO_OBJECT(chitty_site_refresh((ChittySite *)(void *)wallet, NULL, NULL));
  NO_OBJECT(chitty_wallet_register(wallet, (ChittyCancelToken *)(void *)wallet, NULL));
  NO_OBJECT(chitty_wallet_free((ChittyWallet *)(void *)site));
  CHECK_CODE(chitty_wallet_credentials(wallet, &list, NULL), 0);
  CHECK(chitty_credentials_len(list) == 0);
  ChittyCredential held;
  NO_ARGUMENT(chitty_credentials_get(list, 0, &held, NULL));
  CHECK_CODE(chitty_credentials_free(list), 0);
  NO_OBJECT(chitty_credentials_free(list));
  CHECK_CODE(chitty_cancel_token_free(token), 0);
  CHECK_CODE(chitty_wallet_free(wallet), 0);
  NO_OBJECT(chitty_wallet_free(wallet));
  CHECK_CODE(chitty_site_free(site), 0);
  NO_OBJECT(chitty_site_free(site));
}

static void after_close(void) {
  ChittyWalletConfig config = wallet_config();
  ChittyWallet *wallet = wallet_of(&config);
  ChittySite *site = new_site();
  ChittyCredentials *list = NULL;
  ChittyBuffer out;
  ChittySiteAnswer answer;
  ChittySignedRequestInfo info;
  ChittySiteRequest request;
  ChittyPresentationVerdict verdict;
  uint32_t arrived = 0;
  int32_t standing = 0;
  ChittyStr name = str("age_over_21");
  ChittyConsent agreed = {.struct_size = sizeof agreed, .attributes = &name, .attributes_len = 1};
  for (int twice = 0; twice < 2; twice++) {
    CHECK_CODE(chitty_wallet_close(wallet, NULL), 0);
    CHECK_CODE(chitty_site_close(site, NULL), 0);
  }
  IS_CLOSED(chitty_wallet_register(wallet, NULL, NULL));
  IS_CLOSED(chitty_wallet_obtain(wallet, str(SCHEMA), NO_TEXT, NULL, &list, NULL));
  IS_CLOSED(chitty_wallet_credentials(wallet, &list, NULL));
  IS_CLOSED(chitty_wallet_present(wallet, str("https://shop.example"), str(REQUEST), &agreed, NULL, &out, NULL));
  IS_CLOSED(chitty_wallet_present_signed(wallet, str("a.b.c"), CHITTY_ARRIVAL_LINK, &agreed, NULL, &answer, NULL));
  IS_CLOSED(chitty_wallet_open_request(wallet, str("a.b.c"), CHITTY_ARRIVAL_LINK, NULL, &info, NULL));
  IS_CLOSED(chitty_wallet_standing(wallet, NULL, &standing, NULL));
  IS_CLOSED(chitty_wallet_revoke(wallet, NULL, NULL));
  IS_CLOSED(chitty_wallet_refresh(wallet, NULL, NULL));
  IS_CLOSED(chitty_site_request(site, str(POLICY), NULL, &request, NULL));
  IS_CLOSED(chitty_site_signed_request(site, str(POLICY), CHITTY_FLOW_SAME_DEVICE, NULL, &request, NULL));
  IS_CLOSED(chitty_site_accept(site, str(SCHEMA), str(SCHEMA), NULL, &verdict, NULL));
  IS_CLOSED(chitty_site_collect(site, str(SCHEMA), NULL, &arrived, &verdict, NULL));
  IS_CLOSED(chitty_site_refresh(site, NULL, NULL));
  CHECK_CODE(chitty_wallet_free(wallet), 0);
  CHECK_CODE(chitty_site_free(site), 0);
}

int main(void) {
  nothing();
  parts_are_let_go_of_once();
  a_signer_says_why();
  nothing_is_registered_before_the_seed_is_safe();
  bad_input();
  after_close();
  CHECK(all_freed());
  puts("wallet: ok");
  return 0;
}
