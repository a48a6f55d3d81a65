/* What the tests of greenio_posix share. */
#ifndef GREENIO_TESTS_POSIX_TEST_H
#define GREENIO_TESTS_POSIX_TEST_H

#include <errno.h>
#include <string.h>
#include <unistd.h>
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

/* Runs `call` on the first end of a pair while something else happens to the other. */
struct scene {
  struct fd_pair pair;
  char buffer[100];
  ssize_t count;
  int error;
};

static inline int call_read(void *arg) {
  struct scene *scene = arg;
  return call_outcome(read(scene->pair.a, scene->buffer, sizeof scene->buffer));
}

/* Whether `call` waits for what comes, and leaves the descriptor blocking. */
static inline int parks(green_function call) {
  struct scene scene = {.pair = fd_unix_pair()};
  AUTO_PAIR struct fd_pair pair = scene.pair;
  AUTO_JOIN green_future *task = green_spawn(call, &scene);
  CHECK_STARTED(task);
  CHECK_STATUS(green_sleep(1), 0);
  CHECK(write(pair.b, "abc", 3) == 3);
  CHECK_STATUS(green_wait(task), 3);
  CHECK(memcmp(scene.buffer, "abc", 3) == 0);
  CHECK(fd_blocks(pair.a));
  return 0;
}

#define PARKS(name)                                                                                \
  TEST(name##_parks) {                                                                             \
    return parks(call_##name);                                                                     \
  }

#endif
