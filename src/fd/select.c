/* select(2) as poll(2) with its sets, parked. */
#include <errno.h>
#include <stdlib.h>
#include <greenio/task.h>
#include "fd.h"

static bool has(int fd, const fd_set *set) {
  return set && FD_ISSET(fd, set);
}

static short wanted(const struct green__sets *sets, int fd) {
  return (short)((has(fd, sets->read) ? POLLIN : 0) | (has(fd, sets->write) ? POLLOUT : 0) |
                 (has(fd, sets->except) ? POLLPRI : 0));
}

/* The sets as poll's array, which the caller frees; NULL: out of memory. */
static struct pollfd *to_poll(const struct green__sets *sets, nfds_t *count) {
  *count = 0;
  for (int fd = 0; fd < sets->size; fd++) *count += wanted(sets, fd) != 0;
  struct pollfd *fds = malloc((*count + 1) * sizeof *fds);
  nfds_t next = 0;
  for (int fd = 0; fds && fd < sets->size; fd++)
    if (wanted(sets, fd)) fds[next++] = (struct pollfd){fd, wanted(sets, fd), 0};
  return fds;
}

static int bit_keep(fd_set *set, const struct pollfd *one, int events, int asked) {
  if (!set || !(one->events & asked)) return 0;
  if (one->revents & events) return 1;
  FD_CLR(one->fd, set);
  return 0;
}

/* Leaves in the sets what is ready; how many bits. */
static int from_poll(const struct green__sets *sets, const struct pollfd *fds, nfds_t count) {
  int bits = 0;
  for (nfds_t i = 0; i < count; i++) {
    bits += bit_keep(sets->read, &fds[i], POLLIN | POLLHUP | POLLERR, POLLIN);
    bits += bit_keep(sets->write, &fds[i], POLLOUT | POLLERR, POLLOUT);
    bits += bit_keep(sets->except, &fds[i], POLLPRI, POLLPRI);
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
    int ready = green__call_poll(fds, count, due, true);
    if (ready <= 0) return ready;
    for (nfds_t i = 0; i < count; i++) {
      if (fds[i].revents & POLLNVAL) return -EBADF;
      if (counts(&fds[i])) return ready;
    }
    if (due <= green_now()) {
      for (nfds_t i = 0; i < count; i++) fds[i].revents = 0;
      return 0;
    }
    int rc = green__fd_errno(green_sleep(1));
    if (rc < 0) return rc;
  }
}

int green__call_select(const struct green__sets *sets, uint64_t due) {
  nfds_t count;
  struct pollfd *fds = to_poll(sets, &count);
  if (!fds) return -ENOMEM;
  int rc = poll_for_select(fds, count, due);
  if (rc >= 0) rc = from_poll(sets, fds, count);
  free(fds);
  return rc;
}
