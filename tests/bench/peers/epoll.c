#define _GNU_SOURCE
#include "epoll.h"
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <unistd.h>

/* Edge-triggered. */
static void watch(int poll, int fd, uint32_t events) {
  struct epoll_event event = {.events = events | EPOLLET, .data.fd = fd};
  epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event);
}

static void accept_all(int poll, int listener, uint32_t events) {
  int fd, on = 1;
  while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    watch(poll, fd, events);
  }
}

int epoll_serve(void (*answer)(int fd), void (*room)(int fd)) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof address;
  int poll = epoll_create1(0), listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  if (bind(listener, (struct sockaddr *)&address, size) < 0 || listen(listener, 511) < 0) return 1;
  getsockname(listener, (struct sockaddr *)&address, &size);
  printf("%d\n", ntohs(address.sin_port));
  fflush(stdout);
  watch(poll, listener, EPOLLIN);
  for (;;) {
    struct epoll_event events[128];
    int count = epoll_wait(poll, events, 128, -1);
    for (int i = 0; i < count; i++) {
      int fd = events[i].data.fd;
      if (fd == listener) {
        accept_all(poll, listener, room ? EPOLLIN | EPOLLOUT : EPOLLIN);
        continue;
      }
      if (room && events[i].events & EPOLLOUT) room(fd);
      if (events[i].events & ~(uint32_t)EPOLLOUT) answer(fd);
    }
  }
}
