#include "fd_test.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static void must(bool condition) {
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

struct fd_pair fd_unix_pair(void) {
  int fds[2];
  must(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
  return (struct fd_pair){fds[0], fds[1]};
}

struct fd_pair fd_pipe(void) {
  int fds[2];
  must(pipe(fds) == 0);
  return (struct fd_pair){fds[0], fds[1]};
}

int fd_socket(void) {
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  must(fd >= 0);
  return fd;
}

int fd_listen(struct sockaddr_storage *address, socklen_t *size, int backlog) {
  struct sockaddr_in loopback = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int fd = fd_socket();
  must(bind(fd, (struct sockaddr *)&loopback, sizeof loopback) == 0);
  must(listen(fd, backlog) == 0);
  *size = sizeof *address;
  must(getsockname(fd, (struct sockaddr *)address, size) == 0);
  return fd;
}

struct fd_pair fd_tcp_pair(void) {
  struct sockaddr_storage address;
  socklen_t size;
  int listener = fd_listen(&address, &size, 1), a = fd_socket();
  must(connect(a, (struct sockaddr *)&address, size) == 0);
  int b = accept(listener, NULL, NULL);
  must(b >= 0);
  close(listener);
  return (struct fd_pair){a, b};
}

static int set_flags(int fd, int flags) {
  int before = fcntl(fd, F_GETFL);
  must(fcntl(fd, F_SETFL, flags) == 0);
  return before;
}

size_t fd_fill(int fd) {
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

bool fd_allow(size_t count) {
  struct rlimit limit;
  must(getrlimit(RLIMIT_NOFILE, &limit) == 0);
  if (limit.rlim_cur >= count) return true;
  limit.rlim_cur = count;
  if (limit.rlim_max < count) limit.rlim_max = count;
  return setrlimit(RLIMIT_NOFILE, &limit) == 0;
}
