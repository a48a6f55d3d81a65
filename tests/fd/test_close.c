/* Descriptors that are closed while tasks wait on them, and numbers that are used again. */
#include <unistd.h>
#include "fd_test.h"

static int read_one(void *arg) {
  char one;
  return (int)green_read(*(int *)arg, &one, 1);
}

#define WAITERS 40
TEST(closing_under_forty_waiters_and_the_number_used_again_at_once) {
  for (int round = 0; round < 3; round++) {
    AUTO_PAIR struct fd_pair old = fd_unix_pair();
    AUTO_JOIN_ALL struct test_futures tasks = test_futures(WAITERS);
    for (int i = 0; i < WAITERS; i++) {
      tasks.at[i] = green_spawn(i % 2 ? fd_wait_readable : read_one, &old.a);
      CHECK_STARTED(tasks.at[i]);
    }
    CHECK_STATUS(green_sleep(1), 0);
    int number = old.a;
    CHECK_STATUS(green_close(number), 0);
    AUTO_PAIR struct fd_pair new = fd_unix_pair();
    CHECK_NUMBER(new.a, number);
    old.a = -1;
    AUTO_JOIN green_future *reader = green_spawn(read_one, &new.a);
    CHECK_STARTED(reader);
    for (int i = 0; i < WAITERS; i++) CHECK_STATUS(green_wait(tasks.at[i]), GREEN_ECANCELED);
    CHECK(!green_done(reader));
    CHECK(write(new.b, "x", 1) == 1);
    CHECK_STATUS(green_wait(reader), 1);
  }
  return 0;
}

TEST(closing_one_end_wakes_the_reader_of_the_other) {
  AUTO_PAIR struct fd_pair pair = fd_tcp_pair();
  AUTO_JOIN green_future *reader = green_spawn(read_one, &pair.a);
  CHECK_STARTED(reader);
  CHECK_STATUS(green_sleep(1), 0);
  CHECK_STATUS(green_close(pair.b), 0);
  pair.b = -1;
  CHECK_STATUS(green_wait(reader), 0);
  return 0;
}

/* ---- closed with close(2) ---- */

TEST(a_number_closed_elsewhere_is_taken_for_new) {
  struct fd_pair old = fd_unix_pair();
  GREEN_TIMEOUT(1) {
    green_wait_fd(old.a, POLLIN);
  }
  close(old.a);
  close(old.b);
  AUTO_PAIR struct fd_pair new = fd_unix_pair();
  CHECK_NUMBER(new.a, old.a);
  AUTO_JOIN green_future *waiting = green_spawn(fd_wait_readable, &new.a);
  AUTO_JOIN green_future *reading = green_spawn(read_one, &new.b);
  CHECK_STARTED(waiting);
  CHECK_STARTED(reading);
  CHECK_STATUS(green_sleep(1), 0);
  CHECK(write(new.a, "x", 1) == 1);
  CHECK(write(new.b, "x", 1) == 1);
  CHECK_STATUS(green_wait(waiting), POLLIN);
  CHECK_STATUS(green_wait(reading), 1);
  return 0;
}

/* A twin trusts the registration that it finds; the next look at it mends that. */
TEST(a_twin_on_a_number_closed_elsewhere_is_late_but_right) {
  struct fd_pair old = fd_tcp_pair();
  AUTO_JOIN green_future *before = green_spawn(read_one, &old.a);
  CHECK_STARTED(before);
  CHECK_STATUS(green_sleep(1), 0);
  CHECK(write(old.b, "x", 1) == 1);
  CHECK_STATUS(green_wait(before), 1);
  close(old.a);
  close(old.b);
  AUTO_PAIR struct fd_pair new = fd_tcp_pair();
  if (new.a != old.a) {
    CHECK(dup2(new.a, old.a) == old.a);
    close(new.a);
    new.a = old.a;
  }
  AUTO_JOIN green_future *reading = green_spawn(read_one, &new.a);
  CHECK_STARTED(reading);
  CHECK_STATUS(green_sleep(1), 0);
  CHECK(write(new.b, "x", 1) == 1);
  CHECK_STATUS(green_wait(reading), 1);
  return 0;
}
