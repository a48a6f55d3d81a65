/* poll, select and their relatives. A signal mask that comes with one of them is not applied while
 * the task is parked: it is the thread's, and other tasks run. */
#include <errno.h>
#include <limits.h>
#include <greenio/task.h>
#include "core/wait.h"
#include "posix.h"

extern void __chk_fail(void) __attribute__((noreturn));

/* ---- time ---- */

static uint64_t due_after(int milliseconds) {
  return milliseconds < 0 ? UINT64_MAX : milliseconds ? green__due_in((uint64_t)milliseconds) : 0;
}

static uint64_t due_after_time(const struct timespec *time) {
  if (!time) return UINT64_MAX;
  if (!time->tv_sec && !time->tv_nsec) return 0;
  if (time->tv_sec > INT_MAX) return UINT64_MAX;
  return green_now() + (uint64_t)time->tv_sec * 1000000000 + (uint64_t)time->tv_nsec;
}

static bool is_time(const struct timespec *time) {
  return !time || (time->tv_sec >= 0 && time->tv_nsec >= 0 && time->tv_nsec < 1000000000);
}

/* ---- poll ---- */

int (*green__posix_interrupted)(struct pollfd *fds, nfds_t count, uint64_t due, int error);

static int poll_parked(struct pollfd *fds, nfds_t count, uint64_t due) {
  int rc = green__posix_interrupted && due ? green__call_turn() : 0;
  rc = rc < 0 ? green__fd_errno(rc) : green__call_poll(fds, count, due);
  if (rc < 0 && green__posix_interrupted) rc = green__posix_interrupted(fds, count, due, rc);
  return (int)green__posix_result(rc);
}

INTERPOSE(int, poll, (struct pollfd * fds, nfds_t count, int timeout)) {
  if (!green__posix_parks()) return green__real()->libc.poll(fds, count, timeout);
  return poll_parked(fds, count, due_after(timeout));
}

INTERPOSE(int, __poll_chk, (struct pollfd * fds, nfds_t count, int timeout, size_t there)) {
  if (there / sizeof *fds < count) __chk_fail();
  return green__posix_poll(fds, count, timeout);
}

INTERPOSE(int, ppoll,
          (struct pollfd * fds, nfds_t count, const struct timespec *timeout,
           const sigset_t *mask)) {
  if (!green__posix_parks() || !is_time(timeout))
    return green__real()->ppoll(fds, count, timeout, mask);
  return poll_parked(fds, count, due_after_time(timeout));
}

INTERPOSE(int, __ppoll_chk,
          (struct pollfd * fds, nfds_t count, const struct timespec *timeout, const sigset_t *mask,
           size_t there)) {
  if (there / sizeof *fds < count) __chk_fail();
  return green__posix_ppoll(fds, count, timeout, mask);
}

/* ---- select ---- */

static bool selectable(int size) {
  return green__posix_parks() && size >= 0 && size <= FD_SETSIZE;
}

INTERPOSE(int, pselect,
          (int size, fd_set *read, fd_set *write, fd_set *except, const struct timespec *timeout,
           const sigset_t *mask)) {
  if (!selectable(size) || !is_time(timeout))
    return green__real()->pselect(size, read, write, except, timeout, mask);
  struct green__sets sets = {size, read, write, except};
  return (int)green__posix_result(green__call_select(&sets, due_after_time(timeout)));
}

INTERPOSE(int, select,
          (int size, fd_set *read, fd_set *write, fd_set *except, struct timeval *timeout)) {
  if (!selectable(size) || (timeout && (timeout->tv_sec < 0 || timeout->tv_usec < 0)))
    return green__real()->select(size, read, write, except, timeout);
  struct green__sets sets = {size, read, write, except};
  struct timespec time = {0, 0};
  if (timeout) {
    time.tv_sec = timeout->tv_sec + timeout->tv_usec / 1000000;
    time.tv_nsec = timeout->tv_usec % 1000000 * 1000;
  }
  uint64_t due = due_after_time(timeout ? &time : NULL);
  int rc = green__call_select(&sets, due);
  if (timeout && due != UINT64_MAX) { /* what is left, as Linux says */
    uint64_t now = green_now(), left = due > now ? (due - now) / 1000 : 0;
    *timeout = (struct timeval){(time_t)(left / 1000000), (suseconds_t)(left % 1000000)};
  }
  return (int)green__posix_result(rc);
}

/* ---- epoll ---- */

static int epoll_parked(int epoll, struct epoll_event *events, int most, uint64_t due) {
  for (;;) {
    int count = green__real()->epoll_wait(epoll, events, most, 0);
    if (count < 0) return -errno;
    if (count > 0 || due == 0) return count;
    int rc = green__fd_wait(epoll, POLLIN, due, false);
    if (rc < 0) return rc;
    if (rc == 0) due = 0;
  }
}

INTERPOSE(int, epoll_wait, (int epoll, struct epoll_event *events, int most, int timeout)) {
  if (!green__posix_parks()) return green__real()->epoll_wait(epoll, events, most, timeout);
  return (int)green__posix_result(epoll_parked(epoll, events, most, due_after(timeout)));
}

INTERPOSE(int, epoll_pwait,
          (int epoll, struct epoll_event *events, int most, int timeout, const sigset_t *mask)) {
  if (!green__posix_parks()) return green__real()->epoll_pwait(epoll, events, most, timeout, mask);
  return (int)green__posix_result(epoll_parked(epoll, events, most, due_after(timeout)));
}

ANCHOR(poll);
