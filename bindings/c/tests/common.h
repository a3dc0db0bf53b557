/* What the tests share: addresses from the environment, and a check that says where it failed. */
#ifndef CHITTY_TESTS_COMMON_H
#define CHITTY_TESTS_COMMON_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "chitty.h"

#define CHECK(condition)                                                      \
  do {                                                                        \
    if (!(condition)) {                                                       \
      fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);         \
      exit(1);                                                                \
    }                                                                         \
  } while (0)

/* The status is evaluated once. */
#define CHECK_CODE(call, wanted)                                              \
  do {                                                                        \
    int code_ = (call);                                                       \
    if (code_ != (wanted)) {                                                  \
      fprintf(stderr, "%s:%d: %s: got %d\n", __FILE__, __LINE__, #call, code_); \
      exit(1);                                                                \
    }                                                                         \
  } while (0)

static inline ChittyStr str(const char *text) {
  ChittyStr view = {text, text == NULL ? 0 : strlen(text)};
  return view;
}

static inline const char *need(const char *name) {
  const char *value = getenv(name);
  if (value == NULL) {
    fprintf(stderr, "%s is not set\n", name);
    exit(2);
  }
  return value;
}

static inline void pause_ms(long ms) {
  struct timespec pause = {ms / 1000, (ms % 1000) * 1000000};
  nanosleep(&pause, NULL);
}

/* Work that goes on after a call was abandoned may hold objects for a moment. */
static inline int all_freed(void) {
  for (int i = 0; i < 20000 && chitty_live_handles() > 0; i++) pause_ms(1);
  return chitty_live_handles() == 0;
}

/* A client of the services in the environment; main is a closed port when `outage` says so. */
static inline ChittyConfig config_of(int outage) {
  ChittyConfig config;
  memset(&config, 0, sizeof config);
  config.struct_size = sizeof config;
  config.main_url = str(need(outage ? "CHITTY_DEAD_URL" : "CHITTY_MAIN_URL"));
  config.main_key = str(need("CHITTY_MAIN_KEY"));
  config.fallback_url = str(need("CHITTY_FALLBACK_URL"));
  config.fallback_key = str(need("CHITTY_FALLBACK_KEY"));
  config.key_set_json = str(need("CHITTY_KEYS"));
  config.deadline_ms = 10000;
  config.manual = 1;
  return config;
}

static inline ChittyRequest request_of(const char *handle) {
  ChittyRequest request;
  memset(&request, 0, sizeof request);
  request.struct_size = sizeof request;
  request.id_namespace = str("USR");
  request.entity_type = str("I");
  request.handle.data = (const uint8_t *)handle;
  request.handle.len = handle == NULL ? 0 : strlen(handle);
  return request;
}

#endif
