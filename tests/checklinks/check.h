/* Checks for table-driven tests: they count, say what differs, and go on. */
#ifndef CHECKLINKS_TESTS_CHECK_H
#define CHECKLINKS_TESTS_CHECK_H

#include <stdio.h>
#include <string.h>

static int check_failures;

static inline void check_text(const char *what, const char *got, const char *expected) {
  if (!got) got = "(none)";
  if (!expected) expected = "(none)";
  if (strcmp(got, expected) == 0) return;
  fprintf(stderr, "%s\n  expected: %s\n  got:      %s\n", what, expected, got);
  check_failures++;
}

static inline int check_result(const char *name) {
  printf("%s: %s\n", name, check_failures ? "failed" : "ok");
  return check_failures ? 1 : 0;
}

#endif
