/* Descriptors in WebAssembly: a module has none that could become ready. See fd.h. */
#include <greenio/fd.h>
#include <greenio/status.h>
#include <unistd.h>
#include "core/task.h"

static int refuse(void) {
  return green__self() ? GREEN_ENOTSUP : GREEN_EMAIN;
}

int green_wait_fd(int fd, int events) {
  (void)fd, (void)events;
  return refuse();
}

ssize_t green_read(int fd, void *buffer, size_t size) {
  (void)fd, (void)buffer, (void)size;
  return refuse();
}

ssize_t green_readv(int fd, const struct iovec *parts, int count) {
  (void)fd, (void)parts, (void)count;
  return refuse();
}

ssize_t green_recv(int fd, void *buffer, size_t size, int flags) {
  (void)fd, (void)buffer, (void)size, (void)flags;
  return refuse();
}

ssize_t green_recvfrom(int fd, void *buffer, size_t size, int flags, struct sockaddr *address,
                       socklen_t *address_size) {
  (void)fd, (void)buffer, (void)size, (void)flags, (void)address, (void)address_size;
  return refuse();
}

ssize_t green_write(int fd, const void *buffer, size_t size) {
  (void)fd, (void)buffer, (void)size;
  return refuse();
}

ssize_t green_writev(int fd, const struct iovec *parts, int count) {
  (void)fd, (void)parts, (void)count;
  return refuse();
}

ssize_t green_sendto(int fd, const void *buffer, size_t size, int flags,
                     const struct sockaddr *address, socklen_t address_size) {
  (void)fd, (void)buffer, (void)size, (void)flags, (void)address, (void)address_size;
  return refuse();
}

int green_accept(int fd, struct sockaddr *address, socklen_t *size) {
  (void)fd, (void)address, (void)size;
  return refuse();
}

int green_connect(int fd, const struct sockaddr *address, socklen_t size) {
  (void)fd, (void)address, (void)size;
  return refuse();
}

int green_poll(struct pollfd *fds, nfds_t count, int timeout) {
  (void)fds, (void)count, (void)timeout;
  return refuse();
}

int green_close(int fd) {
  return close(fd) < 0 ? GREEN_EBADF : 0;
}
