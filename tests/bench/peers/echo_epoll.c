/* native.echo's floor: the least that a request can cost is one recv, one send, and its share of an
 * epoll_wait. No target, but what the others are to be seen beside: whatever a runtime does comes on top of it. */
#include <stddef.h>
#include <sys/socket.h>
#include <unistd.h>
#include "epoll.h"

static void echo(int fd) {
  static char data[16384];
  ssize_t count = recv(fd, data, sizeof data, 0);
  if (count <= 0 || send(fd, data, (size_t)count, MSG_NOSIGNAL) != count) close(fd);
}

int main(void) {
  return epoll_serve(echo, NULL);
}
