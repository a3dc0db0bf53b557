/* What the parts of the C program of the acceptance suite share. */
#ifndef CHITTY_ACCEPTANCE_PROGRAM_H
#define CHITTY_ACCEPTANCE_PROGRAM_H

#include <jansson.h>

#include "chitty.h"

/* An answer is an object with one member, `ok` or `error`; the caller owns it. */

/* Ends the program: the runner broke the protocol, or the machine is out of memory. */
void give_up(const char *why);

/* words.c: the SDK's values in the words of the protocol. */
json_t *ok(json_t *members);
json_t *failed(const ChittyError *error);
json_t *not_open(void);
json_t *issued(const ChittyIssued *it);
json_t *described(const ChittyParsedId *id);
json_t *judged(const ChittyVerdict *verdict);
json_t *happened(const ChittyEvent *event);
ChittyStr text(const json_t *args, const char *name);
uint64_t number(const json_t *args, const char *name);

/* client.c: what takes a client. */
ChittyStatus open_client(const json_t *args, const ChittyClock *clock, ChittyClient **out, ChittyError *error);
ChittyRequest wanted(const json_t *args);
json_t *on_client(const ChittyClient *client, const char *call, const json_t *args);

/* tickets.c: calls that were started. */
json_t *start(const ChittyClient *client, const json_t *args);
json_t *cancel(uint64_t ticket);
json_t *wait_for(uint64_t ticket, uint64_t timeout_ms);
void forget_tickets(void);

/* folder.c: parts of the program's own for wallets and sites. */
ChittySecretStore folder_of(ChittyStr path);
ChittySeedKeeper keeper_in(ChittyStr path);
ChittyClock clock_ahead(ChittyStr path);

/* people.c: wallets and sites. */
json_t *on_people(const char *call, const json_t *args);
void let_people_go(void);

/* vectors.c: the vectors of the specification. */
json_t *replay_vectors(const json_t *args);

#endif
