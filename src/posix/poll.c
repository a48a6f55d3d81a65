/* poll, select and their relatives. A signal mask that comes with one of them is not applied while
 * the task is parked: it is the thread's, and other tasks run. */
#include <errno.h>
#include "posix.h"

/* ---- poll ---- */

int (*green__posix_interrupted)(struct pollfd *fds, nfds_t count, uint64_t due, int error);

static int poll_parked(struct pollfd *fds, nfds_t count, uint64_t due) {
  int rc = green__posix_interrupted && due ? green__call_turn() : 0;
  rc = rc < 0 ? green__fd_errno(rc) : green__call_poll(fds, count, due, true);
  if (rc < 0 && green__posix_interrupted) rc = green__posix_interrupted(fds, count, due, rc);
  return (int)green__libc_result(rc);
}

INTERPOSE(int, poll, (struct pollfd * fds, nfds_t count, int timeout)) {
  if (!green__posix_parks()) return green__real()->libc.poll(fds, count, timeout);
  return poll_parked(fds, count, green__due_of_poll(timeout));
}

INTERPOSE(int, ppoll,
          (struct pollfd * fds, nfds_t count, const struct timespec *timeout,
           const sigset_t *mask)) {
  if (!green__posix_parks() || (timeout && !green__is_time(timeout)))
    return green__real()->ppoll(fds, count, timeout, mask);
  return poll_parked(fds, count, green__due_of(timeout));
}

/* ---- select ---- */

INTERPOSE(int, pselect,
          (int size, fd_set *read, fd_set *write, fd_set *except, const struct timespec *timeout,
           const sigset_t *mask)) {
  if (!green__posix_parks() || !green__may_select(size, NULL) ||
      (timeout && !green__is_time(timeout)))
    return green__real()->pselect(size, read, write, except, timeout, mask);
  struct green__sets sets = {size, read, write, except};
  return (int)green__libc_result(green__call_select(&sets, green__due_of(timeout)));
}

INTERPOSE(int, select,
          (int size, fd_set *read, fd_set *write, fd_set *except, struct timeval *timeout)) {
  if (!green__posix_parks() || !green__may_select(size, timeout))
    return green__real()->select(size, read, write, except, timeout);
  return green__libc_select(&(struct green__sets){size, read, write, except}, timeout);
}

ANCHOR(poll);
