/* A store in the program's own memory, which fails, blocks and calls back in when it is told to. */
#ifndef CHITTY_TESTS_MEMORY_STORE_H
#define CHITTY_TESTS_MEMORY_STORE_H

#include <pthread.h>
#include <stdatomic.h>

#include "chitty.h"

enum { ROWS = 256, NOTES = 16 };

typedef struct {
  uint8_t key[32];
  uint32_t state;
  char fallback_id[32], permanent_id[32];
  int64_t due_ms;
  uint64_t version;
  uint8_t *body;
  size_t body_len;
} Row;

typedef struct {
  char name[64];
  uint8_t *value;
  size_t len;
} Note;

typedef struct {
  pthread_mutex_t mutex;
  Row rows[ROWS];
  size_t rows_len;
  Note notes[NOTES];
  size_t notes_len;
  uint8_t owner[16];
  int64_t leased_until;

  /* What every call answers, if not 0. */
  _Atomic int failure;
  /* Counted down by `put`: the one that reaches 0 answers `put_failure`; negative does nothing. */
  _Atomic int puts_left;
  _Atomic int put_failure;
  /* Asked from within `put`, which also takes its time; NULL: neither. */
  _Atomic(ChittyClient *) client;

  _Atomic int puts, called_back, suspended, resumed, dropped;
} MemoryStore;

void memory_store_init(MemoryStore *store);
/* As the SDK wants it. `drop` counts and frees nothing, so that the store outlives its client. */
ChittyStore memory_store_raw(MemoryStore *store);
void memory_store_free(MemoryStore *store);

#endif
