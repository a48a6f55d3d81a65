/* What the calls of call.c are as the C library's own functions, whichever way code comes by them:
 * by <greenio/fd_names.h>, or because greenio_posix stands in front. Times are to the millisecond,
 * and rounded up. */
#include <errno.h>
#include <limits.h>
#include <netdb.h>
#include <greenio/status.h>
#include <greenio/task.h>
#include "core/timer.h"
#include "fd.h"

#define SECOND      1000000000
#define MICROSECOND 1000

ssize_t green__libc_result(ssize_t result) {
  if (result >= 0) return result;
  switch (result) {
  case GREEN_ECLOSED: /* while it waited */
    errno = ECANCELED;
    break;
  case GREEN_ENESTED:
    errno = EDEADLK;
    break;
  default:
    errno = result <= GREEN_EMAIN ? EINVAL : (int)-result;
  }
  return -1;
}

int green__libc_lookup_failed(int status) {
  if (status == GREEN_ENOMEM) return EAI_MEMORY;
  green__libc_result(green__fd_errno(status));
  return EAI_SYSTEM;
}

/* ---- times ---- */

bool green__is_time(const struct timespec *time) {
  return time->tv_sec >= 0 && time->tv_nsec >= 0 && time->tv_nsec < SECOND;
}

uint64_t green__time_nanoseconds(const struct timespec *span) {
  if (span->tv_sec > INT_MAX) return (uint64_t)INT_MAX * SECOND;
  return (uint64_t)span->tv_sec * SECOND + (uint64_t)span->tv_nsec;
}

uint64_t green__time_between(const struct timespec *from, const struct timespec *to) {
  bool borrows = to->tv_nsec < from->tv_nsec;
  struct timespec span = {to->tv_sec - from->tv_sec - borrows,
                          to->tv_nsec - from->tv_nsec + borrows * SECOND};
  return span.tv_sec < 0 ? 0 : green__time_nanoseconds(&span);
}

uint64_t green__due_of_poll(int milliseconds) {
  if (milliseconds <= 0) return milliseconds ? GREEN__NEVER : 0;
  return green__due_in((uint64_t)milliseconds);
}

uint64_t green__due_of(const struct timespec *timeout) {
  if (!timeout || timeout->tv_sec > INT_MAX) return GREEN__NEVER;
  uint64_t span = green__time_nanoseconds(timeout);
  return span ? green_now() + span : 0;
}

static uint64_t left_until(uint64_t due) {
  uint64_t now = green_now();
  return due > now ? due - now : 0;
}

/* ---- select ---- */

bool green__may_select(int size, const struct timeval *timeout) {
  bool bad = timeout && (timeout->tv_sec < 0 || timeout->tv_usec < 0);
  return !bad && size >= 0 && size <= FD_SETSIZE;
}

/* More than a million microseconds are seconds, as Linux takes them. */
static uint64_t due_of_select(const struct timeval *timeout) {
  if (!timeout || timeout->tv_sec > INT_MAX) return GREEN__NEVER;
  struct timespec time = {timeout->tv_sec + timeout->tv_usec / 1000000,
                          timeout->tv_usec % 1000000 * MICROSECOND};
  return green__due_of(&time);
}

int green__libc_select(const struct green__sets *sets, struct timeval *timeout) {
  uint64_t due = due_of_select(timeout);
  int rc = green__call_select(sets, due);
  if (timeout && due != GREEN__NEVER) { /* what is left, as Linux says */
    uint64_t left = left_until(due) / MICROSECOND;
    timeout->tv_sec = (time_t)(left / 1000000);
    timeout->tv_usec = (suseconds_t)(left % 1000000);
  }
  return (int)green__libc_result(rc);
}

/* ---- signals ---- */

const struct green__libc_waits *green__libc_waits;

int green__libc_wait(const struct pollfd *fds, nfds_t count, uint64_t due, bool restarts) {
  struct green__libc_wait wait;
  int rc = green__libc_waits->begin(&wait, restarts);
  if (rc != 0) return rc;
  rc = restarts ? green__fd_wait(fds->fd, fds->events, due, false)
                : green__fd_wait_any(fds, count, due);
  return green__libc_waits->end(&wait, rc, restarts);
}

/* ---- sleep ---- */

/* 1: a signal has ended it that interrupts nothing. */
static int sleep_once(uint64_t duration) {
  struct green__libc_wait wait;
  int rc = green__libc_waits ? green__libc_waits->begin(&wait, false) : 0;
  if (rc != 0) return rc;
  rc = green__fd_errno(green_sleep(duration / 1000000 + (duration % 1000000 != 0)));
  return green__libc_waits ? green__libc_waits->end(&wait, rc, false) : rc;
}

int green__call_sleep(uint64_t duration, uint64_t *left) {
  uint64_t due = green_now() + duration;
  int rc;
  while ((rc = sleep_once(duration)) > 0) duration = left_until(due);
  *left = left_until(due);
  return rc;
}

int green__call_nanosleep(const struct timespec *time, struct timespec *rest) {
  uint64_t left;
  int rc = green__call_sleep(green__time_nanoseconds(time), &left);
  if (rc < 0 && rest) {
    rest->tv_sec = (time_t)(left / SECOND);
    rest->tv_nsec = (long)(left % SECOND);
  }
  return rc;
}

int green__libc_usleep(useconds_t duration) {
  uint64_t left;
  return (int)green__libc_result(green__call_sleep((uint64_t)duration * MICROSECOND, &left));
}

unsigned green__libc_sleep(unsigned seconds) {
  uint64_t left;
  int rc = green__call_sleep((uint64_t)seconds * SECOND, &left);
  if (rc == 0) return 0;
  green__libc_result(rc);
  return (unsigned)((left + SECOND - 1) / SECOND);
}
