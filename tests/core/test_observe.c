/* Observers: what they are told, in which order, and that they may come and go at any time. */
#include "harness.h"

#include <string.h>

#define MOST_TASKS 16

/* Writes down what it hears, with names for numbers. */
struct recorder {
  struct test_trace trace;
  unsigned long ids[MOST_TASKS];
  char names[MOST_TASKS][12];
  int known;
  int turns; /* that are under way */
  int most_turns, begun_turns;
  uint64_t last;
  bool backwards;
};

static const char *name_of(const struct recorder *recorder, unsigned long id) {
  for (int i = 0; i < recorder->known; i++)
    if (recorder->ids[i] == id) return recorder->names[i];
  return id ? "?" : "loop";
}

static void look_at_time(struct recorder *recorder, uint64_t now) {
  if (now < recorder->last) recorder->backwards = true;
  recorder->last = now;
}

static void on_begin(const green_begun *begun, uint64_t now, void *data) {
  struct recorder *recorder = data;
  look_at_time(recorder, now);
  if (recorder->known == MOST_TASKS) return;
  int at = recorder->known++;
  recorder->ids[at] = begun->task;
  snprintf(recorder->names[at], sizeof recorder->names[at], "%s",
           *begun->name ? begun->name : "main");
  test_trace(&recorder->trace, "%s:%s(%s%s%s)", begun->before ? "found" : "begin",
             recorder->names[at], begun->before ? "" : name_of(recorder, begun->maker),
             *begun->group ? " in " : "", begun->group);
}

static void on_park(unsigned long task, const char *what, const void *object, uint64_t now,
                    void *data) {
  struct recorder *recorder = data;
  (void)object;
  look_at_time(recorder, now);
  test_trace(&recorder->trace, "%s:parks(%s)", name_of(recorder, task), what);
}

static void on_wake(unsigned long task, unsigned long by, int status, uint64_t now, void *data) {
  struct recorder *recorder = data;
  look_at_time(recorder, now);
  test_trace(&recorder->trace, "%s:woken(%s%s%s)", name_of(recorder, task), name_of(recorder, by),
             status ? " " : "", status ? green_status_name(status) : "");
}

static void on_resume(unsigned long task, uint64_t now, void *data) {
  struct recorder *recorder = data;
  look_at_time(recorder, now);
  test_trace(&recorder->trace, "%s:runs", name_of(recorder, task));
}

static void on_end(unsigned long task, int status, uint64_t now, void *data) {
  struct recorder *recorder = data;
  look_at_time(recorder, now);
  test_trace(&recorder->trace, "%s:ends(%d)", name_of(recorder, task), status);
}

static void on_cancel(unsigned long task, unsigned long by, uint64_t now, void *data) {
  struct recorder *recorder = data;
  look_at_time(recorder, now);
  test_trace(&recorder->trace, "%s:cancelled(%s)", name_of(recorder, task), name_of(recorder, by));
}

static void on_job_begin(const green_begun *begun, uint64_t now, void *data) {
  struct recorder *recorder = data;
  look_at_time(recorder, now);
  test_trace(&recorder->trace, "%s:job(%s of %s)", name_of(recorder, begun->task), begun->name,
             name_of(recorder, begun->maker));
}

static void on_job_end(unsigned long task, int status, uint64_t now, void *data) {
  struct recorder *recorder = data;
  look_at_time(recorder, now);
  test_trace(&recorder->trace, "%s:job-ends(%d)", name_of(recorder, task), status);
}

static void on_turn_begin(uint64_t now, void *data) {
  struct recorder *recorder = data;
  look_at_time(recorder, now);
  recorder->begun_turns++;
  if (++recorder->turns > recorder->most_turns) recorder->most_turns = recorder->turns;
}

static void on_turn_end(uint64_t now, void *data) {
  struct recorder *recorder = data;
  look_at_time(recorder, now);
  recorder->turns--;
}

static const green_observer all = {
    .begin = on_begin,
    .park = on_park,
    .wake = on_wake,
    .resume = on_resume,
    .end = on_end,
    .cancel = on_cancel,
    .job_begin = on_job_begin,
    .job_end = on_job_end,
    .turn_begin = on_turn_begin,
    .turn_end = on_turn_end,
};

/* Begins to observe; a variable of this kind ends it. */
#define AUTO_OBSERVATION __attribute__((unused, cleanup(release_observation)))

static void release_observation(green_observation **observation) {
  green_observation_release(*observation);
}

static green_future *spawn_named(const char *name, green_function function, void *arg) {
  green_spawn_options options = {.name = name};
  green_future *future = green_spawn_with(function, arg, &options);
  if (green_future_status(future) == GREEN_EAGAIN && !green_future_name(future))
    test_saw(GREEN_ENOMEM);
  return future;
}

/* Whether the name is there that a recording needs. */
#define CHECK_NAMED(future)                                                                        \
  do {                                                                                             \
    CHECK_STARTED(future);                                                                         \
    CHECK_MEMORY(green_future_name(future));                                                       \
  } while (0)

static int yield_once(void *arg) {
  (void)arg;
  return green_yield();
}

TEST(observer_is_told_of_a_task_from_begin_to_end) {
  struct recorder recorder = {0};
  AUTO_OBSERVATION green_observation *observation = NULL;
  CHECK_STATUS(green_observe(&observation, &all, &recorder), 0);
  AUTO_JOIN green_future *child = spawn_named("child", yield_once, NULL);
  CHECK_NAMED(child);
  CHECK_STATUS(green_wait(child), 0);
  green_observation_release(observation);
  observation = NULL;
  CHECK_STATUS(green_yield(), 0);
  CHECK_STRING(recorder.trace.text,
               "found:main() main:runs begin:child(main) main:parks(future) child:runs "
               "child:parks(yield) child:runs main:woken(child) child:ends(0) main:runs");
  CHECK(!recorder.backwards);
  return 0;
}

static int sleep_long(void *arg) {
  (void)arg;
  return green_sleep(3600 * 1000);
}

TEST(observer_is_told_of_timers_and_cancels) {
  struct recorder recorder = {0};
  AUTO_OBSERVATION green_observation *observation = NULL;
  CHECK_STATUS(green_observe(&observation, &all, &recorder), 0);
  AUTO_JOIN green_future *sleeper = spawn_named("sleeper", sleep_long, NULL);
  CHECK_NAMED(sleeper);
  CHECK_STATUS(green_yield(), 0); /* it sleeps */
  CHECK_STATUS(green_sleep(1), 0);
  CHECK_STATUS(green_cancel(sleeper), 0);
  CHECK_STATUS(green_wait(sleeper), GREEN_ECANCELED);
  green_observation_release(observation);
  observation = NULL;
  CHECK_STRING(recorder.trace.text,
               "found:main() main:runs begin:sleeper(main) main:parks(yield) sleeper:runs "
               "sleeper:parks(sleep) main:runs main:parks(sleep) main:woken(loop) main:runs "
               "sleeper:cancelled(main) "
               "sleeper:woken(main ECANCELED) main:parks(future) sleeper:runs main:woken(sleeper) "
               "sleeper:ends(-125) main:runs");
  return 0;
}

TEST(observer_finds_what_is_there) {
  struct recorder recorder = {0};
  AUTO_OBSERVATION green_observation *observation = NULL;
  AUTO_JOIN green_future *sleeper = spawn_named("sleeper", sleep_long, NULL);
  CHECK_NAMED(sleeper);
  AUTO_JOIN green_future *fresh = NULL;
  CHECK_STATUS(green_yield(), 0);
  fresh = spawn_named("fresh", yield_once, NULL);
  CHECK_NAMED(fresh);
  CHECK_STATUS(green_observe(&observation, &all, &recorder), 0);
  CHECK_STATUS(green_wait(fresh), 0);
  CHECK_STRING(recorder.trace.text,
               "found:main() main:runs found:sleeper() sleeper:parks(sleep) found:fresh() "
               "main:parks(future) fresh:runs fresh:parks(yield) fresh:runs "
               "main:woken(fresh) fresh:ends(0) main:runs");
  return 0;
}

static int count_job(void *arg) {
  ++*(int *)arg;
  return 7;
}

TEST(observer_is_told_of_jobs) {
  struct recorder recorder = {0};
  int jobs = 0;
  AUTO_OBSERVATION green_observation *observation = NULL;
  AUTO_POOL green_pool *pool = NULL;
  CHECK_STATUS(green_pool_new(&pool, &(green_pool_options){.max_workers = 1}), 0);
  CHECK_STATUS(green_observe(&observation, &all, &recorder), 0);
  AUTO_FUTURE green_future *first = green_pool_submit(pool, count_job, &jobs);
  CHECK_STARTED(first);
  AUTO_FUTURE green_future *second = green_pool_submit(pool, count_job, &jobs);
  CHECK_STARTED(second);
  green_future_set_name(first, "one");
  green_future_set_name(second, "two");
  CHECK_MEMORY(green_future_name(first));
  CHECK_MEMORY(green_future_name(second));
  CHECK_STATUS(green_wait(second), 7);
  green_observation_release(observation);
  observation = NULL;
  CHECK_STRING(recorder.trace.text,
               "found:main() main:runs begin:worker(loop) main:parks(future) worker:runs "
               "worker:job(one of main) worker:job-ends(7) worker:job(two of main) "
               "main:woken(worker) worker:job-ends(7) worker:parks(a job) main:runs");
  return 0;
}

/* A job that waits for another of its pool's has a worker lent to it, which runs next; or after what was
 * posted, where the turn's budget of 1024 runs is spent just then, as it is in one of so many rounds, each of
 * which begins with a new budget. */
struct late {
  green_pool *pool;
  green_observation *observation;
  int begun, ended;
  int posts; /* that have not run */
};

static void count_job_begin(const green_begun *begun, uint64_t now, void *data) {
  struct late *late = data;
  (void)begun, (void)now;
  late->begun++;
}

static void count_job_end(unsigned long task, int status, uint64_t now, void *data) {
  struct late *late = data;
  (void)task, (void)status, (void)now;
  late->ended++;
}

static void observe_late(void *arg) {
  struct late *late = arg;
  late->posts--;
  green_observer observer = {.job_begin = count_job_begin, .job_end = count_job_end};
  test_saw(green_observe(&late->observation, &observer, late));
}

static int wait_for_another(void *arg) {
  struct late *late = arg;
  int jobs = 0;
  AUTO_JOIN green_future *other = green_pool_submit(late->pool, count_job, &jobs);
  CHECK_STARTED(other);
  CHECK_STATUS(green_post(green_runtime_current(), observe_late, late), 0);
  late->posts++;
  CHECK_STATUS(green_wait(other), 7);
  return 0;
}

static void forget_post(void *arg) {
  struct late *late = arg;
  late->posts--;
}

static int observe_round(green_pool *pool, int yields) {
  struct late late = {.pool = pool};
  CHECK_STATUS(green_post(green_runtime_current(), forget_post, &late), 0);
  for (late.posts++; late.posts;) CHECK_STATUS(green_yield(), 0);
  for (int i = 0; i < yields; i++) CHECK_STATUS(green_yield(), 0);
  AUTO_FUTURE green_future *job = green_pool_submit(pool, wait_for_another, &late);
  CHECK_STARTED(job);
  int rc = green_wait(job);
  while (late.posts) green_yield();
  green_observation_release(late.observation);
  CHECK_STATUS(rc, 0);
  CHECK_NUMBER(late.begun, late.ended);
  return 0;
}

TEST(observer_hears_of_a_lent_workers_job_once) {
  AUTO_POOL green_pool *pool = NULL;
  CHECK_STATUS(green_pool_new(&pool, &(green_pool_options){.max_workers = 1}), 0);
  int rc = 0, rounds = (int)test_scale(60, 2);
  for (int round = 0; round < rounds && rc == 0; round++) rc = observe_round(pool, 980 + round);
  return rc;
}

TEST(observer_is_told_of_groups) {
  struct recorder recorder = {0};
  AUTO_OBSERVATION green_observation *observation = NULL;
  AUTO_GROUP green_group *group = NULL;
  CHECK_STATUS(green_group_new(&group, &(green_group_options){.name = "pages"}), 0);
  CHECK_STATUS(green_observe(&observation, &all, &recorder), 0);
  green_future *future = NULL;
  CHECK_STATUS(green_group_spawn_with(group, &future, yield_once, NULL,
                                      &(green_spawn_options){.name = "page"}),
               0);
  bool named = green_future_name(future) != NULL;
  green_future_release(future);
  CHECK_STATUS(green_group_wait(group), 0);
  if (!named) return test_saw(GREEN_ENOMEM);
  CHECK_CONTAINS(recorder.trace.text, "begin:page(main in pages) ");
  CHECK_CONTAINS(recorder.trace.text, "page:ends(0) ");
  return 0;
}

/* An observer may not begin or end observations. */
struct meddler {
  green_observation *own, *another;
  int rc;
};

static void meddle(unsigned long task, uint64_t now, void *data) {
  struct meddler *meddler = data;
  (void)task, (void)now;
  meddler->rc = green_observe(&meddler->another, &all, NULL);
  green_observation_release(meddler->own);
}

TEST(observer_cannot_change_who_observes) {
  struct meddler meddler = {.rc = 1};
  AUTO_CAPTURE struct test_capture capture = test_capture_stderr();
  green_observer observer = {.resume = meddle};
  int rc = green_observe(&meddler.own, &observer, &meddler);
  if (rc == 0) rc = green_yield();
  const char *said = test_captured(&capture);
  green_observation_release(meddler.own);
  CHECK_STATUS(rc, 0);
  CHECK_STATUS(meddler.rc, GREEN_EBUSY);
  CHECK(meddler.another == NULL);
  CHECK_CONTAINS(said, "greenio: green_observation_release: not while an observer is called");
  return 0;
}

TEST(several_observe_and_leave_in_any_order) {
  struct recorder first = {0}, second = {0};
  AUTO_OBSERVATION green_observation *one = NULL;
  AUTO_OBSERVATION green_observation *two = NULL;
  CHECK_STATUS(green_observe(&one, &all, &first), 0);
  CHECK_STATUS(green_yield(), 0);
  CHECK_STATUS(green_observe(&two, &all, &second), 0);
  CHECK_STATUS(green_yield(), 0);
  green_observation_release(one);
  one = NULL;
  CHECK_STATUS(green_yield(), 0);
  CHECK_STRING(first.trace.text, "found:main() main:runs main:parks(yield) main:runs "
                                 "main:parks(yield) main:runs");
  CHECK_STRING(second.trace.text, "found:main() main:runs main:parks(yield) main:runs "
                                  "main:parks(yield) main:runs");
  return 0;
}

TEST(observer_is_told_of_turns_in_pairs) {
  struct recorder recorder = {0};
  AUTO_OBSERVATION green_observation *observation = NULL;
  CHECK_STATUS(green_observe(&observation, &all, &recorder), 0);
  for (int i = 0; i < 3; i++) CHECK_STATUS(green_sleep(1), 0);
  CHECK(recorder.begun_turns >= 4);
  CHECK_NUMBER(recorder.most_turns, 1);
  CHECK_NUMBER(recorder.turns, 1); /* the one in which this runs */
  CHECK(!recorder.backwards);
  return 0;
}

static const green_observer nothing;

TEST(observer_need_not_have_functions) {
  AUTO_OBSERVATION green_observation *observation = NULL;
  CHECK_STATUS(green_observe(&observation, &nothing, NULL), 0);
  CHECK_STATUS(green_sleep(1), 0);
  green_observation_release(NULL);
  return 0;
}

/* What outlives its runtime tells nothing any more, and is released all the same. */
static green_observation *kept;
static struct recorder kept_recorder;

static int observe_and_end(void *arg) {
  (void)arg;
  int rc = green_observe(&kept, &all, &kept_recorder);
  return rc < 0 ? test_saw(rc) : green_sleep(1);
}

TEST_OUTSIDE(observation_outlives_its_runtime) {
  memset(&kept_recorder, 0, sizeof kept_recorder);
  kept = NULL;
  int rc = test_saw(green_run(observe_and_end, NULL));
  size_t length = kept_recorder.trace.length;
  int again = test_saw(green_run(yield_once, NULL));
  green_observation_release(kept);
  CHECK_STATUS(rc, 0);
  CHECK_STATUS(again, 0);
  CHECK_NUMBER(kept_recorder.trace.length, length);
  CHECK_CONTAINS(kept_recorder.trace.text, "main:ends(0)");
  return 0;
}
