/* What the tests of descriptors share, in Node: connections that take turns of the event loop, so
 * that they are made in tasks alone. Nothing is allocated on the way. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>
#include "fd_test.h"

static void until(int fd, short events) {
  struct pollfd one = {.fd = fd, .events = events};
  while (poll(&one, 1, 0) == 0) green_yield();
}

/* The first end has the lowest number that is free. */
struct fd_pair fd_tcp_pair(void) {
  struct sockaddr_storage address;
  socklen_t size;
  int a = fd_socket(), listener = fd_listen(&address, &size, 1);
  fd_must(fcntl(a, F_SETFL, O_NONBLOCK) == 0); /* with greenio_posix it would wait */
  fd_must(connect(a, (struct sockaddr *)&address, size) == 0 || errno == EINPROGRESS);
  until(listener, POLLIN);
  int b = accept(listener, NULL, NULL);
  fd_must(b >= 0);
  until(a, POLLOUT);
  fd_must(fcntl(a, F_SETFL, 0) == 0);
  close(listener);
  return (struct fd_pair){a, b};
}

/* Node reads ahead at the other end, up to a limit: full is what takes nothing more though the
 * event loop has gone on for a while. */
size_t fd_fill(int fd) {
  size_t total = 0;
  for (int full = 0; full < 20; full++) {
    size_t more = fd_fill_once(fd);
    total += more;
    if (more) full = 0;
    uint64_t now = green_now();
    while (green_now() - now < 1000000) green_yield();
  }
  return total;
}
