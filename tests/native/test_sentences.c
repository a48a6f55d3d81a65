/* What a new user provokes gives, on stderr, a sentence that names the task or the call and says
 * what to do. Each in a child process, in a task called "visitor". What is told of handles is in
 * test_misuse.c. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include "child.h"
#include "harness.h"

static int nothing(void *arg) {
  (void)arg;
  return 0;
}

static int wait_for_ever(void *arg) {
  green_future *future;
  (void)arg;
  if (green_future_new(&future) < 0) return 1;
  green_future_set_name(future, "godot");
  return green_join(future);
}

static int forget_pool(void *arg) {
  green_pool *pool;
  (void)arg;
  if (green_pool_new(&pool, &(green_pool_options){.max_workers = 2}) < 0) return 1;
  return green_join(green_pool_submit(pool, nothing, NULL));
}

static int lock_and_end_up_waiting(void *arg) {
  static green_lock locks[2] = {GREEN_LOCK_INIT, GREEN_LOCK_INIT};
  static int next;
  int first = next++;
  (void)arg;
  if (first == 0) green_spawn(lock_and_end_up_waiting, NULL);
  green_lock_acquire(&locks[first]);
  green_yield();
  return green_lock_acquire(&locks[!first]);
}

static int __attribute__((noinline)) descend(volatile int *depth) {
  volatile char frame[512];
  frame[0] = (char)++*depth;
  int rc = *depth < 1 << 30 ? descend(depth) : 0;
  return rc + frame[0];
}

static int overflow(void *arg) {
  volatile int depth = 0;
  (void)arg;
  return descend(&depth);
}

static int touch_nothing(void *arg) {
  volatile int *volatile nowhere = (volatile int *)8;
  (void)arg;
  return *nowhere;
}

static int abort_in_task(void *arg) {
  (void)arg;
  abort();
}

static int send_to_oneself(void *arg) {
  (void)arg;
  return raise(SIGFPE);
}

static int trap(void *arg) {
  (void)arg;
  __builtin_trap();
}

static int run_in_task(void *arg) {
  (void)arg;
  return green_run(nothing, NULL);
}

static int release_lock_of_nobody(void *arg) {
  green_lock lock = GREEN_LOCK_INIT;
  (void)arg;
  return green_lock_release(&lock);
}

static int acquire_twice(void *arg) {
  static green_lock lock = GREEN_LOCK_INIT;
  (void)arg;
  green_lock_acquire(&lock);
  return green_lock_acquire(&lock);
}

static int wait_for_oneself(void *arg) {
  (void)arg;
  return green_wait(green_current());
}

static int submit_too_late(void *arg) {
  green_pool *pool;
  (void)arg;
  if (green_pool_new(&pool, &(green_pool_options){.max_workers = 1}) < 0) return 1;
  green_join(green_pool_shutdown(pool));
  return green_join(green_pool_submit(pool, nothing, NULL));
}

static int pool_of_too_many(void *arg) {
  green_pool *pool;
  (void)arg;
  return green_pool_new(&pool, &(green_pool_options){.max_workers = -1});
}

static int channel_of_too_much(void *arg) {
  green_channel *channel;
  (void)arg;
  return green_channel_new(&channel, (size_t)1 << 20, (size_t)1 << 20);
}

static int stack_of_too_much(void *arg) {
  green_spawn_options options = {.stack_size = SIZE_MAX};
  (void)arg;
  return green_join(green_spawn_with(nothing, NULL, &options));
}

static int another_signal(void *arg) {
  green_future *future;
  (void)arg;
  return green_signal(&future, SIGUSR1);
}

static int deadline(void *arg) {
  int rc = 0;
  GREEN_TIMEOUT(1) rc = wait_for_ever(arg);
  return rc;
}

static int deadline_that_is_over(void *arg) {
  int rc = 0;
  GREEN_TIMEOUT(0) rc = wait_for_ever(arg);
  return rc;
}

static int fail(void *arg) {
  (void)arg;
  return green_fail(GREEN_EIO, "the disk is full of holes");
}

static int forget_failure(void *arg) {
  green_spawn_options options = {.name = "download"};
  (void)arg;
  green_spawn_with(fail, NULL, &options);
  return green_sleep(1);
}

static int bad_descriptor(void *arg) {
  char byte;
  (void)arg;
  return (int)green_read(-1, &byte, 1);
}

static int no_file(void *arg) {
  green_file *file;
  (void)arg;
  return green_file_open(&file, "/nowhere/at/all", GREEN_FILE_READ);
}

static int visit(void *function) {
  green_spawn_options options = {.name = "visitor"};
  return green_join(green_spawn_with((green_function)function, NULL, &options));
}

static int run_visitor(void *function) {
  green_run(visit, function);
  return 0;
}

#define CRASH true

#if defined(__SANITIZE_THREAD__)
#define THREAD_SANITIZED true
#else
#define THREAD_SANITIZED false
#endif

TEST_OUTSIDE(sentences_say_who_and_what_to_do) {
  static const struct {
    const char *what;
    green_function function;
    const char *words[3];
    bool crash;
  } cases[] = {
      {"a deadlock", wait_for_ever, {"deadlock", "visitor", "future of godot"}, false},
      {"its remedy", wait_for_ever, {"green_hold()"}, false},
      {"a forgotten pool",
       forget_pool,
       {"deadlock", "idle worker", "call green_pool_shutdown()"},
       false},
      {"two locks in two orders",
       lock_and_end_up_waiting,
       {"deadlock", "lock of visitor", "lock of task 3"},
       false},
      {"an overflow",
       overflow,
       {"visitor overflowed its stack", "green_spawn_with()", "green_set_stack_size()"},
       CRASH},
      {"a crash", touch_nothing, {"visitor crashed", "SIGSEGV"}, CRASH},
      {"abort()", abort_in_task, {"visitor called abort()"}, CRASH},
      {"a trap", trap, {"visitor crashed"}, CRASH},
      {"a signal that is sent", send_to_oneself, {"visitor crashed", "SIGFPE"}, CRASH},
      {"green_run() in a task", run_in_task, {"EBUSY", "green_run:", "green_spawn()"}, false},
      {"a lock that nobody owns", release_lock_of_nobody, {"EPERM", "green_lock_release"}, false},
      {"a lock taken twice", acquire_twice, {"EDEADLK", "green_lock_acquire"}, false},
      {"a wait for oneself", wait_for_oneself, {"EDEADLK", "its own future"}, false},
      {"a job too late", submit_too_late, {"ECLOSED", "green_pool_submit", "shut down"}, false},
      {"a negative pool", pool_of_too_many, {"EINVAL", "max_workers", "-1"}, false},
      {"a channel too large", channel_of_too_much, {"EINVAL", "green_channel_new", "1 GiB"}, false},
      {"a stack too large", stack_of_too_much, {"EINVAL", "stack_size", "1 GiB"}, false},
      {"another signal", another_signal, {"EINVAL", "green_signal", "SIGTERM"}, false},
      {"a deadline", deadline, {"ETIMEDOUT", "timed out"}, false},
      {"a deadline that is over", deadline_that_is_over, {"ETIMEDOUT", "timed out"}, false},
      {"a failure that nobody saw",
       forget_failure,
       {"nobody looked", "download", "full of holes"},
       false},
      {"a bad descriptor", bad_descriptor, {"EBADF", "green_read", "descriptor -1"}, false},
      {"a file that is not there", no_file, {"ENOENT", "/nowhere/at/all"}, false},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    static struct child child;
    if (THREAD_SANITIZED && cases[i].function == no_file) continue; /* no threads behind fork() */
    CHECK_STATUS(child_run(&child, run_visitor, (void *)cases[i].function), 0);
    if (strstr(child.text, "qemu: uncaught target signal")) {
      printf("(from %s on left out: qemu-user ends the program by itself, and loses threads in a "
             "child of "
             "fork()) ",
             cases[i].what);
      break;
    }
    for (int j = 0; j < 3 && cases[i].words[j]; j++) {
      if (strstr(child.text, cases[i].words[j])) continue;
      fprintf(stderr, "%s: %s\n", cases[i].what, child.text);
      CHECK_CONTAINS(child.text, cases[i].words[j]);
    }
    CHECK((WIFEXITED(child.ended) && WEXITSTATUS(child.ended) == 0) == !cases[i].crash);
  }
  return 0;
}

/* Outside a task there is nobody to tell but by the status, whose sentence says what to do. */
TEST_OUTSIDE(sentences_of_statuses_say_what_to_do) {
  CHECK_STATUS(green_sleep(1), GREEN_EMAIN);
  CHECK_CONTAINS(green_strerror(GREEN_EMAIN), "green_run()");
  CHECK_CONTAINS(green_strerror(GREEN_EMAIN), "green_spawn()");
  return 0;
}
