/* See memory_store.h. What the SDK promises about its calls is checked here as well. */
#define _POSIX_C_SOURCE 200809L
#include "memory_store.h"

#include "common.h"

/* Every call begins here. */
static int locked(MemoryStore *store) {
  int failure = atomic_load(&store->failure);
  if (failure == 0) pthread_mutex_lock(&store->mutex);
  return failure;
}

static int unlocked(MemoryStore *store) {
  pthread_mutex_unlock(&store->mutex);
  return 0;
}

static uint8_t *copied(ChittyBytes bytes) {
  uint8_t *copy = malloc(bytes.len + 1);
  CHECK(copy != NULL);
  memcpy(copy, bytes.data, bytes.len);
  return copy;
}

static void copy_id(char *to, ChittyStr id) {
  CHECK(id.len < 32);
  memset(to, 0, 32);
  if (id.len > 0) memcpy(to, id.data, id.len);
}

static int has_id(const char *own, ChittyStr id) { return strlen(own) == id.len && memcmp(own, id.data, id.len) == 0; }

static Row *find_row(MemoryStore *store, ChittyBytes key) {
  CHECK(key.len == 32);
  for (size_t i = 0; i < store->rows_len; i++) {
    if (memcmp(store->rows[i].key, key.data, 32) == 0) return &store->rows[i];
  }
  return NULL;
}

static void give(ChittySink *out, const Row *row) {
  ChittyStoreRow raw;
  memset(&raw, 0, sizeof raw);
  raw.key = (ChittyBytes){row->key, sizeof row->key};
  raw.state = row->state;
  if (row->fallback_id[0] != '\0') raw.fallback_id = str(row->fallback_id);
  if (row->permanent_id[0] != '\0') raw.permanent_id = str(row->permanent_id);
  raw.due_ms = row->due_ms;
  raw.version = row->version;
  raw.body = (ChittyBytes){row->body, row->body_len};
  CHECK_CODE(chitty_sink_row(out, &raw, NULL), 0);
}

static ChittyStatus store_key(void *user, ChittySink *out) {
  int failure = atomic_load(&((MemoryStore *)user)->failure);
  if (failure != 0) return failure;
  static const uint8_t key[32] = "thirty-two bytes of a memory key";
  return chitty_sink_bytes(out, (ChittyBytes){key, sizeof key}, NULL);
}

static ChittyStatus get(void *user, ChittyBytes key, ChittySink *out) {
  int failure = locked(user);
  if (failure != 0) return failure;
  const Row *row = find_row(user, key);
  if (row != NULL) give(out, row);
  return unlocked(user);
}

/* Blocks, and calls back in: a client's own calls must not wait for each other. */
static void misbehave(MemoryStore *store) {
  ChittyClient *client = atomic_load(&store->client);
  if (client == NULL) return;
  pause_ms(50);
  ChittyPendingList *list = NULL;
  ChittyMetrics metrics;
  CHECK_CODE(chitty_client_pending(client, &list, NULL), 0);
  CHECK_CODE(chitty_pending_free(list), 0);
  CHECK_CODE(chitty_client_metrics(client, &metrics, NULL), 0);
  atomic_fetch_add(&store->called_back, 1);
}

static ChittyStatus put(void *user, const ChittyStoreRow *given, uint32_t power_safe, uint64_t *version) {
  MemoryStore *store = user;
  (void)power_safe;
  misbehave(store);
  atomic_fetch_add(&store->puts, 1);
  if (atomic_fetch_sub(&store->puts_left, 1) == 1) return atomic_load(&store->put_failure);
  int failure = locked(store);
  if (failure != 0) return failure;
  CHECK(*version == 0 && given->state >= 1 && given->state <= 7 && given->reserved == 0);
  Row *row = find_row(store, given->key);
  if ((row == NULL ? 0 : row->version) != given->version) return unlocked(store);
  if (row == NULL) {
    CHECK(store->rows_len < ROWS);
    row = &store->rows[store->rows_len++];
    memset(row, 0, sizeof *row);
    memcpy(row->key, given->key.data, sizeof row->key);
  }
  free(row->body);
  row->state = given->state;
  copy_id(row->fallback_id, given->fallback_id);
  copy_id(row->permanent_id, given->permanent_id);
  row->due_ms = given->due_ms;
  row->body = copied(given->body);
  row->body_len = given->body.len;
  *version = ++row->version;
  return unlocked(store);
}

static ChittyStatus remove_row(void *user, ChittyBytes key, uint64_t version, uint32_t *removed) {
  MemoryStore *store = user;
  int failure = locked(store);
  if (failure != 0) return failure;
  Row *row = find_row(store, key);
  if (row != NULL && row->state == 1 && row->version == version) {
    free(row->body);
    *row = store->rows[--store->rows_len];
    *removed = 1;
  }
  return unlocked(store);
}

static ChittyStatus find(void *user, ChittyStr id, ChittySink *out) {
  MemoryStore *store = user;
  int failure = locked(store);
  if (failure != 0) return failure;
  for (size_t i = 0; i < store->rows_len; i++) {
    const Row *row = &store->rows[i];
    if (has_id(row->fallback_id, id) || has_id(row->permanent_id, id)) give(out, row);
  }
  return unlocked(store);
}

static int by_time(const void *left, const void *right) {
  const Row *const *a = left, *const *b = right;
  return ((*a)->due_ms > (*b)->due_ms) - ((*a)->due_ms < (*b)->due_ms);
}

static ChittyStatus list(void *user, ChittyBytes states, int64_t due_ms, uint64_t limit, ChittySink *out) {
  MemoryStore *store = user;
  int failure = locked(store);
  if (failure != 0) return failure;
  const Row *due[ROWS];
  size_t len = 0;
  for (size_t i = 0; i < store->rows_len; i++) {
    const Row *row = &store->rows[i];
    if (row->due_ms <= due_ms && memchr(states.data, (int)row->state, states.len) != NULL) due[len++] = row;
  }
  qsort(due, len, sizeof due[0], by_time);
  for (size_t i = 0; i < len && i < limit; i++) give(out, due[i]);
  return unlocked(store);
}

static ChittyStatus counts(void *user, uint64_t *counts) {
  MemoryStore *store = user;
  int failure = locked(store);
  if (failure != 0) return failure;
  for (size_t i = 0; i < store->rows_len; i++) counts[store->rows[i].state]++;
  return unlocked(store);
}

static ChittyStatus lease(void *user, ChittyBytes owner, int64_t now_ms, int64_t until_ms, uint32_t *taken) {
  MemoryStore *store = user;
  int failure = locked(store);
  if (failure != 0) return failure;
  CHECK(owner.len == sizeof store->owner);
  if (store->leased_until <= now_ms || store->leased_until > until_ms ||
      memcmp(store->owner, owner.data, owner.len) == 0) {
    memcpy(store->owner, owner.data, owner.len);
    store->leased_until = until_ms;
    *taken = 1;
  }
  return unlocked(store);
}

static ChittyStatus release(void *user, ChittyBytes owner) {
  MemoryStore *store = user;
  int failure = locked(store);
  if (failure != 0) return failure;
  if (memcmp(store->owner, owner.data, sizeof store->owner) == 0) store->leased_until = 0;
  return unlocked(store);
}

static Note *find_note(MemoryStore *store, ChittyStr name) {
  for (size_t i = 0; i < store->notes_len; i++) {
    if (has_id(store->notes[i].name, name)) return &store->notes[i];
  }
  return NULL;
}

static ChittyStatus note(void *user, ChittyStr name, ChittySink *out) {
  MemoryStore *store = user;
  int failure = locked(store);
  if (failure != 0) return failure;
  const Note *found = find_note(store, name);
  if (found != NULL) CHECK_CODE(chitty_sink_bytes(out, (ChittyBytes){found->value, found->len}, NULL), 0);
  return unlocked(store);
}

static void keep_note(MemoryStore *store, ChittyStr name, ChittyBytes value) {
  Note *own = find_note(store, name);
  if (own == NULL) {
    CHECK(store->notes_len < NOTES && name.len < sizeof own->name);
    own = &store->notes[store->notes_len++];
    memset(own, 0, sizeof *own);
    memcpy(own->name, name.data, name.len);
  }
  free(own->value);
  own->value = copied(value);
  own->len = value.len;
}

static ChittyStatus set_note(void *user, ChittyStr name, ChittyBytes value) {
  MemoryStore *store = user;
  int failure = locked(store);
  if (failure != 0) return failure;
  keep_note(store, name, value);
  return unlocked(store);
}

static ChittyStatus swap_note(void *user, ChittyStr name, ChittyBytes expected, ChittyBytes value,
                              uint32_t *swapped) {
  MemoryStore *store = user;
  int failure = locked(store);
  if (failure != 0) return failure;
  const Note *own = find_note(store, name);
  int same = own == NULL ? expected.data == NULL
                         : expected.data != NULL && own->len == expected.len &&
                               (own->len == 0 || memcmp(own->value, expected.data, own->len) == 0);
  if (same) keep_note(store, name, value);
  *swapped = same ? 1 : 0;
  return unlocked(store);
}

static ChittyStatus suspend(void *user) {
  MemoryStore *store = user;
  atomic_fetch_add(&store->suspended, 1);
  return atomic_load(&store->failure);
}

static ChittyStatus resume(void *user) {
  MemoryStore *store = user;
  atomic_fetch_add(&store->resumed, 1);
  return atomic_load(&store->failure);
}

static void dropped(void *user) { atomic_fetch_add(&((MemoryStore *)user)->dropped, 1); }

void memory_store_init(MemoryStore *store) {
  memset(store, 0, sizeof *store);
  CHECK(pthread_mutex_init(&store->mutex, NULL) == 0);
  atomic_store(&store->puts_left, -1);
}

ChittyStore memory_store_raw(MemoryStore *store) {
  return (ChittyStore){
      .struct_size = sizeof(ChittyStore),
      .user = store,
      .drop = dropped,
      .store_key = store_key,
      .get = get,
      .put = put,
      .remove = remove_row,
      .find = find,
      .list = list,
      .counts = counts,
      .lease = lease,
      .release = release,
      .note = note,
      .set_note = set_note,
      .swap_note = swap_note,
      .suspend = suspend,
      .resume = resume,
  };
}

void memory_store_free(MemoryStore *store) {
  for (size_t i = 0; i < store->rows_len; i++) free(store->rows[i].body);
  for (size_t i = 0; i < store->notes_len; i++) free(store->notes[i].value);
  pthread_mutex_destroy(&store->mutex);
}
