/* A failure that nobody looks at is told, when the future is released or, at the latest, when the
 * runtime ends: once, with its name. */
#include "harness.h"

#include <string.h>

struct kept {
  green_future *future;
};

static int fail(void *arg) {
  (void)arg;
  return green_fail(GREEN_ECONNRESET, "half way");
}

static int keep_a_failed_one(void *arg) {
  struct kept *kept = arg;
  green_spawn_options options = {.name = "download"};
  kept->future = green_spawn_with(fail, NULL, &options);
  return green_sleep(1);
}

static size_t count(const char *text, const char *part) {
  size_t found = 0;
  for (const char *at = strstr(text, part); at; at = strstr(at + 1, part)) found++;
  return found;
}

TEST_OUTSIDE(unseen_failure_is_told_when_the_runtime_ends) {
  struct kept kept = {NULL};
  AUTO_CAPTURE struct test_capture capture = test_capture_stderr();
  int rc = green_run(keep_a_failed_one, &kept);
  bool whole = rc == 0 && kept.future &&
               strcmp(green_future_message(kept.future), "half way") == 0 &&
               green_future_name(kept.future);
  green_future_release(kept.future);
  const char *text = test_captured(&capture);
  if (!whole) test_saw(GREEN_ENOMEM);
  CHECK_STATUS(rc, 0);
  CHECK(whole);
  CHECK_CONTAINS(text, "nobody looked at a failed future of download: ECONNRESET: half way");
  CHECK_NUMBER(count(text, "download"), 1);
  return 0;
}

static int keep_and_look(void *arg) {
  struct kept *kept = arg;
  int rc = keep_a_failed_one(arg);
  return rc < 0 ? rc : test_saw(green_future_status(kept->future)) == GREEN_ECONNRESET ? 0 : -1;
}

TEST_OUTSIDE(unseen_failure_that_was_looked_at_is_not_told) {
  struct kept kept = {NULL};
  AUTO_CAPTURE struct test_capture capture = test_capture_stderr();
  int rc = green_run(keep_and_look, &kept);
  green_future_release(kept.future);
  CHECK_STATUS(rc, 0);
  CHECK_STRING(test_captured(&capture), "");
  return 0;
}

static int nothing(void *arg) {
  (void)arg;
  return 0;
}

/* In the order in which they failed, and those in between leave the list when they are looked at.
 */
TEST_OUTSIDE(unseen_failures_are_told_in_order) {
  green_future *futures[4] = {NULL};
  int rc = 0;
  AUTO_CAPTURE struct test_capture capture = test_capture_stderr();
  for (int i = 0; i < 4 && rc == 0; i++) {
    rc = green_future_new(&futures[i]);
    if (rc == 0) green_reject(futures[i], -2000 - i, NULL);
    if (rc == 0) green_future_set_name(futures[i], (const char *[]){"a", "b", "c", "d"}[i]);
    if (rc == 0 && !green_future_name(futures[i])) rc = GREEN_ENOMEM;
  }
  if (rc == 0) green_future_status(futures[2]);
  test_saw(green_run(nothing, NULL));
  for (int i = 0; i < 4; i++) green_future_release(futures[i]);
  const char *text = test_captured(&capture);
  CHECK_STATUS(rc, 0);
  const char *a = strstr(text, "of a:"), *b = strstr(text, "of b:"), *d = strstr(text, "of d:");
  CHECK(a && b && d && a < b && b < d);
  CHECK_NUMBER(count(text, "greenio:"), 3);
  return 0;
}

/* What comes too late for anyone: a job that fails as its pool drains, its future released before.
 */
static int release_before(void *arg) {
  (void)arg;
  green_spawn_options options = {.name = "forgotten"};
  green_future *future = green_spawn_with(fail, NULL, &options);
  if (green_done(future)) return test_saw(green_join(future));
  bool named = green_future_name(future) != NULL;
  green_future_release(future);
  int rc = green_sleep(1);
  return rc < 0 ? rc : named ? 0 : test_saw(GREEN_ENOMEM);
}

TEST_OUTSIDE(unseen_failure_of_a_released_future_is_told_at_once) {
  AUTO_CAPTURE struct test_capture capture = test_capture_stderr();
  int rc = green_run(release_before, NULL);
  CHECK_STATUS(rc, 0);
  CHECK_CONTAINS(test_captured(&capture), "failed future of forgotten: ECONNRESET");
  CHECK_NUMBER(count(test_captured(&capture), "forgotten"), 1);
  return 0;
}

/* Who cancels a task and lets go of it has not asked for other failures than that. */
static int fail_behind_its_cancel(void *arg) {
  int rc = green_sleep(600000);
  return arg ? green_fail(GREEN_EIO, "the cleanup broke") : rc;
}

static int cancel_and_release(const char *name, void *arg) {
  green_spawn_options options = {.name = name};
  green_future *future = green_spawn_with(fail_behind_its_cancel, arg, &options);
  if (green_done(future)) return test_saw(green_join(future));
  int rc = green_future_name(future) ? green_yield() : test_saw(GREEN_ENOMEM);
  green_cancel(future);
  green_future_release(future);
  return rc;
}

static int cancel_two(void *arg) {
  int rc = cancel_and_release("obedient", NULL);
  return rc < 0 ? rc : cancel_and_release("stubborn", arg);
}

TEST_OUTSIDE(unseen_failure_of_a_cancelled_task_is_told_unless_it_is_the_cancel) {
  char something;
  AUTO_CAPTURE struct test_capture capture = test_capture_stderr();
  int rc = green_run(cancel_two, &something);
  const char *text = test_captured(&capture);
  CHECK_STATUS(rc, 0);
  CHECK_NUMBER(count(text, "nobody looked"), 1);
  CHECK_CONTAINS(text, "failed future of stubborn: EIO: ");
  return 0;
}

/* The same of a future that its canceller completes. */
static void fail_when_cancelled(green_future *future, void *arg) {
  green_reject(future, *(int *)arg, NULL);
}

TEST_OUTSIDE(unseen_failure_of_a_canceller_is_told_unless_it_is_the_cancel) {
  int statuses[] = {GREEN_ECANCELED, GREEN_EIO}, rc = 0;
  AUTO_CAPTURE struct test_capture capture = test_capture_stderr();
  for (int i = 0; i < 2 && rc == 0; i++) {
    green_future *future;
    rc = green_future_new(&future);
    if (rc < 0) break;
    rc = green_future_on_cancel(future, fail_when_cancelled, &statuses[i]);
    if (rc == 0) rc = green_cancel(future);
    green_future_release(future);
  }
  const char *text = test_captured(&capture);
  CHECK_STATUS(rc, 0);
  CHECK_NUMBER(count(text, "nobody looked"), 1);
  CHECK_CONTAINS(text, "EIO");
  return 0;
}

/* What the program was started with is its own to look at. */
TEST_OUTSIDE(unseen_is_not_what_green_run_returns) {
  AUTO_CAPTURE struct test_capture capture = test_capture_stderr();
  int rc = green_run(fail, NULL);
  const char *text = test_captured(&capture);
  CHECK_STATUS(rc, GREEN_ECONNRESET);
  CHECK(!strstr(text, "nobody looked"));
  return 0;
}
