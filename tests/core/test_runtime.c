/* The runtime: runs, holds, posts, and reports. */
#include "harness.h"

static int give(void *arg) {
  return *(int *)arg;
}

static int nothing(void *arg) {
  (void)arg;
  return 0;
}

TEST_OUTSIDE(run_gives_the_status_of_its_function) {
  int good = 42, bad = GREEN_EPROTO;
  CHECK_STATUS(green_run(give, &good), 42);
  CHECK_STATUS(green_run(give, &bad), GREEN_EPROTO);
  CHECK_STATUS(green_run(give, &good), 42);
  return 0;
}

TEST_OUTSIDE(run_keeps_the_callers_locals) {
  int before[64], status = 7;
  for (int i = 0; i < 64; i++) before[i] = i * i;
  CHECK_STATUS(green_run(give, &status), 7);
  for (int i = 0; i < 64; i++) CHECK_NUMBER(before[i], i * i);
  return 0;
}

static int ended;
static int outlive(void *arg) {
  int rc = green_sleep(*(int *)arg ? 2 : 1);
  ended++;
  return rc;
}

static int leave_one_behind(void *arg) {
  AUTO_FUTURE green_future *task = green_spawn(outlive, arg);
  CHECK_STARTED(task);
  return 5;
}

TEST_OUTSIDE(run_lasts_until_the_last_task_has_ended) {
  static int longer = 1;
  ended = 0;
  CHECK_STATUS(green_run(leave_one_behind, &longer), 5);
  CHECK_NUMBER(ended, 1);
  return 0;
}

TEST(run_in_a_task_is_refused) {
  CHECK_STATUS(green_run(nothing, NULL), GREEN_EBUSY);
  CHECK_STATUS(green_yield(), 0);
  return 0;
}

static void run_in_callback(green_future *future, void *arg) {
  (void)future;
  *(int *)arg = green_run(nothing, NULL);
}

TEST(run_in_a_callback_is_refused) {
  int rc = 0;
  AUTO_FUTURE green_future *future = NULL;
  CHECK_STATUS(green_future_new(&future), 0);
  int asked = green_future_on_done(future, run_in_callback, &rc);
  green_resolve(future, NULL, NULL);
  CHECK_STATUS(green_sleep(1), 0);
  CHECK_STATUS(asked, 0);
  CHECK_STATUS(rc, GREEN_EBUSY);
  return 0;
}

/* ---- holds and posts ---- */

static void resolve_posted(void *arg) {
  EXPECT(green_current() == NULL);
  green_resolve(arg, NULL, NULL);
  green_unhold();
}

TEST(hold_keeps_the_runtime_for_a_post) {
  AUTO_FUTURE green_future *future = NULL;
  CHECK_STATUS(green_future_new(&future), 0);
  CHECK_STATUS(green_hold(), 0);
  int rc = green_post(green_runtime_current(), resolve_posted, future);
  if (rc < 0) green_unhold();
  CHECK_STATUS(rc, 0);
  CHECK(!green_done(future));
  CHECK_STATUS(green_wait(future), 0);
  return 0;
}

/* The turn has spent its budget when the post is made, and nothing else is ready. */
TEST(post_is_not_forgotten_behind_a_long_task) {
  AUTO_FUTURE green_future *future = NULL;
  CHECK_STATUS(green_future_new(&future), 0);
  uint64_t until = green_now() + 3000000;
  while (green_now() < until) continue;
  CHECK_STATUS(green_hold(), 0);
  int rc = green_post(green_runtime_current(), resolve_posted, future);
  if (rc < 0) green_unhold();
  CHECK_STATUS(rc, 0);
  CHECK_STATUS(green_wait(future), 0);
  return 0;
}

static bool unheld;
static void unhold_posted(void *arg) {
  (void)arg;
  unheld = true;
  green_unhold();
}

static int hold_and_end(void *arg) {
  (void)arg;
  CHECK_STATUS(green_hold(), 0);
  CHECK_STATUS(green_hold(), 0);
  green_unhold();
  int rc = green_post(green_runtime_current(), unhold_posted, NULL);
  if (rc < 0) green_unhold();
  return rc;
}

TEST_OUTSIDE(hold_outlasts_the_last_task) {
  unheld = false;
  CHECK_STATUS(green_run(hold_and_end, NULL), 0);
  CHECK(unheld);
  return 0;
}

TEST(unhold_outside_a_hold_is_ignored) {
  green_unhold();
  CHECK_STATUS(green_sleep(1), 0);
  return 0;
}

static struct test_trace *post_trace;
static void note_post(void *arg) {
  test_trace(post_trace, "%s", (const char *)arg);
}

TEST(posts_run_in_order_and_not_inside) {
  struct test_trace trace = {0};
  post_trace = &trace;
  green_runtime *runtime = green_runtime_current();
  int rc = green_post(runtime, note_post, "a");
  if (rc == 0) rc = green_post(runtime, note_post, "b");
  if (rc == 0) rc = green_post(runtime, note_post, "c");
  test_trace(&trace, "posted");
  CHECK_STATUS(green_sleep(1), 0);
  CHECK_STATUS(rc, 0);
  CHECK_STRING(trace.text, "posted a b c");
  return 0;
}

static green_future *spawned;
static void spawn_posted(void *arg) {
  spawned = green_spawn(give, arg);
}

TEST(post_may_spawn) {
  int status = 11;
  spawned = NULL;
  CHECK_STATUS(green_post(green_runtime_current(), spawn_posted, &status), 0);
  CHECK_STATUS(green_sleep(1), 0);
  CHECK(spawned != NULL);
  CHECK_STATUS(green_join(spawned), 11);
  return 0;
}

static int posted_spawned;
static int count_spawned(void *arg) {
  (void)arg;
  int rc = green_yield();
  posted_spawned++;
  return rc;
}

static void spawn_late(void *arg) {
  (void)arg;
  AUTO_FUTURE green_future *task = green_spawn(count_spawned, NULL);
}

static int post_and_end(void *arg) {
  (void)arg;
  return green_post(green_runtime_current(), spawn_late, NULL);
}

/* What green_post() has taken it calls, though the last task ends meanwhile. */
TEST_OUTSIDE(post_at_the_end_is_called) {
  posted_spawned = 0;
  CHECK_STATUS(green_run(post_and_end, NULL), 0);
  CHECK_NUMBER(posted_spawned, 1);
  return 0;
}

static int keep_runtime(void *arg) {
  *(green_runtime **)arg = green_runtime_retain(green_runtime_current());
  return 0;
}

static void never(void *arg) {
  (void)arg;
  EXPECT(!"called after the end");
}

TEST_OUTSIDE(post_after_the_end_is_closed) {
  AUTO_RUNTIME green_runtime *runtime = NULL;
  CHECK_STATUS(green_run(keep_runtime, &runtime), 0);
  CHECK_STATUS(green_post(runtime, never, NULL), GREEN_ECLOSED);
  CHECK_STATUS(green_run(nothing, NULL), 0);
  CHECK_STATUS(green_post(runtime, never, NULL), GREEN_ECLOSED);
  return 0;
}

static int same_runtime(void *arg) {
  CHECK(green_runtime_current() == arg);
  return 0;
}

TEST_OUTSIDE(runtime_made_before_the_run_is_the_one_that_runs) {
  green_runtime *runtime = green_runtime_current();
  CHECK_MEMORY(runtime);
  CHECK(green_runtime_current() == runtime);
  CHECK_STATUS(green_run(same_runtime, runtime), 0);
  green_runtime_release(NULL);
  return 0;
}

/* ---- the report ---- */

struct scene {
  green_lock lock;
  green_future *named;
};

static int wait_for_lock(void *arg) {
  struct scene *scene = arg;
  return green_lock_acquire(&scene->lock);
}

static int wait_for_future(void *arg) {
  struct scene *scene = arg;
  return green_wait(scene->named);
}

static int sleep_long(void *arg) {
  (void)arg;
  return green_sleep(3600 * 1000);
}

static void describe(const green_report_entry *entry, void *arg) {
  EXPECT(entry->stack_size >= 1024);
  EXPECT(entry->stack_used <= entry->stack_size);
  EXPECT(entry->since_ns < UINT64_C(3600) * 1000000000);
  test_trace(arg, "%s:%s:%s", entry->name, entry->state, entry->waits_for);
}

struct ids {
  unsigned long last;
  int count;
};

static void count_ids(const green_report_entry *entry, void *arg) {
  struct ids *ids = arg;
  EXPECT(entry->id > ids->last);
  ids->last = entry->id;
  ids->count++;
}

static green_future *spawn_named(const char *name, green_function function, void *arg) {
  green_spawn_options options = {.name = name};
  green_future *future = green_spawn_with(function, arg, &options);
  if (!green_done(future) && !green_future_name(future)) test_saw(GREEN_ENOMEM);
  return future;
}

TEST(report_tells_what_every_task_does) {
  struct scene scene = {GREEN_LOCK_INIT, NULL};
  AUTO_RELEASE green_lock *own = &scene.lock;
  struct test_trace trace = {0};
  AUTO_FUTURE green_future *future = NULL;
  CHECK_STATUS(green_future_new(&future), 0);
  green_future_set_name(future, "download");
  CHECK_MEMORY(green_future_name(future));
  scene.named = future;
  CHECK_STATUS(green_lock_acquire(&scene.lock), 0);
  green_future_set_name(green_current(), "main");
  CHECK_MEMORY(green_future_name(green_current()));
  AUTO_JOIN green_future *sleeper = spawn_named("sleeper", sleep_long, NULL);
  AUTO_JOIN green_future *locker = spawn_named("locker", wait_for_lock, &scene);
  AUTO_JOIN green_future *waiter = spawn_named("waiter", wait_for_future, &scene);
  CHECK_STARTED(sleeper);
  CHECK_STARTED(locker);
  CHECK_STARTED(waiter);
  CHECK_STATUS(green_yield(), 0);
  AUTO_JOIN green_future *fresh = spawn_named("fresh", nothing, NULL);
  CHECK_STARTED(fresh);
  CHECK_NUMBER(green_report_each(describe, &trace), 5);
  CHECK_STRING(trace.text, "main:running: sleeper:parked:sleep locker:parked:lock of main "
                           "waiter:parked:future of download fresh:ready:");
  struct ids ids = {0, 0};
  CHECK_NUMBER(green_report_each(count_ids, &ids), 5);
  CHECK_NUMBER(ids.count, 5);
  return 0;
}

TEST(report_is_written_as_a_table) {
  AUTO_JOIN green_future *sleeper = spawn_named("sleeper", sleep_long, NULL);
  CHECK_STARTED(sleeper);
  CHECK_STATUS(green_yield(), 0);
  AUTO_CAPTURE struct test_capture capture = test_capture_file();
  CHECK_NUMBER(green_report(capture.file), 2);
  const char *table = test_captured(&capture);
  CHECK_CONTAINS(table, "sleeper");
  CHECK_CONTAINS(table, "parked");
  CHECK_CONTAINS(table, "sleep");
  CHECK_CONTAINS(table, "running");
  return 0;
}

TEST_OUTSIDE(report_without_a_runtime) {
  struct ids ids = {0, 0};
  CHECK_NUMBER(green_report_each(count_ids, &ids), 0);
  CHECK_NUMBER(ids.count, 0);
  return 0;
}

TEST(report_names_a_task_that_is_named_later) {
  struct test_trace trace = {0};
  AUTO_JOIN green_future *task = green_spawn(sleep_long, NULL);
  CHECK_STARTED(task);
  CHECK_STATUS(green_yield(), 0);
  green_future_set_name(task, "late");
  CHECK_MEMORY(green_future_name(task));
  green_report_each(describe, &trace);
  CHECK_STRING(trace.text, ":running: late:parked:sleep");
  return 0;
}
