#include "fd_test.h"

struct fd_pair fd_unix_pair(void) {
  int fds[2];
  fd_must(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
  return (struct fd_pair){fds[0], fds[1]};
}
