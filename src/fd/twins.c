/* green_wait_fd() and the twins: the tries of call.c with greenio's statuses. */
#include <errno.h>
#include <greenio/fd.h>
#include <greenio/status.h>
#include "core/wait.h"
#include "fd.h"

static int status(int result) {
  if (result >= 0) return result;
  if (result == GREEN_ECLOSED) return GREEN_ECANCELED; /* closed while waiting */
  if (result <= GREEN_EMAIN) return result;
  return green_status_from_errno(-result);
}

/* A failure's message names the call and the descriptor. That it would have to wait is none, nor
 * what happens outside a task. */
static int call_told(const char *call, int fd, int rc) {
  if (rc == GREEN_EAGAIN) return rc;
  return green_fail(rc, "%s: descriptor %d: %s", call, fd, green_strerror(rc));
}

static __attribute__((noinline)) int failed(const char *call, int fd, int result) {
  if (result == GREEN_ECLOSED)
    return green_fail(GREEN_ECANCELED, "%s: descriptor %d was closed", call, fd);
  return call_told(call, fd, status(result));
}

static inline ssize_t outcome(const char *call, int fd, ssize_t result) {
  return result >= 0 ? result : failed(call, fd, (int)result);
}

/* Whether the caller may wait on descriptors at all, and now: 0, or a status. */
static int may_call(void) {
  if (!green__running()) return GREEN_EMAIN;
  int rc = green__fd_supported();
  return rc < 0 ? rc : green__call_turn();
}

#define TWIN(type, fd_, call_)                                                                     \
  int refused = may_call();                                                                        \
  if (refused < 0) return call_told(__func__, fd_, refused);                                       \
  struct green__call call = {.fd = fd_};                                                           \
  return (type)outcome(__func__, fd_, call_)

int green_wait_fd(int fd, int events) {
  const int known = POLLIN | POLLOUT | POLLPRI | POLLRDHUP;
  int rc = may_call();
  if (rc < 0) return call_told(__func__, fd, rc);
  if (!events || (events & ~known)) return failed(__func__, fd, -EINVAL);
  if (fd < 0) return failed(__func__, fd, -EBADF);
  struct pollfd one = {.fd = fd, .events = (short)events};
  if (green__libc.poll(&one, 1, 0) < 0) return failed(__func__, fd, -errno);
  if (one.revents & POLLNVAL) return failed(__func__, fd, -EBADF);
  if (one.revents) return one.revents;
  return (int)outcome(__func__, fd, green__fd_wait(fd, events, UINT64_MAX, false));
}

ssize_t green_read(int fd, void *buffer, size_t size) {
  TWIN(ssize_t, fd, green__call_read(&call, buffer, size));
}

ssize_t green_readv(int fd, const struct iovec *parts, int count) {
  TWIN(ssize_t, fd, green__call_readv(&call, parts, count));
}

ssize_t green_recv(int fd, void *buffer, size_t size, int flags) {
  return green_recvfrom(fd, buffer, size, flags, NULL, NULL);
}

ssize_t green_recvfrom(int fd, void *buffer, size_t size, int flags, struct sockaddr *address,
                       socklen_t *address_size) {
  TWIN(ssize_t, fd, green__call_recvfrom(&call, buffer, size, flags, address, address_size));
}

ssize_t green_recvmsg(int fd, struct msghdr *message, int flags) {
  TWIN(ssize_t, fd, green__call_recvmsg(&call, message, flags));
}

ssize_t green_write(int fd, const void *buffer, size_t size) {
  TWIN(ssize_t, fd, green__call_write(&call, buffer, size));
}

ssize_t green_writev(int fd, const struct iovec *parts, int count) {
  TWIN(ssize_t, fd, green__call_writev(&call, parts, count));
}

ssize_t green_send(int fd, const void *buffer, size_t size, int flags) {
  TWIN(ssize_t, fd, green__call_sendto(&call, buffer, size, flags, NULL, 0));
}

ssize_t green_sendto(int fd, const void *buffer, size_t size, int flags,
                     const struct sockaddr *address, socklen_t address_size) {
  TWIN(ssize_t, fd, green__call_sendto(&call, buffer, size, flags, address, address_size));
}

ssize_t green_sendmsg(int fd, const struct msghdr *message, int flags) {
  TWIN(ssize_t, fd, green__call_sendmsg(&call, message, flags));
}

int green_accept(int fd, struct sockaddr *address, socklen_t *size) {
  TWIN(int, fd, green__call_accept(&call, address, size, SOCK_CLOEXEC));
}

int green_connect(int fd, const struct sockaddr *address, socklen_t size) {
  TWIN(int, fd, green__call_connect(&call, address, size));
}

int green_poll(struct pollfd *fds, nfds_t count, int timeout) {
  int rc = may_call();
  if (rc == 0) rc = status(green__call_poll(fds, count, green__due_of_poll(timeout), false));
  return rc < 0 ? green_fail(rc, "green_poll: %s", green_strerror(rc)) : rc;
}

int green_close(int fd) {
  return (int)outcome(__func__, fd, green__call_close(fd));
}
