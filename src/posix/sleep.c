/* sleep, usleep, nanosleep and clock_nanosleep, to the millisecond and rounded up. */
#include <errno.h>
#include "posix.h"

INTERPOSE(int, nanosleep, (const struct timespec *time, struct timespec *rest)) {
  if (!green__posix_parks() || !green__is_time(time)) return green__real()->nanosleep(time, rest);
  return (int)green__libc_result(green__call_nanosleep(time, rest));
}

/* Until the clock says `until`; it may be set meanwhile. */
static int sleep_until(clockid_t clock, const struct timespec *until) {
  for (;;) {
    struct timespec now;
    uint64_t left;
    if (clock_gettime(clock, &now) < 0) return -errno;
    uint64_t span = green__time_between(&now, until);
    int rc = span ? green__call_sleep(span, &left) : 0;
    if (rc < 0 || !span) return rc;
  }
}

INTERPOSE(int, clock_nanosleep,
          (clockid_t clock, int flags, const struct timespec *time, struct timespec *rest)) {
  bool known = clock == CLOCK_REALTIME || clock == CLOCK_MONOTONIC || clock == CLOCK_BOOTTIME;
  if (!green__posix_parks() || !known || !green__is_time(time))
    return green__real()->clock_nanosleep(clock, flags, time, rest);
  int rc = flags & TIMER_ABSTIME ? sleep_until(clock, time) : green__call_nanosleep(time, rest);
  return green__libc_result(rc) < 0 ? errno : 0;
}

INTERPOSE(int, usleep, (useconds_t duration)) {
  if (!green__posix_parks()) return green__real()->usleep(duration);
  return green__libc_usleep(duration);
}

INTERPOSE(unsigned, sleep, (unsigned seconds)) {
  if (!green__posix_parks()) return green__real()->sleep(seconds);
  return green__libc_sleep(seconds);
}

ANCHOR(sleep);
