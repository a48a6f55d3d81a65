/* native.echo: the server on the waiting twins of the POSIX calls, a task a connection. Prints its
 * port and serves until it is killed. */
#include <arpa/inet.h>
#include <greenio/fd.h>
#include <greenio/greenio.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>

static int serve(void *arg) {
  int fd = (int)(intptr_t)arg;
  char data[16384];
  ssize_t count;
  while ((count = green_read(fd, data, sizeof data)) > 0)
    if (green_write(fd, data, (size_t)count) < 0) break;
  green_close(fd);
  return 0;
}

static int app(void *arg) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof address;
  int listener = socket(AF_INET, SOCK_STREAM, 0), on = 1, fd;
  (void)arg;
  if (bind(listener, (struct sockaddr *)&address, size) < 0 || listen(listener, 511) < 0) return -1;
  getsockname(listener, (struct sockaddr *)&address, &size);
  printf("%d\n", ntohs(address.sin_port));
  fflush(stdout);
  while ((fd = green_accept(listener, NULL, NULL)) >= 0) {
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    green_future_release(green_spawn(serve, (void *)(intptr_t)fd));
  }
  return fd;
}

int main(void) {
  return green_run(app, NULL) < 0;
}
