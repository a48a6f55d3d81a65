/* Checks for table-driven tests: they count, say what differs, and go on. */
#ifndef CHECKLINKS_TESTS_CHECK_H
#define CHECKLINKS_TESTS_CHECK_H

#include <stdio.h>
#include <string.h>

static int check_passed, check_failed;

static inline void check_text(const char *what, const char *got, const char *expected) {
  if (!got) got = "(none)";
  if (!expected) expected = "(none)";
  if (strcmp(got, expected) == 0) {
    check_passed++;
    return;
  }
  fprintf(stderr, "%s\n  expected: %s\n  got:      %s\n", what, expected, got);
  check_failed++;
}

static inline int check_result(void) {
  printf("%d passed, %d failed\n", check_passed, check_failed);
  return check_failed > 0;
}

#endif
