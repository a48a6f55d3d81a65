/* A stack overflow names its task before the process dies. The overflow happens in a child process.
 */
#include <sys/wait.h>
#include "child.h"
#include "harness.h"

static int __attribute__((noinline)) descend(volatile int *depth) {
  volatile char frame[512];
  frame[0] = (char)++*depth;
  int rc = *depth < 1 << 30 ? descend(depth) : 0;
  return rc + frame[0];
}

static int overflow(void *arg) {
  (void)arg;
  volatile int depth = 0;
  return descend(&depth);
}

/* One frame that is larger than the stack and the guard below it, and writes at its far end. */
static int one_large_frame(void *arg) {
  volatile char frame[200 << 10];
  __asm__ volatile("" : : "r"(frame)); /* Clang takes a part that nobody uses away */
  frame[0] = arg != NULL;
  return frame[0];
}

static int sleep_long(void *arg) {
  (void)arg;
  return green_sleep(3600 * 1000);
}

static int spawn_function(const char *name, green_function function) {
  green_spawn_options options = {.name = name, .stack_size = 20 << 10};
  AUTO_JOIN green_future *other = green_spawn(sleep_long, NULL);
  AUTO_JOIN green_future *task = green_spawn_with(function, NULL, &options);
  return green_wait(task);
}

static int spawn_and_overflow(void *arg) {
  return spawn_function(arg, overflow);
}

static int spawn_large(void *arg) {
  return spawn_function(arg, one_large_frame);
}

static int large_frame_in_child(void *name) {
  green_run(spawn_large, name);
  return 0;
}

static int overflow_in_child(void *name) {
  green_run(spawn_and_overflow, name);
  return 0;
}

TEST_OUTSIDE(overflow_names_the_task_and_its_stack) {
  static struct child child;
  char name[] = "recursive";
  CHECK_STATUS(child_run(&child, overflow_in_child, name), 0);
  CHECK_CONTAINS(child.text, "recursive overflowed its stack");
  CHECK_CONTAINS(child.text, "bytes");
  CHECK(WIFSIGNALED(child.ended) || WEXITSTATUS(child.ended) != 0);
  return 0;
}

TEST_OUTSIDE(overflow_by_one_large_frame_does_not_step_over_the_guard) {
  static struct child child;
  char name[] = "large";
  CHECK_STATUS(child_run(&child, large_frame_in_child, name), 0);
  CHECK_CONTAINS(child.text, "large overflowed its stack");
  CHECK(WIFSIGNALED(child.ended) || WEXITSTATUS(child.ended) != 0);
  return 0;
}

TEST_OUTSIDE(overflow_of_a_task_without_a_name) {
  static struct child child;
  CHECK_STATUS(child_run(&child, overflow_in_child, NULL), 0);
  CHECK_CONTAINS(child.text, "task 3 overflowed its stack");
  CHECK(WIFSIGNALED(child.ended) || WEXITSTATUS(child.ended) != 0);
  return 0;
}
