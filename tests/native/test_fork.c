/* What the child of fork() may do, and what it is told when it does what it may not; the parent
 * goes on as if nothing had been. (What stands on the runtime: test_fork_beside.c.) */
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "child.h"
#include "harness.h"

#define CHECK_EXITED(child, status)                                                                \
  do {                                                                                             \
    CHECK_STRING((child).text, "");                                                                \
    CHECK(WIFEXITED((child).ended));                                                               \
    CHECK_NUMBER(WEXITSTATUS((child).ended), status);                                              \
  } while (0)

struct family {
  green_runtime *runtime;
  green_future *pending;
  int (*in_child)(void *);
  struct child child;
};

static int sleep_and_count(void *arg) {
  int rc = green_sleep(2);
  ++*(int *)arg;
  return rc;
}

/* A task of the parent's, which must not run in the child. */
static int wake_parent_task(void *arg) {
  green_future *future = arg;
  int rc = green_sleep(5);
  green_resolve(future, NULL, NULL);
  return rc;
}

/* Has in_child run in a child of a task, and sees to it that the parent's tasks still run. */
static int fork_in_task(struct family *family) {
  AUTO_FUTURE green_future *done = NULL;
  CHECK_STATUS(green_future_new(&done), 0);
  AUTO_JOIN green_future *task = green_spawn(wake_parent_task, done);
  CHECK_STARTED(task);
  family->runtime = green_runtime_current();
  family->pending = done;
  CHECK_STATUS(green_yield(), 0); /* the other task sleeps, its timer is set */
  CHECK_STATUS(child_run(&family->child, family->in_child, family), 0);
  CHECK_STATUS(green_wait(done), 0);
  return 0;
}

static int execute(void *arg) {
  (void)arg;
  execl("/bin/sh", "sh", "-c", "exit 7", (char *)NULL);
  return 1;
}

TEST(fork_in_a_task_and_exec) {
  struct family family = {.in_child = execute};
  CHECK_STATUS(fork_in_task(&family), 0);
  CHECK_EXITED(family.child, 7);
  return 0;
}

struct numbers {
  int to[2];
};

static int tell_number(void *arg) {
  const struct numbers *numbers = arg;
  green_traceparent made;
  if (green_traceparent_new(&made, NULL) < 0) return 1;
  return write(numbers->to[1], &made, sizeof made) != (ssize_t)sizeof made;
}

/* A state of the generator's that both had would give both the same. */
TEST(fork_gives_traces_other_numbers) {
  struct numbers numbers;
  struct child first = {.ended = 0}, second = {.ended = 0};
  green_traceparent mine, made[2] = {{.flags = 0}};
  CHECK_STATUS(green_traceparent_new(&mine, NULL), 0);
  CHECK_NUMBER(pipe(numbers.to), 0);
  int rc = child_run(&first, tell_number, &numbers);
  if (rc == 0) rc = child_run(&second, tell_number, &numbers);
  ssize_t size = rc == 0 ? read(numbers.to[0], made, sizeof made) : 0;
  close(numbers.to[0]);
  close(numbers.to[1]);
  CHECK_STATUS(green_traceparent_new(&mine, NULL), 0);
  CHECK_STATUS(rc, 0);
  CHECK_EXITED(first, 0);
  CHECK_EXITED(second, 0);
  CHECK_NUMBER(size, (int)sizeof made);
  CHECK(memcmp(&made[0], &made[1], sizeof mine) != 0);
  CHECK(memcmp(&made[0], &mine, sizeof mine) != 0);
  CHECK(memcmp(&made[1], &mine, sizeof mine) != 0);
  return 0;
}

/* Each thing that the child finds is a bit. */
static int look_around(void *arg) {
  struct family *family = arg;
  int seen = 0;
  if (green_sleep(1) == GREEN_EMAIN) seen |= 1;
  if (green_yield() == GREEN_EMAIN) seen |= 2;
  if (!green_current()) seen |= 4;
  if (green_wait(family->pending) == GREEN_EMAIN) seen |= 8;
  if (green_post(family->runtime, NULL, NULL) == GREEN_ECLOSED) seen |= 16;
  if (green_report(stdout) == 0) seen |= 32;
  return seen;
}

TEST(fork_in_a_task_leaves_the_child_outside_of_tasks) {
  struct family family = {.in_child = look_around};
  CHECK_STATUS(fork_in_task(&family), 0);
  CHECK_EXITED(family.child, 63);
  return 0;
}

static int sleep_together(void *arg) {
  (void)arg;
  int count = 0;
  AUTO_JOIN_ALL struct test_futures tasks = test_futures(20);
  for (int i = 0; i < 20; i++) tasks.at[i] = green_spawn(sleep_and_count, &count);
  int rc = green_wait_all(tasks.at, 20);
  return rc < 0 ? rc : count;
}

static int run_own(void *arg) {
  (void)arg;
  int first = green_run(sleep_together, NULL);
  return first < 0 ? 1 : first + green_run(sleep_together, NULL);
}

TEST(fork_in_a_task_and_a_runtime_of_its_own) {
  struct family family = {.in_child = run_own};
  CHECK_STATUS(fork_in_task(&family), 0);
  CHECK_EXITED(family.child, 40);
  return 0;
}

static int fork_and_run_own(void *arg) {
  struct child *child = arg;
  int rc = child_run(child, run_own, NULL);
  return rc < 0 ? 1 : WEXITSTATUS(child->ended);
}

static int run_and_fork(void *arg) {
  (void)arg;
  static struct child child;
  return green_run(fork_and_run_own, &child);
}

TEST(fork_of_a_fork) {
  struct family family = {.in_child = run_and_fork};
  CHECK_STATUS(fork_in_task(&family), 0);
  CHECK_EXITED(family.child, 40);
  return 0;
}

TEST_OUTSIDE(fork_beside_a_runtime_that_does_not_run) {
  static struct child child;
  CHECK_MEMORY(green_runtime_current());
  CHECK_STATUS(child_run(&child, run_own, NULL), 0);
  CHECK_EXITED(child, 40);
  return 0;
}

static int raise_signal(void *arg) {
  (void)arg;
  raise(SIGTERM);
  return 0;
}

TEST(fork_gives_signals_their_old_meaning_in_the_child) {
  AUTO_JOIN green_future *signal = NULL;
  int rc = green_signal(&signal, SIGTERM);
  if (rc == GREEN_ENOTSUP) SKIP("this host has no signals");
  CHECK_STATUS(rc, 0);
  struct family family = {.in_child = raise_signal};
  CHECK_STATUS(fork_in_task(&family), 0);
  CHECK(WIFSIGNALED(family.child.ended));
  CHECK_NUMBER(WTERMSIG(family.child.ended), SIGTERM);
  CHECK(!green_done(signal));
  return 0;
}

/* ---- what is not allowed ---- */

static pid_t child_of_task;

static int fork_and_return(void *arg) {
  (void)arg;
  child_of_task = fork();
  return 0;
}

static int never(void *arg) {
  (void)arg;
  EXPECT(child_of_task != 0);
  return 0;
}

static int return_in_child(void *arg) {
  (void)arg;
  int ended = 0;
  AUTO_JOIN green_future *task = green_spawn(fork_and_return, NULL);
  AUTO_JOIN green_future *other = green_spawn(never, NULL);
  int rc = green_wait(task);
  waitpid(child_of_task, &ended, 0);
  return rc < 0 || !WIFSIGNALED(ended) ? 1 : WTERMSIG(ended);
}

static int run_return(void *arg) {
  return green_run(return_in_child, arg);
}

TEST_OUTSIDE(fork_child_that_returns_from_its_task_is_told) {
  static struct child child;
  CHECK_STATUS(child_run(&child, run_return, NULL), 0);
  CHECK(WIFEXITED(child.ended));
  CHECK_NUMBER(WEXITSTATUS(child.ended), SIGABRT);
  CHECK_CONTAINS(child.text, "a child of fork() went back into the event loop of its parent");
  return 0;
}

static void fork_on_done(green_future *future, void *over) {
  (void)future;
  child_of_task = fork();
  if (child_of_task) green_resolve(over, NULL, NULL);
}

static int callback_in_child(void *arg) {
  (void)arg;
  int ended = 0;
  AUTO_FUTURE green_future *future = NULL, *over = NULL;
  if (green_future_new(&future) < 0 || green_future_new(&over) < 0) return 1;
  green_future_on_done(future, fork_on_done, over);
  green_resolve(future, NULL, NULL);
  green_wait(over);
  waitpid(child_of_task, &ended, 0);
  return WIFSIGNALED(ended) ? WTERMSIG(ended) : 1;
}

static int run_callback(void *arg) {
  return green_run(callback_in_child, arg);
}

TEST_OUTSIDE(fork_child_that_returns_from_a_callback_is_told) {
  static struct child child;
  CHECK_STATUS(child_run(&child, run_callback, NULL), 0);
  CHECK(WIFEXITED(child.ended));
  CHECK_NUMBER(WEXITSTATUS(child.ended), SIGABRT);
  CHECK_CONTAINS(child.text, "a child of fork() went back into the event loop of its parent");
  return 0;
}

/* What else the parent has to call, which the child must not. */
static int calls_of_parent;

static void call_of_parent(void *child_too) {
  (void)child_too;
  if (child_of_task == 0) _exit(1);
  calls_of_parent++;
}

static void callback_of_parent(green_future *future, void *arg) {
  (void)future;
  call_of_parent(arg);
}

static void fork_posted(void *arg) {
  (void)arg;
  child_of_task = fork();
}

static void fork_on_done_alone(green_future *future, void *arg) {
  (void)future;
  fork_posted(arg);
}

static int signal_of_child(void) {
  int ended = 0;
  waitpid(child_of_task, &ended, 0);
  return WIFSIGNALED(ended) && calls_of_parent == 1 ? WTERMSIG(ended) : 1;
}

static int post_to_fork(void *arg) {
  (void)arg;
  green_runtime *runtime = green_runtime_current();
  if (green_post(runtime, fork_posted, NULL) < 0) return 1;
  if (green_post(runtime, call_of_parent, NULL) < 0) return 1;
  while (!calls_of_parent) green_sleep(1);
  return signal_of_child();
}

static int run_post(void *arg) {
  return green_run(post_to_fork, arg);
}

static int call_back_to_fork(void *arg) {
  AUTO_FUTURE green_future *future = NULL;
  if (green_future_new(&future) < 0) return 1;
  if (green_future_on_done(future, fork_on_done_alone, arg) < 0) return 1;
  if (green_future_on_done(future, callback_of_parent, arg) < 0) return 1;
  green_resolve(future, NULL, NULL);
  while (!calls_of_parent) green_sleep(1);
  return signal_of_child();
}

static int run_call_back(void *arg) {
  return green_run(call_back_to_fork, arg);
}

TEST_OUTSIDE(fork_child_that_returns_runs_nothing_else_of_its_parents) {
  int (*const parents[])(void *) = {run_post, run_call_back};
  for (size_t i = 0; i < sizeof parents / sizeof *parents; i++) {
    static struct child child;
    CHECK_STATUS(child_run(&child, parents[i], NULL), 0);
    CHECK(WIFEXITED(child.ended));
    CHECK_NUMBER(WEXITSTATUS(child.ended), SIGABRT);
    CHECK_CONTAINS(child.text, "a child of fork() went back into the event loop of its parent");
  }
  return 0;
}
