/* poll, select and their relatives. A signal mask that comes with one of them is not applied while
 * the task is parked: it is the thread's, and other tasks run. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <greenio/task.h>
#include "core/timer.h"
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
  int rc = green__call_poll(true, fds, count, due);
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

struct sets {
  int size;
  fd_set *read, *write, *except;
};

static bool has(int fd, const fd_set *set) {
  return set && FD_ISSET(fd, set);
}

static short wanted(const struct sets *sets, int fd) {
  return (short)((has(fd, sets->read) ? POLLIN : 0) | (has(fd, sets->write) ? POLLOUT : 0) |
                 (has(fd, sets->except) ? POLLPRI : 0));
}

/* The sets as poll's array, which the caller frees; NULL: out of memory. */
static struct pollfd *to_poll(const struct sets *sets, nfds_t *count) {
  *count = 0;
  for (int fd = 0; fd < sets->size; fd++) *count += wanted(sets, fd) != 0;
  struct pollfd *fds = malloc((*count + 1) * sizeof *fds);
  nfds_t next = 0;
  for (int fd = 0; fds && fd < sets->size; fd++)
    if (wanted(sets, fd)) fds[next++] = (struct pollfd){fd, wanted(sets, fd), 0};
  return fds;
}

static int keep(fd_set *set, const struct pollfd *one, int events, int asked) {
  if (!set || !(one->events & asked)) return 0;
  if (one->revents & events) return 1;
  FD_CLR(one->fd, set);
  return 0;
}

/* Leaves in the sets what is ready; how many bits. `none`: nothing is. */
static int from_poll(const struct sets *sets, const struct pollfd *fds, nfds_t count) {
  int bits = 0;
  for (nfds_t i = 0; i < count; i++) {
    bits += keep(sets->read, &fds[i], POLLIN | POLLHUP | POLLERR, POLLIN);
    bits += keep(sets->write, &fds[i], POLLOUT | POLLERR, POLLOUT);
    bits += keep(sets->except, &fds[i], POLLPRI, POLLPRI);
  }
  return bits;
}

/* poll() reports hang-ups that select() does not count. */
static bool counts(const struct pollfd *one) {
  int ready = one->revents;
  if ((one->events & POLLIN) && (ready & (POLLIN | POLLHUP | POLLERR))) return true;
  if ((one->events & POLLOUT) && (ready & (POLLOUT | POLLERR))) return true;
  return (one->events & POLLPRI) && (ready & POLLPRI);
}

static int poll_for_select(struct pollfd *fds, nfds_t count, uint64_t due) {
  for (;;) {
    int ready = green__call_poll(true, fds, count, due);
    if (ready <= 0) return ready;
    for (nfds_t i = 0; i < count; i++) {
      if (fds[i].revents & POLLNVAL) return -EBADF;
      if (counts(&fds[i])) return ready;
    }
    if (due <= green_now()) {
      for (nfds_t i = 0; i < count; i++) fds[i].revents = 0;
      return 0;
    }
    int rc = green_sleep(1);
    if (rc < 0) return rc;
  }
}

static int select_parked(const struct sets *sets, uint64_t due) {
  nfds_t count;
  struct pollfd *fds = to_poll(sets, &count);
  if (!fds) return -ENOMEM;
  int rc = poll_for_select(fds, count, due);
  if (rc >= 0) rc = from_poll(sets, fds, count);
  free(fds);
  return rc;
}

static bool selectable(int size) {
  return green__posix_parks() && size >= 0 && size <= FD_SETSIZE;
}

INTERPOSE(int, pselect,
          (int size, fd_set *read, fd_set *write, fd_set *except, const struct timespec *timeout,
           const sigset_t *mask)) {
  if (!selectable(size) || !is_time(timeout))
    return green__real()->pselect(size, read, write, except, timeout, mask);
  struct sets sets = {size, read, write, except};
  return (int)green__posix_result(select_parked(&sets, due_after_time(timeout)));
}

INTERPOSE(int, select,
          (int size, fd_set *read, fd_set *write, fd_set *except, struct timeval *timeout)) {
  if (!selectable(size) || (timeout && (timeout->tv_sec < 0 || timeout->tv_usec < 0)))
    return green__real()->select(size, read, write, except, timeout);
  struct sets sets = {size, read, write, except};
  struct timespec time = {0, 0};
  if (timeout) {
    time.tv_sec = timeout->tv_sec + timeout->tv_usec / 1000000;
    time.tv_nsec = timeout->tv_usec % 1000000 * 1000;
  }
  uint64_t due = due_after_time(timeout ? &time : NULL);
  int rc = select_parked(&sets, due);
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
