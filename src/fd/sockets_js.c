/* The C library's calls for the twins, in WebAssembly: Emscripten's own behind them, which are
 * imported under names of ours, so that they are linked with -sNODERAWSOCKETS alone; and where
 * Emscripten's raw sockets differ from what sockets do, what sockets do. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>
#include "fd/fd.h"
#include "fd/fd_js.h"

#define PARTS_AT_ONCE 16
#define MOST_AT_ONCE  65536 /* of a vector, which Emscripten copies whole */

static ssize_t errno_result(ssize_t rc) {
  if (rc >= 0) return rc;
  errno = (int)-rc;
  return -1;
}

/* A socket's call on what is none says EBADF. */
static ssize_t socket_result(int fd, ssize_t rc) {
  return errno_result(rc == -EBADF && green__js_fd_is_open(fd) ? -ENOTSOCK : rc);
}

static int option(int fd, int name) {
  int value = 0;
  socklen_t size = sizeof value;
  return green__js_getsockopt(fd, SOL_SOCKET, name, &value, &size, 0) < 0 ? 0 : value;
}

/* A negative descriptor is none, and is called bad; a TCP socket that is not in use has hung up. It
 * never waits. */
static int raw_poll(struct pollfd *fds, nfds_t count, int timeout) {
  (void)timeout;
  int ready = green__js_poll(fds, (int)count);
  for (struct pollfd *one = fds; one < fds + count; one++) {
    int before = one->revents;
    if (one->fd < 0) one->revents = 0;
    if (!one->revents && green__js_fd_is_idle(one->fd))
      one->revents = (short)(POLLHUP | (one->events & POLLOUT));
    ready += !!one->revents - !!before;
  }
  return (int)errno_result(ready);
}

static int events_now(int fd, int events) {
  struct pollfd one = {.fd = fd, .events = (short)events};
  return raw_poll(&one, 1, 0) > 0 ? one.revents : 0;
}

/* Emscripten passes over all other flags, and would call it success. */
#define RECEIVES (MSG_DONTWAIT | MSG_PEEK | MSG_WAITALL | MSG_NOSIGNAL | MSG_CMSG_CLOEXEC)
#define SENDS    (MSG_DONTWAIT | MSG_NOSIGNAL | MSG_MORE)

static bool are_known(int flags, int known) {
  if (!(flags & ~known)) return true;
  errno = EOPNOTSUPP;
  return false;
}

/* ---- reading ---- */

/* A reset reads as an end. */
static ssize_t received(int fd, ssize_t rc, size_t size) {
  if (rc == 0 && size && option(fd, SO_TYPE) == SOCK_STREAM) rc = -option(fd, SO_ERROR);
  return socket_result(fd, rc);
}

static ssize_t raw_recvfrom(int fd, void *buffer, size_t size, int flags, struct sockaddr *address,
                            socklen_t *address_size) {
  if (!are_known(flags, RECEIVES)) return -1;
  return received(fd, green__js_recvfrom(fd, buffer, size, flags, address, address_size), size);
}

static ssize_t raw_recv(int fd, void *buffer, size_t size, int flags) {
  return raw_recvfrom(fd, buffer, size, flags, NULL, NULL);
}

static ssize_t raw_recvmsg(int fd, struct msghdr *message, int flags) {
  if (!are_known(flags, RECEIVES)) return -1;
  size_t size = 0;
  for (int i = 0; i < (int)message->msg_iovlen; i++) size += message->msg_iov[i].iov_len;
  message->msg_controllen = 0; /* Emscripten leaves both as they were */
  message->msg_flags = 0;
  return received(fd, green__js_recvmsg(fd, message, flags, 0, 0, 0), size);
}

/* An empty pipe says EAGAIN even when nobody can write to it any more. */
static ssize_t raw_readv(int fd, const struct iovec *parts, int count) {
  size_t got = 0;
  int error = green__js_readv(fd, parts, count, &got);
  if (error == EAGAIN && (events_now(fd, POLLIN) & POLLHUP)) return 0;
  return errno_result(error ? -error : (ssize_t)got);
}

static ssize_t raw_read(int fd, void *buffer, size_t size) {
  struct iovec part = {buffer, size};
  return raw_readv(fd, &part, 1);
}

/* ---- writing ---- */

/* Without O_NONBLOCK any number of bytes is taken into memory. */
static int socket_unblock(int fd, int flags) {
  int before = flags & MSG_DONTWAIT ? fcntl(fd, F_GETFL) : -1;
  if (before >= 0) fcntl(fd, F_SETFL, before | O_NONBLOCK);
  return before;
}

static ssize_t sent(int fd, ssize_t rc, int before) {
  if (before >= 0) fcntl(fd, F_SETFL, before);
  /* a stream that is not connected any more, or never was */
  if (rc == -ENOTCONN && (rc = -option(fd, SO_ERROR)) == 0) rc = -EPIPE;
  return socket_result(fd, rc);
}

static ssize_t raw_sendto(int fd, const void *buffer, size_t size, int flags,
                          const struct sockaddr *address, socklen_t address_size) {
  if (!are_known(flags, SENDS)) return -1;
  int before = socket_unblock(fd, flags);
  return sent(fd, green__js_sendto(fd, buffer, size, flags, address, address_size), before);
}

static ssize_t raw_send(int fd, const void *buffer, size_t size, int flags) {
  return raw_sendto(fd, buffer, size, flags, NULL, 0);
}

/* The first parts, as many as are worth copying. */
static int first_parts(struct iovec *out, const struct msghdr *message) {
  size_t left = MOST_AT_ONCE;
  int made = 0;
  for (int i = 0; i < (int)message->msg_iovlen && made < PARTS_AT_ONCE && left; i++) {
    out[made] = message->msg_iov[i];
    if (out[made].iov_len > left) out[made].iov_len = left;
    left -= out[made++].iov_len;
  }
  return made;
}

static ssize_t raw_sendmsg(int fd, const struct msghdr *message, int flags) {
  struct iovec parts[PARTS_AT_ONCE];
  struct msghdr first = *message;
  if (!are_known(flags, SENDS)) return -1;
  if (message->msg_controllen) return errno_result(-EOPNOTSUPP); /* which Emscripten passes over */
  if (option(fd, SO_TYPE) == SOCK_STREAM) {
    first.msg_iov = parts;
    first.msg_iovlen = first_parts(parts, message);
  }
  int before = socket_unblock(fd, flags);
  return sent(fd, green__js_sendmsg(fd, &first, flags, 0, 0, 0), before);
}

/* What nobody will read is taken all the same. */
static ssize_t raw_writev(int fd, const struct iovec *parts, int count) {
  if (events_now(fd, POLLOUT) & POLLERR) return errno_result(-EPIPE);
  return writev(fd, parts, count);
}

static ssize_t raw_write(int fd, const void *buffer, size_t size) {
  struct iovec part = {(void *)buffer, size};
  return raw_writev(fd, &part, 1);
}

/* ---- connections ---- */

/* It is said to be there while it is still being made. */
static int raw_connect(int fd, const struct sockaddr *address, socklen_t size) {
  int rc = green__js_connect(fd, address, size, 0, 0, 0);
  if (rc == 0 && !events_now(fd, POLLOUT)) rc = -EINPROGRESS;
  return (int)socket_result(fd, rc);
}

/* The new socket has all flags of the one that listens. */
static int raw_accept4(int fd, struct sockaddr *address, socklen_t *size, int flags) {
  int taken = green__js_accept4(fd, address, size, flags, 0, 0);
  if (taken < 0) return (int)socket_result(fd, taken);
  int before = fcntl(taken, F_GETFL) & ~O_NONBLOCK;
  fcntl(taken, F_SETFL, flags & SOCK_NONBLOCK ? before | O_NONBLOCK : before);
  return taken;
}

static int raw_getsockopt(int fd, int level, int name, void *value, socklen_t *size) {
  if (green__fd_is_timeout(level, name))
    return (int)errno_result(green__fd_get_timeout(fd, name, value, size));
  return (int)socket_result(fd, green__js_getsockopt(fd, level, name, value, size, 0));
}

/* What was written is still delivered, and who was not accepted is told. */
static int raw_close(int fd) {
  green__js_fd_closing(fd);
  return close(fd);
}

struct green__libc green__libc = {
    .read = raw_read,
    .readv = raw_readv,
    .recv = raw_recv,
    .recvfrom = raw_recvfrom,
    .recvmsg = raw_recvmsg,
    .write = raw_write,
    .writev = raw_writev,
    .send = raw_send,
    .sendto = raw_sendto,
    .sendmsg = raw_sendmsg,
    .connect = raw_connect,
    .accept4 = raw_accept4,
    .getsockopt = raw_getsockopt,
    .poll = raw_poll,
    .close = raw_close,
};
