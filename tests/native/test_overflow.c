/* A stack overflow names its task before the process dies. The overflow happens in a child process.
 */
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
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

static int sleep_long(void *arg) {
  (void)arg;
  return green_sleep(3600 * 1000);
}

static int spawn_and_overflow(void *arg) {
  const char *name = arg;
  green_spawn_options options = {.name = name, .stack_size = 20 << 10};
  AUTO_JOIN green_future *other = green_spawn(sleep_long, NULL);
  AUTO_JOIN green_future *task = green_spawn_with(&options, overflow, NULL);
  return green_wait(task);
}

static void child_main(int out, const char *name) {
  struct rlimit none = {0, 0};
  setrlimit(RLIMIT_CORE, &none);
  dup2(out, STDERR_FILENO);
  test_allocator_disarm();
  green_run(spawn_and_overflow, (void *)(uintptr_t)name);
  _exit(0);
}

/* Runs the overflow in a child; what it wrote to stderr, and how it ended. */
static int overflow_in_child(const char *name, char *text, size_t size, int *ended) {
  int ends[2];
  if (pipe(ends) < 0) return GREEN_EMFILE;
  fflush(NULL);
  pid_t child = fork();
  if (child == 0) child_main(ends[1], name);
  close(ends[1]);
  size_t length = 0;
  ssize_t got;
  while (length + 1 < size && (got = read(ends[0], text + length, size - length - 1)) > 0)
    length += (size_t)got;
  text[length] = 0;
  close(ends[0]);
  return child > 0 && waitpid(child, ended, 0) == child ? 0 : GREEN_EAGAIN;
}

TEST_OUTSIDE(overflow_names_the_task_and_its_stack) {
  static char text[65536];
  int ended;
  CHECK_STATUS(overflow_in_child("recursive", text, sizeof text, &ended), 0);
  CHECK_CONTAINS(text, "recursive overflowed its stack");
  CHECK_CONTAINS(text, "bytes");
  CHECK(WIFSIGNALED(ended) || WEXITSTATUS(ended) != 0);
  return 0;
}

TEST_OUTSIDE(overflow_of_a_task_without_a_name) {
  static char text[65536];
  int ended;
  CHECK_STATUS(overflow_in_child(NULL, text, sizeof text, &ended), 0);
  CHECK_CONTAINS(text, "task 3 overflowed its stack");
  CHECK(WIFSIGNALED(ended) || WEXITSTATUS(ended) != 0);
  return 0;
}
