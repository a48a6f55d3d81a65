/* What greenio asks of its allocator: nothing, once it runs. */
#include "harness.h"

#define FIRST_ROUNDS 100 /* a debug build uses released records late */

static int nothing(void *arg) {
  (void)arg;
  return 0;
}

/* Calls of the allocator in the rounds after the first. */
static int quiet(int (*round)(void *), void *arg) {
  for (int i = 0; i < FIRST_ROUNDS; i++) {
    int rc = round(arg);
    if (rc < 0) return rc;
  }
  size_t before = test_allocator_calls();
  for (size_t i = 0; i < test_scale(1000, 20); i++) {
    int rc = round(arg);
    if (rc < 0) return rc;
  }
  return (int)(test_allocator_calls() - before);
}

static int spawn_and_join(void *arg) {
  return green_join(green_spawn(nothing, arg));
}

static int spawn_five(void *arg) {
  green_future *tasks[5];
  for (int i = 0; i < 5; i++) tasks[i] = green_spawn(nothing, arg);
  int failed = 0;
  for (int i = 0; i < 5; i++) {
    int rc = green_join(tasks[i]);
    if (rc < 0) failed = rc;
  }
  return failed;
}

static int copy_and_join(void *arg) {
  int rc = green_join(green_spawn_copy(nothing, arg, 100));
  return rc;
}

static int submit_and_join(void *arg) {
  return green_join(green_pool_submit(arg, nothing, NULL));
}

static int sleep_a_moment(void *arg) {
  (void)arg;
  return green_yield();
}

static int lock_and_release(void *arg) {
  int rc = green_lock_acquire(arg);
  return rc < 0 ? rc : green_lock_release(arg);
}

static int short_deadline(void *arg) {
  (void)arg;
  int rc = 0;
  GREEN_TIMEOUT(0) {
    rc = green_yield();
  }
  return rc == GREEN_ETIMEDOUT ? 0 : GREEN_EIO;
}

TEST(allocator_is_quiet_when_tasks_are_spawned_and_joined) {
  char copy[100] = {0};
  CHECK_STATUS(quiet(spawn_and_join, NULL), 0);
  CHECK_STATUS(quiet(spawn_five, NULL), 0);
  CHECK_STATUS(quiet(copy_and_join, copy), 0);
  return 0;
}

TEST(allocator_is_quiet_when_jobs_are_submitted_and_joined) {
  AUTO_POOL green_pool *pool = NULL;
  CHECK_STATUS(green_pool_new(&pool, &(green_pool_options){.max_workers = 3}), 0);
  CHECK_STATUS(quiet(submit_and_join, pool), 0);
  return 0;
}

struct table {
  green_channel *there, *back;
};

static int ping(void *arg) {
  struct table *table = arg;
  int ball = 1;
  int rc = green_channel_send(table->there, &ball);
  return rc < 0 ? rc : green_channel_receive(table->back, &ball);
}

static int pong(void *arg) {
  struct table *table = arg;
  int ball, rc;
  do {
    rc = green_channel_receive(table->there, &ball);
    if (rc == 0) rc = green_channel_send(table->back, &ball);
  } while (rc == 0);
  return rc;
}

TEST(allocator_is_quiet_when_tasks_play_ping_pong) {
  AUTO_CHANNEL green_channel *there = NULL, *back = NULL;
  CHECK_STATUS(green_channel_new(&there, sizeof(int), 0), 0);
  CHECK_STATUS(green_channel_new(&back, sizeof(int), 1), 0);
  struct table table = {there, back};
  AUTO_JOIN green_future *other = green_spawn(pong, &table);
  CHECK_STARTED(other);
  CHECK_STATUS(quiet(ping, &table), 0);
  return 0;
}

TEST(allocator_is_quiet_when_tasks_wait) {
  green_lock lock = GREEN_LOCK_INIT;
  CHECK_STATUS(quiet(sleep_a_moment, NULL), 0);
  CHECK_STATUS(quiet(lock_and_release, &lock), 0);
  CHECK_STATUS(quiet(short_deadline, NULL), 0);
  return 0;
}

static int sleep_one(void *arg) {
  (void)arg;
  return green_sleep(1);
}

TEST(allocator_is_quiet_when_a_task_sleeps) {
  for (int i = 0; i < FIRST_ROUNDS; i++) CHECK_STATUS(green_sleep(1), 0);
  size_t before = test_allocator_calls();
  for (size_t i = 0; i < test_scale(100, 3); i++) CHECK_STATUS(sleep_one(NULL), 0);
  CHECK_NUMBER(test_allocator_calls() - before, 0);
  return 0;
}

/* ---- a program's own allocator is the one that is used ---- */

TEST_OUTSIDE(allocator_of_the_program_is_used) {
  size_t before = test_allocator_calls(), blocks = test_allocator_blocks();
  AUTO_FUTURE green_future *future = NULL;
  CHECK_STATUS(green_future_new(&future), 0);
  CHECK(test_allocator_calls() > before);
  CHECK(test_allocator_blocks() > blocks);
  return 0;
}
