/* The ten defects of the model that must not come back, one test each. */
#include "harness.h"

#include <string.h>

static int nothing(void *arg) {
  (void)arg;
  return 0;
}

static int park(void *arg) {
  return green_wait(arg);
}

/* 1. A saturated pool that spins. While all its workers are parked and jobs are queued, no worker
 * is resumed: the sleeper's turns are the only ones, and the workers' time in their state goes on.
 */
struct since {
  uint64_t workers[8];
  int count;
};

static void note_since(const green_report_entry *entry, void *arg) {
  struct since *since = arg;
  if (strcmp(entry->state, "parked") != 0 || since->count == 8) return;
  since->workers[since->count++] = entry->since_ns;
}

TEST(defect_01_a_saturated_pool_does_not_spin) {
  AUTO_FUTURE green_future *gate = NULL;
  AUTO_POOL green_pool *pool = NULL;
  CHECK_STATUS(green_future_new(&gate), 0);
  CHECK_STATUS(green_pool_new(&pool, &(green_pool_options){.max_workers = 2}), 0);
  AUTO_JOIN_ALL struct test_futures jobs = test_futures(10);
  for (int i = 0; i < 10; i++) {
    jobs.at[i] = green_pool_submit(pool, park, gate);
    CHECK_STARTED(jobs.at[i]);
  }
  CHECK_STATUS(green_sleep(1), 0);
  uint64_t before = green_now();
  CHECK_STATUS(green_sleep(5), 0);
  uint64_t slept = green_now() - before;
  struct since since = {{0}, 0};
  green_report_each(note_since, &since);
  if (since.count < 2 && test_allocator_failed()) test_saw(GREEN_ENOMEM);
  CHECK_NUMBER(since.count, 2);
  for (int i = 0; i < since.count; i++) CHECK(since.workers[i] >= slept);
  CHECK_NUMBER(green_pool_queued_count(pool), 8);
  green_resolve(gate, NULL, NULL);
  CHECK_STATUS(green_wait_all(jobs.at, 10), 0);
  return 0;
}

/* 2. Shutdown of an unused pool, or a second shutdown, that never completes. */
TEST(defect_02_shutdown_of_an_unused_pool_and_twice) {
  AUTO_POOL green_pool *pool = NULL;
  CHECK_STATUS(green_pool_new(&pool, &(green_pool_options){.max_workers = 3}), 0);
  AUTO_FUTURE green_future *first = green_pool_shutdown(pool);
  AUTO_FUTURE green_future *second = green_pool_shutdown(pool);
  CHECK(green_pool_is_shutdown(pool));
  CHECK_STATUS(green_wait(first), 0);
  CHECK(first == second);
  CHECK_STATUS(green_join(green_pool_shutdown(pool)), 0);
  CHECK_NUMBER(green_pool_worker_count(pool), 0);
  return 0;
}

/* 3. Submit inside submit that deadlocks. */
struct nest {
  green_pool *pool;
  int depth;
};

static int submit_inside(void *arg) {
  struct nest *nest = arg;
  if (!nest->depth) return 1;
  struct nest next = {nest->pool, nest->depth - 1};
  green_future *a = green_pool_submit(nest->pool, submit_inside, &next);
  green_future *b = green_pool_submit(nest->pool, submit_inside, &next);
  int first = green_join(a), second = green_join(b);
  return first < 0 ? first : second < 0 ? second : first + second;
}

static int submit_inside_pool_of(int workers) {
  AUTO_POOL green_pool *pool = NULL;
  CHECK_STATUS(green_pool_new(&pool, &(green_pool_options){.max_workers = workers}), 0);
  struct nest nest = {pool, (int)test_scale(5, 2)};
  AUTO_JOIN green_future *job = green_pool_submit(pool, submit_inside, &nest);
  CHECK_STATUS(green_wait(job), 1 << nest.depth);
  CHECK_STATUS(green_join(green_pool_shutdown(pool)), 0);
  return 0;
}

TEST(defect_03_submit_inside_submit_does_not_deadlock) {
  for (int workers = 1; workers <= 3; workers++) CHECK_STATUS(submit_inside_pool_of(workers), 0);
  return 0;
}

/* 4. Cancelling a job's future that leaks its worker and hangs shutdown. */
TEST(defect_04_a_cancelled_job_does_not_lose_its_worker) {
  AUTO_FUTURE green_future *gate = NULL;
  AUTO_POOL green_pool *pool = NULL;
  CHECK_STATUS(green_future_new(&gate), 0);
  CHECK_STATUS(green_pool_new(&pool, &(green_pool_options){.max_workers = 2}), 0);
  AUTO_JOIN_ALL struct test_futures jobs = test_futures(6);
  for (int i = 0; i < 6; i++) {
    jobs.at[i] = green_pool_submit(pool, park, gate);
    CHECK_STARTED(jobs.at[i]);
  }
  CHECK_STATUS(green_yield(), 0);
  for (int i = 0; i < 6; i++) CHECK_STATUS(green_cancel(jobs.at[i]), 0);
  for (int i = 0; i < 6; i++) CHECK_STATUS(green_wait(jobs.at[i]), GREEN_ECANCELED);
  CHECK_NUMBER(green_pool_queued_count(pool), 0);
  CHECK_STATUS(green_join(green_pool_submit(pool, nothing, NULL)), 0);
  CHECK_STATUS(green_join(green_pool_shutdown(pool)), 0);
  return 0;
}

/* 5. A job that ends its own task abruptly and hangs the process. A job of ours can but return; the
 * most abrupt is to cancel itself and leave with locks held and a wait given up. */
struct abrupt {
  green_lock lock;
  green_pool *pool;
};

static int end_abruptly(void *arg) {
  struct abrupt *abrupt = arg;
  int rc = green_lock_acquire(&abrupt->lock);
  if (rc < 0) return rc;
  green_cancel(green_current());
  return green_sleep(3600 * 1000);
}

TEST(defect_05_a_job_that_ends_abruptly_hangs_nothing) {
  struct abrupt abrupt = {GREEN_LOCK_INIT, NULL};
  AUTO_POOL green_pool *pool = NULL;
  CHECK_STATUS(green_pool_new(&pool, &(green_pool_options){.max_workers = 1}), 0);
  AUTO_JOIN green_future *job = green_pool_submit(pool, end_abruptly, &abrupt);
  CHECK_STATUS(green_wait(job), GREEN_ECANCELED);
  CHECK(!green_lock_is_locked(&abrupt.lock));
  CHECK_STATUS(green_join(green_pool_submit(pool, nothing, NULL)), 0);
  CHECK_STATUS(green_join(green_pool_shutdown(pool)), 0);
  return 0;
}

/* 6. A failing job whose future never resolves. */
static int fail(void *arg) {
  (void)arg;
  return green_fail(GREEN_EIO, "at once");
}

static int fail_later(void *arg) {
  (void)arg;
  int rc = green_sleep(1);
  return rc < 0 ? rc : green_fail(GREEN_EIO, "later");
}

TEST(defect_06_a_failing_job_resolves_its_future) {
  AUTO_POOL green_pool *pool = NULL;
  CHECK_STATUS(green_pool_new(&pool, &(green_pool_options){.max_workers = 2}), 0);
  AUTO_JOIN green_future *first = green_pool_submit(pool, fail, NULL);
  AUTO_JOIN green_future *second = green_pool_submit(pool, fail_later, NULL);
  CHECK_STATUS(green_wait(first), GREEN_EIO);
  CHECK_MESSAGE(first, "at once");
  CHECK_STATUS(green_wait(second), GREEN_EIO);
  CHECK_MESSAGE(second, "later");
  return 0;
}

/* 7. A lock with two holders after a double release during hand-off. */
struct crowd {
  green_lock lock;
  int holders, most;
};

static int hold(void *arg) {
  struct crowd *crowd = arg;
  int rc = green_lock_acquire(&crowd->lock);
  if (rc < 0) return rc;
  if (++crowd->holders > crowd->most) crowd->most = crowd->holders;
  rc = green_yield();
  crowd->holders--;
  int released = green_lock_release(&crowd->lock);
  return rc < 0 ? rc : released;
}

TEST(defect_07_a_double_release_gives_no_second_holder) {
  struct crowd crowd = {GREEN_LOCK_INIT, 0, 0};
  AUTO_RELEASE green_lock *own = &crowd.lock;
  CHECK_STATUS(green_lock_acquire(&crowd.lock), 0);
  AUTO_JOIN green_future *a = green_spawn(hold, &crowd);
  AUTO_JOIN green_future *b = green_spawn(hold, &crowd);
  CHECK_STARTED(a);
  CHECK_STARTED(b);
  CHECK_STATUS(green_yield(), 0);
  CHECK_STATUS(green_lock_release(&crowd.lock), 0);
  CHECK_STATUS(green_lock_release(&crowd.lock), GREEN_EPERM);
  CHECK(green_lock_owner(&crowd.lock) == a);
  CHECK_STATUS(green_wait(a), 0);
  CHECK_STATUS(green_wait(b), 0);
  CHECK_NUMBER(crowd.most, 1);
  return 0;
}

/* 8. A lock whose owner died and whose waiters are never woken. */
static int die_holding(void *arg) {
  struct crowd *crowd = arg;
  int rc = green_lock_acquire(&crowd->lock);
  if (rc < 0) return rc;
  rc = green_sleep(1);
  return rc < 0 ? rc : GREEN_EIO;
}

static int inherit(void *arg) {
  struct crowd *crowd = arg;
  int rc = green_lock_acquire(&crowd->lock);
  if (rc < 0 && rc != GREEN_EOWNERDEAD) return rc;
  int released = green_lock_release(&crowd->lock);
  return released < 0 ? released : rc;
}

TEST(defect_08_the_lock_of_a_dead_owner_is_handed_on) {
  struct crowd crowd = {GREEN_LOCK_INIT, 0, 0};
  AUTO_RELEASE green_lock *own = &crowd.lock;
  AUTO_JOIN green_future *owner = green_spawn(die_holding, &crowd);
  AUTO_JOIN green_future *first = green_spawn(inherit, &crowd);
  AUTO_JOIN green_future *second = green_spawn(inherit, &crowd);
  CHECK_STARTED(owner);
  CHECK_STARTED(first);
  CHECK_STARTED(second);
  CHECK_STATUS(green_wait(owner), GREEN_EIO);
  CHECK_STATUS(green_wait(first), GREEN_EOWNERDEAD);
  CHECK_STATUS(green_wait(second), 0);
  return 0;
}

/* 9. A failed future that kills the driver instead of reaching the waiting task. */
static int handle_and_go_on(void *arg) {
  int rc = green_wait(arg);
  if (rc != GREEN_ECONNRESET) return rc < 0 ? rc : GREEN_EIO;
  return green_sleep(1);
}

TEST(defect_09_a_failed_future_reaches_the_waiting_task) {
  AUTO_FUTURE green_future *future = NULL;
  CHECK_STATUS(green_future_new(&future), 0);
  AUTO_JOIN green_future *task = green_spawn(handle_and_go_on, future);
  CHECK_STARTED(task);
  CHECK_STATUS(green_yield(), 0);
  green_reject(future, GREEN_ECONNRESET, "lost");
  CHECK_STATUS(green_wait(task), 0);
  CHECK_STATUS(green_sleep(1), 0);
  return 0;
}

/* 10. A task that waits on two plain values and is abandoned: what is done already is waited for
 * one after the other, by any number of tasks, without an end. */
static int wait_on_two(void *arg) {
  green_future **values = arg;
  int first = green_wait(values[0]), second = green_wait(values[1]);
  if (first < 0) return first;
  return second < 0 ? second : green_wait_all(values, 2);
}

TEST(defect_10_a_task_that_waits_on_two_plain_values_goes_on) {
  AUTO_FUTURE green_future *a = NULL, *b = NULL;
  CHECK_STATUS(green_future_new(&a), 0);
  CHECK_STATUS(green_future_new(&b), 0);
  green_resolve(a, NULL, NULL);
  green_resolve(b, NULL, NULL);
  green_future *values[] = {a, b};
  AUTO_JOIN green_future *first = green_spawn(wait_on_two, values);
  AUTO_JOIN green_future *second = green_spawn(wait_on_two, values);
  CHECK_STATUS(green_wait(first), 0);
  CHECK_STATUS(green_wait(second), 0);
  return 0;
}
