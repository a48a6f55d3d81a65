/* The lock: owned by a task, handed on in order, never to two. */
#include "harness.h"

#include <string.h>

struct scene {
  green_lock lock;
  struct test_trace trace;
  green_future *gate; /* the holder waits here before it releases */
};

TEST(lock_has_an_owner) {
  green_lock lock = GREEN_LOCK_INIT;
  AUTO_RELEASE green_lock *own = &lock;
  CHECK(!green_lock_is_locked(&lock));
  CHECK(green_lock_owner(&lock) == NULL);
  CHECK_STATUS(green_lock_acquire(&lock), 0);
  CHECK(green_lock_is_locked(&lock));
  CHECK(green_lock_owner(&lock) == green_current());
  CHECK_STATUS(green_lock_release(&lock), 0);
  CHECK(!green_lock_is_locked(&lock));
  CHECK(green_lock_owner(&lock) == NULL);
  return 0;
}

TEST_OUTSIDE(lock_outside_a_task) {
  green_lock lock = GREEN_LOCK_INIT;
  int blocks = 0;
  CHECK_STATUS(green_lock_acquire(&lock), GREEN_EMAIN);
  CHECK(!green_lock_is_locked(&lock));
  CHECK_STATUS(green_lock_release(&lock), GREEN_EPERM);
  GREEN_LOCKED(&lock) {
    blocks++;
  }
  else {
    blocks += 10;
  }
  CHECK_NUMBER(blocks, 10);
  return 0;
}

TEST(lock_acquired_twice_is_a_deadlock) {
  green_lock lock = GREEN_LOCK_INIT;
  AUTO_RELEASE green_lock *own = &lock;
  CHECK_STATUS(green_lock_acquire(&lock), 0);
  CHECK_STATUS(green_lock_acquire(&lock), GREEN_EDEADLK);
  CHECK(green_lock_owner(&lock) == green_current());
  CHECK_STATUS(green_lock_release(&lock), 0);
  CHECK_STATUS(green_lock_release(&lock), GREEN_EPERM);
  return 0;
}

static int hold(void *arg) {
  struct scene *scene = arg;
  int rc = green_lock_acquire(&scene->lock);
  if (rc < 0) return rc;
  rc = green_wait(scene->gate);
  int released = green_lock_release(&scene->lock);
  return rc < 0 ? rc : released;
}

static int release_of_another(void *arg) {
  return green_lock_release(arg);
}

TEST(lock_release_by_another_is_refused) {
  green_lock lock = GREEN_LOCK_INIT;
  AUTO_RELEASE green_lock *own = &lock;
  CHECK_STATUS(green_lock_acquire(&lock), 0);
  AUTO_JOIN green_future *other = green_spawn(release_of_another, &lock);
  CHECK_STATUS(green_wait(other), GREEN_EPERM);
  CHECK(green_lock_owner(&lock) == green_current());
  CHECK_STATUS(green_lock_release(&lock), 0);
  return 0;
}

static int take_and_note(void *arg) {
  struct scene *scene = arg;
  int rc = green_lock_acquire(&scene->lock);
  test_trace(&scene->trace, "%s", green_future_name(green_current()));
  if (rc < 0) return rc;
  rc = green_yield();
  int released = green_lock_release(&scene->lock);
  return rc < 0 ? rc : released;
}

static green_future *spawn_named(const char *name, green_function function, void *arg) {
  green_spawn_options options = {.name = name};
  green_future *future = green_spawn_with(function, arg, &options);
  if (!green_done(future) && !green_future_name(future)) test_saw(GREEN_ENOMEM);
  return future;
}

TEST(lock_is_handed_on_in_order) {
  struct scene scene = {GREEN_LOCK_INIT, {0}, NULL};
  AUTO_RELEASE green_lock *own = &scene.lock;
  CHECK_STATUS(green_lock_acquire(&scene.lock), 0);
  AUTO_JOIN green_future *a = spawn_named("a", take_and_note, &scene);
  AUTO_JOIN green_future *b = spawn_named("b", take_and_note, &scene);
  AUTO_JOIN green_future *c = spawn_named("c", take_and_note, &scene);
  CHECK_STARTED(a);
  CHECK_STARTED(b);
  CHECK_STARTED(c);
  CHECK_STATUS(green_yield(), 0);
  CHECK_STRING(scene.trace.text, "");
  CHECK_STATUS(green_lock_release(&scene.lock), 0);
  CHECK_STATUS(green_wait_all((green_future *[]){a, b, c}, 3), 0);
  CHECK_STRING(scene.trace.text, "a b c");
  CHECK(!green_lock_is_locked(&scene.lock));
  return 0;
}

/* At release the first waiter owns it at once, so one that comes later waits behind those there. */
TEST(lock_is_not_barged_into) {
  struct scene scene = {GREEN_LOCK_INIT, {0}, NULL};
  AUTO_RELEASE green_lock *own = &scene.lock;
  CHECK_STATUS(green_lock_acquire(&scene.lock), 0);
  AUTO_JOIN green_future *a = spawn_named("a", take_and_note, &scene);
  AUTO_JOIN green_future *b = spawn_named("b", take_and_note, &scene);
  CHECK_STARTED(a);
  CHECK_STARTED(b);
  CHECK_STATUS(green_yield(), 0);
  CHECK_STATUS(green_lock_release(&scene.lock), 0);
  CHECK(green_lock_owner(&scene.lock) == a);
  CHECK_STATUS(green_lock_release(&scene.lock), GREEN_EPERM);
  CHECK_STATUS(green_lock_acquire(&scene.lock), 0);
  test_trace(&scene.trace, "main");
  CHECK_STATUS(green_lock_release(&scene.lock), 0);
  CHECK_STRING(scene.trace.text, "a b main");
  return 0;
}

TEST(lock_waiter_that_is_cancelled_is_skipped) {
  struct scene scene = {GREEN_LOCK_INIT, {0}, NULL};
  AUTO_RELEASE green_lock *own = &scene.lock;
  CHECK_STATUS(green_lock_acquire(&scene.lock), 0);
  AUTO_JOIN green_future *a = spawn_named("a", take_and_note, &scene);
  AUTO_JOIN green_future *b = spawn_named("b", take_and_note, &scene);
  CHECK_STARTED(a);
  CHECK_STARTED(b);
  CHECK_STATUS(green_yield(), 0);
  CHECK_STATUS(green_cancel(a), 0);
  CHECK_STATUS(green_lock_release(&scene.lock), 0);
  CHECK(green_lock_owner(&scene.lock) == b);
  CHECK_STATUS(green_wait(a), GREEN_ECANCELED);
  CHECK_STATUS(green_wait(b), 0);
  CHECK(!green_lock_is_locked(&scene.lock));
  return 0;
}

static int take_within_a_moment(void *arg) {
  int rc = 0;
  GREEN_TIMEOUT(1) {
    rc = green_lock_acquire(arg);
  }
  return rc;
}

TEST(lock_waiter_that_times_out_leaves_the_queue) {
  green_lock lock = GREEN_LOCK_INIT;
  AUTO_RELEASE green_lock *own = &lock;
  CHECK_STATUS(green_lock_acquire(&lock), 0);
  AUTO_JOIN green_future *a = green_spawn(take_within_a_moment, &lock);
  CHECK_STATUS(green_wait(a), GREEN_ETIMEDOUT);
  CHECK_STATUS(green_lock_release(&lock), 0);
  CHECK(!green_lock_is_locked(&lock));
  return 0;
}

/* Handed on already, so owned, though a cancel came before the task could run. */
TEST(lock_handed_on_then_cancelled_is_owned) {
  struct scene scene = {GREEN_LOCK_INIT, {0}, NULL};
  AUTO_RELEASE green_lock *own = &scene.lock;
  CHECK_STATUS(green_lock_acquire(&scene.lock), 0);
  AUTO_JOIN green_future *a = spawn_named("a", take_and_note, &scene);
  CHECK_STARTED(a);
  CHECK_STATUS(green_yield(), 0);
  CHECK_STATUS(green_lock_release(&scene.lock), 0);
  CHECK_STATUS(green_cancel(a), 0);
  CHECK_STATUS(green_wait(a), GREEN_ECANCELED); /* by its yield */
  CHECK_STRING(scene.trace.text, "a");
  CHECK(!green_lock_is_locked(&scene.lock));
  return 0;
}

static int die_as_owner(void *arg) {
  struct scene *scene = arg;
  int rc = green_lock_acquire(&scene->lock);
  return rc < 0 ? rc : green_wait(scene->gate);
}

static int take_over(void *arg) {
  struct scene *scene = arg;
  int rc = green_lock_acquire(&scene->lock);
  int released = green_lock_release(&scene->lock);
  return rc < 0 ? rc : released;
}

TEST(lock_of_a_dead_owner_goes_to_the_next) {
  struct scene scene = {GREEN_LOCK_INIT, {0}, NULL};
  AUTO_RELEASE green_lock *own = &scene.lock;
  AUTO_FUTURE green_future *gate = NULL;
  CHECK_STATUS(green_future_new(&gate), 0);
  scene.gate = gate;
  AUTO_JOIN green_future *owner = green_spawn(die_as_owner, &scene);
  CHECK_STARTED(owner);
  CHECK_STATUS(green_yield(), 0);
  AUTO_JOIN green_future *next = green_spawn(take_over, &scene);
  AUTO_JOIN green_future *last = green_spawn(take_over, &scene);
  CHECK_STARTED(next);
  CHECK_STARTED(last);
  CHECK_STATUS(green_yield(), 0);
  CHECK(green_lock_owner(&scene.lock) == owner);
  green_resolve(gate, NULL, NULL);
  CHECK_STATUS(green_wait(next), GREEN_EOWNERDEAD);
  CHECK_STATUS(green_wait(last), 0);
  CHECK(!green_lock_is_locked(&scene.lock));
  return 0;
}

TEST(lock_of_a_dead_owner_without_waiters) {
  struct scene scene = {GREEN_LOCK_INIT, {0}, NULL};
  AUTO_RELEASE green_lock *own = &scene.lock;
  AUTO_FUTURE green_future *gate = NULL;
  CHECK_STATUS(green_future_new(&gate), 0);
  scene.gate = gate;
  green_resolve(gate, NULL, NULL);
  AUTO_JOIN green_future *owner = green_spawn(die_as_owner, &scene);
  CHECK_STATUS(green_wait(owner), 0);
  CHECK(!green_lock_is_locked(&scene.lock));
  CHECK(green_lock_owner(&scene.lock) == NULL);
  CHECK_STATUS(green_lock_acquire(&scene.lock), GREEN_EOWNERDEAD);
  CHECK(green_lock_owner(&scene.lock) == green_current());
  CHECK_STATUS(green_lock_release(&scene.lock), 0);
  CHECK_STATUS(green_lock_acquire(&scene.lock), 0);
  CHECK_STATUS(green_lock_release(&scene.lock), 0);
  return 0;
}

static int hold_three(void *arg) {
  green_lock *locks = arg;
  for (int i = 0; i < 3; i++) {
    int rc = green_lock_acquire(&locks[i]);
    if (rc < 0) return rc;
  }
  return green_lock_release(&locks[1]);
}

TEST(lock_owner_that_dies_with_several) {
  static green_lock locks[3];
  for (int i = 0; i < 3; i++) locks[i] = (green_lock)GREEN_LOCK_INIT;
  AUTO_JOIN green_future *owner = green_spawn(hold_three, locks);
  CHECK_STATUS(green_wait(owner), 0);
  CHECK_STATUS(green_lock_acquire(&locks[0]), GREEN_EOWNERDEAD);
  CHECK_STATUS(green_lock_acquire(&locks[1]), 0);
  CHECK_STATUS(green_lock_acquire(&locks[2]), GREEN_EOWNERDEAD);
  for (int i = 0; i < 3; i++) CHECK_STATUS(green_lock_release(&locks[i]), 0);
  return 0;
}

/* ---- GREEN_LOCKED ---- */

static int leave_locked_by_return(green_lock *lock) {
  GREEN_LOCKED(lock) {
    return 5;
  }
  return 0;
}

TEST(locked_is_left_by_any_road) {
  green_lock lock = GREEN_LOCK_INIT;
  AUTO_RELEASE green_lock *own = &lock;
  int blocks = 0;
  GREEN_LOCKED(&lock) {
    CHECK(green_lock_owner(&lock) == green_current());
    CHECK_STATUS(green_yield(), 0);
    CHECK(green_lock_is_locked(&lock));
    blocks++;
  }
  CHECK(!green_lock_is_locked(&lock));
  GREEN_LOCKED(&lock) {
    break;
  }
  CHECK(!green_lock_is_locked(&lock));
  CHECK_NUMBER(leave_locked_by_return(&lock), 5);
  CHECK(!green_lock_is_locked(&lock));
  GREEN_LOCKED(&lock) {
    goto out;
  }
out:
  CHECK(!green_lock_is_locked(&lock));
  CHECK_NUMBER(blocks, 1);
  return 0;
}

TEST(locked_passes_the_block_over_when_it_is_not_had) {
  struct scene scene = {GREEN_LOCK_INIT, {0}, NULL};
  AUTO_RELEASE green_lock *own = &scene.lock;
  AUTO_FUTURE green_future *gate = NULL;
  CHECK_STATUS(green_future_new(&gate), 0);
  scene.gate = gate;
  AUTO_JOIN green_future *owner = green_spawn(hold, &scene);
  CHECK_STARTED(owner);
  CHECK_STATUS(green_yield(), 0);
  GREEN_TIMEOUT(1) {
    GREEN_LOCKED(&scene.lock) {
      test_trace(&scene.trace, "block");
    }
    else {
      test_trace(&scene.trace, "else");
    }
  }
  CHECK_STRING(scene.trace.text, "else");
  CHECK(green_lock_owner(&scene.lock) == owner);
  green_resolve(gate, NULL, NULL);
  CHECK_STATUS(green_wait(owner), 0);
  GREEN_LOCKED(&scene.lock) {
    GREEN_LOCKED(&scene.lock) {
      test_trace(&scene.trace, "inner");
    }
    else {
      test_trace(&scene.trace, "owned already");
    }
    CHECK(green_lock_owner(&scene.lock) == green_current());
  }
  CHECK_STRING(scene.trace.text, "else owned already");
  return 0;
}

/* ---- many ---- */

struct counter {
  green_lock lock;
  int inside, most, total;
};

static int count_under_lock(void *arg) {
  struct counter *counter = arg;
  for (int i = 0; i < 20; i++) {
    GREEN_LOCKED(&counter->lock) {
      if (++counter->inside > counter->most) counter->most = counter->inside;
      int rc = green_yield();
      counter->inside--;
      if (rc < 0) return rc;
      counter->total++;
    }
  }
  return 0;
}

TEST(lock_lets_one_in_at_a_time) {
  size_t count = test_scale(50, 3);
  struct counter counter = {GREEN_LOCK_INIT, 0, 0, 0};
  AUTO_JOIN_ALL struct test_futures tasks = test_futures(count);
  for (size_t i = 0; i < count; i++) {
    tasks.at[i] = green_spawn(count_under_lock, &counter);
    CHECK_STARTED(tasks.at[i]);
  }
  CHECK_STATUS(green_wait_all(tasks.at, count), 0);
  CHECK_NUMBER(counter.most, 1);
  CHECK_NUMBER(counter.total, 20 * count);
  return 0;
}

/* ---- green_lock_try ---- */

static int try_lock(void *arg) {
  struct scene *scene = arg;
  int rc = green_lock_try(&scene->lock);
  return rc < 0 && rc != GREEN_EOWNERDEAD ? rc : green_wait(scene->gate);
}

TEST_OUTSIDE(lock_try_outside_a_task) {
  green_lock lock = GREEN_LOCK_INIT;
  CHECK_STATUS(green_lock_try(&lock), GREEN_EMAIN);
  CHECK(!green_lock_is_locked(&lock));
  return 0;
}

TEST(lock_try_never_parks) {
  struct scene scene = {GREEN_LOCK_INIT, {0}, NULL};
  AUTO_RELEASE green_lock *own = &scene.lock;
  CHECK_STATUS(green_cancel(green_current()), 0); /* which is for the next wait */
  CHECK_STATUS(green_lock_try(&scene.lock), 0);
  CHECK(green_lock_owner(&scene.lock) == green_current());
  CHECK_STATUS(green_lock_try(&scene.lock), GREEN_EDEADLK);
  CHECK_STATUS(green_yield(), GREEN_ECANCELED);
  AUTO_JOIN green_future *other = green_spawn(try_lock, &scene);
  CHECK_STATUS(green_wait(other), GREEN_EAGAIN);
  CHECK(green_lock_owner(&scene.lock) == green_current());
  CHECK_STATUS(green_lock_release(&scene.lock), 0);
  return 0;
}

TEST(lock_try_says_that_the_owner_before_is_dead) {
  struct scene scene = {GREEN_LOCK_INIT, {0}, NULL};
  AUTO_RELEASE green_lock *own = &scene.lock;
  AUTO_FUTURE green_future *gate = NULL;
  CHECK_STATUS(green_future_new(&gate), 0);
  scene.gate = gate;
  green_resolve(gate, NULL, NULL);
  AUTO_JOIN green_future *owner = green_spawn(try_lock, &scene);
  CHECK_STATUS(green_wait(owner), 0);
  CHECK_STATUS(green_lock_try(&scene.lock), GREEN_EOWNERDEAD);
  CHECK_STATUS(green_lock_release(&scene.lock), 0);
  CHECK_STATUS(green_lock_try(&scene.lock), 0);
  CHECK_STATUS(green_lock_release(&scene.lock), 0);
  return 0;
}
