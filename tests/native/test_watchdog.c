/* The watchdog: what it writes is read from a pipe that stands in for stderr, so that who holds the
 * loop can do so until the report is there, however slow the machine. */
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "child.h"
#include "harness.h"

/* ---- the signal: first, while the watchdog's handler is not there yet ---- */

static volatile sig_atomic_t urgent;

static void on_urgent(int number) {
  (void)number;
  urgent = urgent + 1;
}

/* Tens: how often it came while the watchdog was on; ones: and then. */
static int urgent_in_child(void *arg) {
  struct sigaction action = {.sa_handler = on_urgent};
  (void)arg;
  sigaction(SIGURG, &action, NULL);
  int rc = green_set_watchdog(1000);
  raise(SIGURG);
  int while_on = urgent;
  green_set_watchdog(0);
  raise(SIGURG);
  return rc < 0 ? 100 : while_on * 10 + urgent;
}

TEST_OUTSIDE(watchdog_hands_on_the_signals_of_others) {
#ifdef __SANITIZE_THREAD__
  SKIP("ThreadSanitizer starts no threads in the child of a process that has some");
#endif
  SKIP_WITHOUT_THREADS_BEHIND_FORK();
  static struct child child;
  CHECK_STATUS(child_run(&child, urgent_in_child, NULL), 0);
  CHECK(WIFEXITED(child.ended));
  CHECK_NUMBER(WEXITSTATUS(child.ended), 12);
  return 0;
}

/* ---- reports ---- */

/* stderr is a pipe; what came out of it. */
struct report {
  int read_end, stderr_copy;
  size_t length;
  char text[8192];
};

#define AUTO_REPORT __attribute__((cleanup(report_end)))

static int report_begin(struct report *report) {
  int ends[2];
  if (pipe(ends) < 0) return GREEN_EMFILE;
  report->read_end = ends[0];
  report->stderr_copy = dup(STDERR_FILENO);
  dup2(ends[1], STDERR_FILENO);
  close(ends[1]);
  return 0;
}

static void report_end(struct report *report) {
  green_set_watchdog(0);
  dup2(report->stderr_copy, STDERR_FILENO);
  close(report->stderr_copy);
  close(report->read_end);
}

/* Whether something has come within so many milliseconds. */
static bool report_came(struct report *report, int milliseconds) {
  struct pollfd readable = {.fd = report->read_end, .events = POLLIN};
  if (poll(&readable, 1, milliseconds) <= 0) return false;
  ssize_t got = read(report->read_end, report->text + report->length,
                     sizeof report->text - 1 - report->length);
  if (got > 0) report->length += (size_t)got;
  return got > 0;
}

/* Holds the loop until `end` is in the report. Not static, so that its name can be written. */
int hold_the_loop(struct report *report, const char *end);
int __attribute__((noinline)) hold_the_loop(struct report *report, const char *end) {
  while (!strstr(report->text, end)) report_came(report, 1);
  return 0;
}

/* On a busy machine other tasks of the test may be told of as well. */
static unsigned count_slow(const char *text) {
  unsigned count = 0;
  while ((text = strstr(text, "greenio: watchdog: slow"))) text++, count++;
  return count;
}

/* musl has no backtrace(). */
#if __has_include(<execinfo.h>)
#define SHOWS_STACK true
#else
#define SHOWS_STACK false
#endif

static int hold(void *arg) {
  return hold_the_loop(arg, SHOWS_STACK ? "hold_the_loop" : "its stack:\n");
}

static green_future *spawn_named(const char *name, green_function function, void *arg) {
  green_spawn_options options = {.name = name};
  return green_spawn_with(function, arg, &options);
}

TEST(watchdog_names_the_task_and_shows_its_stack) {
  if (!SHOWS_STACK) SKIP("this C library has no backtrace(): musl");
  AUTO_REPORT struct report report = {.length = 0};
  CHECK_STATUS(report_begin(&report), 0);
  CHECK_STATUS(green_set_watchdog(5), 0);
  AUTO_JOIN green_future *task = spawn_named("number cruncher", hold, &report);
  CHECK_STARTED(task);
  CHECK_STATUS(green_wait(task), 0);
  if (!green_future_name(task)) return test_saw(GREEN_ENOMEM);
  CHECK_CONTAINS(report.text,
                 "greenio: watchdog: number cruncher has held the loop for more than 5 ms");
  CHECK_CONTAINS(report.text, "hold_the_loop");
  return 0;
}

static int hold_a_second(void *arg) {
  uint64_t until = green_now() + 1000000000;
  struct report *report = arg;
  while (!strstr(report->text, "has held the loop") && green_now() < until) report_came(report, 1);
  return 0;
}

/* Where each allocation fails once, one of them is that of the second limit. */
TEST(watchdog_that_cannot_be_replaced_goes_on) {
  AUTO_REPORT struct report report = {.length = 0};
  CHECK_STATUS(report_begin(&report), 0);
  CHECK_STATUS(green_set_watchdog(5), 0);
  int rc = green_set_watchdog(6);
  AUTO_JOIN green_future *task = green_spawn(hold_a_second, &report);
  CHECK_STARTED(task);
  CHECK_STATUS(green_wait(task), 0);
  CHECK_CONTAINS(report.text, rc < 0 ? "for more than 5 ms" : "for more than 6 ms");
  CHECK_STATUS(rc, 0);
  return 0;
}

/* Once it was told, the hold goes on for many limits. */
static int hold_longer(void *arg) {
  hold(arg);
  uint64_t until = green_now() + 50 * 1000000;
  while (green_now() < until) report_came(arg, 1);
  return 0;
}

TEST(watchdog_tells_a_hold_once_and_the_next_again) {
  AUTO_REPORT struct report report = {.length = 0};
  CHECK_STATUS(report_begin(&report), 0);
  CHECK_STATUS(green_set_watchdog(5), 0);
  for (unsigned i = 1; i <= 2; i++) {
    report.text[report.length = 0] = 0;
    AUTO_JOIN green_future *task = spawn_named("slow", hold_longer, &report);
    CHECK_STARTED(task);
    CHECK_STATUS(green_wait(task), 0);
    if (!green_future_name(task)) return test_saw(GREEN_ENOMEM);
    CHECK_NUMBER(count_slow(report.text), 1);
  }
  return 0;
}

TEST(watchdog_is_quiet_while_the_loop_sleeps) {
  AUTO_REPORT struct report report = {.length = 0};
  CHECK_STATUS(report_begin(&report), 0);
  CHECK_STATUS(green_set_watchdog(100), 0);
  CHECK_STATUS(green_sleep(test_scale(500, 1)), 0);
  report_came(&report, 0); /* of this task, if the machine has held it up */
  CHECK(!strstr(report.text, "a callback has held the loop"));
  return 0;
}

struct called {
  struct report *report;
  green_future *over;
};

static void hold_in_callback(green_future *future, void *arg) {
  const struct called *called = arg;
  (void)future;
  hold(called->report);
  green_resolve(called->over, NULL, NULL);
}

TEST(watchdog_tells_of_a_callback) {
  AUTO_REPORT struct report report = {.length = 0};
  CHECK_STATUS(report_begin(&report), 0);
  CHECK_STATUS(green_set_watchdog(5), 0);
  AUTO_FUTURE green_future *future = NULL, *over = NULL;
  CHECK_STATUS(green_future_new(&future), 0);
  CHECK_STATUS(green_future_new(&over), 0);
  struct called called = {&report, over};
  CHECK_STATUS(green_future_on_done(future, hold_in_callback, &called), 0);
  green_resolve(future, NULL, NULL);
  CHECK_STATUS(green_wait(over), 0);
  CHECK_CONTAINS(report.text, "watchdog: a callback has held the loop");
  return 0;
}
