/* green_wait_fd(): what is ready, for many tasks, interrupted or not. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "fd_test.h"

struct waiter {
  int fd, events, got;
  struct test_trace *trace;
  char name;
};

static int wait_once(void *arg) {
  struct waiter *waiter = arg;
  waiter->got = green_wait_fd(waiter->fd, waiter->events);
  if (waiter->trace) test_trace(waiter->trace, "%c", waiter->name);
  return waiter->got;
}

TEST(wait_fd_returns_what_is_ready) {
  AUTO_PAIR struct fd_pair pair = fd_unix_pair();
  CHECK_STATUS(green_wait_fd(pair.a, POLLOUT), POLLOUT);
  CHECK_STATUS(green_wait_fd(pair.a, POLLIN | POLLOUT), POLLOUT);
  CHECK(write(pair.b, "x", 1) == 1);
  CHECK_STATUS(green_wait_fd(pair.a, POLLIN), POLLIN);
  CHECK_STATUS(green_wait_fd(pair.a, POLLIN | POLLOUT), POLLIN | POLLOUT);
  return 0;
}

TEST(wait_fd_parks_until_there_is_something) {
  AUTO_PAIR struct fd_pair pair = fd_unix_pair();
  struct waiter waiter = {.fd = pair.a, .events = POLLIN};
  AUTO_JOIN green_future *task = green_spawn(wait_once, &waiter);
  CHECK_STARTED(task);
  CHECK_STATUS(green_sleep(2), 0);
  CHECK(!green_done(task));
  CHECK(write(pair.b, "x", 1) == 1);
  CHECK_STATUS(green_wait(task), POLLIN);
  /* once: what was there is gone, and it takes another call for the next */
  CHECK_NUMBER(fd_drain(pair.a), 1);
  AUTO_JOIN green_future *again = green_spawn(wait_once, &waiter);
  CHECK_STARTED(again);
  CHECK_STATUS(green_sleep(2), 0);
  CHECK(!green_done(again));
  CHECK(write(pair.b, "x", 1) == 1);
  CHECK_STATUS(green_wait(again), POLLIN);
  return 0;
}

TEST(wait_fd_sees_what_came_and_was_left) {
  AUTO_PAIR struct fd_pair pair = fd_tcp_pair();
  CHECK(write(pair.b, "two", 3) == 3);
  char one;
  for (int i = 0; i < 3; i++) {
    CHECK_STATUS(green_wait_fd(pair.a, POLLIN), POLLIN);
    CHECK(read(pair.a, &one, 1) == 1);
  }
  GREEN_TIMEOUT(2) {
    CHECK_STATUS(green_wait_fd(pair.a, POLLIN), GREEN_ETIMEDOUT);
  }
  return 0;
}

#define READERS 20
TEST(many_readers_and_writers_wait_on_one_descriptor) {
  AUTO_PAIR struct fd_pair pair = fd_unix_pair();
  fd_fill(pair.a);
  struct waiter read = {.fd = pair.a, .events = POLLIN}, write_ = {.fd = pair.a, .events = POLLOUT};
  AUTO_JOIN_ALL struct test_futures tasks = test_futures(2 * READERS);
  for (int i = 0; i < READERS; i++) {
    tasks.at[i] = green_spawn(wait_once, &read);
    CHECK_STARTED(tasks.at[i]);
    tasks.at[READERS + i] = green_spawn(wait_once, &write_);
    CHECK_STARTED(tasks.at[READERS + i]);
  }
  CHECK_STATUS(green_sleep(2), 0);
  CHECK(write(pair.b, "x", 1) == 1);
  for (int i = 0; i < READERS; i++) CHECK_STATUS(green_wait(tasks.at[i]), POLLIN);
  for (int i = 0; i < READERS; i++) CHECK(!green_done(tasks.at[READERS + i]));
  while (!green_done(tasks.at[READERS])) {
    fd_drain(pair.b);
    CHECK_STATUS(green_sleep(1), 0);
  }
  for (int i = 0; i < READERS; i++) CHECK_STATUS(green_wait(tasks.at[READERS + i]), POLLOUT);
  return 0;
}

TEST(waiters_are_woken_in_the_order_in_which_they_began) {
  AUTO_PAIR struct fd_pair pair = fd_unix_pair();
  struct test_trace trace = {0};
  struct waiter waiters[4];
  AUTO_JOIN_ALL struct test_futures tasks = test_futures(4);
  for (int i = 0; i < 4; i++) {
    waiters[i] = (struct waiter){pair.a, POLLIN, 0, &trace, (char)('a' + i)};
    tasks.at[i] = green_spawn(wait_once, &waiters[i]);
    CHECK_STARTED(tasks.at[i]);
  }
  CHECK_STATUS(green_sleep(1), 0);
  green_cancel(tasks.at[1]);
  CHECK_STATUS(green_wait(tasks.at[1]), GREEN_ECANCELED);
  CHECK(write(pair.b, "x", 1) == 1);
  for (int i = 0; i < 4; i++)
    CHECK_STATUS(green_wait(tasks.at[i]), i == 1 ? GREEN_ECANCELED : POLLIN);
  CHECK_STRING(trace.text, "b a c d");
  return 0;
}

TEST(wait_fd_refuses_what_is_wrong) {
  AUTO_PAIR struct fd_pair pair = fd_pipe();
  CHECK_STATUS(green_wait_fd(-1, POLLIN), GREEN_EBADF);
  CHECK_STATUS(green_wait_fd(1000000, POLLIN), GREEN_EBADF);
  CHECK_STATUS(green_wait_fd(pair.a, 0), GREEN_EINVAL);
  CHECK_STATUS(green_wait_fd(pair.a, POLLNVAL), GREEN_EINVAL);
  int closed = dup(pair.a);
  CHECK_STATUS(green_close(closed), 0);
  CHECK_STATUS(green_wait_fd(closed, POLLIN), GREEN_EBADF);
  CHECK_STATUS(green_close(closed), GREEN_EBADF);
  return 0;
}

/* A failure names the call and the descriptor, and is not that of the call before. */
TEST(what_fails_says_which_descriptor) {
  char byte, expected[64];
  AUTO_PAIR struct fd_pair pair = fd_unix_pair();
  CHECK_STATUS((int)green_read(-1, &byte, 1), GREEN_EBADF);
  CHECK_CONTAINS(green_message(), "green_read: descriptor -1: bad descriptor");
  CHECK_STATUS(green_wait_fd(pair.a, 0), GREEN_EINVAL);
  snprintf(expected, sizeof expected, "green_wait_fd: descriptor %d: invalid argument", pair.a);
  CHECK_CONTAINS(green_message(), expected);
  GREEN_TIMEOUT(1) CHECK_STATUS(green_wait_fd(pair.a, POLLIN), GREEN_ETIMEDOUT);
  snprintf(expected, sizeof expected, "green_wait_fd: descriptor %d: timed out", pair.a);
  CHECK_CONTAINS(green_message(), expected);
  return 0;
}

TEST_OUTSIDE(wait_fd_is_for_tasks) {
  AUTO_PAIR struct fd_pair pair = fd_pipe();
  CHECK_STATUS(green_wait_fd(pair.b, POLLOUT), GREEN_EMAIN);
  return 0;
}

TEST(files_are_ready_as_poll_says) {
  char path[] = "/tmp/greenio-fd-XXXXXX";
  AUTO_FD int file = mkstemp(path);
  AUTO_FD int null = open("/dev/null", O_RDWR);
  AUTO_FD int folder = open("/tmp", O_RDONLY);
  unlink(path);
  CHECK_STATUS(green_wait_fd(file, POLLIN | POLLOUT), POLLIN | POLLOUT);
  CHECK_STATUS(green_wait_fd(null, POLLIN), POLLIN);
  CHECK_STATUS(green_wait_fd(folder, POLLIN), POLLIN);
  return 0;
}

static int hang_up(int events) {
  return events < 0 ? events : events & POLLHUP;
}

TEST(hang_up_is_reported_though_not_asked_for) {
  AUTO_PAIR struct fd_pair pair = fd_pipe();
  struct waiter waiter = {.fd = pair.a, .events = POLLIN};
  AUTO_JOIN green_future *task = green_spawn(wait_once, &waiter);
  CHECK_STARTED(task);
  CHECK_STATUS(green_sleep(1), 0);
  CHECK_STATUS(green_close(pair.b), 0);
  pair.b = -1;
  CHECK_STATUS(hang_up(green_wait(task)), POLLHUP);
  CHECK_STATUS(hang_up(green_wait_fd(pair.a, POLLIN)), POLLHUP);
  return 0;
}

TEST(an_interrupted_wait_leaves_nothing_behind) {
  AUTO_PAIR struct fd_pair pair = fd_unix_pair();
  struct waiter waiter = {.fd = pair.a, .events = POLLIN};
  for (int i = 0; i < 3; i++) {
    AUTO_JOIN green_future *task = green_spawn(wait_once, &waiter);
    CHECK_STARTED(task);
    CHECK_STATUS(green_sleep(1), 0);
    green_cancel(task);
    CHECK_STATUS(green_wait(task), GREEN_ECANCELED);
    GREEN_TIMEOUT(1) {
      CHECK_STATUS(green_wait_fd(pair.a, POLLIN), GREEN_ETIMEDOUT);
    }
  }
  CHECK(write(pair.b, "x", 1) == 1);
  CHECK_STATUS(green_wait_fd(pair.a, POLLIN), POLLIN);
  return 0;
}

TEST(what_is_ready_is_taken_though_cancelled) {
  AUTO_PAIR struct fd_pair pair = fd_unix_pair();
  green_cancel(green_current());
  CHECK_STATUS(green_wait_fd(pair.a, POLLOUT), POLLOUT);
  CHECK_STATUS(green_wait_fd(pair.a, POLLIN), GREEN_ECANCELED);
  return 0;
}

TEST(the_report_names_the_descriptor) {
  AUTO_PAIR struct fd_pair pair = fd_unix_pair();
  struct waiter waiter = {.fd = pair.a, .events = POLLIN};
  AUTO_JOIN green_future *task = green_spawn(wait_once, &waiter);
  CHECK_STARTED(task);
  CHECK_STATUS(green_sleep(1), 0);
  AUTO_CAPTURE struct test_capture capture = test_capture_file();
  green_report(capture.file);
  char expected[32];
  snprintf(expected, sizeof expected, "descriptor %d ", pair.a);
  CHECK(green_done(task) || strstr(test_captured(&capture), expected));
  return 0;
}
