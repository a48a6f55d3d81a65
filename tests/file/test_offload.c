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

TEST(offload_of_nothing_is_refused) {
  CHECK_STATUS(green_offload(NULL, NULL), GREEN_EINVAL);
  CHECK_CONTAINS(green_message(), "no function");
  return 0;
}

TEST(offload_message_goes_up) {
  char disk[] = "disk";
  CHECK_STATUS(green_offload(fail_with_words, disk), GREEN_EIO);
  CHECK_CONTAINS(green_message(), "the disk has failed");
  CHECK_STATUS(green_offload(fail_without_words, NULL), GREEN_EPIPE);
  CHECK_STRING(green_message(), green_strerror(GREEN_EPIPE));
  return 0;
}
