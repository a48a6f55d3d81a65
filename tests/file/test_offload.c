/* Blocking functions off the loop; where there are no threads, inline. */
#include <unistd.h>
#include "harness.h"

static int add(void *arg) {
  int *numbers = arg;
  numbers[2] = numbers[0] + numbers[1];
  usleep(1000);
  return numbers[2];
}

TEST(offload_returns_what_the_function_did) {
  int numbers[3] = {20, 3, 0};
  CHECK_STATUS(green_offload(add, numbers), 23);
  CHECK_NUMBER(numbers[2], 23);
  return 0;
}

TEST_OUTSIDE(offload_needs_a_task) {
  int numbers[3] = {1, 2, 0};
  CHECK_STATUS(green_offload(add, numbers), GREEN_EMAIN);
  CHECK_NUMBER(numbers[2], 0);
  return 0;
}

static int offload_add(void *arg) {
  return green_offload(add, arg);
}

/* Interrupted while it runs, it is waited for, and the interruption comes at the next wait. */
TEST(offload_cannot_be_withdrawn) {
  int numbers[3] = {4, 5, 0};
  AUTO_JOIN green_future *task = green_spawn(offload_add, numbers);
  CHECK_STARTED(task);
  CHECK_STATUS(green_yield(), 0);
  if (!green_done(task)) green_cancel(task);
  int rc = green_wait(task); /* natively it may not have begun yet */
  CHECK(test_saw(rc) == 9 || (rc == GREEN_ECANCELED && numbers[2] == 0));
  return 0;
}

TEST(offload_many) {
  enum { MOST = 50 };
  static int numbers[MOST][3];
  AUTO_JOIN_ALL struct test_futures tasks = test_futures(test_scale(MOST, 3));
  for (size_t i = 0; i < tasks.count; i++) {
    numbers[i][0] = (int)i;
    numbers[i][1] = 1;
    tasks.at[i] = green_spawn(offload_add, numbers[i]);
    CHECK_STARTED(tasks.at[i]);
  }
  for (size_t i = 0; i < tasks.count; i++) CHECK_STATUS(green_wait(tasks.at[i]), (int)i + 1);
  return 0;
}

static int fail_with_words(void *arg) {
  green_fail(GREEN_EPIPE, "the first %s", (const char *)arg);
  CHECK_CONTAINS(green_message(), "the first");
  return green_fail(GREEN_EIO, "the %s has failed", (const char *)arg);
}

static int fail_without_words(void *arg) {
  (void)arg;
  return GREEN_EPIPE;
}

TEST(offload_message_goes_up) {
  char disk[] = "disk";
  CHECK_STATUS(green_offload(fail_with_words, disk), GREEN_EIO);
  CHECK_CONTAINS(green_message(), "the disk has failed");
  CHECK_STATUS(green_offload(fail_without_words, NULL), GREEN_EPIPE);
  CHECK_STRING(green_message(), green_strerror(GREEN_EPIPE));
  return 0;
}

#ifndef __EMSCRIPTEN__ /* which has no threads here, and so no queue */

#include <pthread.h>

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static int called;

static int pass_the_gate(void *arg) {
  (void)arg;
  pthread_mutex_lock(&gate);
  called++;
  pthread_mutex_unlock(&gate);
  return 0;
}

static int offload_gate(void *arg) {
  return green_offload(pass_the_gate, arg);
}

static int give_up_soon(void *arg) {
  int rc = 0;
  GREEN_TIMEOUT(5) rc = green_offload(pass_the_gate, arg);
  return rc;
}

/* Calls that were given up while they waited for a thread leave the queue, and are never made. */
TEST(offload_given_up_holds_up_nothing) {
  enum { THREADS = 4, GIVEN_UP = 100 };
  AUTO_JOIN_ALL struct test_futures tasks = test_futures(THREADS + GIVEN_UP);
  called = 0;
  int given_up = 0, failed = 0;
  pthread_mutex_lock(&gate);
  for (int i = 0; i < THREADS; i++) tasks.at[i] = green_spawn(offload_gate, NULL);
  for (int i = 0; i < THREADS; i++)
    if (green_done(tasks.at[i])) failed = test_saw(green_future_status(tasks.at[i]));
  for (int i = 0; i < 50 && !failed; i++) failed = green_yield();
  for (int i = THREADS; i < THREADS + GIVEN_UP && !failed; i++)
    tasks.at[i] = green_spawn(give_up_soon, NULL);
  GREEN_TIMEOUT(30000) { /* or libuv was told to have more threads, and they hang behind the gate */
    for (int i = THREADS; i < THREADS + GIVEN_UP && !failed; i++)
      given_up += test_saw(green_wait(tasks.at[i])) == GREEN_ETIMEDOUT;
  }
  pthread_mutex_unlock(&gate);
  CHECK_STATUS(failed, 0);
  CHECK_STATUS(green_wait_all(tasks.at, THREADS), 0);
  CHECK_NUMBER(given_up, GIVEN_UP);
  CHECK_NUMBER(called, THREADS);
  return 0;
}

#endif
