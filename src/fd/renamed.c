/* The C library's functions as <greenio/fd_names.h> gives them to code that is compiled with it: in
 * a task they are the calls of call.c in the C library's own way; outside tasks, and on a host
 * without descriptors to wait on, they are the C library's.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "renamed.h"

#include <errno.h>
#include <time.h>
#include <unistd.h>
#include <greenio/status.h>
#include <greenio/task.h>
#include "core/wait.h"

static bool parks(void) {
  return green__running() && green__fd_supported() == 0;
}

/* Passes the call on if it is not to park, and otherwise makes it in our way. */
#define CALL(fd_, passed, made)                                                                    \
  if (!parks()) return passed;                                                                     \
  struct green__call call = {.fd = fd_, .libc = true};                                             \
  return green__libc_result(made)

/* The same of what a host without descriptors would leave half done. */
#define CALL_OR_NOT(fd_, passed, made)                                                             \
  if (green__running() && green__fd_supported() < 0) return (int)green__libc_result(-ENOTSUP);     \
  CALL(fd_, passed, made)

/* ---- reading and writing ---- */

RENAMED(ssize_t, read, (int fd, void *buffer, size_t size)) {
  CALL(fd, read(fd, buffer, size), green__call_read(&call, buffer, size));
}

RENAMED(ssize_t, readv, (int fd, const struct iovec *parts, int count)) {
  CALL(fd, readv(fd, parts, count), green__call_readv(&call, parts, count));
}

RENAMED(ssize_t, recv, (int fd, void *buffer, size_t size, int flags)) {
  CALL(fd, recv(fd, buffer, size, flags),
       green__call_recvfrom(&call, buffer, size, flags, NULL, NULL));
}

RENAMED(ssize_t, recvfrom,
        (int fd, void *buffer, size_t size, int flags, struct sockaddr *address,
         socklen_t *address_size)) {
  CALL(fd, recvfrom(fd, buffer, size, flags, address, address_size),
       green__call_recvfrom(&call, buffer, size, flags, address, address_size));
}

RENAMED(ssize_t, recvmsg, (int fd, struct msghdr *message, int flags)) {
  CALL(fd, recvmsg(fd, message, flags), green__call_recvmsg(&call, message, flags));
}

RENAMED(ssize_t, write, (int fd, const void *buffer, size_t size)) {
  CALL(fd, write(fd, buffer, size), green__call_write(&call, buffer, size));
}

RENAMED(ssize_t, writev, (int fd, const struct iovec *parts, int count)) {
  CALL(fd, writev(fd, parts, count), green__call_writev(&call, parts, count));
}

RENAMED(ssize_t, send, (int fd, const void *buffer, size_t size, int flags)) {
  CALL(fd, send(fd, buffer, size, flags), green__call_sendto(&call, buffer, size, flags, NULL, 0));
}

RENAMED(ssize_t, sendto,
        (int fd, const void *buffer, size_t size, int flags, const struct sockaddr *address,
         socklen_t address_size)) {
  CALL(fd, sendto(fd, buffer, size, flags, address, address_size),
       green__call_sendto(&call, buffer, size, flags, address, address_size));
}

RENAMED(ssize_t, sendmsg, (int fd, const struct msghdr *message, int flags)) {
  CALL(fd, sendmsg(fd, message, flags), green__call_sendmsg(&call, message, flags));
}

/* ---- connections ---- */

RENAMED(int, connect, (int fd, const struct sockaddr *address, socklen_t size)) {
  CALL_OR_NOT(fd, connect(fd, address, size), (int)green__call_connect(&call, address, size));
}

RENAMED(int, accept4, (int fd, struct sockaddr *address, socklen_t *size, int flags)) {
  CALL_OR_NOT(fd, accept4(fd, address, size, flags),
              (int)green__call_accept(&call, address, size, flags));
}

RENAMED(int, accept, (int fd, struct sockaddr *address, socklen_t *size)) {
  CALL_OR_NOT(fd, accept(fd, address, size), (int)green__call_accept(&call, address, size, 0));
}

/* On any stack: tasks may be waiting on it. */
RENAMED(int, close, (int fd)) {
  return (int)green__libc_result(green__call_close(fd));
}

/* What was open under the number is closed, if the call succeeds. */
RENAMED(int, dup2, (int fd, int number)) {
  int result = dup2(fd, number), error = errno;
  if (result >= 0 && fd != number) green__fd_forget(number);
  errno = error;
  return result;
}

/* ---- several at once ---- */

RENAMED(int, poll, (struct pollfd * fds, nfds_t count, int timeout)) {
  if (!parks()) return poll(fds, count, timeout);
  return (int)green__libc_result(green__call_poll(fds, count, green__due_of_poll(timeout), true));
}

RENAMED(int, select,
        (int size, fd_set *read, fd_set *write, fd_set *except, struct timeval *timeout)) {
  if (!parks() || !green__may_select(size, timeout))
    return select(size, read, write, except, timeout);
  return green__libc_select(&(struct green__sets){size, read, write, except}, timeout);
}

/* ---- time ---- */

RENAMED(int, nanosleep, (const struct timespec *time, struct timespec *rest)) {
  if (!green__running() || !green__is_time(time)) return nanosleep(time, rest);
  return (int)green__libc_result(green__call_nanosleep(time, rest));
}

RENAMED(int, usleep, (useconds_t duration)) {
  if (!green__running()) return usleep(duration);
  return green__libc_usleep(duration);
}

RENAMED(unsigned, sleep, (unsigned seconds)) {
  if (!green__running()) return sleep(seconds);
  return green__libc_sleep(seconds);
}
