/* The pool: lazy workers, a FIFO queue, jobs that wait on jobs, shutdown. */
#include "harness.h"

#include <string.h>

static int nothing(void *arg) {
  (void)arg;
  return 0;
}

static int park(void *arg) {
  return green_wait(arg);
}

struct job {
  struct test_trace *trace;
  int number;
};

static int note(void *arg) {
  struct job *job = arg;
  test_trace(job->trace, "%d", job->number);
  return job->number;
}

TEST(pool_checks_its_maximum) {
  green_pool *pool;
  CHECK_STATUS(green_pool_new(&pool, &(green_pool_options){.max_workers = -1}), GREEN_EINVAL);
  CHECK_STATUS(
      green_pool_new(&pool, &(green_pool_options){.max_workers = GREEN_POOL_MAX_WORKERS + 1}),
      GREEN_EINVAL);
  CHECK_STATUS(green_pool_new(&pool, NULL), 0);
  CHECK_NUMBER(green_pool_max_workers(pool), GREEN_POOL_DEFAULT_WORKERS);
  green_pool_release(pool);
  CHECK_STATUS(green_pool_new(&pool, &(green_pool_options){.max_workers = GREEN_POOL_MAX_WORKERS}),
               0);
  AUTO_POOL green_pool *owned = pool;
  CHECK_STATUS(green_pool_set_max_workers(pool, -1), GREEN_EINVAL);
  CHECK_STATUS(green_pool_set_max_workers(pool, GREEN_POOL_MAX_WORKERS + 1), GREEN_EINVAL);
  CHECK_NUMBER(green_pool_max_workers(pool), GREEN_POOL_MAX_WORKERS);
  CHECK_STATUS(green_pool_set_max_workers(pool, 0), 0);
  CHECK_NUMBER(green_pool_max_workers(pool), GREEN_POOL_DEFAULT_WORKERS);
  CHECK_NUMBER(green_pool_worker_count(owned), 0);
  return 0;
}

static void note_running(const green_report_entry *entry, void *size) {
  if (strcmp(entry->state, "running") == 0) *(size_t *)size = entry->stack_size;
}

static int tell_stack_size(void *size) {
  green_report_each(note_running, size);
  return 0;
}

TEST(pool_workers_have_the_stack_that_was_asked_for) {
  size_t size = 0;
  AUTO_POOL green_pool *pool = NULL;
  CHECK_STATUS(green_pool_new(&pool, &(green_pool_options){.stack_size = (size_t)2 << 30}),
               GREEN_EINVAL);
  CHECK_CONTAINS(green_message(), "stack_size of a pool");
  CHECK_STATUS(green_pool_new(&pool, &(green_pool_options){.stack_size = 200000}), 0);
  CHECK_STATUS(green_join(green_pool_submit(pool, tell_stack_size, &size)), 0);
  CHECK(size >= 200000 && size < 400000);
  return 0;
}

TEST(pool_twenty_jobs_in_turn_use_one_worker) {
  AUTO_POOL green_pool *pool = NULL;
  CHECK_STATUS(green_pool_new(&pool, NULL), 0);
  CHECK_NUMBER(green_pool_worker_count(pool), 0);
  for (int i = 0; i < 20; i++) {
    CHECK_STATUS(green_join(green_pool_submit(pool, nothing, NULL)), 0);
    CHECK_NUMBER(green_pool_worker_count(pool), 1);
    CHECK_STATUS(green_yield(), 0);
    CHECK_NUMBER(green_pool_idle_count(pool), 1);
  }
  return 0;
}

TEST(pool_250_slow_jobs_use_100_workers) {
  size_t jobs = test_scale(250, 25);
  int most = (int)test_scale(100, 10);
  AUTO_FUTURE green_future *gate = NULL;
  AUTO_POOL green_pool *pool = NULL;
  CHECK_STATUS(green_future_new(&gate), 0);
  CHECK_STATUS(green_pool_new(&pool, &(green_pool_options){.max_workers = most}), 0);
  AUTO_JOIN_ALL struct test_futures futures = test_futures(jobs);
  for (size_t i = 0; i < jobs; i++) {
    futures.at[i] = green_pool_submit(pool, park, gate);
    CHECK_STARTED(futures.at[i]);
  }
  CHECK_STATUS(green_yield(), 0);
  if (green_pool_worker_count(pool) < most && test_allocator_failed()) test_saw(GREEN_ENOMEM);
  CHECK_NUMBER(green_pool_worker_count(pool), most);
  CHECK_NUMBER(green_pool_idle_count(pool), 0);
  CHECK_NUMBER(green_pool_queued_count(pool), jobs - (size_t)most);
  green_resolve(gate, NULL, NULL);
  CHECK_STATUS(green_wait_all(futures.at, jobs), 0);
  CHECK_NUMBER(green_pool_worker_count(pool), most);
  CHECK_NUMBER(green_pool_queued_count(pool), 0);
  return 0;
}

/* A pool with fewer workers than asked for, for want of memory, works on; that is no failure. */
static int short_of_workers(const green_pool *pool, int wanted) {
  return green_pool_worker_count(pool) < wanted && test_allocator_failed();
}

TEST(pool_two_submits_with_one_idle_worker) {
  AUTO_POOL green_pool *pool = NULL;
  CHECK_STATUS(green_pool_new(&pool, &(green_pool_options){.max_workers = 10}), 0);
  CHECK_STATUS(green_join(green_pool_submit(pool, nothing, NULL)), 0);
  CHECK_STATUS(green_yield(), 0);
  CHECK_NUMBER(green_pool_worker_count(pool), 1);
  CHECK_NUMBER(green_pool_idle_count(pool), 1);
  AUTO_JOIN green_future *a = green_pool_submit(pool, nothing, NULL);
  AUTO_JOIN green_future *b = green_pool_submit(pool, nothing, NULL);
  if (short_of_workers(pool, 2)) test_saw(GREEN_ENOMEM);
  CHECK_NUMBER(green_pool_worker_count(pool), 2);
  CHECK_NUMBER(green_pool_idle_count(pool), 0);
  CHECK_STATUS(green_wait(a), 0);
  CHECK_STATUS(green_wait(b), 0);
  CHECK_STATUS(green_yield(), 0);
  CHECK_NUMBER(green_pool_worker_count(pool), 2);
  CHECK_NUMBER(green_pool_idle_count(pool), 2);
  return 0;
}

struct submitter {
  green_pool *pool;
  struct test_trace trace;
};

static int submit_in_a_job(void *arg) {
  struct submitter *submitter = arg;
  struct job job = {&submitter->trace, 1};
  green_future *inner = green_pool_submit(submitter->pool, note, &job);
  test_trace(&submitter->trace, "submitted");
  return green_join(inner);
}

TEST(pool_submit_never_runs_the_body_inside) {
  struct submitter submitter = {NULL, {0}};
  AUTO_POOL green_pool *pool = NULL;
  CHECK_STATUS(green_pool_new(&pool, &(green_pool_options){.max_workers = 4}), 0);
  submitter.pool = pool;
  struct job job = {&submitter.trace, 0};
  AUTO_JOIN green_future *outer = green_pool_submit(pool, note, &job);
  CHECK_STARTED(outer);
  CHECK_STRING(submitter.trace.text, "");
  AUTO_JOIN green_future *nested = green_pool_submit(pool, submit_in_a_job, &submitter);
  CHECK_STATUS(green_wait(nested), 1);
  CHECK_STRING(submitter.trace.text, "0 submitted 1");
  return 0;
}

TEST(pool_queue_is_first_in_first_out) {
  struct test_trace trace = {0};
  AUTO_POOL green_pool *pool = NULL;
  CHECK_STATUS(green_pool_new(&pool, &(green_pool_options){.max_workers = 1}), 0);
  AUTO_JOIN_ALL struct test_futures futures = test_futures(5);
  for (int i = 0; i < 5; i++) {
    struct job job = {&trace, i};
    futures.at[i] = green_pool_submit_copy(pool, note, &job, sizeof job);
    CHECK_STARTED(futures.at[i]);
  }
  for (int i = 0; i < 5; i++) CHECK_STATUS(green_wait(futures.at[i]), i);
  CHECK_STRING(trace.text, "0 1 2 3 4");
  return 0;
}

TEST(pool_submit_refuses_an_absurd_copy) {
  static char large[(64 << 10) + 1];
  AUTO_POOL green_pool *pool = NULL;
  CHECK_STATUS(green_pool_new(&pool, &(green_pool_options){.max_workers = 1}), 0);
  AUTO_FUTURE green_future *job = green_pool_submit_copy(pool, nothing, large, sizeof large);
  CHECK_STATUS(green_future_status(job), GREEN_EINVAL);
  return 0;
}

/* ---- jobs that wait on jobs of their own pool ---- */

struct nest {
  green_pool *pool;
  int depth;
};

static int nest(void *arg) {
  struct nest *level = arg;
  if (level->depth == 0) return 0;
  struct nest next = {level->pool, level->depth - 1};
  int rc = green_join(green_pool_submit(level->pool, nest, &next));
  return rc < 0 ? rc : rc + 1;
}

TEST(pool_nested_submits_never_deadlock) {
  AUTO_POOL green_pool *pool = NULL;
  CHECK_STATUS(green_pool_new(&pool, &(green_pool_options){.max_workers = 1}), 0);
  struct nest top = {pool, (int)test_scale(50, 4)};
  AUTO_JOIN green_future *job = green_pool_submit(pool, nest, &top);
  CHECK_STATUS(green_wait(job), top.depth);
  CHECK_NUMBER(green_pool_worker_count(pool), 1);
  return 0;
}

static int wait_on_three(void *arg) {
  struct submitter *submitter = arg;
  AUTO_JOIN_ALL struct test_futures inner = test_futures(3);
  for (int i = 0; i < 3; i++) {
    struct job job = {&submitter->trace, i};
    inner.at[i] = green_pool_submit_copy(submitter->pool, note, &job, sizeof job);
    CHECK_STARTED(inner.at[i]);
  }
  int any = green_wait_any(inner.at, 3);
  if (any < 0) return any;
  green_select_case cases[] = {{.operation = GREEN_SELECT_FUTURE, .future = inner.at[2]}};
  int selected = green_select(cases, 1);
  if (selected < 0) return selected;
  CHECK_STATUS(cases[0].status, 2);
  return green_wait_all(inner.at, 3);
}

TEST(pool_job_waits_on_several_queued_jobs) {
  struct submitter submitter = {NULL, {0}};
  AUTO_POOL green_pool *pool = NULL;
  CHECK_STATUS(green_pool_new(&pool, &(green_pool_options){.max_workers = 1}), 0);
  submitter.pool = pool;
  AUTO_JOIN green_future *job = green_pool_submit(pool, wait_on_three, &submitter);
  CHECK_STATUS(green_wait(job), 0);
  CHECK_STATUS(green_yield(), 0);
  CHECK_NUMBER(green_pool_worker_count(pool), 1);
  CHECK_NUMBER(green_pool_idle_count(pool), 1);
  return 0;
}

struct crawl {
  green_pool *pool;
  int depth;
  struct test_trace *trace;
};

/* Each page submits its two links and does not wait for them. */
static int crawl(void *arg) {
  struct crawl *page = arg;
  test_trace(page->trace, "%d", page->depth);
  if (page->depth == 3) return 0;
  struct crawl link = {page->pool, page->depth + 1, page->trace};
  for (int i = 0; i < 2; i++)
    green_future_release(green_pool_submit_copy(page->pool, crawl, &link, sizeof link));
  return 0;
}

TEST(pool_crawler_goes_breadth_first) {
  struct test_trace trace = {0};
  AUTO_POOL green_pool *pool = NULL;
  CHECK_STATUS(green_pool_new(&pool, &(green_pool_options){.max_workers = 1}), 0);
  struct crawl root = {pool, 1, &trace};
  AUTO_JOIN green_future *job = green_pool_submit(pool, crawl, &root);
  CHECK_STATUS(green_wait(job), 0);
  while (green_pool_queued_count(pool)) CHECK_STATUS(green_yield(), 0);
  CHECK_STATUS(green_sleep(1), 0);
  if (test_allocator_failed()) test_saw(GREEN_ENOMEM); /* said by a future that was let go */
  CHECK_STRING(trace.text, "1 2 2 3 3 3 3");
  return 0;
}

/* ---- what belongs to a job ---- */

static int fail(void *arg) {
  (void)arg;
  return green_fail(GREEN_EPROTO, "job failed");
}

TEST(pool_job_failure_goes_to_its_future_and_the_worker_lives_on) {
  AUTO_POOL green_pool *pool = NULL;
  CHECK_STATUS(green_pool_new(&pool, &(green_pool_options){.max_workers = 1}), 0);
  AUTO_JOIN green_future *failing = green_pool_submit(pool, fail, NULL);
  CHECK_STATUS(green_wait(failing), GREEN_EPROTO);
  CHECK_MESSAGE(failing, "job failed");
  CHECK_NUMBER(green_pool_worker_count(pool), 1);
  CHECK_STATUS(green_join(green_pool_submit(pool, nothing, NULL)), 0);
  CHECK_NUMBER(green_pool_worker_count(pool), 1);
  return 0;
}

static int fresh(void *arg) {
  static green_local key = GREEN_LOCAL_INIT(NULL);
  CHECK(!green_cancelled());
  CHECK_STRING(green_message(), "");
  CHECK(green_local_get(&key) == NULL);
  CHECK(green_current() == *(green_future **)arg);
  CHECK_STATUS(green_local_set(&key, arg), 0);
  green_fail(GREEN_EIO, "mine");
  green_cancel(green_current());
  return green_return(arg, NULL);
}

TEST(pool_job_starts_afresh_in_a_used_worker) {
  AUTO_POOL green_pool *pool = NULL;
  CHECK_STATUS(green_pool_new(&pool, &(green_pool_options){.max_workers = 1}), 0);
  for (int i = 0; i < 3; i++) {
    green_future *job = NULL;
    AUTO_JOIN green_future *owned = job = green_pool_submit(pool, fresh, &job);
    CHECK_STATUS(green_wait(owned), 0);
    CHECK(green_future_value(owned) == &job);
    CHECK_NUMBER(green_pool_worker_count(pool), 1);
  }
  return 0;
}

static int in_worker(void *arg) {
  (void)arg;
  int before = green_in_worker(), rc = green_yield();
  return rc < 0 ? rc : before + green_in_worker();
}

TEST(in_worker_is_true_in_jobs_alone) {
  AUTO_POOL green_pool *pool = NULL;
  CHECK_STATUS(green_pool_new(&pool, &(green_pool_options){.max_workers = 1}), 0);
  CHECK(!green_in_worker());
  CHECK_STATUS(green_join(green_pool_submit(pool, in_worker, NULL)), 2);
  CHECK_STATUS(green_join(green_spawn(in_worker, NULL)), 0);
  return 0;
}

static int spawn_in_worker(void *arg) {
  return green_join(green_spawn(in_worker, arg));
}

TEST(in_worker_is_false_in_a_task_that_a_job_spawned) {
  AUTO_POOL green_pool *pool = NULL;
  CHECK_STATUS(green_pool_new(&pool, &(green_pool_options){.max_workers = 1}), 0);
  CHECK_STATUS(green_join(green_pool_submit(pool, spawn_in_worker, NULL)), 0);
  return 0;
}

static void seen_outside(green_future *future, void *arg) {
  (void)future;
  *(int *)arg = green_in_worker();
}

TEST_OUTSIDE(in_worker_is_false_outside) {
  int seen = -1;
  AUTO_RUN bool run = true;
  AUTO_FUTURE green_future *future = NULL;
  CHECK(!green_in_worker());
  CHECK_STATUS(green_future_new(&future), 0);
  CHECK_STATUS(green_future_on_done(future, seen_outside, &seen), 0);
  green_resolve(future, NULL, NULL);
  CHECK_STATUS(green_run(nothing, NULL), 0);
  CHECK_NUMBER(seen, 0);
  return 0;
}

/* ---- the maximum changes while it runs ---- */

TEST(pool_maximum_raised_takes_queued_jobs_at_once) {
  AUTO_FUTURE green_future *gate = NULL;
  AUTO_POOL green_pool *pool = NULL;
  CHECK_STATUS(green_future_new(&gate), 0);
  CHECK_STATUS(green_pool_new(&pool, &(green_pool_options){.max_workers = 1}), 0);
  AUTO_JOIN_ALL struct test_futures futures = test_futures(5);
  for (int i = 0; i < 5; i++) {
    futures.at[i] = green_pool_submit(pool, park, gate);
    CHECK_STARTED(futures.at[i]);
  }
  CHECK_STATUS(green_yield(), 0);
  CHECK_NUMBER(green_pool_queued_count(pool), 4);
  CHECK_STATUS(green_pool_set_max_workers(pool, 3), 0);
  CHECK_STATUS(green_yield(), 0);
  if (short_of_workers(pool, 3)) test_saw(GREEN_ENOMEM);
  CHECK_NUMBER(green_pool_worker_count(pool), 3);
  CHECK_NUMBER(green_pool_queued_count(pool), 2);
  green_resolve(gate, NULL, NULL);
  CHECK_STATUS(green_wait_all(futures.at, 5), 0);
  return 0;
}

TEST(pool_maximum_lowered_lets_workers_go) {
  AUTO_FUTURE green_future *gate = NULL;
  AUTO_POOL green_pool *pool = NULL;
  CHECK_STATUS(green_future_new(&gate), 0);
  CHECK_STATUS(green_pool_new(&pool, &(green_pool_options){.max_workers = 4}), 0);
  AUTO_JOIN_ALL struct test_futures futures = test_futures(6);
  for (int i = 0; i < 6; i++) {
    futures.at[i] = green_pool_submit(pool, park, gate);
    CHECK_STARTED(futures.at[i]);
  }
  CHECK_STATUS(green_yield(), 0);
  if (short_of_workers(pool, 4)) test_saw(GREEN_ENOMEM);
  CHECK_NUMBER(green_pool_worker_count(pool), 4);
  CHECK_STATUS(green_pool_set_max_workers(pool, 2), 0);
  CHECK_NUMBER(green_pool_worker_count(pool), 4);
  green_resolve(gate, NULL, NULL);
  CHECK_STATUS(green_wait_all(futures.at, 6), 0);
  CHECK_STATUS(green_yield(), 0);
  CHECK_NUMBER(green_pool_worker_count(pool), 2);
  CHECK_NUMBER(green_pool_idle_count(pool), 2);
  CHECK_STATUS(green_pool_set_max_workers(pool, 1), 0);
  CHECK_STATUS(green_yield(), 0);
  CHECK_NUMBER(green_pool_worker_count(pool), 1);
  CHECK_NUMBER(green_pool_idle_count(pool), 1);
  CHECK_STATUS(green_join(green_pool_submit(pool, nothing, NULL)), 0);
  return 0;
}

/* ---- shutdown ---- */

TEST(pool_shutdown_drains_then_completes) {
  struct test_trace trace = {0};
  AUTO_FUTURE green_future *gate = NULL;
  AUTO_POOL green_pool *pool = NULL;
  CHECK_STATUS(green_future_new(&gate), 0);
  CHECK_STATUS(green_pool_new(&pool, &(green_pool_options){.max_workers = 1}), 0);
  AUTO_JOIN green_future *running = green_pool_submit(pool, park, gate);
  CHECK_STARTED(running);
  struct job job = {&trace, 7};
  AUTO_JOIN green_future *queued = green_pool_submit(pool, note, &job);
  CHECK_STARTED(queued);
  CHECK_STATUS(green_yield(), 0);
  CHECK(!green_pool_is_shutdown(pool));
  AUTO_FUTURE green_future *shutdown = green_pool_shutdown(pool);
  CHECK_STARTED(shutdown);
  CHECK(green_pool_is_shutdown(pool));
  AUTO_FUTURE green_future *late = green_pool_submit(pool, nothing, NULL);
  CHECK_STATUS(green_future_status(late), GREEN_ECLOSED);
  CHECK_STATUS(green_yield(), 0);
  CHECK(!green_done(shutdown));
  green_resolve(gate, NULL, NULL);
  CHECK_STATUS(green_wait(shutdown), 0);
  CHECK(green_done(running) && green_done(queued));
  CHECK_NUMBER(green_pool_worker_count(pool), 0);
  CHECK_NUMBER(green_pool_idle_count(pool), 0);
  CHECK_STRING(trace.text, "7");
  return 0;
}

TEST(pool_shutdown_lets_idle_workers_go) {
  AUTO_POOL green_pool *pool = NULL;
  CHECK_STATUS(green_pool_new(&pool, &(green_pool_options){.max_workers = 3}), 0);
  AUTO_JOIN green_future *a = green_pool_submit(pool, nothing, NULL);
  AUTO_JOIN green_future *b = green_pool_submit(pool, nothing, NULL);
  CHECK_STATUS(green_wait(a), 0);
  CHECK_STATUS(green_wait(b), 0);
  CHECK_STATUS(green_yield(), 0);
  CHECK_STATUS(green_join(green_pool_shutdown(pool)), 0);
  CHECK_NUMBER(green_pool_worker_count(pool), 0);
  CHECK_NUMBER(green_pool_idle_count(pool), 0);
  return 0;
}

static int shut_down_own(void *arg) {
  green_pool *pool = arg;
  AUTO_FUTURE green_future *shutdown = green_pool_shutdown(pool);
  CHECK_STARTED(shutdown);
  CHECK_STATUS(green_yield(), 0);
  CHECK(!green_done(shutdown));
  return 0;
}

TEST(pool_shutdown_from_a_job) {
  AUTO_POOL green_pool *pool = NULL;
  CHECK_STATUS(green_pool_new(&pool, &(green_pool_options){.max_workers = 2}), 0);
  CHECK_STATUS(green_join(green_pool_submit(pool, shut_down_own, pool)), 0);
  CHECK_STATUS(green_join(green_pool_shutdown(pool)), 0);
  return 0;
}

TEST(pool_release_drains_and_keeps_the_futures) {
  struct test_trace trace = {0};
  green_pool *pool;
  CHECK_STATUS(green_pool_new(&pool, &(green_pool_options){.max_workers = 1}), 0);
  struct job first = {&trace, 1}, second = {&trace, 2};
  AUTO_JOIN green_future *a = green_pool_submit(pool, note, &first);
  AUTO_JOIN green_future *b = green_pool_submit(pool, note, &second);
  green_pool_release(pool);
  green_pool_release(NULL);
  CHECK_STATUS(green_wait(a), 1);
  CHECK_STATUS(green_wait(b), 2);
  CHECK_STRING(trace.text, "1 2");
  return 0;
}

/* ---- cancelling a job ---- */

TEST(pool_queued_job_that_is_cancelled_never_runs) {
  struct test_trace trace = {0};
  AUTO_FUTURE green_future *gate = NULL;
  AUTO_POOL green_pool *pool = NULL;
  CHECK_STATUS(green_future_new(&gate), 0);
  CHECK_STATUS(green_pool_new(&pool, &(green_pool_options){.max_workers = 1}), 0);
  AUTO_JOIN green_future *running = green_pool_submit(pool, park, gate);
  struct job job = {&trace, 1};
  AUTO_JOIN green_future *first = green_pool_submit(pool, note, &job);
  AUTO_JOIN green_future *second = green_pool_submit(pool, note, &job);
  CHECK_STARTED(running);
  CHECK_STARTED(first);
  CHECK_STARTED(second);
  CHECK_STATUS(green_yield(), 0);
  CHECK_STATUS(green_cancel(first), 0);
  CHECK(green_done(first));
  CHECK_STATUS(green_wait(first), GREEN_ECANCELED);
  CHECK_NUMBER(green_pool_queued_count(pool), 1);
  green_resolve(gate, NULL, NULL);
  CHECK_STATUS(green_wait(second), 1);
  CHECK_STRING(trace.text, "1");
  return 0;
}

TEST(pool_running_job_that_is_cancelled_keeps_its_worker) {
  AUTO_FUTURE green_future *gate = NULL;
  AUTO_POOL green_pool *pool = NULL;
  CHECK_STATUS(green_future_new(&gate), 0);
  CHECK_STATUS(green_pool_new(&pool, &(green_pool_options){.max_workers = 1}), 0);
  AUTO_JOIN green_future *running = green_pool_submit(pool, park, gate);
  CHECK_STARTED(running);
  CHECK_STATUS(green_yield(), 0);
  CHECK_STATUS(green_cancel(running), 0);
  CHECK(!green_done(running));
  CHECK_STATUS(green_wait(running), GREEN_ECANCELED);
  CHECK_NUMBER(green_pool_worker_count(pool), 1);
  CHECK_STATUS(green_join(green_pool_submit(pool, nothing, NULL)), 0);
  CHECK_NUMBER(green_pool_worker_count(pool), 1);
  CHECK_STATUS(green_join(green_pool_shutdown(pool)), 0);
  return 0;
}

struct outer {
  green_pool *pool;
  green_future *gate;
  int inner;
};

static int join_inner(void *arg) {
  struct outer *outer = arg;
  outer->inner = 1;
  green_future *inner = green_pool_submit(outer->pool, park, outer->gate);
  green_future_retain(inner);
  int rc = green_join(inner);
  outer->inner = green_future_status(inner);
  green_future_release(inner);
  return rc;
}

/* The inner job runs on a worker lent for it; the outer's join cancels it and waits for its end. */
TEST(pool_job_that_is_cancelled_while_it_joins_another) {
  AUTO_FUTURE green_future *gate = NULL;
  AUTO_POOL green_pool *pool = NULL;
  CHECK_STATUS(green_future_new(&gate), 0);
  CHECK_STATUS(green_pool_new(&pool, &(green_pool_options){.max_workers = 1}), 0);
  struct outer outer = {pool, gate, 0};
  AUTO_JOIN green_future *job = green_pool_submit(pool, join_inner, &outer);
  CHECK_STARTED(job);
  CHECK_STATUS(green_sleep(1), 0);
  if (green_done(job)) test_saw(green_future_status(job));
  CHECK_STATUS(green_cancel(job), 0);
  CHECK_STATUS(green_wait(job), GREEN_ECANCELED);
  CHECK_STATUS(outer.inner, GREEN_ECANCELED);
  CHECK_NUMBER(green_pool_worker_count(pool), 1);
  CHECK_STATUS(green_join(green_pool_shutdown(pool)), 0);
  return 0;
}

/* ---- outside ---- */

TEST_OUTSIDE(pool_outside_a_task) {
  struct test_trace trace = {0};
  struct job job = {&trace, 3};
  AUTO_RUN bool run = true;
  AUTO_POOL green_pool *pool = NULL;
  CHECK_STATUS(green_pool_new(&pool, &(green_pool_options){.max_workers = 2}), 0);
  AUTO_FUTURE green_future *future = green_pool_submit(pool, note, &job);
  CHECK_STARTED(future);
  AUTO_FUTURE green_future *shutdown = green_pool_shutdown(pool);
  CHECK_STARTED(shutdown);
  CHECK_STATUS(green_run(nothing, NULL), 0);
  CHECK_STATUS(green_future_status(future), 3);
  CHECK_STATUS(green_future_status(shutdown), 0);
  return 0;
}

struct storm {
  green_pool *pool;
  int running, most, total;
};

static int storm_job(void *arg) {
  struct storm *storm = arg;
  if (++storm->running > storm->most) storm->most = storm->running;
  int rc = storm->total % 3 ? green_yield() : green_sleep(1);
  storm->running--;
  storm->total++;
  return rc;
}

static int storm_submitter(void *arg) {
  struct storm *storm = arg;
  for (int i = 0; i < 20; i++) {
    int rc = green_join(green_pool_submit(storm->pool, storm_job, storm));
    if (rc < 0) return rc;
  }
  return 0;
}

TEST(pool_never_runs_more_than_its_maximum) {
  size_t count = test_scale(40, 3);
  AUTO_POOL green_pool *pool = NULL;
  CHECK_STATUS(green_pool_new(&pool, &(green_pool_options){.max_workers = 7}), 0);
  struct storm storm = {pool, 0, 0, 0};
  AUTO_JOIN_ALL struct test_futures tasks = test_futures(count);
  for (size_t i = 0; i < count; i++) {
    tasks.at[i] = green_spawn(storm_submitter, &storm);
    CHECK_STARTED(tasks.at[i]);
  }
  CHECK_STATUS(green_wait_all(tasks.at, count), 0);
  CHECK(storm.most <= 7);
  CHECK_NUMBER(storm.total, 20 * count);
  CHECK(green_pool_worker_count(pool) <= 7);
  return 0;
}
