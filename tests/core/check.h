/* What the checks leave for the driver. */
#ifndef GREENIO_TESTS_CHECK_H
#define GREENIO_TESTS_CHECK_H

#include "harness.h"

struct test_outcome {
  int failures;
  bool out_of_memory;
  const char *skipped; /* the reason, or NULL */
  char failure[600];   /* the first one */
};
extern struct test_outcome test_outcome;

#endif
