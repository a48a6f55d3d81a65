/* native.echo's floor: the same server on bare epoll, with the least that a request can cost: one
 * recv, one send, and its share of an epoll_wait. No target, but what the others are to be seen
 * beside: whatever a runtime does comes on top of it. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <unistd.h>

static void watch(int poll, int fd) {
  struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.fd = fd};
  epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event);
}

static void accept_all(int poll, int listener) {
  int fd, on = 1;
  while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    watch(poll, fd);
  }
}

/* Edge-triggered and read once: the client sends the next message after the answer. */
static void answer(int fd) {
  static char data[16384];
  ssize_t count = recv(fd, data, sizeof data, 0);
  if (count <= 0 || send(fd, data, (size_t)count, MSG_NOSIGNAL) != count) close(fd);
}

int main(void) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof address;
  int poll = epoll_create1(0), listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  if (bind(listener, (struct sockaddr *)&address, size) < 0 || listen(listener, 511) < 0) return 1;
  getsockname(listener, (struct sockaddr *)&address, &size);
  printf("%d\n", ntohs(address.sin_port));
  fflush(stdout);
  watch(poll, listener);
  for (;;) {
    struct epoll_event events[128];
    int count = epoll_wait(poll, events, 128, -1);
    for (int i = 0; i < count; i++) {
      if (events[i].data.fd == listener)
        accept_all(poll, listener);
      else
        answer(events[i].data.fd);
    }
  }
}
