/* A runtime in which nothing can wake the parked tasks: it says so, and ends. */
#include <string.h>
#include "harness.h"

static int pending_status, cleanup_status;

static int park(void *arg) {
  return pending_status = green_wait(arg);
}

TEST_OUTSIDE(deadlock_is_reported_and_the_tasks_are_cancelled) {
  AUTO_FUTURE green_future *future = NULL;
  CHECK_STATUS(green_future_new(&future), 0);
  green_future_set_name(future, "godot");
  CHECK_MEMORY(green_future_name(future));
  pending_status = 0;
  AUTO_CAPTURE struct test_capture capture = test_capture_stderr();
  CHECK_STATUS(green_run(park, future), GREEN_EDEADLK);
  CHECK_STATUS(pending_status, GREEN_ECANCELED);
  CHECK_CONTAINS(test_captured(&capture), "deadlock");
  CHECK_CONTAINS(test_captured(&capture), "future of godot");
  CHECK_CONTAINS(test_captured(&capture), "green_hold()");
  CHECK(!strstr(test_captured(&capture), "green_pool_shutdown()"));
  return 0;
}

static int park_and_clean_up(void *arg) {
  int rc = green_wait(arg);
  GREEN_SHIELD {
    cleanup_status = green_sleep(2);
  }
  return rc;
}

TEST_OUTSIDE(deadlock_lets_the_tasks_clean_up) {
  AUTO_FUTURE green_future *future = NULL;
  CHECK_STATUS(green_future_new(&future), 0);
  cleanup_status = -1;
  AUTO_CAPTURE struct test_capture capture = test_capture_stderr();
  CHECK_STATUS(green_run(park_and_clean_up, future), GREEN_EDEADLK);
  CHECK_STATUS(cleanup_status, 0);
  return 0;
}

static int leave_behind(void *arg) {
  green_future *left = green_spawn(park, arg);
  int rc = green_done(left) ? test_saw(green_future_status(left)) : green_yield();
  green_future_release(left);
  return rc;
}

TEST_OUTSIDE(deadlock_of_tasks_that_were_left_behind_is_a_leak) {
  AUTO_FUTURE green_future *future = NULL;
  CHECK_STATUS(green_future_new(&future), 0);
  AUTO_CAPTURE struct test_capture capture = test_capture_stderr();
  int rc = green_run(leave_behind, future);
  const char *text = test_captured(&capture);
  CHECK_STATUS(rc, GREEN_EDEADLK);
  CHECK_CONTAINS(text, "greenio: leaked: green_run()'s function has ended and has not waited");
  return 0;
}

TEST_OUTSIDE(deadlock_of_the_first_task_is_no_leak) {
  AUTO_FUTURE green_future *future = NULL;
  CHECK_STATUS(green_future_new(&future), 0);
  AUTO_CAPTURE struct test_capture capture = test_capture_stderr();
  CHECK_STATUS(green_run(park, future), GREEN_EDEADLK);
  CHECK(!strstr(test_captured(&capture), "leaked"));
  return 0;
}

static int destroyed;
static void count_destroy(void *value) {
  (void)value;
  destroyed++;
}
static green_local key = GREEN_LOCAL_INIT(count_destroy);
static green_lock lock = GREEN_LOCK_INIT;

static int never_give_up(void *arg) {
  CHECK_STATUS(green_local_set(&key, arg), 0);
  CHECK_STATUS(green_lock_acquire(&lock), 0);
  for (;;) {
    int rc = green_wait(arg);
    if (rc != GREEN_ECANCELED) return rc;
  }
}

TEST_OUTSIDE(deadlock_ends_tasks_that_wait_again) {
  AUTO_FUTURE green_future *future = NULL;
  CHECK_STATUS(green_future_new(&future), 0);
  lock = (green_lock)GREEN_LOCK_INIT;
  destroyed = 0;
  AUTO_CAPTURE struct test_capture capture = test_capture_stderr();
  CHECK_STATUS(green_run(never_give_up, future), GREEN_EDEADLK);
  CHECK_NUMBER(destroyed, 1);
  CHECK(!green_lock_is_locked(&lock));
  return 0;
}

static int nothing(void *arg) {
  (void)arg;
  return 0;
}

static green_pool *forgotten;
static int forget_a_pool(void *arg) {
  (void)arg;
  CHECK_STATUS(green_pool_new(&forgotten, &(green_pool_options){.max_workers = 2}), 0);
  return green_join(green_pool_submit(forgotten, nothing, NULL));
}

TEST_OUTSIDE(deadlock_of_a_pool_that_was_not_shut_down) {
  AUTO_CAPTURE struct test_capture capture = test_capture_stderr();
  forgotten = NULL;
  int rc = green_run(forget_a_pool, NULL);
  int workers = forgotten ? green_pool_worker_count(forgotten) : 0;
  green_pool_release(forgotten);
  CHECK_STATUS(rc, GREEN_EDEADLK);
  CHECK_NUMBER(workers, 0);
  CHECK_CONTAINS(test_captured(&capture), "idle worker");
  CHECK_CONTAINS(test_captured(&capture), "call green_pool_shutdown()");
  CHECK(!strstr(test_captured(&capture), "green_hold()"));
  return 0;
}

struct late {
  green_future *never;
  green_pool *pool;
};

static int submit_late(void *arg) {
  struct late *late = arg;
  CHECK_STATUS(green_pool_new(&late->pool, &(green_pool_options){.max_workers = 1}), 0);
  CHECK_STATUS(green_join(green_pool_submit(late->pool, nothing, NULL)), 0);
  CHECK_NUMBER(green_pool_idle_count(late->pool), 1);
  CHECK_STATUS(green_wait(late->never), GREEN_ECANCELED);
  CHECK_NUMBER(green_pool_idle_count(late->pool), 0); /* it was cancelled as well */
  return green_join(green_pool_submit(late->pool, nothing, NULL));
}

/* The worker that idled is on its way out, but not gone yet. */
TEST_OUTSIDE(deadlock_leaves_a_pool_that_can_be_used) {
  struct late late = {NULL, NULL};
  AUTO_FUTURE green_future *never = NULL;
  CHECK_STATUS(green_future_new(&never), 0);
  late.never = never;
  AUTO_CAPTURE struct test_capture capture = test_capture_stderr();
  int rc = green_run(submit_late, &late);
  int workers = late.pool ? green_pool_worker_count(late.pool) : 0;
  green_pool_release(late.pool);
  CHECK_STATUS(rc, GREEN_EDEADLK);
  CHECK_NUMBER(workers, 0);
  return 0;
}

static int stubborn(void *arg) {
  int rc;
  do rc = green_wait(arg);
  while (rc == GREEN_ECANCELED && !green_done(arg));
  return rc;
}

struct crowd {
  green_future *never, *jobs[4];
  green_pool *pool;
};

static int crowd_a_pool(void *arg) {
  struct crowd *crowd = arg;
  CHECK_STATUS(green_pool_new(&crowd->pool, &(green_pool_options){.max_workers = 2}), 0);
  for (int i = 0; i < 4; i++)
    crowd->jobs[i] = green_pool_submit(crowd->pool, stubborn, crowd->never);
  return stubborn(crowd->never);
}

/* Workers that lose their stacks are replaced while jobs are queued; the new ones run. */
TEST_OUTSIDE(deadlock_ends_with_jobs_still_queued) {
  struct crowd crowd = {0};
  AUTO_FUTURE green_future *never = NULL;
  CHECK_STATUS(green_future_new(&never), 0);
  crowd.never = never;
  AUTO_CAPTURE struct test_capture capture = test_capture_stderr();
  int rc = green_run(crowd_a_pool, &crowd);
  int workers = crowd.pool ? green_pool_worker_count(crowd.pool) : 0;
  int statuses[4] = {0};
  for (int i = 0; i < 4 && crowd.jobs[i]; i++) {
    statuses[i] = test_saw(green_future_status(crowd.jobs[i]));
    green_future_release(crowd.jobs[i]);
  }
  green_pool_release(crowd.pool);
  CHECK_STATUS(rc, GREEN_EDEADLK);
  CHECK_NUMBER(workers, 0);
  for (int i = 0; i < 4; i++) CHECK_STATUS(statuses[i], GREEN_EDEADLK);
  return 0;
}

/* What another task's end has woken goes on, and is not ended with it. */
static int wait_for_stubborn(void *arg) {
  int rc = green_wait(arg);
  if (rc == GREEN_ECANCELED && !green_done(arg)) rc = green_wait(arg);
  return rc == GREEN_EDEADLK ? 5 : rc;
}

static int start_waiter(void *arg) {
  green_future **futures = arg;
  futures[1] = green_spawn(stubborn, futures[0]);
  futures[2] = green_spawn(wait_for_stubborn, futures[1]);
  return 0;
}

TEST_OUTSIDE(deadlock_spares_tasks_that_its_end_wakes) {
  AUTO_FUTURE green_future *never = NULL, *ended = NULL, *woken = NULL;
  CHECK_STATUS(green_future_new(&never), 0);
  green_future *futures[3] = {never, NULL, NULL};
  AUTO_CAPTURE struct test_capture capture = test_capture_stderr();
  int rc = test_saw(green_run(start_waiter, futures));
  ended = futures[1];
  woken = futures[2];
  CHECK(ended && woken);
  CHECK_STATUS(green_future_status(ended), GREEN_EDEADLK);
  CHECK_STATUS(green_future_status(woken), 5);
  CHECK_STATUS(rc, GREEN_EDEADLK);
  return 0;
}

static int lock_twice(void *arg) {
  green_lock *locks = arg;
  CHECK_STATUS(green_lock_acquire(&locks[0]), 0);
  CHECK_STATUS(green_yield(), 0);
  int rc = green_lock_acquire(&locks[1]);
  green_lock_release(&locks[0]);
  return rc;
}

static int lock_twice_reversed(void *arg) {
  green_lock *locks = arg;
  CHECK_STATUS(green_lock_acquire(&locks[1]), 0);
  CHECK_STATUS(green_yield(), 0);
  int rc = green_lock_acquire(&locks[0]);
  green_lock_release(&locks[1]);
  return rc;
}

/* The classic: two locks taken in two orders. */
TEST_OUTSIDE(deadlock_of_two_locks) {
  static green_lock locks[2];
  locks[0] = locks[1] = (green_lock)GREEN_LOCK_INIT;
  AUTO_FUTURE green_future *other = green_spawn(lock_twice_reversed, locks);
  CHECK_STARTED(other);
  AUTO_CAPTURE struct test_capture capture = test_capture_stderr();
  CHECK_STATUS(green_run(lock_twice, locks), GREEN_EDEADLK);
  CHECK_STATUS(green_future_status(other), GREEN_ECANCELED);
  CHECK_CONTAINS(test_captured(&capture), "lock of task 1");
  CHECK_CONTAINS(test_captured(&capture), "lock of task 2");
  return 0;
}

/* ---- where the report goes ---- */

static void note(const char *line, void *trace) {
  test_trace(trace, "[%s]", line);
}

static int wait_for_ever(void *arg) {
  return green_wait(arg);
}

/* With its table, a line each. */
TEST_OUTSIDE(deadlock_is_told_where_the_log_goes) {
  struct test_trace trace = {0};
  AUTO_FUTURE green_future *never = NULL;
  CHECK_STATUS(green_future_new(&never), 0);
  green_set_log(note, &trace);
  int rc = green_run(wait_for_ever, never);
  green_set_log(NULL, NULL);
  CHECK_STATUS(rc, GREEN_EDEADLK);
  CHECK_CONTAINS(trace.text, "[greenio: deadlock: nothing is left that could wake these tasks]");
  CHECK_CONTAINS(trace.text, "bytes of stack]");
  CHECK_CONTAINS(trace.text, "say so with green_hold()]");
  return 0;
}
