#include "fd_test.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void fd_must(bool condition) {
  if (condition) return;
  perror("a descriptor for the test");
  abort();
}

void fd_auto_close(int *fd) {
  if (*fd >= 0) green_close(*fd);
}

void fd_auto_pair(struct fd_pair *pair) {
  fd_auto_close(&pair->a);
  fd_auto_close(&pair->b);
}

struct fd_pair fd_pipe(void) {
  int fds[2];
  fd_must(pipe(fds) == 0);
  return (struct fd_pair){fds[0], fds[1]};
}

int fd_socket(void) {
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  fd_must(fd >= 0);
  return fd;
}

int fd_listen(struct sockaddr_storage *address, socklen_t *size, int backlog) {
  struct sockaddr_in loopback = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int fd = fd_socket();
  fd_must(bind(fd, (struct sockaddr *)&loopback, sizeof loopback) == 0);
  fd_must(listen(fd, backlog) == 0);
  *size = sizeof *address;
  fd_must(getsockname(fd, (struct sockaddr *)address, size) == 0);
  return fd;
}

static int set_flags(int fd, int flags) {
  int before = fcntl(fd, F_GETFL);
  fd_must(fcntl(fd, F_SETFL, flags) == 0);
  return before;
}

size_t fd_drain(int fd) {
  char buffer[16384];
  size_t total = 0;
  ssize_t count;
  int before = set_flags(fd, fcntl(fd, F_GETFL) | O_NONBLOCK);
  while ((count = read(fd, buffer, sizeof buffer)) > 0) total += (size_t)count;
  set_flags(fd, before);
  return total;
}

bool fd_blocks(int fd) {
  return !(fcntl(fd, F_GETFL) & O_NONBLOCK);
}

size_t fd_fill_once(int fd) {
  static const char zeros[4096];
  size_t total = 0;
  int before = set_flags(fd, fcntl(fd, F_GETFL) | O_NONBLOCK);
  for (size_t piece = sizeof zeros; piece; piece = piece > 1 ? 1 : 0) {
    ssize_t count;
    while ((count = write(fd, zeros, piece)) > 0) total += (size_t)count;
  }
  set_flags(fd, before);
  return total;
}

int fd_wait_readable(void *arg) {
  return green_wait_fd(*(int *)arg, POLLIN);
}

int fd_accept_one(void *arg) {
  struct fd_listener *listener = arg;
  struct sockaddr_storage peer;
  socklen_t size = sizeof peer;
  int fd = green_accept(listener->fd, (struct sockaddr *)&peer, &size);
  if (fd < 0) return fd;
  bool right = peer.ss_family == listener->address.ss_family && fd_blocks(fd);
  green_close(fd);
  return right ? 0 : GREEN_EPROTO;
}

int fd_connect_one(void *arg) {
  struct fd_listener *listener = arg;
  AUTO_FD int fd = socket(listener->address.ss_family, SOCK_STREAM, 0);
  int rc = green_connect(fd, (struct sockaddr *)&listener->address, listener->size);
  return rc < 0 ? rc : fd_blocks(fd) ? 0 : GREEN_EPROTO;
}
