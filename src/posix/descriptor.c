/* Reading, writing and connecting: libc's names in front of the calls of src/fd. */
#include <errno.h>
#include <greenio/status.h>
#include "posix.h"

static struct green__call on(int fd) {
  return (struct green__call){.fd = fd, .libc = true};
}

/* Passes the call on if it is not to park, and otherwise makes it in our way. */
#define CALL(fd_, passed, made)                                                                    \
  if (!green__posix_parks()) return green__real()->passed;                                         \
  struct green__call call = on(fd_);                                                               \
  return green__libc_result(made)

/* ---- reading ---- */

INTERPOSE(ssize_t, read, (int fd, void *buffer, size_t size)) {
  CALL(fd, libc.read(fd, buffer, size), green__call_read(&call, buffer, size));
}

INTERPOSE(ssize_t, readv, (int fd, const struct iovec *parts, int count)) {
  CALL(fd, libc.readv(fd, parts, count), green__call_readv(&call, parts, count));
}

INTERPOSE(ssize_t, recv, (int fd, void *buffer, size_t size, int flags)) {
  CALL(fd, libc.recv(fd, buffer, size, flags),
       green__call_recvfrom(&call, buffer, size, flags, NULL, NULL));
}

INTERPOSE(ssize_t, recvfrom,
          (int fd, void *buffer, size_t size, int flags, struct sockaddr *address,
           socklen_t *address_size)) {
  CALL(fd, libc.recvfrom(fd, buffer, size, flags, address, address_size),
       green__call_recvfrom(&call, buffer, size, flags, address, address_size));
}

INTERPOSE(ssize_t, recvmsg, (int fd, struct msghdr *message, int flags)) {
  CALL(fd, libc.recvmsg(fd, message, flags), green__call_recvmsg(&call, message, flags));
}

/* ---- writing ---- */

INTERPOSE(ssize_t, write, (int fd, const void *buffer, size_t size)) {
  CALL(fd, libc.write(fd, buffer, size), green__call_write(&call, buffer, size));
}

INTERPOSE(ssize_t, writev, (int fd, const struct iovec *parts, int count)) {
  CALL(fd, libc.writev(fd, parts, count), green__call_writev(&call, parts, count));
}

INTERPOSE(ssize_t, send, (int fd, const void *buffer, size_t size, int flags)) {
  CALL(fd, libc.send(fd, buffer, size, flags),
       green__call_sendto(&call, buffer, size, flags, NULL, 0));
}

INTERPOSE(ssize_t, sendto,
          (int fd, const void *buffer, size_t size, int flags, const struct sockaddr *address,
           socklen_t address_size)) {
  CALL(fd, libc.sendto(fd, buffer, size, flags, address, address_size),
       green__call_sendto(&call, buffer, size, flags, address, address_size));
}

INTERPOSE(ssize_t, sendmsg, (int fd, const struct msghdr *message, int flags)) {
  CALL(fd, libc.sendmsg(fd, message, flags), green__call_sendmsg(&call, message, flags));
}

/* ---- connections ---- */

INTERPOSE(int, connect, (int fd, const struct sockaddr *address, socklen_t size)) {
  CALL(fd, libc.connect(fd, address, size), (int)green__call_connect(&call, address, size));
}

INTERPOSE(int, accept, (int fd, struct sockaddr *address, socklen_t *size)) {
  CALL(fd, accept(fd, address, size), (int)green__call_accept(&call, address, size, 0));
}

INTERPOSE(int, accept4, (int fd, struct sockaddr *address, socklen_t *size, int flags)) {
  CALL(fd, libc.accept4(fd, address, size, flags),
       (int)green__call_accept(&call, address, size, flags));
}

/* On any stack: tasks may be waiting on it. */
INTERPOSE(int, close, (int fd)) {
  green__fd_forget(fd);
  return green__real()->libc.close(fd);
}

/* What was open under the number is closed, if the call succeeds. */
static int replaced(int fd, int result) {
  int error = errno;
  if (result >= 0) green__fd_forget(fd);
  errno = error;
  return result;
}

INTERPOSE(int, dup2, (int fd, int number)) {
  int result = green__real()->dup2(fd, number);
  return fd == number ? result : replaced(number, result);
}

INTERPOSE(int, dup3, (int fd, int number, int flags)) {
  return replaced(number, green__real()->dup3(fd, number, flags));
}

ANCHOR(read);
