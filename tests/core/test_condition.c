/* The condition: who waits is woken in order, with the lock owned again, and no notification is lost. */
#include "harness.h"

struct scene {
  green_condition changed;
  green_lock lock;
  green_lock *used; /* NULL: without */
  struct test_trace trace;
  int stock; /* what is waited for */
};

#define SCENE(which)                                                                               \
  { GREEN_CONDITION_INIT, GREEN_LOCK_INIT, which, {0}, 0 }

struct waiter {
  struct scene *scene;
  int number;
};

/* Takes one of the stock, and notes its number. */
static int take(void *arg) {
  struct waiter *waiter = arg;
  struct scene *scene = waiter->scene;
  int rc = scene->used ? green_lock_acquire(scene->used) : 0;
  if (rc < 0) return rc;
  while (rc >= 0 && !scene->stock) rc = green_condition_wait(&scene->changed, scene->used);
  bool owned = !scene->used || green_lock_owner(scene->used) == green_current();
  if (rc >= 0) scene->stock--;
  test_trace(&scene->trace, "%d:%s", waiter->number, owned ? green_status_name(rc) : "not owned");
  if (scene->used && owned) green_lock_release(scene->used);
  return rc;
}

static int spawn_takers(struct scene *scene, struct test_futures *tasks) {
  for (int i = 0; i < (int)tasks->count; i++) {
    struct waiter waiter = {scene, i};
    tasks->at[i] = green_spawn_copy(take, &waiter, sizeof waiter);
    CHECK_STARTED(tasks->at[i]);
  }
  return green_yield();
}

static void put(struct scene *scene, int count) {
  scene->stock += count;
  if (count == 1)
    green_condition_notify(&scene->changed);
  else
    green_condition_notify_all(&scene->changed);
}

TEST_OUTSIDE(condition_outside_a_task) {
  green_condition condition = GREEN_CONDITION_INIT;
  CHECK_STATUS(green_condition_wait(&condition, NULL), GREEN_EMAIN);
  green_condition_notify(&condition);
  green_condition_notify_all(&condition);
  return 0;
}

TEST(condition_wakes_the_one_that_has_waited_longest) {
  struct scene scene = SCENE(NULL);
  AUTO_JOIN_ALL struct test_futures tasks = test_futures(3);
  CHECK_STATUS(spawn_takers(&scene, &tasks), 0);
  put(&scene, 1);
  CHECK_STRING(scene.trace.text, ""); /* it is ready, and has not run */
  CHECK_STATUS(green_yield(), 0);
  CHECK_STRING(scene.trace.text, "0:OK");
  put(&scene, 1);
  CHECK_STATUS(green_yield(), 0);
  CHECK_STRING(scene.trace.text, "0:OK 1:OK");
  put(&scene, 1);
  CHECK_STATUS(green_wait_all(tasks.at, 3), 0);
  return 0;
}

TEST(condition_wakes_all_with_the_lock_owned_in_turn) {
  struct scene scene = SCENE(&scene.lock);
  AUTO_RELEASE green_lock *own = &scene.lock;
  AUTO_JOIN_ALL struct test_futures tasks = test_futures(3);
  CHECK_STATUS(spawn_takers(&scene, &tasks), 0);
  CHECK(!green_lock_is_locked(&scene.lock)); /* released while they wait */
  CHECK_STATUS(green_lock_acquire(&scene.lock), 0);
  put(&scene, 3);
  CHECK_STATUS(green_yield(), 0);
  CHECK_STRING(scene.trace.text, "");
  CHECK_STATUS(green_lock_release(&scene.lock), 0);
  CHECK_STATUS(green_wait_all(tasks.at, 3), 0);
  CHECK_STRING(scene.trace.text, "0:OK 1:OK 2:OK");
  CHECK(!green_lock_is_locked(&scene.lock));
  return 0;
}

TEST(condition_keeps_no_notification) {
  green_condition condition = GREEN_CONDITION_INIT;
  green_condition_notify(&condition);
  green_condition_notify_all(&condition);
  GREEN_TIMEOUT(1) {
    CHECK_STATUS(green_condition_wait(&condition, NULL), GREEN_ETIMEDOUT);
  }
  return 0;
}

TEST(condition_needs_the_lock_that_it_is_given) {
  struct scene scene = SCENE(&scene.lock);
  CHECK_STATUS(green_condition_wait(&scene.changed, &scene.lock), GREEN_EPERM);
  CHECK_CONTAINS(green_message(), "green_condition_wait: nobody owns the lock");
  return 0;
}

/* One that is interrupted takes no notification from those that wait, and owns the lock again though
 * another has it at that moment. */
TEST(condition_interrupted_owns_the_lock_again) {
  struct scene scene = SCENE(&scene.lock);
  AUTO_RELEASE green_lock *own = &scene.lock;
  AUTO_JOIN_ALL struct test_futures tasks = test_futures(2);
  CHECK_STATUS(spawn_takers(&scene, &tasks), 0);
  CHECK_STATUS(green_lock_acquire(&scene.lock), 0);
  CHECK_STATUS(green_cancel(tasks.at[0]), 0);
  put(&scene, 1);
  CHECK_STATUS(green_cancel(tasks.at[0]), 0); /* while it waits for the lock: for its next wait */
  CHECK_STATUS(green_yield(), 0);
  CHECK_STRING(scene.trace.text, "");
  CHECK_STATUS(green_lock_release(&scene.lock), 0);
  CHECK_STATUS(green_wait(tasks.at[0]), GREEN_ECANCELED);
  CHECK_STATUS(green_wait(tasks.at[1]), 0);
  CHECK_STRING(scene.trace.text, "0:ECANCELED 1:OK");
  return 0;
}

/* Notified, then cancelled before its turn: it was notified. */
TEST(condition_notified_then_cancelled_is_notified) {
  struct scene scene = SCENE(NULL);
  AUTO_JOIN_ALL struct test_futures tasks = test_futures(1);
  CHECK_STATUS(spawn_takers(&scene, &tasks), 0);
  put(&scene, 1);
  CHECK_STATUS(green_cancel(tasks.at[0]), 0);
  CHECK_STATUS(green_wait(tasks.at[0]), 0);
  return 0;
}

static int die_as_owner(void *arg) {
  struct scene *scene = arg;
  int rc = green_lock_acquire(&scene->lock);
  green_condition_notify(&scene->changed);
  return rc < 0 ? rc : green_yield();
}

TEST(condition_tells_of_an_owner_that_died) {
  struct scene scene = SCENE(&scene.lock);
  AUTO_RELEASE green_lock *own = &scene.lock;
  CHECK_STATUS(green_lock_acquire(&scene.lock), 0);
  AUTO_JOIN green_future *other = green_spawn(die_as_owner, &scene);
  CHECK_STARTED(other);
  CHECK_STATUS(green_condition_wait(&scene.changed, &scene.lock), GREEN_EOWNERDEAD);
  CHECK(green_lock_owner(&scene.lock) == green_current());
  CHECK_STATUS(green_lock_release(&scene.lock), 0);
  return 0;
}
