/* Futures by themselves: completed once, looked at, let go, their callbacks and cancellers. Waiting
 * for them is in test_wait.c. */
#include "harness.h"

#include <string.h>

static int drops;
static void count_drop(void *value) {
  drops += *(int *)value;
}

TEST_OUTSIDE(future_new_is_pending) {
  AUTO_FUTURE green_future *future = NULL;
  CHECK_STATUS(green_future_new(&future), 0);
  CHECK(!green_done(future));
  CHECK_STATUS(green_future_status(future), GREEN_EAGAIN);
  CHECK(green_future_value(future) == NULL);
  CHECK_STRING(green_future_message(future), "");
  CHECK(green_future_name(future) == NULL);
  return 0;
}

TEST_OUTSIDE(future_resolve_gives_the_value) {
  int value = 1;
  drops = 0;
  {
    AUTO_FUTURE green_future *future = NULL;
    CHECK_STATUS(green_future_new(&future), 0);
    CHECK_STATUS(green_resolve(future, &value, count_drop), 0);
    CHECK(green_done(future));
    CHECK_STATUS(green_future_status(future), 0);
    CHECK(green_future_value(future) == &value);
    CHECK_STRING(green_future_message(future), "");
    CHECK_NUMBER(drops, 0);
  }
  CHECK_NUMBER(drops, 1);
  return 0;
}

TEST_OUTSIDE(future_is_completed_once) {
  int first = 1, second = 10;
  drops = 0;
  {
    AUTO_FUTURE green_future *future = NULL;
    CHECK_STATUS(green_future_new(&future), 0);
    CHECK_STATUS(green_resolve(future, &first, count_drop), 0);
    CHECK_STATUS(green_resolve(future, &second, count_drop), GREEN_EALREADY);
    CHECK_NUMBER(drops, 10);
    CHECK_STATUS(green_reject(future, GREEN_EIO, "too late"), GREEN_EALREADY);
    CHECK_STATUS(green_cancel(future), GREEN_EALREADY);
    CHECK_STATUS(green_future_status(future), 0);
    CHECK(green_future_value(future) == &first);
  }
  CHECK_NUMBER(drops, 11);
  return 0;
}

TEST_OUTSIDE(future_reject_gives_status_and_message) {
  AUTO_FUTURE green_future *future = NULL, *bare = NULL, *wrong = NULL;
  CHECK_STATUS(green_future_new(&future), 0);
  CHECK_STATUS(green_reject(future, GREEN_EIO, "%s number %d", "disk", 3), 0);
  CHECK_STATUS(green_future_status(future), GREEN_EIO);
  CHECK_MESSAGE(future, "disk number 3");
  CHECK(green_future_value(future) == NULL);
  CHECK_STATUS(green_future_new(&bare), 0);
  CHECK_STATUS(green_reject(bare, GREEN_EPIPE, NULL), 0);
  CHECK_STRING(green_future_message(bare), green_strerror(GREEN_EPIPE));
  CHECK_STATUS(green_future_new(&wrong), 0);
  CHECK_STATUS(green_reject(wrong, 5, NULL), 0);
  CHECK_STATUS(green_future_status(wrong), GREEN_EINVAL);
  return 0;
}

TEST_OUTSIDE(future_retain_keeps_it) {
  AUTO_FUTURE green_future *future = NULL;
  CHECK_STATUS(green_future_new(&future), 0);
  CHECK(green_future_retain(future) == future);
  green_future_release(future);
  CHECK_STATUS(green_resolve(future, NULL, NULL), 0);
  CHECK(green_done(future));
  CHECK(green_future_retain(NULL) == NULL);
  green_future_release(NULL);
  return 0;
}

TEST_OUTSIDE(future_release_does_not_complete_it) {
  AUTO_FUTURE green_future *future = NULL;
  CHECK_STATUS(green_future_new(&future), 0);
  green_future_retain(future);
  green_future_release(future);
  CHECK(!green_done(future));
  return 0;
}

TEST_OUTSIDE(future_name_is_copied_and_cut) {
  char name[] = "a name that is longer than thirty-one bytes";
  AUTO_FUTURE green_future *future = NULL;
  CHECK_STATUS(green_future_new(&future), 0);
  green_future_set_name(future, name);
  memset(name, 'x', sizeof name - 1);
  CHECK_MEMORY(green_future_name(future));
  CHECK_STRING(green_future_name(future), "a name that is longer than thir");
  green_future_set_name(future, "short");
  CHECK_MEMORY(green_future_name(future));
  CHECK_STRING(green_future_name(future), "short");
  green_future_set_name(future, NULL);
  CHECK(green_future_name(future) == NULL);
  return 0;
}

/* ---- a failure that nobody looked at ---- */

static void look_with_status(green_future *future) {
  green_future_status(future);
}
static void look_with_message(green_future *future) {
  green_future_message(future);
}
static void look_with_wait(green_future *future) {
  green_wait(future);
}
static void look_with_join(green_future *future) {
  green_join(green_future_retain(future));
}
static void look_with_any(green_future *future) {
  green_wait_any(&future, 1);
}
static void look_with_all(green_future *future) {
  green_wait_all(&future, 1);
}

TEST_OUTSIDE(future_failure_unseen_writes_one_line) {
  green_future *future;
  CHECK_STATUS(green_future_new(&future), 0);
  green_future_set_name(future, "download");
  bool named = green_future_name(future) != NULL;
  AUTO_CAPTURE struct test_capture capture = test_capture_stderr();
  green_reject(future, GREEN_ECONNRESET, "half way");
  green_future_release(future);
  const char *line = test_captured(&capture);
  CHECK_MEMORY(named ? line : NULL);
  CHECK_CONTAINS(line, "download");
  CHECK_CONTAINS(line, "ECONNRESET");
  CHECK_MEMORY(strstr(line, "half way"));
  CHECK(strchr(line, '\n') == line + strlen(line) - 1);
  return 0;
}

TEST(future_failure_seen_writes_nothing) {
  void (*looks[])(green_future *) = {look_with_status, look_with_message, look_with_wait,
                                     look_with_join,   look_with_any,     look_with_all};
  AUTO_CAPTURE struct test_capture capture = test_capture_stderr();
  for (size_t i = 0; i < sizeof looks / sizeof *looks; i++) {
    green_future *future;
    CHECK_STATUS(green_future_new(&future), 0);
    green_reject(future, GREEN_EIO, NULL);
    looks[i](future);
    green_future_release(future);
  }
  CHECK_STRING(test_captured(&capture), "");
  return 0;
}

TEST_OUTSIDE(future_cancelled_and_released_writes_nothing) {
  AUTO_CAPTURE struct test_capture capture = test_capture_stderr();
  green_future *future;
  CHECK_STATUS(green_future_new(&future), 0);
  CHECK_STATUS(green_cancel(future), 0);
  green_future_release(future);
  CHECK_STRING(test_captured(&capture), "");
  return 0;
}

static void reject_with_io(green_future *future, void *arg) {
  (void)arg;
  green_reject(future, GREEN_EIO, NULL);
}

TEST_OUTSIDE(future_cancel_looks_at_that_outcome_alone) {
  AUTO_CAPTURE struct test_capture capture = test_capture_stderr();
  green_future *future;
  CHECK_STATUS(green_future_new(&future), 0);
  CHECK_STATUS(green_future_on_cancel(future, reject_with_io, NULL), 0);
  CHECK_STATUS(green_cancel(future), 0);
  green_future_release(future);
  CHECK_CONTAINS(test_captured(&capture), "EIO");
  return 0;
}

/* ---- cancellers ---- */

TEST_OUTSIDE(future_cancel_without_canceller_is_done_at_once) {
  AUTO_FUTURE green_future *future = NULL;
  CHECK_STATUS(green_future_new(&future), 0);
  CHECK_STATUS(green_cancel(future), 0);
  CHECK_STATUS(green_future_status(future), GREEN_ECANCELED);
  CHECK_STATUS(green_cancel(future), GREEN_EALREADY);
  CHECK_STATUS(green_resolve(future, NULL, NULL), GREEN_EALREADY);
  return 0;
}

static void count_cancel(green_future *future, void *arg) {
  EXPECT(!green_done(future));
  ++*(int *)arg;
}

TEST_OUTSIDE(future_canceller_is_called_once_and_may_complete_later) {
  int calls = 0;
  AUTO_FUTURE green_future *future = NULL;
  CHECK_STATUS(green_future_new(&future), 0);
  CHECK_STATUS(green_future_on_cancel(future, count_cancel, &calls), 0);
  CHECK_STATUS(green_cancel(future), 0);
  CHECK_NUMBER(calls, 1);
  CHECK(!green_done(future));
  CHECK_STATUS(green_future_on_cancel(future, count_cancel, &calls), GREEN_EALREADY);
  CHECK_STATUS(green_cancel(future), 0);
  CHECK_NUMBER(calls, 1);
  CHECK(!green_done(future));
  CHECK_STATUS(green_resolve(future, NULL, NULL), 0);
  CHECK_STATUS(green_future_status(future), 0);
  CHECK_STATUS(green_future_on_cancel(future, count_cancel, &calls), GREEN_EALREADY);
  return 0;
}

static int nothing(void *arg) {
  (void)arg;
  return 0;
}

TEST(future_canceller_is_not_for_tasks_and_jobs) {
  AUTO_POOL green_pool *pool = NULL;
  CHECK_STATUS(green_pool_new(&pool, &(green_pool_options){.max_workers = 1}), 0);
  AUTO_JOIN green_future *task = green_spawn(nothing, NULL);
  CHECK_STARTED(task);
  AUTO_JOIN green_future *job = green_pool_submit(pool, nothing, NULL);
  CHECK_STARTED(job);
  CHECK_STATUS(green_future_on_cancel(task, count_cancel, NULL), GREEN_EPERM);
  CHECK_STATUS(green_future_on_cancel(job, count_cancel, NULL), GREEN_EPERM);
  return 0;
}

/* ---- callbacks ---- */

struct callback {
  struct test_trace *trace;
  const char *word;
  green_future *expected;
};

static void note(green_future *future, void *arg) {
  struct callback *callback = arg;
  EXPECT(future == callback->expected);
  EXPECT(green_done(future));
  EXPECT(green_current() == NULL);
  EXPECT(green_yield() == GREEN_EMAIN);
  test_trace(callback->trace, "%s", callback->word);
}

TEST(future_callbacks_run_later_and_in_order) {
  struct test_trace trace = {0};
  AUTO_FUTURE green_future *future = NULL;
  CHECK_STATUS(green_future_new(&future), 0);
  struct callback a = {&trace, "a", future}, b = {&trace, "b", future}, c = {&trace, "c", future};
  CHECK_STATUS(test_saw(green_future_on_done(future, note, &a)), 0);
  int rc = green_future_on_done(future, note, &b);
  green_resolve(future, NULL, NULL);
  if (rc == 0) rc = green_future_on_done(future, note, &c);
  test_trace(&trace, "resolved");
  CHECK_STATUS(green_sleep(1), 0);
  CHECK_STATUS(rc, 0);
  CHECK_STRING(trace.text, "resolved a b c");
  return 0;
}

TEST(future_callback_keeps_the_future_alive) {
  struct test_trace trace = {0};
  green_future *future;
  CHECK_STATUS(green_future_new(&future), 0);
  struct callback a = {&trace, "a", future};
  int rc = green_future_on_done(future, note, &a);
  green_resolve(future, NULL, NULL);
  green_future_release(future);
  CHECK_STATUS(green_sleep(1), 0);
  CHECK_STATUS(rc, 0);
  CHECK_STRING(trace.text, "a");
  return 0;
}

static void release_own(green_future *future, void *arg) {
  (void)future;
  green_future **owned = arg;
  green_future_release(*owned);
  *owned = NULL;
}

TEST(future_callback_may_release_the_future) {
  green_future *future;
  CHECK_STATUS(green_future_new(&future), 0);
  int rc = green_future_on_done(future, release_own, &future);
  green_reject(future, GREEN_EIO, NULL);
  if (rc < 0) green_future_release(future);
  CHECK_STATUS(rc, 0);
  CHECK_STATUS(green_sleep(1), 0);
  CHECK(future == NULL);
  return 0;
}

static void resolve_other(green_future *future, void *arg) {
  (void)future;
  green_resolve(arg, NULL, NULL);
}

TEST(future_callback_may_resolve_what_a_task_waits_for) {
  AUTO_FUTURE green_future *first = NULL, *second = NULL;
  CHECK_STATUS(green_future_new(&first), 0);
  CHECK_STATUS(green_future_new(&second), 0);
  CHECK_STATUS(green_future_on_done(first, resolve_other, second), 0);
  green_resolve(first, NULL, NULL);
  CHECK(!green_done(second));
  CHECK_STATUS(green_wait(second), 0);
  return 0;
}

TEST_OUTSIDE(future_callbacks_run_when_the_runtime_runs) {
  struct test_trace trace = {0};
  AUTO_FUTURE green_future *future = NULL;
  CHECK_STATUS(green_future_new(&future), 0);
  struct callback a = {&trace, "a", future};
  AUTO_RUN bool run = true;
  CHECK_STATUS(green_future_on_done(future, note, &a), 0);
  green_resolve(future, NULL, NULL);
  CHECK_STRING(trace.text, "");
  CHECK_STATUS(green_run(nothing, NULL), 0);
  CHECK_STRING(trace.text, "a");
  return 0;
}
