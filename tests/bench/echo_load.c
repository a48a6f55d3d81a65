/* The client of the echo benchmarks: 64 connections, each sending 1 KiB and waiting for it to come
 * back. It is on bare epoll, edge-triggered, and lets the kernel drop the answers once the first
 * ones were right, since it must cost less than the servers for them to be what is measured.
 * Usage: bench_echo_load PORT COUNT. Prints nanoseconds a request; before it measures it has made
 * another COUNT / 10 + 1. */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { CONNECTIONS = 64, SIZE = 1024 };

static size_t got[CONNECTIONS];
static int fds[CONNECTIONS];
static char message[SIZE], answer[SIZE];

static void die(const char *what) {
  perror(what);
  exit(1);
}

static void ask(int index) {
  got[index] = 0;
  if (send(fds[index], message, SIZE, 0) != SIZE) die("send");
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

/* Has `count` requests answered, all connections busy until the last. `flags` are recv's. */
static void run(int poll, long count, int flags) {
  long asked = 0, answered = 0;
  struct epoll_event events[CONNECTIONS];
  for (int i = 0; i < CONNECTIONS && asked < count; i++, asked++) ask(i);
  while (answered < count) {
    int ready = epoll_wait(poll, events, CONNECTIONS, -1);
    for (int i = 0; i < ready; i++) {
      int index = (int)events[i].data.u32;
      ssize_t size = recv(fds[index], answer, SIZE - got[index], flags);
      if (size <= 0) die("recv");
      got[index] += (size_t)size;
      if (got[index] < SIZE) continue;
      if (!flags && memcmp(answer, message, (size_t)size) != 0) die("another answer");
      answered++;
      if (asked < count) {
        asked++;
        ask(index);
      }
    }
  }
}

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  struct sockaddr_in address = {.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)atoi(argv[1])),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int poll = epoll_create1(0), on = 1;
  long count = atol(argv[2]);
  memset(message, 'm', SIZE);
  for (int i = 0; i < CONNECTIONS; i++) {
    fds[i] = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(fds[i], (struct sockaddr *)&address, sizeof address) < 0) die("connect");
    setsockopt(fds[i], IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.u32 = (uint32_t)i};
    epoll_ctl(poll, EPOLL_CTL_ADD, fds[i], &event);
  }
  run(poll, count / 10 + 1, 0);
  double start = now();
  run(poll, count, MSG_TRUNC);
  printf("%.1f\n", (now() - start) / (double)count);
  return 0;
}
