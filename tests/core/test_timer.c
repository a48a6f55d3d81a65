/* Sleeping and the clock. */
#include "harness.h"

TEST(sleep_takes_at_least_its_time) {
  for (uint64_t milliseconds = 1; milliseconds < 6; milliseconds++) {
    uint64_t before = green_now();
    CHECK_STATUS(green_sleep(milliseconds), 0);
    CHECK(green_now() - before >= milliseconds * 1000000);
  }
  return 0;
}

TEST_OUTSIDE(now_is_monotonic) {
  uint64_t before = green_now();
  for (int i = 0; i < 1000; i++) {
    uint64_t now = green_now();
    CHECK(now >= before);
    before = now;
  }
  return 0;
}

struct sleeper {
  struct test_trace *trace;
  unsigned milliseconds;
};

static int sleep_and_note(void *arg) {
  struct sleeper *sleeper = arg;
  int rc = green_sleep(sleeper->milliseconds);
  test_trace(sleeper->trace, "%u", sleeper->milliseconds);
  return rc;
}

/* Again where the machine stood still before all were asleep: their times begin one by one. */
TEST(sleepers_wake_by_time_not_by_spawning) {
  static const unsigned times[] = {60, 1, 90, 30};
  bool held_up;
  int tries = 0;
  do {
    struct test_trace trace = {0};
    AUTO_JOIN_ALL struct test_futures tasks = test_futures(4);
    uint64_t before = green_now();
    for (int i = 0; i < 4; i++) {
      struct sleeper sleeper = {&trace, times[i]};
      tasks.at[i] = green_spawn_copy(sleep_and_note, &sleeper, sizeof sleeper);
      CHECK_STARTED(tasks.at[i]);
    }
    CHECK_STATUS(green_yield(), 0);
    held_up = green_now() - before > 25000000;
    CHECK_STATUS(green_wait_all(tasks.at, 4), 0);
    if (!held_up) CHECK_STRING(trace.text, "1 30 60 90");
  } while (held_up && ++tries < 20);
  CHECK(!held_up);
  return 0;
}

TEST(sleep_zero_is_yield) {
  struct test_trace trace = {0};
  struct sleeper sleeper = {&trace, 0};
  AUTO_JOIN green_future *other = green_spawn(sleep_and_note, &sleeper);
  CHECK_STARTED(other);
  CHECK_STATUS(green_sleep(0), 0);
  CHECK_STATUS(green_sleep(0), 0);
  CHECK_STRING(trace.text, "0");
  return 0;
}

static int set_flag(void *arg) {
  int rc = green_sleep(3);
  *(bool *)arg = true;
  return rc;
}

TEST(tasks_that_yield_do_not_starve_a_sleeper) {
  bool flag = false;
  AUTO_JOIN green_future *sleeper = green_spawn(set_flag, &flag);
  CHECK_STARTED(sleeper);
  while (!flag) CHECK_STATUS(green_yield(), 0);
  return 0;
}

static int sleep_for(void *arg) {
  return green_sleep(*(const uint64_t *)arg);
}

/* Nothing of a long sleep is left when it was cancelled, or the run would last. */
static int sleep_an_hour(void *arg) {
  (void)arg;
  return green_sleep(3600 * 1000);
}

TEST(cancelled_sleepers_leave_no_timer) {
  size_t count = test_scale(100, 4);
  AUTO_JOIN_ALL struct test_futures tasks = test_futures(count);
  for (size_t i = 0; i < count; i++) {
    tasks.at[i] = green_spawn(sleep_an_hour, NULL);
    CHECK_STARTED(tasks.at[i]);
  }
  CHECK_STATUS(green_sleep(1), 0);
  return 0;
}

/* Milliseconds around the sizes of integers that count them: none of them passes at once. */
TEST(long_times_do_not_pass_at_once) {
  static const uint64_t times[] = {INT32_MAX,
                                   (uint64_t)INT32_MAX + 1,
                                   UINT32_MAX,
                                   (uint64_t)UINT32_MAX + 1,
                                   UINT64_C(3000000000),
                                   UINT64_MAX / 1000000 - 1,
                                   INT64_MAX,
                                   UINT64_MAX};
  for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
    AUTO_FUTURE green_future *sleeper = green_spawn_copy(sleep_for, &times[i], sizeof times[i]);
    CHECK_STARTED(sleeper);
    int rc = 0;
    GREEN_TIMEOUT(times[i]) {
      rc = green_sleep(2);
    }
    CHECK_STATUS(rc, 0);
    CHECK(!green_done(sleeper));
    green_cancel(sleeper);
    CHECK_STATUS(green_wait(sleeper), GREEN_ECANCELED);
  }
  return 0;
}

struct nap {
  uint64_t early; /* woken before its time by so much */
  unsigned seed;
};

static int naps(void *arg) {
  struct nap *nap = arg;
  for (int i = 0; i < 5; i++) {
    nap->seed = nap->seed * 1103515245 + 12345;
    uint64_t milliseconds = 1 + (nap->seed >> 16) % 20, before = green_now();
    int rc = 0;
    if (nap->seed >> 31) {
      GREEN_TIMEOUT(milliseconds) {
        rc = green_sleep(3600 * 1000);
      }
      if (rc != GREEN_ETIMEDOUT) return rc ? rc : GREEN_EIO;
    } else {
      rc = green_sleep(milliseconds);
      if (rc < 0) return rc;
    }
    if (green_now() - before < milliseconds * 1000000) nap->early++;
  }
  return 0;
}

TEST(many_timers_none_early_none_lost) {
  enum { MOST = 500 };
  static struct nap all[MOST];
  size_t count = test_scale(MOST, 5);
  AUTO_JOIN_ALL struct test_futures tasks = test_futures(count);
  for (size_t i = 0; i < count; i++) {
    all[i] = (struct nap){0, (unsigned)i * 2654435761u};
    tasks.at[i] = green_spawn(naps, &all[i]);
    CHECK_STARTED(tasks.at[i]);
  }
  CHECK_STATUS(green_wait_all(tasks.at, count), 0);
  for (size_t i = 0; i < count; i++) CHECK_NUMBER(all[i].early, 0);
  return 0;
}
