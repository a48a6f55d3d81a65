/* What the fuzz targets of the parsers share: an assertion that no build leaves out, and the input
 * as a string.
 *
 * A target is one file: a function that takes any bytes, calls one parser of ours and checks what
 * must hold of every result. With clang's libFuzzer it explores; with replay.c in its place it runs
 * the inputs that it is given, so that what was found once stays a test of every compiler and host.
 */
#ifndef GREENIO_TESTS_FUZZ_H
#define GREENIO_TESTS_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ALWAYS(condition)                                                                          \
  do {                                                                                             \
    if (!(condition)) {                                                                            \
      fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition);               \
      abort();                                                                                     \
    }                                                                                              \
  } while (0)

/* A copy of just that size, so that reading past it is seen; ended by a 0, or not. */
static inline char *fuzz_string(const uint8_t *data, size_t size) {
  char *string = malloc(size + 1);
  if (!string) abort();
  if (size) memcpy(string, data, size);
  string[size] = '\0';
  return string;
}

static inline char *fuzz_bytes(const uint8_t *data, size_t size) {
  char *bytes = calloc(size ? size : 1, 1);
  if (!bytes) abort();
  if (size) memcpy(bytes, data, size);
  return bytes;
}

static inline bool fuzz_printable(const char *string) {
  for (; *string; string++)
    if (*string <= ' ' || *string > '~') return false;
  return true;
}

#endif
