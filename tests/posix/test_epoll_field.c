/* What users of other epolls have met, by the issue that tells of it; natively the kernel is the judge. */
#include <fcntl.h>
#include <sys/epoll.h>
#include "posix_test.h"

static int control(int epoll, int what, int fd, uint32_t events) {
  struct epoll_event event = {.events = events, .data.fd = fd};
  return epoll_ctl(epoll, what, fd, &event);
}

/* What is ready of the one descriptor that there is; 0: nothing. */
static uint32_t look(int epoll) {
  struct epoll_event event = {0};
  return epoll_wait(epoll, &event, 1, 0) == 1 ? event.events : 0;
}

static int fill(int fd) {
  static const char bytes[4096];
  while (send(fd, bytes, sizeof bytes, MSG_DONTWAIT) > 0) continue;
  return errno == EAGAIN ? 0 : -1;
}

static int drain(int fd) {
  char bytes[4096];
  while (recv(fd, bytes, sizeof bytes, MSG_DONTWAIT) > 0) continue;
  return errno == EAGAIN ? 0 : -1;
}

/* elfuse 5, shadow 349: one of two events was told, and the other one is not told any more. */
TEST(epoll_one_shot_is_for_all_its_events) {
  AUTO_PAIR struct fd_pair pair = fd_unix_pair();
  AUTO_FD int epoll = epoll_create1(0);
  CHECK(control(epoll, EPOLL_CTL_ADD, pair.a, EPOLLIN | EPOLLOUT | EPOLLONESHOT) == 0);
  CHECK_NUMBER(look(epoll), EPOLLOUT);
  CHECK(write(pair.b, "a", 1) == 1);
  CHECK_NUMBER(look(epoll), 0);
  CHECK(control(epoll, EPOLL_CTL_MOD, pair.a, EPOLLIN | EPOLLOUT | EPOLLONESHOT) == 0);
  CHECK_NUMBER(look(epoll), EPOLLIN | EPOLLOUT);
  return 0;
}

/* nanos 1560: all that is so now is told, and does not come and go where nothing changes. */
TEST(epoll_tells_all_with_a_change) {
  AUTO_PAIR struct fd_pair pair = fd_unix_pair();
  AUTO_FD int epoll = epoll_create1(0);
  CHECK(control(epoll, EPOLL_CTL_ADD, pair.a, EPOLLIN | EPOLLOUT | EPOLLET) == 0);
  CHECK_NUMBER(look(epoll), EPOLLOUT);
  for (int i = 0; i < 3; i++) CHECK_NUMBER(look(epoll), 0);
  CHECK(write(pair.b, "a", 1) == 1);
  CHECK_NUMBER(look(epoll), EPOLLIN | EPOLLOUT);
  for (int i = 0; i < 3; i++) CHECK_NUMBER(look(epoll), 0);
  return 0;
}

/* nucular 6: writing that waits for a change hears of room. */
TEST(epoll_tells_of_room_once_more) {
  AUTO_PAIR struct fd_pair pair = fd_unix_pair();
  AUTO_FD int epoll = epoll_create1(0);
  CHECK(control(epoll, EPOLL_CTL_ADD, pair.a, EPOLLOUT | EPOLLET) == 0);
  for (int i = 0; i < 2; i++) {
    CHECK_NUMBER(look(epoll), EPOLLOUT);
    CHECK_NUMBER(fill(pair.a), 0);
    CHECK_NUMBER(look(epoll), 0);
    CHECK_NUMBER(drain(pair.b), 0);
  }
  return 0;
}

/* libuv, tokio: who reads a part waits for the next change, and not for what is left. */
TEST(epoll_keeps_silent_of_what_is_left) {
  char byte;
  AUTO_PAIR struct fd_pair pair = fd_unix_pair();
  AUTO_FD int epoll = epoll_create1(0);
  CHECK(control(epoll, EPOLL_CTL_ADD, pair.a, EPOLLIN | EPOLLET) == 0);
  CHECK(write(pair.b, "abc", 3) == 3);
  CHECK_NUMBER(look(epoll), EPOLLIN);
  CHECK(read(pair.a, &byte, 1) == 1);
  CHECK_NUMBER(look(epoll), 0);
  CHECK(write(pair.b, "d", 1) == 1);
  CHECK_NUMBER(look(epoll), EPOLLIN);
  return 0;
}

/* mystikos 308: what is told of is there. */
TEST(epoll_tells_of_nothing_that_was_taken) {
  AUTO_PAIR struct fd_pair pair = fd_unix_pair();
  AUTO_FD int epoll = epoll_create1(0);
  for (int i = 0; i < 2; i++) {
    CHECK(control(epoll, i ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, pair.a,
                  i ? EPOLLIN | EPOLLET : EPOLLIN) == 0);
    CHECK(write(pair.b, "a", 1) == 1);
    CHECK_NUMBER(drain(pair.a), 0);
    CHECK_NUMBER(look(epoll), 0);
  }
  return 0;
}

/* mio 933: the other half goes on, and that is no EPOLLHUP. */
TEST(epoll_tells_half_an_end_from_a_whole) {
  AUTO_PAIR struct fd_pair pair = fd_unix_pair();
  AUTO_FD int epoll = epoll_create1(0);
  CHECK(control(epoll, EPOLL_CTL_ADD, pair.a, EPOLLIN | EPOLLRDHUP) == 0);
  CHECK(shutdown(pair.b, SHUT_WR) == 0);
  CHECK_NUMBER(look(epoll), EPOLLIN | EPOLLRDHUP);
  CHECK(write(pair.a, "a", 1) == 1);
  CHECK(shutdown(pair.a, SHUT_WR) == 0);
  CHECK_NUMBER(look(epoll), EPOLLIN | EPOLLRDHUP | EPOLLHUP);
  return 0;
}

/* libevent 98: an end is heard of before what has come was read. */
TEST(epoll_tells_of_an_end_behind_bytes) {
  AUTO_PAIR struct fd_pair pair = fd_unix_pair();
  AUTO_FD int epoll = epoll_create1(0);
  CHECK(write(pair.b, "a", 1) == 1);
  CHECK(control(epoll, EPOLL_CTL_ADD, pair.a, EPOLLRDHUP) == 0);
  CHECK_NUMBER(look(epoll), 0);
  CHECK(shutdown(pair.b, SHUT_WR) == 0);
  CHECK_NUMBER(look(epoll), EPOLLRDHUP);
  CHECK(control(epoll, EPOLL_CTL_MOD, pair.a, EPOLLRDHUP) == 0);
  CHECK_NUMBER(look(epoll), EPOLLRDHUP);
  return 0;
}

/* bun 37928, gvisor 7331: nobody asks for EPOLLHUP, and it comes all the same, each time. */
TEST(epoll_tells_of_a_hang_up_unasked) {
  AUTO_PAIR struct fd_pair pair = fd_unix_pair();
  AUTO_FD int epoll = epoll_create1(0);
  CHECK(control(epoll, EPOLL_CTL_ADD, pair.a, 0) == 0);
  CHECK_NUMBER(look(epoll), 0);
  close(pair.b);
  pair.b = -1;
  for (int i = 0; i < 2; i++) CHECK_NUMBER(look(epoll), EPOLLHUP);
  return 0;
}

/* epoll-shim 24: a socket that was never connected. */
TEST(epoll_calls_a_fresh_socket_hung_up) {
  AUTO_FD int fd = socket(AF_INET, SOCK_STREAM, 0);
  AUTO_FD int epoll = epoll_create1(0);
  CHECK(control(epoll, EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLOUT) == 0);
  CHECK_NUMBER(look(epoll), EPOLLOUT | EPOLLHUP);
  return 0;
}

struct epoll_scene {
  int epoll;
  struct fd_pair pair;
};

static int wait_for_one(void *arg) {
  struct epoll_scene *scene = arg;
  struct epoll_event event = {0};
  int rc = call_outcome(epoll_wait(scene->epoll, &event, 1, -1));
  return rc == 1 ? (int)event.events : rc;
}

/* netty, libevent: registrations are changed by another one while somebody waits. */
TEST(epoll_is_changed_under_who_waits) {
  AUTO_PAIR struct fd_pair pair = fd_unix_pair();
  AUTO_FD int epoll = epoll_create1(0);
  struct epoll_scene scene = {epoll, pair};
  CHECK(write(pair.b, "a", 1) == 1);
  for (int i = 0; i < 3; i++) {
    AUTO_JOIN green_future *waiter = green_spawn(wait_for_one, &scene);
    CHECK_STARTED(waiter);
    CHECK_STATUS(green_sleep(1), 0);
    CHECK(!green_done(waiter));
    if (i == 2) CHECK(control(epoll, EPOLL_CTL_DEL, pair.a, 0) == 0);
    CHECK(control(epoll, i == 1 ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, pair.a,
                  i == 1 ? EPOLLOUT : EPOLLIN) == 0);
    CHECK_STATUS(green_wait(waiter), i == 1 ? EPOLLOUT : EPOLLIN);
    CHECK(control(epoll, EPOLL_CTL_MOD, pair.a, 0) == 0);
  }
  return 0;
}

/* gramine 340: what is closed while somebody waits is gone, and who waits hears of the next one of its number. */
TEST(epoll_outlives_what_is_closed_under_who_waits) {
  AUTO_PAIR struct fd_pair first = fd_unix_pair();
  AUTO_FD int epoll = epoll_create1(0);
  struct epoll_scene scene = {epoll, first};
  CHECK(control(epoll, EPOLL_CTL_ADD, first.a, EPOLLIN) == 0);
  AUTO_JOIN green_future *waiter = green_spawn(wait_for_one, &scene);
  CHECK_STARTED(waiter);
  CHECK_STATUS(green_sleep(1), 0);
  int number = first.a;
  close(number);
  first.a = -1;
  AUTO_PAIR struct fd_pair next = fd_unix_pair();
  CHECK_NUMBER(next.a, number);
  CHECK(control(epoll, EPOLL_CTL_ADD, next.a, EPOLLIN) == 0);
  CHECK_STATUS(green_sleep(1), 0);
  CHECK(!green_done(waiter));
  CHECK(write(next.b, "a", 1) == 1);
  CHECK_STATUS(green_wait(waiter), EPOLLIN);
  return 0;
}
