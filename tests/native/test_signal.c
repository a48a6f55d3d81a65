/* Signals of the operating system as futures. */
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include "child.h"
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

/* What a report by SIGQUIT says; the log is told, since the loop writes it. */
struct said {
  struct test_trace trace;
};

static void keep_line(const char *line, void *arg) {
  struct said *said = arg;
  test_trace(&said->trace, "%s", line);
}

static int quit_and_sleep(struct said *said) {
  int rc = green_report_on_quit(true);
  if (rc < 0) return rc;
  green_set_log(keep_line, said);
  raise(SIGQUIT);
  rc = green_sleep(1);
  for (int i = 0; i < 1000 && rc == 0 && !said->trace.length; i++) rc = green_sleep(1);
  green_set_log(NULL, NULL);
  return rc;
}

TEST(signal_quit_asks_for_a_report) {
  struct said said = {0};
  own_handler(SIGQUIT);
  int rc = quit_and_sleep(&said);
  int rc_off = green_report_on_quit(false);
  CHECK_STATUS(rc, 0);
  CHECK_STATUS(rc_off, 0);
  CHECK_CONTAINS(said.trace.text, "greenio: SIGQUIT: the tasks are ");
  CHECK_CONTAINS(said.trace.text, "parked   sleep");
  CHECK_NUMBER(handled, 0);
  raise(SIGQUIT);
  CHECK_NUMBER(handled, 1);
  CHECK_STATUS(green_report_on_quit(false), 0);
  return 0;
}

/* Each thing that the child finds is a bit. */
static int quit_in_child(void *arg) {
  struct said *said = arg;
  int seen = quit_and_sleep(said) == 0 ? 1 : 0;
  if (strstr(said->trace.text, "greenio: SIGQUIT: the tasks are ")) seen |= 2;
  if (green_report_on_quit(false) == 0) seen |= 4;
  if (handled == 0) seen |= 8;
  raise(SIGQUIT);
  return handled == 1 ? seen | 16 : seen;
}

static int end_parents_and_run(void *arg) {
  if (green_report_on_quit(false) < 0) return 1;
  return green_run(quit_in_child, arg);
}

TEST(signal_quit_is_asked_for_anew_in_a_child) {
#ifdef __SANITIZE_THREAD__
  SKIP("ThreadSanitizer delivers no signals in the child of a process with threads");
#endif
  static struct child child;
  struct said said = {0};
  own_handler(SIGQUIT);
  CHECK_STATUS(green_report_on_quit(true), 0);
  int rc = child_run(&child, end_parents_and_run, &said);
  int rc_on = quit_and_sleep(&said);
  int rc_off = green_report_on_quit(false);
  CHECK_STATUS(rc, 0);
  CHECK(WIFEXITED(child.ended));
  CHECK_NUMBER(WEXITSTATUS(child.ended), 31);
  CHECK_STATUS(rc_on, 0);
  CHECK_CONTAINS(said.trace.text, "greenio: SIGQUIT: the tasks are ");
  CHECK_STATUS(rc_off, 0);
  CHECK_NUMBER(handled, 0);
  raise(SIGQUIT);
  CHECK_NUMBER(handled, 1);
  return 0;
}

static int wait_for_own(void *arg) {
  (void)arg;
  AUTO_JOIN green_future *signal = NULL;
  int rc = green_signal(&signal, SIGTERM);
  if (rc < 0 || (rc = green_hold()) < 0) return rc;
  raise(SIGTERM);
  rc = green_wait(signal);
  green_unhold();
  return rc < 0 ? rc : 7;
}

/* Of the parent's it knows nothing, even when it ends that. */
static int wait_in_child(void *parents) {
  if (green_run(wait_for_own, NULL) != 7) return 3;
  green_cancel(parents);
  if (green_run(wait_for_own, NULL) != 7) return 2;
  raise(SIGTERM);
  return handled;
}

TEST(signal_is_watched_anew_in_a_child) {
#ifdef __SANITIZE_THREAD__
  SKIP("ThreadSanitizer delivers no signals in the child of a process with threads");
#endif
  static struct child child;
  own_handler(SIGTERM);
  AUTO_JOIN green_future *signal = NULL;
  CHECK_STATUS(green_signal(&signal, SIGTERM), 0);
  CHECK_STATUS(child_run(&child, wait_in_child, signal), 0);
  CHECK(WIFEXITED(child.ended));
  CHECK_NUMBER(WEXITSTATUS(child.ended), 1);
  CHECK_STATUS(green_yield(), 0);
  CHECK(!green_done(signal));
  CHECK_NUMBER(handled, 0);
  return 0;
}

TEST(signal_quit_is_no_future) {
  green_future *signal;
  CHECK_STATUS(green_signal(&signal, SIGQUIT), GREEN_EINVAL);
  return 0;
}
