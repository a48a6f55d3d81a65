/* epoll(7), the same on both hosts: registrations, what is told once, and tasks that park in epoll_wait(). */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include "posix_test.h"

static int add(int epoll, int fd, uint32_t events, uint64_t data) {
  struct epoll_event event = {.events = events, .data.u64 = data};
  return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

static int again(int epoll, int fd, uint32_t events, uint64_t data) {
  struct epoll_event event = {.events = events, .data.u64 = data};
  return epoll_ctl(epoll, EPOLL_CTL_MOD, fd, &event);
}

/* How many of at most two are ready now. */
static int look(int epoll, struct epoll_event events[2]) {
  memset(events, 0, 2 * sizeof *events);
  return epoll_wait(epoll, events, 2, 0);
}

static int call_epoll(void *arg) {
  struct scene *scene = arg;
  struct epoll_event event;
  AUTO_FD int epoll = epoll_create1(EPOLL_CLOEXEC);
  CHECK(add(epoll, scene->pair.a, EPOLLIN, 0) == 0);
  int rc = call_outcome(epoll_wait(epoll, &event, 1, -1));
  return rc == 1 ? call_read(arg) : rc;
}

static int call_epoll_pwait(void *arg) {
  struct scene *scene = arg;
  struct epoll_event event;
  AUTO_FD int epoll = epoll_create(1);
  CHECK(add(epoll, scene->pair.a, EPOLLIN | EPOLLET, 0) == 0);
  int rc = call_outcome(epoll_pwait(epoll, &event, 1, 60000, NULL));
  return rc == 1 ? call_read(arg) : rc;
}

PARKS(epoll)
PARKS(epoll_pwait)

TEST(epoll_tells_until_it_is_read) {
  const uint64_t data = UINT64_C(0xfedcba9876543210);
  struct epoll_event events[2];
  char buffer[10];
  AUTO_PAIR struct fd_pair pair = fd_unix_pair();
  AUTO_FD int epoll = epoll_create1(0);
  CHECK(add(epoll, pair.a, EPOLLIN, data) == 0);
  CHECK_NUMBER(look(epoll, events), 0);
  CHECK(write(pair.b, "abc", 3) == 3);
  for (int i = 0; i < 2; i++) {
    CHECK_NUMBER(look(epoll, events), 1);
    CHECK_NUMBER(events[0].events, EPOLLIN);
    CHECK(events[0].data.u64 == data);
  }
  CHECK(read(pair.a, buffer, sizeof buffer) == 3);
  CHECK_NUMBER(look(epoll, events), 0);
  CHECK(again(epoll, pair.a, EPOLLIN | EPOLLOUT, 7) == 0);
  CHECK_NUMBER(look(epoll, events), 1);
  CHECK_NUMBER(events[0].events, EPOLLOUT);
  CHECK_NUMBER(events[0].data.u64, 7);
  CHECK(epoll_ctl(epoll, EPOLL_CTL_DEL, pair.a, NULL) == 0);
  CHECK_NUMBER(look(epoll, events), 0);
  return 0;
}

TEST(epoll_tells_of_a_change_once) {
  struct epoll_event events[2];
  char buffer[10];
  AUTO_PAIR struct fd_pair pair = fd_unix_pair();
  AUTO_FD int epoll = epoll_create1(0);
  CHECK(write(pair.b, "a", 1) == 1);
  CHECK(add(epoll, pair.a, EPOLLIN | EPOLLET, 1) == 0);
  CHECK_NUMBER(look(epoll, events), 1); /* what was there when it was added */
  CHECK_NUMBER(look(epoll, events), 0);
  CHECK(write(pair.b, "b", 1) == 1); /* and what comes beside it */
  CHECK_NUMBER(look(epoll, events), 1);
  CHECK_NUMBER(look(epoll, events), 0);
  CHECK(read(pair.a, buffer, sizeof buffer) == 2);
  CHECK(write(pair.b, "c", 1) == 1); /* drained and filled between two looks */
  CHECK_NUMBER(look(epoll, events), 1);
  CHECK(again(epoll, pair.a, EPOLLIN | EPOLLET, 2) == 0);
  CHECK_NUMBER(look(epoll, events), 1);
  CHECK_NUMBER(events[0].data.u64, 2);
  return 0;
}

TEST(epoll_is_off_after_one_shot) {
  struct epoll_event events[2];
  AUTO_PAIR struct fd_pair pair = fd_unix_pair();
  AUTO_FD int epoll = epoll_create1(0);
  CHECK(add(epoll, pair.a, EPOLLIN | EPOLLONESHOT, 1) == 0);
  CHECK(write(pair.b, "a", 1) == 1);
  CHECK_NUMBER(look(epoll, events), 1);
  CHECK(write(pair.b, "b", 1) == 1);
  CHECK_NUMBER(look(epoll, events), 0);
  CHECK(again(epoll, pair.a, EPOLLIN | EPOLLONESHOT, 2) == 0);
  CHECK_NUMBER(look(epoll, events), 1);
  CHECK_NUMBER(events[0].data.u64, 2);
  return 0;
}

TEST(epoll_lets_each_take_its_turn) {
  struct epoll_event event;
  struct fd_pair pairs[3];
  unsigned seen = 0;
  AUTO_FD int epoll = epoll_create1(0);
  for (int i = 0; i < 3; i++) {
    pairs[i] = fd_unix_pair();
    CHECK(write(pairs[i].b, "a", 1) == 1);
    CHECK(add(epoll, pairs[i].a, EPOLLIN, (uint64_t)i) == 0);
  }
  for (int i = 0; i < 3; i++) {
    CHECK_NUMBER(epoll_wait(epoll, &event, 1, 0), 1);
    seen |= 1u << event.data.u64;
  }
  CHECK_NUMBER(seen, 7);
  for (int i = 0; i < 3; i++) fd_auto_pair(&pairs[i]);
  return 0;
}

TEST(epoll_tells_of_the_end) {
  struct epoll_event events[2];
  AUTO_PAIR struct fd_pair pair = fd_unix_pair();
  AUTO_FD int epoll = epoll_create1(0);
  CHECK(add(epoll, pair.a, EPOLLRDHUP, 0) == 0);
  CHECK_NUMBER(look(epoll, events), 0);
  close(pair.b);
  pair.b = -1;
  CHECK_NUMBER(look(epoll, events), 1);
  CHECK_NUMBER(events[0].events, EPOLLRDHUP | EPOLLHUP);
  return 0;
}

TEST(epoll_forgets_what_is_closed) {
  struct epoll_event events[2];
  AUTO_PAIR struct fd_pair first = fd_unix_pair();
  AUTO_FD int epoll = epoll_create1(0);
  CHECK(add(epoll, first.a, EPOLLIN, 1) == 0);
  CHECK(write(first.b, "a", 1) == 1);
  int number = first.a;
  close(number);
  first.a = -1;
  CHECK_NUMBER(look(epoll, events), 0);
  AUTO_PAIR struct fd_pair next = fd_unix_pair(); /* which has its number */
  CHECK_NUMBER(next.a, number);
  CHECK(write(next.b, "a", 1) == 1);
  CHECK_NUMBER(look(epoll, events), 0);
  CHECK(again(epoll, next.a, EPOLLIN, 2) < 0 && errno == ENOENT);
  CHECK(add(epoll, next.a, EPOLLIN, 3) == 0);
  CHECK_NUMBER(look(epoll, events), 1);
  CHECK_NUMBER(events[0].data.u64, 3);
  return 0;
}

TEST(an_epoll_is_polled) {
  struct epoll_event events[2];
  AUTO_PAIR struct fd_pair pair = fd_unix_pair();
  AUTO_FD int inner = epoll_create1(0);
  AUTO_FD int outer = epoll_create1(0);
  struct pollfd one = {.fd = outer, .events = POLLIN};
  CHECK(add(inner, pair.a, EPOLLIN, 1) == 0);
  CHECK(add(outer, inner, EPOLLIN, 2) == 0);
  CHECK(add(inner, outer, EPOLLIN, 3) < 0 && errno == ELOOP);
  CHECK_NUMBER(poll(&one, 1, 0), 0);
  CHECK(write(pair.b, "a", 1) == 1);
  CHECK_NUMBER(poll(&one, 1, 0), 1);
  CHECK_NUMBER(look(outer, events), 1);
  CHECK_NUMBER(events[0].data.u64, 2);
  return 0;
}

TEST(what_epoll_refuses) {
  struct epoll_event event;
  char path[] = "/tmp/greenio-posix-XXXXXX";
  AUTO_PAIR struct fd_pair pair = fd_unix_pair();
  AUTO_FD int epoll = epoll_create1(0);
  AUTO_FD int file = mkstemp(path);
  unlink(path);
  CHECK(add(epoll, pair.a, EPOLLIN, 0) == 0);
  CHECK(add(epoll, pair.a, EPOLLIN, 0) < 0 && errno == EEXIST);
  CHECK(again(epoll, pair.b, EPOLLIN, 0) < 0 && errno == ENOENT);
  CHECK(epoll_ctl(epoll, EPOLL_CTL_DEL, pair.b, NULL) < 0 && errno == ENOENT);
  CHECK(add(epoll, file, EPOLLIN, 0) < 0 && errno == EPERM);
  CHECK(add(epoll, epoll, EPOLLIN, 0) < 0 && errno == EINVAL);
  CHECK(add(epoll, 4000, EPOLLIN, 0) < 0 && errno == EBADF);
  CHECK(add(pair.a, pair.b, EPOLLIN, 0) < 0 && errno == EINVAL);
  CHECK(add(4000, pair.b, EPOLLIN, 0) < 0 && errno == EBADF);
  CHECK(epoll_ctl(epoll, 9, pair.a, &event) < 0 && errno == EINVAL);
  CHECK(epoll_wait(epoll, &event, 0, 0) < 0 && errno == EINVAL);
  CHECK(epoll_wait(pair.a, &event, 1, 0) < 0 && errno == EINVAL);
  CHECK(epoll_create(0) < 0 && errno == EINVAL);
  CHECK(epoll_create1(1) < 0 && errno == EINVAL);
  return 0;
}

TEST(epoll_waits_as_long_as_it_is_told) {
  struct epoll_event event;
  int turns = 0;
  AUTO_FD int epoll = epoll_create1(0);
  AUTO_JOIN green_future *other = green_spawn(count_turns, &turns);
  CHECK_STARTED(other);
  uint64_t before = green_now();
  CHECK_STATUS(call_outcome(epoll_wait(epoll, &event, 1, 5)), 0);
  CHECK(turns > 0 && green_now() - before >= 5000000);
  return 0;
}

static int wait_and_cancel(void *arg) {
  struct epoll_event event;
  CHECK(epoll_wait(*(int *)arg, &event, 1, -1) < 0);
  return call_outcome(-1);
}

TEST(a_cancel_ends_epoll_wait) {
  AUTO_FD int epoll = epoll_create1(0);
  AUTO_FUTURE green_future *task = green_spawn(wait_and_cancel, &epoll);
  CHECK_STARTED(task);
  CHECK_STATUS(green_sleep(1), 0);
  CHECK_STATUS(green_cancel(task), 0);
  CHECK_STATUS(green_wait(task), GREEN_ECANCELED);
  return 0;
}

/* A server as many are written: one task, all its connections by one epoll, edge-triggered. */
static int serve(void *arg) {
  struct fd_listener *listener = arg;
  struct epoll_event events[8];
  int served = 0;
  AUTO_FD int epoll = epoll_create1(0);
  CHECK(fcntl(listener->fd, F_SETFL, O_NONBLOCK) == 0);
  CHECK(add(epoll, listener->fd, EPOLLIN, (uint64_t)listener->fd) == 0);
  while (served < 3) {
    int count = epoll_wait(epoll, events, 8, -1);
    if (count < 0) return call_outcome(-1);
    for (int i = 0; i < count; i++) {
      int fd = (int)events[i].data.u64;
      char byte;
      if (fd == listener->fd) {
        if ((fd = accept(fd, NULL, NULL)) < 0) continue;
        CHECK(fcntl(fd, F_SETFL, O_NONBLOCK) == 0);
        CHECK(add(epoll, fd, EPOLLIN | EPOLLET | EPOLLRDHUP, (uint64_t)fd) == 0);
        continue;
      }
      while (read(fd, &byte, 1) == 1) CHECK(write(fd, &byte, 1) == 1);
      if (!(events[i].events & EPOLLRDHUP)) continue;
      close(fd);
      served++;
    }
  }
  return 0;
}

static int ask(void *arg) {
  const struct fd_listener *listener = arg;
  char buffer[4] = "";
  AUTO_FD int fd = fd_socket();
  if (connect(fd, (const struct sockaddr *)&listener->address, listener->size) < 0)
    return call_outcome(-1);
  for (int i = 0; i < 3; i++) {
    CHECK(write(fd, "abc", 3) == 3);
    size_t got = 0;
    while (got < 3) {
      ssize_t count = read(fd, buffer + got, 3 - got);
      if (count <= 0) return call_outcome(-1);
      got += (size_t)count;
    }
    CHECK(memcmp(buffer, "abc", 3) == 0);
  }
  return 0;
}

TEST(a_server_by_epoll) {
  if (test_scale(0, 1)) SKIP("its clients would wait for ever for a server that has no memory");
  struct fd_listener listener;
  green_future *clients[3];
  listener.fd = fd_listen(&listener.address, &listener.size, 8);
  AUTO_JOIN green_future *server = green_spawn(serve, &listener);
  for (int i = 0; i < 3; i++) clients[i] = green_spawn(ask, &listener);
  for (int i = 0; i < 3; i++) CHECK_STATUS(green_join(clients[i]), 0);
  CHECK_STATUS(green_wait(server), 0);
  close(listener.fd);
  return 0;
}
