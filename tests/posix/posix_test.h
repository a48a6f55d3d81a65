/* What the tests of greenio_posix share. */
#ifndef GREENIO_TESTS_POSIX_TEST_H
#define GREENIO_TESTS_POSIX_TEST_H

#include <errno.h>
#include "fd_test.h"

/* errno as a status, so that one of greenio's is recognized where memory runs out. */
static inline int call_outcome(ssize_t count) {
  return count < 0 ? test_saw(green_status_from_errno(errno)) : (int)count;
}

/* Yields until it is cancelled, and counts. */
static inline int count_turns(void *arg) {
  for (;;) {
    ++*(int *)arg;
    int rc = green_yield();
    if (rc < 0) return rc;
  }
}

#endif
