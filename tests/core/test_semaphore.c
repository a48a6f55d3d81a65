/* The semaphore: FIFO, no barging. */
#include "harness.h"

TEST(semaphore_counts) {
  green_semaphore semaphore = GREEN_SEMAPHORE_INIT(2);
  CHECK_NUMBER(green_semaphore_count(&semaphore), 2);
  CHECK_STATUS(green_semaphore_acquire(&semaphore), 0);
  CHECK_STATUS(green_semaphore_try(&semaphore), 0);
  CHECK_STATUS(green_semaphore_try(&semaphore), GREEN_EAGAIN);
  CHECK_NUMBER(green_semaphore_count(&semaphore), 0);
  green_semaphore_release(&semaphore);
  CHECK_NUMBER(green_semaphore_count(&semaphore), 1);
  return 0;
}

TEST_OUTSIDE(semaphore_outside_a_task) {
  green_semaphore semaphore = GREEN_SEMAPHORE_INIT(1);
  CHECK_STATUS(green_semaphore_acquire(&semaphore), GREEN_EMAIN);
  CHECK_STATUS(green_semaphore_try(&semaphore), 0);
  CHECK_STATUS(green_semaphore_try(&semaphore), GREEN_EAGAIN);
  green_semaphore_release(&semaphore);
  CHECK_NUMBER(green_semaphore_count(&semaphore), 1);
  return 0;
}

struct scene {
  green_semaphore semaphore;
  struct test_trace trace;
};

struct taker {
  struct scene *scene;
  int number;
};

static int take(void *arg) {
  struct taker *taker = arg;
  int rc = green_semaphore_acquire(&taker->scene->semaphore);
  test_trace(&taker->scene->trace, "%d:%s", taker->number, green_status_name(rc));
  return rc;
}

static int spawn_takers(struct scene *scene, struct test_futures *tasks) {
  for (int i = 0; i < (int)tasks->count; i++) {
    struct taker taker = {scene, i};
    tasks->at[i] = green_spawn_copy(take, &taker, sizeof taker);
    CHECK_STARTED(tasks->at[i]);
  }
  return green_yield();
}

TEST(semaphore_gives_to_the_first_that_waits) {
  struct scene scene = {GREEN_SEMAPHORE_INIT(0), {0}};
  AUTO_JOIN_ALL struct test_futures tasks = test_futures(3);
  CHECK_STATUS(spawn_takers(&scene, &tasks), 0);
  green_semaphore_release(&scene.semaphore);
  green_semaphore_release(&scene.semaphore);
  CHECK_NUMBER(green_semaphore_count(&scene.semaphore), 0);
  CHECK_STATUS(green_semaphore_try(&scene.semaphore), GREEN_EAGAIN);
  CHECK_STATUS(green_yield(), 0);
  CHECK_STRING(scene.trace.text, "0:OK 1:OK");
  green_semaphore_release(&scene.semaphore);
  CHECK_STATUS(green_wait(tasks.at[2]), 0);
  return 0;
}

TEST(semaphore_waiter_that_is_cancelled_takes_none) {
  struct scene scene = {GREEN_SEMAPHORE_INIT(0), {0}};
  AUTO_JOIN_ALL struct test_futures tasks = test_futures(2);
  CHECK_STATUS(spawn_takers(&scene, &tasks), 0);
  CHECK_STATUS(green_cancel(tasks.at[0]), 0);
  green_semaphore_release(&scene.semaphore);
  CHECK_STATUS(green_wait(tasks.at[0]), GREEN_ECANCELED);
  CHECK_STATUS(green_wait(tasks.at[1]), 0);
  CHECK_NUMBER(green_semaphore_count(&scene.semaphore), 0);
  return 0;
}

/* Given already, so taken, though a cancel came before the task could run. */
TEST(semaphore_given_then_cancelled_is_taken) {
  struct scene scene = {GREEN_SEMAPHORE_INIT(0), {0}};
  AUTO_JOIN_ALL struct test_futures tasks = test_futures(1);
  CHECK_STATUS(spawn_takers(&scene, &tasks), 0);
  green_semaphore_release(&scene.semaphore);
  CHECK_STATUS(green_cancel(tasks.at[0]), 0);
  CHECK_STATUS(green_wait(tasks.at[0]), 0);
  CHECK_NUMBER(green_semaphore_count(&scene.semaphore), 0);
  return 0;
}

TEST(semaphore_is_not_barged_into) {
  struct scene scene = {GREEN_SEMAPHORE_INIT(0), {0}};
  AUTO_JOIN_ALL struct test_futures tasks = test_futures(2);
  CHECK_STATUS(spawn_takers(&scene, &tasks), 0);
  green_semaphore_release(&scene.semaphore);
  int rc = 0;
  GREEN_TIMEOUT(1) {
    rc = green_semaphore_acquire(&scene.semaphore);
  }
  CHECK_STATUS(rc, GREEN_ETIMEDOUT);
  CHECK_STATUS(green_yield(), 0); /* on a busy machine the time was over before it could park */
  CHECK_STRING(scene.trace.text, "0:OK");
  green_semaphore_release(&scene.semaphore);
  CHECK_STATUS(green_wait(tasks.at[1]), 0);
  return 0;
}

struct crowd {
  green_semaphore semaphore;
  int inside, most;
};

static int pass(void *arg) {
  struct crowd *crowd = arg;
  int rc = green_semaphore_acquire(&crowd->semaphore);
  if (rc < 0) return rc;
  if (++crowd->inside > crowd->most) crowd->most = crowd->inside;
  rc = green_sleep(1);
  crowd->inside--;
  green_semaphore_release(&crowd->semaphore);
  return rc;
}

TEST(semaphore_lets_so_many_in) {
  size_t count = test_scale(60, 6);
  struct crowd crowd = {GREEN_SEMAPHORE_INIT(4), 0, 0};
  AUTO_JOIN_ALL struct test_futures tasks = test_futures(count);
  for (size_t i = 0; i < count; i++) {
    tasks.at[i] = green_spawn(pass, &crowd);
    CHECK_STARTED(tasks.at[i]);
  }
  CHECK_STATUS(green_wait_all(tasks.at, count), 0);
  CHECK_NUMBER(crowd.most, 4);
  CHECK_NUMBER(green_semaphore_count(&crowd.semaphore), 4);
  return 0;
}
