/* Green-local storage. */
#include "harness.h"

static int destroyed;
static void count_destroy(void *value) {
  destroyed += *(int *)value;
}

static green_local plain = GREEN_LOCAL_INIT(NULL);
static green_local counted = GREEN_LOCAL_INIT(count_destroy);

static int set_and_see(void *arg) {
  CHECK(green_local_get(&plain) == NULL);
  CHECK_STATUS(green_local_set(&plain, arg), 0);
  CHECK_STATUS(green_yield(), 0);
  CHECK(green_local_get(&plain) == arg);
  CHECK(green_local_get(&counted) == NULL);
  return 0;
}

TEST(local_value_is_seen_in_its_task_alone) {
  int a, b, mine;
  CHECK_STATUS(green_local_set(&plain, &mine), 0);
  AUTO_JOIN green_future *first = green_spawn(set_and_see, &a);
  AUTO_JOIN green_future *second = green_spawn(set_and_see, &b);
  CHECK_STATUS(green_wait(first), 0);
  CHECK_STATUS(green_wait(second), 0);
  CHECK(green_local_get(&plain) == &mine);
  return 0;
}

static int set_counted(void *arg) {
  return green_local_set(&counted, arg);
}

static int set_counted_and_fail(void *arg) {
  int rc = green_local_set(&counted, arg);
  return rc < 0 ? rc : GREEN_EIO;
}

static int set_counted_and_park(void *arg) {
  int rc = green_local_set(&counted, arg);
  return rc < 0 ? rc : green_sleep(3600 * 1000);
}

TEST(local_destructor_runs_when_the_task_ends) {
  int one = 1, ten = 10, hundred = 100;
  destroyed = 0;
  AUTO_JOIN green_future *returns = green_spawn(set_counted, &one);
  CHECK_STATUS(green_wait(returns), 0);
  CHECK_NUMBER(destroyed, 1);
  AUTO_JOIN green_future *fails = green_spawn(set_counted_and_fail, &ten);
  CHECK_STATUS(green_wait(fails), GREEN_EIO);
  CHECK_NUMBER(destroyed, 11);
  AUTO_JOIN green_future *parks = green_spawn(set_counted_and_park, &hundred);
  CHECK_STARTED(parks);
  CHECK_STATUS(green_sleep(1), 0);
  CHECK(!green_done(parks));
  CHECK_STATUS(green_cancel(parks), 0);
  CHECK_STATUS(green_wait(parks), GREEN_ECANCELED);
  CHECK_NUMBER(destroyed, 111);
  return 0;
}

static int set_twice(void *arg) {
  int *values = arg;
  CHECK_STATUS(green_local_set(&counted, &values[0]), 0);
  CHECK_STATUS(green_local_set(&counted, &values[1]), 0);
  CHECK(green_local_get(&counted) == &values[1]);
  return 0;
}

static int set_and_clear(void *arg) {
  CHECK_STATUS(green_local_set(&counted, arg), 0);
  CHECK_STATUS(green_local_set(&counted, NULL), 0);
  CHECK(green_local_get(&counted) == NULL);
  return 0;
}

TEST(local_value_that_is_replaced_is_not_destroyed) {
  int values[] = {1, 10};
  destroyed = 0;
  AUTO_JOIN green_future *twice = green_spawn(set_twice, values);
  CHECK_STATUS(green_wait(twice), 0);
  CHECK_NUMBER(destroyed, 10);
  AUTO_JOIN green_future *cleared = green_spawn(set_and_clear, values);
  CHECK_STATUS(green_wait(cleared), 0);
  CHECK_NUMBER(destroyed, 10);
  return 0;
}

static int many_keys(void *arg) {
  (void)arg;
  enum { KEYS = 20 };
  static green_local keys[KEYS];
  static int values[KEYS];
  for (int i = 0; i < KEYS; i++) {
    keys[i] = (green_local)GREEN_LOCAL_INIT(count_destroy);
    values[i] = 1;
    CHECK_STATUS(green_local_set(&keys[i], &values[i]), 0);
  }
  for (int i = 0; i < KEYS; i++) CHECK(green_local_get(&keys[i]) == &values[i]);
  return KEYS;
}

TEST(local_keys_may_be_many) {
  destroyed = 0;
  AUTO_JOIN green_future *task = green_spawn(many_keys, NULL);
  CHECK_STATUS(green_wait(task), 20);
  CHECK_NUMBER(destroyed, 20);
  return 0;
}

TEST(local_values_in_a_worker_belong_to_the_job) {
  int one = 1;
  destroyed = 0;
  AUTO_POOL green_pool *pool = NULL;
  CHECK_STATUS(green_pool_new(&pool, &(green_pool_options){.max_workers = 1}), 0);
  for (int i = 1; i <= 3; i++) {
    CHECK_STATUS(green_join(green_pool_submit(pool, set_counted, &one)), 0);
    CHECK_NUMBER(destroyed, i);
  }
  CHECK_NUMBER(green_pool_worker_count(pool), 1);
  return 0;
}

TEST_OUTSIDE(local_outside_a_task) {
  int value;
  CHECK_STATUS(green_local_set(&plain, &value), GREEN_EMAIN);
  CHECK(green_local_get(&plain) == NULL);
  return 0;
}
