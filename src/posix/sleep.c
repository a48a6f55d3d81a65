/* sleep, usleep, nanosleep and clock_nanosleep, to the millisecond and rounded up. */
#include <errno.h>
#include <limits.h>
#include <greenio/task.h>
#include "posix.h"

#define SECOND 1000000000

static bool is_time(const struct timespec *time) {
  return time->tv_sec >= 0 && time->tv_nsec >= 0 && time->tv_nsec < SECOND;
}

static uint64_t nanoseconds(const struct timespec *time) {
  if (time->tv_sec > INT_MAX) return (uint64_t)INT_MAX * SECOND;
  return (uint64_t)time->tv_sec * SECOND + (uint64_t)time->tv_nsec;
}

static int sleep_time(const struct timespec *time, struct timespec *rest) {
  uint64_t left;
  int rc = green__call_sleep(nanoseconds(time), &left);
  if (rc < 0 && rest) *rest = (struct timespec){(time_t)(left / SECOND), (long)(left % SECOND)};
  return rc;
}

INTERPOSE(int, nanosleep, (const struct timespec *time, struct timespec *rest)) {
  if (!green__posix_parks() || !is_time(time)) return green__real()->nanosleep(time, rest);
  return (int)green__posix_result(sleep_time(time, rest));
}

/* Until the clock says `until`; it may be set meanwhile. */
static int sleep_until(clockid_t clock, const struct timespec *until) {
  for (;;) {
    struct timespec now;
    uint64_t left;
    if (clock_gettime(clock, &now) < 0) return -errno;
    if (nanoseconds(&now) >= nanoseconds(until)) return 0;
    int rc = green__call_sleep(nanoseconds(until) - nanoseconds(&now), &left);
    if (rc < 0) return rc;
  }
}

INTERPOSE(int, clock_nanosleep,
          (clockid_t clock, int flags, const struct timespec *time, struct timespec *rest)) {
  bool known = clock == CLOCK_REALTIME || clock == CLOCK_MONOTONIC || clock == CLOCK_BOOTTIME;
  if (!green__posix_parks() || !known || !is_time(time))
    return green__real()->clock_nanosleep(clock, flags, time, rest);
  return -(flags & TIMER_ABSTIME ? sleep_until(clock, time) : sleep_time(time, rest));
}

INTERPOSE(int, usleep, (useconds_t duration)) {
  if (!green__posix_parks()) return green__real()->usleep(duration);
  uint64_t left;
  return (int)green__posix_result(green__call_sleep((uint64_t)duration * 1000, &left));
}

INTERPOSE(unsigned, sleep, (unsigned seconds)) {
  if (!green__posix_parks()) return green__real()->sleep(seconds);
  uint64_t left;
  int rc = green__call_sleep((uint64_t)seconds * SECOND, &left);
  if (rc == 0) return 0;
  green__posix_result(rc);
  return (unsigned)((left + SECOND - 1) / SECOND);
}

ANCHOR(sleep);
