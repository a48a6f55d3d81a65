/* What the tests of descriptors share, natively: connections that are there at once. */
#include <sys/resource.h>
#include <unistd.h>
#include "fd_test.h"

struct fd_pair fd_unix_pair(void) {
  int fds[2];
  fd_must(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
  return (struct fd_pair){fds[0], fds[1]};
}

struct fd_pair fd_tcp_pair(void) {
  struct sockaddr_storage address;
  socklen_t size;
  int listener = fd_listen(&address, &size, 1), a = fd_socket();
  fd_must(connect(a, (struct sockaddr *)&address, size) == 0);
  int b = accept(listener, NULL, NULL);
  fd_must(b >= 0);
  close(listener);
  return (struct fd_pair){a, b};
}

size_t fd_fill(int fd) {
  return fd_fill_once(fd);
}

bool fd_allow(size_t count) {
  struct rlimit limit;
  fd_must(getrlimit(RLIMIT_NOFILE, &limit) == 0);
  if (limit.rlim_cur >= count) return true;
  limit.rlim_cur = count;
  if (limit.rlim_max < count) limit.rlim_max = count;
  return setrlimit(RLIMIT_NOFILE, &limit) == 0;
}
