/* Waiting for futures: one, any, all, and join. */
#include "harness.h"

struct scene {
  struct test_trace trace;
  green_future *future;
};

static int wait_for_it(void *arg) {
  struct scene *scene = arg;
  int rc = green_wait(scene->future);
  test_trace(&scene->trace, "%s:%s", green_future_name(green_current()),
             rc < 0 ? green_future_message(scene->future) : "done");
  return rc;
}

static green_future *spawn_named(const char *name, green_function function, void *arg) {
  green_spawn_options options = {.name = name};
  green_future *future = green_spawn_with(function, arg, &options);
  if (!green_done(future) && !green_future_name(future)) test_saw(GREEN_ENOMEM);
  return future;
}

static int note(void *arg) {
  test_trace(arg, "other");
  return 0;
}

TEST(wait_on_a_done_future_does_not_park) {
  struct test_trace trace = {0};
  AUTO_FUTURE green_future *future = NULL;
  CHECK_STATUS(green_future_new(&future), 0);
  green_resolve(future, &trace, NULL);
  AUTO_JOIN green_future *other = green_spawn(note, &trace);
  CHECK_STARTED(other);
  CHECK_STATUS(green_wait(future), 0);
  CHECK_NUMBER(green_wait_any(&future, 1), 0);
  CHECK_STATUS(green_wait_all(&future, 1), 0);
  CHECK_STRING(trace.text, "");
  CHECK_STATUS(green_wait(other), 0);
  CHECK_STRING(trace.text, "other");
  return 0;
}

static int resolve_with_value(void *arg) {
  struct scene *scene = arg;
  test_trace(&scene->trace, "resolving");
  return green_resolve(scene->future, scene, NULL);
}

TEST(wait_parks_until_done) {
  struct scene scene = {{0}, NULL};
  AUTO_FUTURE green_future *future = NULL;
  CHECK_STATUS(green_future_new(&future), 0);
  scene.future = future;
  AUTO_JOIN green_future *other = green_spawn(resolve_with_value, &scene);
  CHECK_STARTED(other);
  test_trace(&scene.trace, "waiting");
  CHECK_STATUS(green_wait(future), 0);
  test_trace(&scene.trace, "woken");
  CHECK(green_future_value(future) == &scene);
  CHECK_STRING(scene.trace.text, "waiting resolving woken");
  return 0;
}

TEST(wait_wakes_all_in_the_order_of_waiting) {
  struct scene scene = {{0}, NULL};
  AUTO_FUTURE green_future *future = NULL;
  CHECK_STATUS(green_future_new(&future), 0);
  scene.future = future;
  AUTO_JOIN green_future *a = spawn_named("a", wait_for_it, &scene);
  AUTO_JOIN green_future *b = spawn_named("b", wait_for_it, &scene);
  AUTO_JOIN green_future *c = spawn_named("c", wait_for_it, &scene);
  CHECK_STARTED(a);
  CHECK_STARTED(b);
  CHECK_STARTED(c);
  CHECK_STATUS(green_yield(), 0);
  CHECK_STRING(scene.trace.text, "");
  green_resolve(future, NULL, NULL);
  CHECK_STATUS(green_wait_all((green_future *[]){a, b, c}, 3), 0);
  CHECK_STRING(scene.trace.text, "a:done b:done c:done");
  return 0;
}

TEST(wait_gives_a_failure_to_every_waiter) {
  struct scene scene = {{0}, NULL};
  AUTO_FUTURE green_future *future = NULL;
  CHECK_STATUS(green_future_new(&future), 0);
  scene.future = future;
  AUTO_JOIN green_future *a = spawn_named("a", wait_for_it, &scene);
  AUTO_JOIN green_future *b = spawn_named("b", wait_for_it, &scene);
  CHECK_STARTED(a);
  CHECK_STARTED(b);
  CHECK_STATUS(green_yield(), 0);
  green_reject(future, GREEN_ECONNRESET, "lost");
  CHECK_STATUS(green_wait(a), GREEN_ECONNRESET);
  CHECK_STATUS(green_wait(b), GREEN_ECONNRESET);
  CHECK_MESSAGE(future, "lost");
  CHECK_STRING(scene.trace.text, "a:lost b:lost");
  CHECK_STATUS(green_wait(future), GREEN_ECONNRESET);
  return 0;
}

TEST_OUTSIDE(wait_outside_a_task) {
  AUTO_FUTURE green_future *done = NULL, *failed = NULL, *pending = NULL;
  CHECK_STATUS(green_future_new(&done), 0);
  CHECK_STATUS(green_future_new(&failed), 0);
  CHECK_STATUS(green_future_new(&pending), 0);
  green_resolve(done, NULL, NULL);
  green_reject(failed, GREEN_EIO, NULL);
  CHECK_STATUS(green_wait(done), 0);
  CHECK_STATUS(green_wait(failed), GREEN_EIO);
  CHECK_STATUS(green_wait(pending), GREEN_EMAIN);
  CHECK(!green_done(pending));
  CHECK_STATUS(green_wait_any((green_future *[]){pending, failed}, 2), 1);
  CHECK_STATUS(green_wait_any(&pending, 1), GREEN_EMAIN);
  CHECK_STATUS(green_wait_all((green_future *[]){done, failed}, 2), GREEN_EIO);
  CHECK_STATUS(green_wait_all((green_future *[]){done, pending}, 2), GREEN_EMAIN);
  CHECK_STATUS(green_join(green_future_retain(done)), 0);
  CHECK_STATUS(green_join(green_future_retain(pending)), GREEN_EMAIN);
  CHECK(!green_done(pending));
  return 0;
}

TEST(wait_for_oneself_is_a_deadlock) {
  green_future *self = green_current();
  CHECK_STATUS(green_wait(self), GREEN_EDEADLK);
  CHECK_STATUS(green_wait_any(&self, 1), GREEN_EDEADLK);
  CHECK_STATUS(green_wait_all(&self, 1), GREEN_EDEADLK);
  CHECK_STATUS(green_yield(), 0);
  return 0;
}

/* One waiter that leaves does not take the wake-up of another with it. */
TEST(wait_cancelled_leaves_the_future_whole) {
  struct scene scene = {{0}, NULL};
  AUTO_FUTURE green_future *future = NULL;
  CHECK_STATUS(green_future_new(&future), 0);
  scene.future = future;
  AUTO_JOIN green_future *a = green_spawn(wait_for_it, &scene);
  AUTO_JOIN green_future *b = green_spawn(wait_for_it, &scene);
  AUTO_JOIN green_future *c = green_spawn(wait_for_it, &scene);
  CHECK_STARTED(a);
  CHECK_STARTED(b);
  CHECK_STARTED(c);
  CHECK_STATUS(green_yield(), 0);
  CHECK_STATUS(green_cancel(b), 0);
  CHECK_STATUS(green_wait(b), GREEN_ECANCELED);
  CHECK(!green_done(future));
  green_resolve(future, NULL, NULL);
  CHECK_STATUS(green_wait(a), 0);
  CHECK_STATUS(green_wait(c), 0);
  return 0;
}

/* ---- any ---- */

static int sleep_for(void *arg) {
  return green_sleep(*(unsigned *)arg);
}

TEST(wait_any_gives_the_one_that_is_done) {
  unsigned long_time = 3600 * 1000, short_time = 1;
  AUTO_JOIN green_future *a = green_spawn(sleep_for, &long_time);
  AUTO_JOIN green_future *b = green_spawn(sleep_for, &short_time);
  CHECK_STARTED(a);
  CHECK_STARTED(b);
  green_future *both[] = {a, NULL, b};
  CHECK_STATUS(green_wait_any(both, 3), 2);
  CHECK(!green_done(a));
  CHECK_STATUS(green_wait_any(both, 3), 2);
  return 0;
}

TEST(wait_any_gives_the_lowest_of_several) {
  AUTO_FUTURE green_future *a = NULL, *b = NULL;
  CHECK_STATUS(green_future_new(&a), 0);
  CHECK_STATUS(green_future_new(&b), 0);
  green_resolve(b, NULL, NULL);
  green_reject(a, GREEN_EIO, NULL);
  CHECK_STATUS(green_wait_any((green_future *[]){NULL, a, b}, 3), 1);
  return 0;
}

TEST(wait_any_of_nothing) {
  CHECK_STATUS(green_wait_any(NULL, 0), GREEN_EINVAL);
  CHECK_STATUS(green_wait_any((green_future *[]){NULL, NULL}, 2), GREEN_EINVAL);
  return 0;
}

TEST(wait_any_takes_the_same_future_twice) {
  unsigned time = 1;
  AUTO_JOIN green_future *a = green_spawn(sleep_for, &time);
  CHECK_STARTED(a);
  int index = green_wait_any((green_future *[]){a, a}, 2);
  test_saw(index);
  CHECK(index == 0 || index == 1);
  return 0;
}

TEST(wait_any_interrupted_leaves_all_whole) {
  AUTO_FUTURE green_future *a = NULL, *b = NULL;
  CHECK_STATUS(green_future_new(&a), 0);
  CHECK_STATUS(green_future_new(&b), 0);
  green_future *both[] = {a, b};
  GREEN_TIMEOUT(1) {
    CHECK_STATUS(green_wait_any(both, 2), GREEN_ETIMEDOUT);
  }
  CHECK(!green_done(a) && !green_done(b));
  green_cancel(green_current());
  CHECK_STATUS(green_wait_any(both, 2), GREEN_ECANCELED);
  CHECK(!green_done(a) && !green_done(b));
  green_resolve(a, NULL, NULL);
  green_resolve(b, NULL, NULL);
  CHECK_STATUS(green_yield(), 0);
  return 0;
}

struct any_scene {
  green_future *all[40];
};

static int resolve_two(void *arg) {
  struct any_scene *scene = arg;
  green_resolve(scene->all[25], NULL, NULL);
  green_resolve(scene->all[7], NULL, NULL);
  return 0;
}

/* More futures than a task's record has room for; the first that is done ends the wait, once. */
TEST(wait_any_of_many_gives_the_first) {
  struct any_scene scene;
  AUTO_JOIN_ALL struct test_futures many = test_futures(40);
  for (int i = 0; i < 40; i++) {
    CHECK_STATUS(green_future_new(&many.at[i]), 0);
    scene.all[i] = many.at[i];
  }
  AUTO_JOIN green_future *other = green_spawn(resolve_two, &scene);
  CHECK_STARTED(other);
  CHECK_STATUS(green_wait_any(scene.all, 40), 25);
  CHECK_STATUS(green_wait_any(scene.all, 40), 7);
  CHECK_STATUS(green_yield(), 0);
  return 0;
}

/* ---- all ---- */

TEST(wait_all_of_nothing_is_done) {
  CHECK_STATUS(green_wait_all(NULL, 0), 0);
  CHECK_STATUS(green_wait_all((green_future *[]){NULL}, 1), 0);
  return 0;
}

static int give_status(void *arg) {
  int rc = green_yield();
  return rc < 0 ? rc : *(int *)arg;
}

TEST(wait_all_gives_the_first_failure_when_all_are_done) {
  int good = 3, first = GREEN_EIO, second = GREEN_EPIPE;
  AUTO_JOIN green_future *a = green_spawn(give_status, &good);
  AUTO_JOIN green_future *b = green_spawn(give_status, &first);
  AUTO_JOIN green_future *c = green_spawn(give_status, &second);
  CHECK_STARTED(a);
  CHECK_STARTED(b);
  CHECK_STARTED(c);
  CHECK_STATUS(green_wait_all((green_future *[]){a, NULL, b, c}, 4), GREEN_EIO);
  CHECK(green_done(a) && green_done(b) && green_done(c));
  CHECK_STATUS(green_wait_all((green_future *[]){a, a}, 2), 0);
  return 0;
}

TEST(wait_all_interrupted_leaves_the_pending) {
  AUTO_FUTURE green_future *done = NULL, *pending = NULL;
  CHECK_STATUS(green_future_new(&done), 0);
  CHECK_STATUS(green_future_new(&pending), 0);
  green_resolve(done, NULL, NULL);
  green_future *both[] = {done, pending};
  GREEN_TIMEOUT(1) {
    CHECK_STATUS(green_wait_all(both, 2), GREEN_ETIMEDOUT);
  }
  CHECK(!green_done(pending));
  green_cancel(green_current());
  CHECK_STATUS(green_wait_all(both, 2), GREEN_ECANCELED);
  CHECK(!green_done(pending));
  return 0;
}

/* ---- join ---- */

TEST(join_gives_the_status_and_releases) {
  int status = 42;
  green_future *task = green_spawn(give_status, &status);
  CHECK_STATUS(green_join(task), 42);
  return 0;
}

struct child {
  int writes;
  bool ended;
};

/* Keeps writing into its parent's frame after it was cancelled, under a shield. */
static int stubborn(void *arg) {
  struct child *child = arg;
  int rc = green_sleep(3600 * 1000);
  GREEN_SHIELD {
    for (int i = 0; i < 3; i++) {
      green_sleep(1);
      child->writes++;
    }
  }
  child->ended = true;
  return rc;
}

static int lend_the_stack(void *arg) {
  struct child child = {0};
  int rc = green_join(green_spawn(stubborn, &child));
  *(struct child *)arg = child;
  return rc;
}

TEST(join_cancelled_waits_until_the_child_has_ended) {
  struct child seen = {0};
  AUTO_JOIN green_future *parent = green_spawn(lend_the_stack, &seen);
  CHECK_STARTED(parent);
  CHECK_STATUS(green_sleep(1), 0);
  CHECK_STATUS(green_cancel(parent), 0);
  CHECK_STATUS(green_wait(parent), GREEN_ECANCELED);
  CHECK(seen.ended);
  CHECK_NUMBER(seen.writes, 3);
  return 0;
}

TEST(join_timed_out_waits_until_the_child_has_ended) {
  struct child child = {0};
  GREEN_TIMEOUT(1) {
    CHECK_STATUS(green_join(green_spawn(stubborn, &child)), GREEN_ETIMEDOUT);
  }
  CHECK(child.ended);
  CHECK_NUMBER(child.writes, 3);
  return 0;
}

/* "My own wait was interrupted" and "it failed with that status" can be told apart. */
TEST(wait_interruption_and_failure_are_told_apart) {
  AUTO_FUTURE green_future *cancelled = NULL, *pending = NULL;
  CHECK_STATUS(green_future_new(&cancelled), 0);
  CHECK_STATUS(green_future_new(&pending), 0);
  green_cancel(cancelled);
  CHECK_STATUS(green_wait(cancelled), GREEN_ECANCELED);
  CHECK(green_done(cancelled));
  CHECK(!green_cancelled());
  green_cancel(green_current());
  CHECK_STATUS(green_wait(pending), GREEN_ECANCELED);
  CHECK(!green_done(pending));
  CHECK(green_cancelled());
  return 0;
}
