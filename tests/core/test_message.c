/* Messages go up: a wait that fails leaves the words of what failed with the task that waited. */
#include "harness.h"

#include <string.h>

static int fail(void *arg) {
  return green_fail(GREEN_EIO, "%s has failed", (const char *)arg);
}

static int fail_without_words(void *arg) {
  (void)arg;
  return GREEN_EPIPE;
}

static int park(void *arg) {
  return green_wait(arg);
}

static int sleep_long(void *arg) {
  (void)arg;
  return green_sleep(3600 * 1000);
}

static char disk[] = "the disk", tape[] = "the tape";

/* ---- each way to wait ---- */

static int pass_on_join(void *arg) {
  return green_join(green_spawn(fail, arg));
}

TEST(message_of_a_joined_task_goes_up) {
  AUTO_FUTURE green_future *outer = green_spawn(pass_on_join, disk);
  CHECK_STARTED(outer);
  CHECK_STATUS(green_wait(outer), GREEN_EIO);
  CHECK_CONTAINS(green_message(), "the disk has failed");
  CHECK_MESSAGE(outer, "the disk has failed");
  return 0;
}

TEST(message_of_a_done_future_goes_up) {
  AUTO_FUTURE green_future *future = NULL;
  CHECK_STATUS(green_future_new(&future), 0);
  green_reject(future, GREEN_EIO, "half way");
  CHECK_STATUS(green_wait(future), GREEN_EIO);
  CHECK_CONTAINS(green_message(), "half way");
  return 0;
}

static int pass_on_all(void *arg) {
  green_future **futures = arg;
  return green_wait_all(futures, 3);
}

TEST(message_of_the_first_that_failed_of_all) {
  AUTO_FUTURE green_future *a = NULL, *b = green_spawn(fail, disk), *c = green_spawn(fail, tape);
  CHECK_STARTED(b);
  CHECK_STARTED(c);
  green_future *futures[] = {a, b, c};
  AUTO_FUTURE green_future *outer = green_spawn(pass_on_all, futures);
  CHECK_STARTED(outer);
  CHECK_STATUS(green_wait_all(futures, 3), GREEN_EIO);
  CHECK_CONTAINS(green_message(), "the disk has failed");
  CHECK_STATUS(green_wait(outer), GREEN_EIO);
  CHECK_MESSAGE(outer, "the disk has failed");
  return 0;
}

TEST(message_of_a_job_goes_up) {
  AUTO_POOL green_pool *pool = NULL;
  CHECK_STATUS(green_pool_new(&pool, &(green_pool_options){.max_workers = 1}), 0);
  AUTO_FUTURE green_future *outer = green_pool_submit(pool, pass_on_join, disk);
  CHECK_STATUS(green_wait(outer), GREEN_EIO);
  CHECK_CONTAINS(green_message(), "the disk has failed");
  AUTO_FUTURE green_future *next = green_pool_submit(pool, fail_without_words, NULL);
  CHECK_STATUS(green_wait(next), GREEN_EPIPE);
  CHECK_STRING(green_future_message(next), green_strerror(GREEN_EPIPE));
  CHECK_STRING(green_message(), green_strerror(GREEN_EPIPE));
  return 0;
}

static int wait_for_a_job_of_the_own_pool(void *arg) {
  return green_join(green_pool_submit(arg, fail, disk));
}

TEST(message_of_a_job_on_a_lent_worker_goes_up) {
  AUTO_POOL green_pool *pool = NULL;
  CHECK_STATUS(green_pool_new(&pool, &(green_pool_options){.max_workers = 1}), 0);
  AUTO_FUTURE green_future *outer = green_pool_submit(pool, wait_for_a_job_of_the_own_pool, pool);
  CHECK_STATUS(green_wait(outer), GREEN_EIO);
  CHECK_MESSAGE(outer, "the disk has failed");
  return 0;
}

/* The words are copied once a waiter, and each has its own. */
TEST(message_goes_to_every_waiter) {
  AUTO_FUTURE green_future *future = NULL;
  CHECK_STATUS(green_future_new(&future), 0);
  AUTO_JOIN green_future *a = green_spawn(park, future), *b = green_spawn(park, future);
  CHECK_STARTED(a);
  CHECK_STARTED(b);
  CHECK_STATUS(green_yield(), 0);
  green_reject(future, GREEN_EIO, "lost");
  CHECK_STATUS(green_wait(a), GREEN_EIO);
  CHECK_STATUS(green_wait(b), GREEN_EIO);
  CHECK_MESSAGE(a, "lost");
  CHECK_MESSAGE(b, "lost");
  return 0;
}

/* These succeed when they find a future that failed: its words are the future's alone. */
TEST(message_is_not_left_by_what_succeeds) {
  AUTO_FUTURE green_future *failed = green_spawn(fail, disk);
  CHECK_STARTED(failed);
  green_select_case one = {.operation = GREEN_SELECT_FUTURE, .future = failed};
  CHECK_STATUS(green_wait_any(&failed, 1), 0);
  CHECK_STATUS(green_select(&one, 1), 0);
  CHECK_STATUS(one.status, GREEN_EIO);
  CHECK_STRING(green_message(), "");
  CHECK_MESSAGE(failed, "the disk has failed");
  return 0;
}

/* ---- several failures in one task ---- */

static int fail_and_clean_up(void *arg) {
  AUTO_JOIN green_future *other = green_spawn(sleep_long, NULL); /* cancelled, and joined */
  int rc = green_yield();
  if (rc < 0) return rc;
  return green_join(green_spawn(fail, arg));
}

TEST(message_survives_the_cleanup_behind_it) {
  AUTO_FUTURE green_future *outer = green_spawn(fail_and_clean_up, disk);
  CHECK_STARTED(outer);
  CHECK_STATUS(green_wait(outer), GREEN_EIO);
  CHECK_MESSAGE(outer, "the disk has failed");
  return 0;
}

static int return_the_first_of_two(void *arg) {
  int first = green_join(green_spawn(fail, arg));
  int second = green_join(green_spawn(fail_without_words, NULL));
  return second < 0 ? first : second;
}

TEST(message_of_each_status_is_kept) {
  AUTO_FUTURE green_future *outer = green_spawn(return_the_first_of_two, disk);
  CHECK_STARTED(outer);
  CHECK_STATUS(green_wait(outer), GREEN_EIO);
  CHECK_MESSAGE(outer, "the disk has failed");
  return 0;
}

static int leave_many(void *arg) {
  for (int i = 1; i <= 100; i++) green_fail(-2000 - i, "number %d", i);
  return -2000 - *(int *)arg;
}

TEST(message_of_many_statuses_are_the_newest) {
  int numbers[] = {100, 95, 1};
  const char *expected[] = {"number 100", "number 95", green_strerror(-2001)};
  for (size_t i = 0; i < 3; i++) {
    AUTO_FUTURE green_future *future = green_spawn(leave_many, &numbers[i]);
    CHECK_STARTED(future);
    CHECK_STATUS(green_wait(future), -2000 - numbers[i]);
    CHECK_MESSAGE(future, expected[i]);
  }
  return 0;
}

static int handle_and_fail_otherwise(void *arg) {
  CHECK_STATUS(green_join(green_spawn(fail, arg)), GREEN_EIO);
  return GREEN_EPIPE;
}

TEST(message_of_another_failure_is_not_taken) {
  AUTO_FUTURE green_future *outer = green_spawn(handle_and_fail_otherwise, disk);
  CHECK_STARTED(outer);
  CHECK_STATUS(green_wait(outer), GREEN_EPIPE);
  CHECK_STRING(green_future_message(outer), green_strerror(GREEN_EPIPE));
  return 0;
}

/* The words of an earlier failure do not stand for a later one that had none. */
TEST(message_is_that_of_the_last_failure) {
  CHECK_STATUS(green_fail(GREEN_EIO, "earlier"), GREEN_EIO);
  CHECK_CONTAINS(green_message(), "earlier");
  CHECK_STATUS(green_join(green_spawn(fail_without_words, NULL)), GREEN_EPIPE);
  CHECK_STRING(green_message(), green_strerror(GREEN_EPIPE));
  return 0;
}

/* ---- interrupted waits ---- */

/* On a busy machine the time may be over before the task parks: then it says that alone. */
static bool is_worth_another_try(uint64_t milliseconds) {
  return !strstr(green_message(), "waiting") && milliseconds < 10000;
}

TEST(message_of_a_deadline_names_what_was_waited_for) {
  AUTO_FUTURE green_future *future = NULL;
  CHECK_STATUS(green_future_new(&future), 0);
  green_future_set_name(future, "godot");
  CHECK_MEMORY(green_future_name(future));
  uint64_t milliseconds = 1;
  do {
    int rc = 0;
    GREEN_TIMEOUT(milliseconds *= 4) rc = green_wait(future);
    CHECK_STATUS(rc, GREEN_ETIMEDOUT);
  } while (!test_allocator_failed() && is_worth_another_try(milliseconds));
  CHECK_CONTAINS(green_message(), "timed out waiting for: future of godot");
  green_fail(GREEN_EIO, "something else");
  GREEN_TIMEOUT(0) CHECK_STATUS(green_sleep(1), GREEN_ETIMEDOUT);
  CHECK_STRING(green_message(), green_strerror(GREEN_ETIMEDOUT));
  return 0;
}

static int join_within(void *arg) {
  const uint64_t *milliseconds = arg;
  int rc = 0;
  GREEN_TIMEOUT(*milliseconds) rc = green_join(green_spawn(sleep_long, NULL));
  return rc;
}

TEST(message_of_an_interrupted_join_is_the_interruption) {
  uint64_t milliseconds = 1;
  do {
    milliseconds *= 4;
    CHECK_STATUS(green_join(green_spawn(join_within, &milliseconds)), GREEN_ETIMEDOUT);
  } while (!test_allocator_failed() && is_worth_another_try(milliseconds));
  CHECK_CONTAINS(green_message(), "timed out waiting for: future");
  return 0;
}

static int told_of_cancel(void *arg) {
  green_fail(GREEN_EIO, "something else");
  int rc = green_wait(arg);
  CHECK_STATUS(rc, GREEN_ECANCELED);
  CHECK_STRING(green_message(), green_strerror(GREEN_ECANCELED));
  return 0;
}

TEST(message_of_a_cancel) {
  AUTO_FUTURE green_future *never = NULL;
  CHECK_STATUS(green_future_new(&never), 0);
  AUTO_FUTURE green_future *task = green_spawn(told_of_cancel, never);
  CHECK_STARTED(task);
  CHECK_STATUS(green_yield(), 0);
  green_cancel(task);
  CHECK_STATUS(green_wait(task), 0);
  return 0;
}

/* ---- calls of the core that fail by themselves ---- */

TEST(message_of_a_lock) {
  green_lock lock = GREEN_LOCK_INIT;
  AUTO_RELEASE green_lock *own = &lock;
  CHECK_STATUS(green_lock_release(&lock), GREEN_EPERM);
  CHECK_CONTAINS(green_message(), "green_lock_release: nobody owns the lock");
  CHECK_STATUS(green_lock_acquire(&lock), 0);
  CHECK_STATUS(green_lock_acquire(&lock), GREEN_EDEADLK);
  CHECK_CONTAINS(green_message(), "this task owns it already");
  return 0;
}

static int hold(void *arg) {
  green_lock *lock = arg;
  int rc = green_lock_acquire(lock);
  return rc < 0 ? rc : green_sleep(3600 * 1000);
}

TEST(message_of_a_lock_of_another) {
  green_lock lock = GREEN_LOCK_INIT;
  green_spawn_options options = {.name = "holder"};
  AUTO_JOIN green_future *other = green_spawn_with(hold, &lock, &options);
  CHECK_STARTED(other);
  CHECK_STATUS(green_yield(), 0);
  CHECK_MEMORY(green_future_name(other));
  CHECK_STATUS(green_lock_release(&lock), GREEN_EPERM);
  CHECK_CONTAINS(green_message(), "holder");
  return 0;
}

TEST(message_of_a_closed_channel) {
  AUTO_CHANNEL green_channel *channel = NULL;
  CHECK_STATUS(green_channel_new(&channel, sizeof(int), 1), 0);
  green_channel_close(channel);
  int item = 0;
  green_fail(GREEN_EIO, "something else");
  CHECK_STATUS(green_channel_receive(channel, &item), GREEN_ECLOSED);
  CHECK_STRING(green_message(), green_strerror(GREEN_ECLOSED));
  return 0;
}

TEST(message_of_a_wait_without_an_end) {
  CHECK_STATUS(green_wait(green_current()), GREEN_EDEADLK);
  CHECK_CONTAINS(green_message(), "its own future");
  CHECK_STATUS(green_wait_any(NULL, 0), GREEN_EINVAL);
  CHECK_CONTAINS(green_message(), "no future");
  CHECK_STATUS(green_select(NULL, 0), GREEN_EINVAL);
  CHECK_CONTAINS(green_message(), "no case");
  return 0;
}

static int run_inside(void *arg) {
  (void)arg;
  return green_run(sleep_long, NULL);
}

TEST(message_of_green_run_in_a_task) {
  AUTO_FUTURE green_future *task = green_spawn(run_inside, NULL);
  CHECK_STARTED(task);
  CHECK_STATUS(green_wait(task), GREEN_EBUSY);
  CHECK_CONTAINS(green_message(), "green_spawn()");
  return 0;
}

TEST(message_of_a_pool_that_was_shut_down) {
  green_pool *pool = NULL;
  CHECK_STATUS(green_pool_new(&pool, &(green_pool_options){.max_workers = 1}), 0);
  test_saw(green_join(green_pool_shutdown(pool)));
  int rc = green_join(green_pool_submit(pool, fail, disk));
  green_pool_release(pool);
  CHECK_STATUS(rc, GREEN_ECLOSED);
  CHECK_CONTAINS(green_message(), "the pool was shut down");
  return 0;
}

static int say_of_success(void *said_before) {
  *(bool *)said_before = *green_message() != 0;
  return green_fail(0, "it went well");
}

/* The next job of a worker, and the stack's next task, begin without it. */
TEST(message_of_success_ends_with_its_task) {
  green_pool *pool = NULL;
  bool said_before = false;
  CHECK_STATUS(green_pool_new(&pool, &(green_pool_options){.max_workers = 1}), 0);
  for (int i = 0; i < 2; i++) {
    test_saw(green_join(green_pool_submit(pool, say_of_success, &said_before)));
    if (said_before) break;
  }
  test_saw(green_join(green_pool_shutdown(pool)));
  green_pool_release(pool);
  CHECK(!said_before);
  for (int i = 0; i < 2; i++) {
    test_saw(green_join(green_spawn(say_of_success, &said_before)));
    CHECK(!said_before);
  }
  return 0;
}
