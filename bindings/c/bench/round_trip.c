/* What a call across the border costs in C, for `cargo xtask size`: nanoseconds, the median of many
 * batches. */
#define _POSIX_C_SOURCE 199309L

#include <chitty.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SAMPLES = 2000, CALLS = 200 };

static const char id[] = "AA-C-USR-1234-I-25-7-X";

static void empty(void) {
  if (chitty_abi_version() == 0) abort();
}

static void parse(void) {
  ChittyStr text = {0};
  ChittyParsedId parsed;
  text.data = id;
  text.len = sizeof id - 1;
  if (chitty_parse_id(text, &parsed, NULL) != 0) abort();
}

static int rising(const void *left, const void *right) {
  const double a = *(const double *)left, b = *(const double *)right;
  return (a > b) - (a < b);
}

static double median(void (*call)(void)) {
  static double samples[SAMPLES];
  struct timespec start, end;
  for (int sample = 0; sample < SAMPLES; sample++) {
    clock_gettime(CLOCK_MONOTONIC, &start);
    for (int turn = 0; turn < CALLS; turn++) call();
    clock_gettime(CLOCK_MONOTONIC, &end);
    samples[sample] = ((double)(end.tv_sec - start.tv_sec) * 1e9 + (double)(end.tv_nsec - start.tv_nsec)) / CALLS;
  }
  qsort(samples, SAMPLES, sizeof samples[0], rising);
  return samples[SAMPLES / 2];
}

int main(void) {
  printf("empty %.1f\n", median(empty));
  printf("parse_id %.1f\n", median(parse));
  return 0;
}
