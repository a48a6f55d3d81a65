/* Tasks: spawned, run, ended, and what belongs to each. */
#include "harness.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int note(void *arg) {
  test_trace(arg, "ran");
  return 0;
}

TEST(spawn_never_runs_the_body_inside) {
  struct test_trace trace = {0};
  AUTO_JOIN green_future *task = green_spawn(note, &trace);
  CHECK_STARTED(task);
  CHECK(!green_done(task));
  CHECK_STATUS(green_future_status(task), GREEN_EAGAIN);
  CHECK_STRING(trace.text, "");
  CHECK_STATUS(green_wait(task), 0);
  CHECK_STRING(trace.text, "ran");
  return 0;
}

struct numbered {
  struct test_trace *trace;
  int number;
};

static int note_number(void *arg) {
  struct numbered *numbered = arg;
  test_trace(numbered->trace, "%d", numbered->number);
  return 0;
}

TEST(spawn_runs_in_the_order_of_spawning) {
  struct test_trace trace = {0};
  AUTO_JOIN_ALL struct test_futures tasks = test_futures(4);
  for (int i = 0; i < 4; i++) {
    struct numbered numbered = {&trace, i};
    tasks.at[i] = green_spawn_copy(note_number, &numbered, sizeof numbered);
    CHECK_STARTED(tasks.at[i]);
  }
  CHECK_STATUS(green_wait_all(tasks.at, 4), 0);
  CHECK_STRING(trace.text, "0 1 2 3");
  return 0;
}

/* ---- what the function leaves ---- */

static int drops;
static void count_drop(void *value) {
  (void)value;
  drops++;
}

static int leave_value(void *arg) {
  return green_return(arg, count_drop);
}

static int leave_count(void *arg) {
  (void)arg;
  return 12;
}

static int leave_failure(void *arg) {
  (void)arg;
  return green_fail(GREEN_EPROTO, "line %d: %s", 7, "no colon");
}

TEST(task_status_value_and_message_become_the_futures) {
  int value = 5;
  drops = 0;
  {
    AUTO_JOIN green_future *with_value = green_spawn(leave_value, &value);
    AUTO_JOIN green_future *with_count = green_spawn(leave_count, NULL);
    AUTO_JOIN green_future *failing = green_spawn(leave_failure, NULL);
    CHECK_STATUS(green_wait(with_value), 0);
    CHECK(green_future_value(with_value) == &value);
    CHECK_STATUS(green_wait(with_count), 12);
    CHECK_STATUS(green_wait(failing), GREEN_EPROTO);
    CHECK_MESSAGE(failing, "line 7: no colon");
    CHECK_NUMBER(drops, 0);
  }
  CHECK_NUMBER(drops, 1);
  return 0;
}

static int fail_with_another_status(void *arg) {
  (void)arg;
  green_fail(GREEN_EPROTO, "not what it ends with");
  return GREEN_EIO;
}

static int fail_twice(void *arg) {
  (void)arg;
  green_fail(GREEN_EIO, "inner");
  return green_fail(GREEN_EIO, "outer: %s", green_message());
}

static int fail_and_recover(void *arg) {
  (void)arg;
  green_fail(GREEN_EIO, "got over");
  return 0;
}

TEST(fail_message_goes_with_its_status_alone) {
  AUTO_JOIN green_future *other = green_spawn(fail_with_another_status, NULL);
  AUTO_JOIN green_future *twice = green_spawn(fail_twice, NULL);
  AUTO_JOIN green_future *recovered = green_spawn(fail_and_recover, NULL);
  CHECK_STATUS(green_wait(other), GREEN_EIO);
  CHECK_STRING(green_future_message(other), green_strerror(GREEN_EIO));
  CHECK_STATUS(green_wait(twice), GREEN_EIO);
  if (!test_allocator_failed()) CHECK_STRING(green_future_message(twice), "outer: inner");
  CHECK_STATUS(green_wait(recovered), 0);
  CHECK_STRING(green_future_message(recovered), "");
  return 0;
}

TEST(message_is_what_fail_left_last) {
  CHECK_STRING(green_message(), "");
  green_fail(GREEN_EIO, "first");
  green_fail(GREEN_EIO, "second");
  if (!test_allocator_failed()) CHECK_STRING(green_message(), "second");
  return 0;
}

static int value_and_failure(void *arg) {
  green_return(arg, count_drop);
  return GREEN_EIO;
}

static int two_values(void *arg) {
  green_return(arg, count_drop);
  return green_return((char *)arg + 1, count_drop);
}

TEST(return_drops_what_is_not_given) {
  char value[2];
  drops = 0;
  AUTO_JOIN green_future *failing = green_spawn(value_and_failure, value);
  CHECK_STATUS(green_wait(failing), GREEN_EIO);
  CHECK(green_future_value(failing) == NULL);
  CHECK_NUMBER(drops, 1);
  AUTO_JOIN green_future *twice = green_spawn(two_values, value);
  CHECK_STATUS(green_wait(twice), 0);
  CHECK(green_future_value(twice) == value + 1);
  CHECK_NUMBER(drops, 2);
  return 0;
}

TEST_OUTSIDE(task_functions_outside_a_task) {
  int value;
  drops = 0;
  CHECK(green_current() == NULL);
  CHECK_STATUS(green_yield(), GREEN_EMAIN);
  CHECK_STATUS(green_sleep(1), GREEN_EMAIN);
  CHECK_STATUS(green_return(&value, count_drop), GREEN_EMAIN);
  CHECK_NUMBER(drops, 1);
  CHECK_STATUS(green_fail(GREEN_EIO, "nowhere"), GREEN_EIO);
  CHECK_STRING(green_message(), "");
  CHECK(!green_cancelled());
  return 0;
}

/* ---- options ---- */

static int sum_copy(void *arg) {
  int *numbers = arg;
  int rc = green_yield();
  return rc < 0 ? rc : numbers[0] + numbers[1];
}

static green_future *spawn_with_local_arguments(int a, int b) {
  int numbers[2] = {a, b};
  green_future *future = green_spawn_copy(sum_copy, numbers, sizeof numbers);
  memset(numbers, 0, sizeof numbers);
  return future;
}

TEST(spawn_copy_outlives_the_callers_frame) {
  AUTO_JOIN green_future *a = spawn_with_local_arguments(1, 2);
  AUTO_JOIN green_future *b = spawn_with_local_arguments(30, 40);
  CHECK_STATUS(green_wait(a), 3);
  CHECK_STATUS(green_wait(b), 70);
  return 0;
}

TEST(spawn_refuses_absurd_sizes) {
  static char large[(64 << 10) + 1];
  AUTO_JOIN green_future *copy = green_spawn_copy(sum_copy, large, sizeof large);
  CHECK_STATUS(green_future_status(copy), GREEN_EINVAL);
  green_spawn_options options = {.stack_size = ((size_t)1 << 30) + 1};
  AUTO_JOIN green_future *stack = green_spawn_with(note, NULL, &options);
  CHECK_STATUS(green_future_status(stack), GREEN_EINVAL);
  CHECK_STATUS(green_set_stack_size(1023), GREEN_EINVAL);
  CHECK_STATUS(green_set_stack_size(((size_t)1 << 30) + 1), GREEN_EINVAL);
  return 0;
}

TEST(spawn_with_a_name) {
  struct test_trace trace = {0};
  green_spawn_options options = {.name = "a name that is longer than thirty-one bytes"};
  AUTO_JOIN green_future *task = green_spawn_with(note, &trace, &options);
  CHECK_STARTED(task);
  CHECK_MEMORY(green_future_name(task));
  CHECK_STRING(green_future_name(task), "a name that is longer than thir");
  return 0;
}

/* Fills a frame a level and parks in each, so that all of them lie on the stack at once. */
static int descend(int depth) {
  volatile char frame[1024];
  memset((char *)frame, depth & 0x7f, sizeof frame);
  int rc = depth ? descend(depth - 1) : green_sleep(1);
  if (rc == 0) rc = green_yield();
  if (rc < 0) return rc;
  for (size_t i = 0; i < sizeof frame; i++)
    if (frame[i] != (depth & 0x7f)) return GREEN_EIO;
  return 0;
}

static int deep(void *arg) {
  return descend(*(int *)arg);
}

TEST(spawn_with_a_large_stack_holds_deep_frames) {
  int depth = 200, other_depth = 100;
  green_spawn_options options = {.stack_size = 1 << 20};
  AUTO_JOIN green_future *a = green_spawn_with(deep, &depth, &options);
  AUTO_JOIN green_future *b = green_spawn_with(deep, &other_depth, &options);
  CHECK_STATUS(green_wait(a), 0);
  CHECK_STATUS(green_wait(b), 0);
  return 0;
}

/* ---- switching ---- */

struct round {
  struct test_trace *trace;
  const char *name;
};

static int three_rounds(void *arg) {
  struct round *round = arg;
  for (int i = 0; i < 3; i++) {
    test_trace(round->trace, "%s%d", round->name, i);
    int rc = green_yield();
    if (rc < 0) return rc;
  }
  return 0;
}

TEST(yield_goes_round) {
  struct test_trace trace = {0};
  struct round a = {&trace, "a"}, b = {&trace, "b"};
  AUTO_JOIN green_future *first = green_spawn(three_rounds, &a);
  AUTO_JOIN green_future *second = green_spawn(three_rounds, &b);
  CHECK_STARTED(first);
  CHECK_STARTED(second);
  CHECK_STATUS(green_wait_all((green_future *[]){first, second}, 2), 0);
  CHECK_STRING(trace.text, "a0 b0 a1 b1 a2 b2");
  return 0;
}

static int keep_errno(void *arg) {
  int mine = *(int *)arg;
  for (int i = 0; i < 3; i++) {
    errno = mine;
    int rc = i == 1 ? green_sleep(1) : green_yield();
    if (rc < 0) return rc;
    if (errno != mine) return GREEN_EPERM;
  }
  return 0;
}

TEST(errno_belongs_to_the_task) {
  int a = EDOM, b = ERANGE;
  AUTO_JOIN green_future *first = green_spawn(keep_errno, &a);
  AUTO_JOIN green_future *second = green_spawn(keep_errno, &b);
  CHECK_STATUS(green_wait(first), 0);
  CHECK_STATUS(green_wait(second), 0);
  return 0;
}

static green_future *seen_current;
static int see_current(void *arg) {
  (void)arg;
  seen_current = green_current();
  return 0;
}

TEST(current_is_the_tasks_own_future) {
  AUTO_JOIN green_future *task = green_spawn(see_current, NULL);
  CHECK_STATUS(green_wait(task), 0);
  CHECK(seen_current == task);
  CHECK(green_current() != NULL && green_current() != task);
  return 0;
}

/* ---- lives ---- */

static int ran;
static int run_on(void *arg) {
  (void)arg;
  int rc = green_sleep(1);
  ran++;
  return rc;
}

TEST_OUTSIDE(task_goes_on_when_its_future_is_released) {
  ran = 0;
  for (int i = 0; i < 3; i++) {
    AUTO_FUTURE green_future *task = green_spawn(run_on, NULL);
    CHECK_STARTED(task);
  }
  CHECK_STATUS(green_run(run_on, NULL), 0);
  CHECK_NUMBER(ran, 4);
  return 0;
}

TEST_OUTSIDE(spawn_before_the_runtime_runs) {
  struct test_trace trace = {0};
  AUTO_RUN bool run = true;
  AUTO_FUTURE green_future *task = green_spawn(note, &trace);
  CHECK_STARTED(task);
  CHECK_STRING(trace.text, "");
  CHECK_STATUS(green_run(leave_count, NULL), 12);
  CHECK_STRING(trace.text, "ran");
  CHECK_STATUS(green_future_status(task), 0);
  return 0;
}

struct callback {
  struct test_trace *trace;
  green_future *spawned;
};

static void spawn_in_callback(green_future *future, void *arg) {
  (void)future;
  struct callback *callback = arg;
  callback->spawned = green_spawn(note, callback->trace);
  test_trace(callback->trace, "spawned");
}

TEST(spawn_in_a_callback_of_the_host) {
  struct test_trace trace = {0};
  struct callback callback = {&trace, NULL};
  AUTO_FUTURE green_future *future = NULL;
  CHECK_STATUS(green_future_new(&future), 0);
  int rc = green_future_on_done(future, spawn_in_callback, &callback);
  green_resolve(future, NULL, NULL);
  CHECK_STATUS(green_sleep(1), 0);
  CHECK_STATUS(rc, 0);
  AUTO_JOIN green_future *spawned = callback.spawned;
  CHECK_STATUS(green_wait(spawned), 0);
  CHECK_STRING(trace.text, "spawned ran");
  return 0;
}

static int park(void *arg) {
  return green_wait(arg);
}

TEST(many_tasks_parked_at_once) {
  size_t count = test_scale(TEST_MANY_TASKS, 20);
  AUTO_FUTURE green_future *gate = NULL;
  CHECK_STATUS(green_future_new(&gate), 0);
  AUTO_JOIN_ALL struct test_futures tasks = test_futures(count);
  green_spawn_options options = {.stack_size = 8 << 10};
  for (size_t i = 0; i < count; i++) {
    tasks.at[i] = green_spawn_with(park, gate, &options);
    CHECK_STARTED(tasks.at[i]);
  }
  CHECK_STATUS(green_sleep(1), 0);
  CHECK(!green_done(tasks.at[0]) && !green_done(tasks.at[count - 1]));
  green_resolve(gate, NULL, NULL);
  CHECK_STATUS(green_wait_all(tasks.at, count), 0);
  return 0;
}

struct tree {
  int depth;
  int ended;
};

static int grow(void *arg) {
  struct tree *tree = arg;
  if (tree->depth == 0) {
    tree->ended = 1;
    return green_yield();
  }
  struct tree left = {tree->depth - 1, 0}, right = left;
  green_future *a = green_spawn(grow, &left);
  green_future *b = green_spawn(grow, &right);
  int first = green_join(a), second = green_join(b);
  tree->ended = left.ended + right.ended;
  return first < 0 ? first : second;
}

TEST(tasks_spawn_tasks) {
  struct tree tree = {(int)test_scale(9, 3), 0};
  AUTO_JOIN green_future *root = green_spawn(grow, &tree);
  CHECK_STATUS(green_wait(root), 0);
  CHECK_NUMBER(tree.ended, 1 << tree.depth);
  return 0;
}
