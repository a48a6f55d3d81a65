/* epoll_wait and epoll_pwait. A signal mask is not applied, as in poll.c. */
#include <errno.h>
#include <sys/epoll.h>
#include "posix.h"

static int epoll_parked(int epoll, struct epoll_event *events, int most, uint64_t due) {
  for (;;) {
    int count = green__real()->epoll_wait(epoll, events, most, 0);
    if (count < 0) return -errno;
    if (count > 0 || due == 0) return count;
    struct pollfd one = {.fd = epoll, .events = POLLIN};
    int rc = green__libc_waits ? green__libc_wait(&one, 1, due, false)
                               : green__fd_wait(epoll, POLLIN, due, false);
    if (rc < 0) return rc;
    if (rc == 0) due = 0;
  }
}

INTERPOSE(int, epoll_wait, (int epoll, struct epoll_event *events, int most, int timeout)) {
  if (!green__posix_parks()) return green__real()->epoll_wait(epoll, events, most, timeout);
  return (int)green__libc_result(epoll_parked(epoll, events, most, green__due_of_poll(timeout)));
}

INTERPOSE(int, epoll_pwait,
          (int epoll, struct epoll_event *events, int most, int timeout, const sigset_t *mask)) {
  if (!green__posix_parks()) return green__real()->epoll_pwait(epoll, events, most, timeout, mask);
  return (int)green__libc_result(epoll_parked(epoll, events, most, green__due_of_poll(timeout)));
}

ANCHOR(epoll_wait);
