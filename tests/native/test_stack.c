/* Stacks of tasks that have ended: what they keep of the memory that was touched, and that they are
 * used again. */
#include <alloca.h>
#include <string.h>
#include "../stream/resident.h"
#include "harness.h"

#if defined(__SANITIZE_THREAD__)
#define THREAD_SANITIZED true
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define THREAD_SANITIZED true
#endif
#endif
#ifndef THREAD_SANITIZED
#define THREAD_SANITIZED false
#endif

#define MOST 4096
#define FREE ((size_t)16 << 10) /* of a stack, for what else a task has there */

struct deep {
  size_t bytes;
  green_future *go_on;
};

static int touch(void *arg) {
  struct deep *deep = arg;
  char *bytes = alloca(deep->bytes);
  memset(bytes, 1, deep->bytes);
  int rc = green_wait(deep->go_on);
  for (size_t i = 0; i < deep->bytes; i += 4096)
    if (bytes[i] != 1) return GREEN_EIO;
  return rc;
}

static int join_all(green_future **tasks, size_t count) {
  int first = 0;
  for (size_t i = 0; i < count; i++) {
    int rc = green_join(tasks[i]);
    if (first == 0) first = rc;
  }
  return first;
}

/* So many at once, each of which touches its stack; *peak: what the process had then. */
static int crowd(size_t count, size_t stack, size_t *peak) {
  static green_future *tasks[MOST];
  AUTO_FUTURE green_future *go_on = NULL;
  CHECK_STATUS(green_future_new(&go_on), 0);
  struct deep deep = {stack - FREE, go_on};
  green_spawn_options options = {.stack_size = stack};
  for (size_t i = 0; i < count; i++) tasks[i] = green_spawn_with(touch, &deep, &options);
  int rc = green_yield();
  *peak = resident();
  green_resolve(go_on, NULL, NULL);
  int ended = join_all(tasks, count);
  CHECK_STATUS(rc, 0);
  CHECK_STATUS(ended, 0);
  return 0;
}

static int crowds(size_t stack, size_t count) {
  size_t before = resident(), peak = 0;
  for (int i = 0; i < 3; i++) CHECK_STATUS(crowd(count, stack, &peak), 0);
  size_t after = resident();
  if (THREAD_SANITIZED) SKIP("ThreadSanitizer keeps more of a stack than the stack");
  if (test_scale(0, 1)) return 0; /* they are too few to tell */
  CHECK(peak - before > ((size_t)240 << 20));
  CHECK(after < before || after - before < ((size_t)176 << 20));
  return 0;
}

TEST(stacks_of_ended_tasks_do_not_keep_all_that_large_ones_touched) {
  return crowds((size_t)2 << 20, test_scale(128, 4));
}

TEST(stacks_of_ended_tasks_do_not_keep_all_that_many_touched) {
  return crowds((size_t)128 << 10, test_scale(2300, 4));
}
