/* The negative control of the checks for leaks: leaks what its argument names, and must be caught. A
 * handle is a row of the library's table, so the program's own count finds it; memory behind the
 * border that nobody lets go of is found by memcheck. */
#define _POSIX_C_SOURCE 200809L
#include "common.h"

static void refuse(void *user, const ChittyHttpRequest *request, ChittyExchange *exchange) {
  (void)request;
  CHECK(*(const char *)user == 'x');
  chitty_exchange_fail(exchange, CHITTY_CODE_CONNECT_FAILED, CHITTY_STAGE_NOT_SENT, NULL);
}

static void block(void) {
  ChittyTransport transport = {.struct_size = sizeof transport, .send = refuse};
  transport.user = malloc(4096);
  CHECK(transport.user != NULL);
  memset(transport.user, 'x', 4096);
  ChittyConfig config = config_of(0);
  config.transport = &transport;
  ChittyClient *client = NULL;
  CHECK_CODE(chitty_client_new(&config, &client, NULL), 0);
  ChittyVerification verification;
  CHECK_CODE(chitty_client_verify(client, str("AA-C-USR-1234-I-25-7-X"), 0, NULL, &verification, NULL),
             CHITTY_CODE_CONNECT_FAILED);
  CHECK_CODE(chitty_client_free(client), 0);
}

int main(int argc, char **argv) {
  CHECK(argc == 2);
  if (strcmp(argv[1], "block") == 0) block();
  if (strcmp(argv[1], "handle") == 0) CHECK(chitty_cancel_token_new() != NULL);
  CHECK(all_freed());
  puts("leak: no handle is left");
  return 0;
}
