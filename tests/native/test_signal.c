/* Signals of the operating system as futures. */
#include <signal.h>
#include "harness.h"

static volatile sig_atomic_t handled;
static void count_handled(int number) {
  (void)number;
  handled++;
}

/* The handler that the program had before, and has again afterwards. */
static void own_handler(int number) {
  struct sigaction action = {.sa_handler = count_handled};
  sigaction(number, &action, NULL);
  handled = 0;
}

TEST(signal_completes_its_future) {
  own_handler(SIGTERM);
  AUTO_JOIN green_future *signal = NULL;
  CHECK_STATUS(green_signal(&signal, SIGTERM), 0);
  CHECK(!green_done(signal));
  CHECK_STATUS(green_hold(), 0);
  raise(SIGTERM);
  int rc = green_wait(signal);
  green_unhold();
  CHECK_STATUS(rc, 0);
  CHECK_NUMBER(handled, 0);
  raise(SIGTERM);
  CHECK_NUMBER(handled, 1);
  return 0;
}

TEST(signal_cancelled_has_its_old_meaning_again) {
  own_handler(SIGINT);
  AUTO_FUTURE green_future *signal = NULL;
  CHECK_STATUS(green_signal(&signal, SIGINT), 0);
  CHECK_STATUS(green_cancel(signal), 0);
  CHECK_STATUS(green_future_status(signal), GREEN_ECANCELED);
  raise(SIGINT);
  CHECK_NUMBER(handled, 1);
  return 0;
}

TEST(signal_waited_for_twice) {
  own_handler(SIGHUP);
  AUTO_JOIN green_future *first = NULL;
  AUTO_JOIN green_future *second = NULL;
  CHECK_STATUS(green_signal(&first, SIGHUP), 0);
  CHECK_STATUS(green_signal(&second, SIGHUP), 0);
  CHECK_STATUS(green_cancel(first), 0);
  CHECK_STATUS(green_hold(), 0);
  raise(SIGHUP);
  int rc = green_wait(second);
  green_unhold();
  CHECK_STATUS(rc, 0);
  CHECK_NUMBER(handled, 0);
  raise(SIGHUP);
  CHECK_NUMBER(handled, 1);
  return 0;
}

TEST(signal_refuses_others) {
  green_future *signal = NULL;
  CHECK_STATUS(green_signal(&signal, SIGUSR1), GREEN_EINVAL);
  CHECK_STATUS(green_signal(&signal, -1), GREEN_EINVAL);
  CHECK(signal == NULL);
  return 0;
}

static int watch(void *arg) {
  green_future **signal = arg;
  return green_signal(signal, SIGTERM);
}

/* It does not keep the runtime alive, and is done when the runtime has ended. */
TEST_OUTSIDE(signal_does_not_keep_the_runtime) {
  own_handler(SIGTERM);
  AUTO_FUTURE green_future *signal = NULL;
  CHECK_STATUS(green_run(watch, &signal), 0);
  CHECK(green_done(signal));
  raise(SIGTERM);
  CHECK_NUMBER(handled, 1);
  return 0;
}

static int work(void *arg) {
  (void)arg;
  return green_sleep(1);
}

TEST(signal_beside_work) {
  own_handler(SIGINT);
  AUTO_JOIN green_future *signal = NULL;
  CHECK_STATUS(green_signal(&signal, SIGINT), 0);
  AUTO_JOIN green_future *job = green_spawn(work, NULL);
  CHECK_STARTED(job);
  CHECK_STATUS(green_wait_any((green_future *[]){signal, job}, 2), 1);
  CHECK(!green_done(signal));
  return 0;
}
