/* A program that ends with its terminal raw, in whatever way; and one that has none. */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include "harness.h"
#include "native/child.h"
#include "pair.h"

enum end { BY_EXIT, BY_ABORT, BY_FAULT, BY_SIGNAL, BY_SIGNAL_WATCHED, BY_SIGNAL_WATCHED_BEFORE };
struct ending {
  struct pair *pair;
  enum end end;
  int signal;
};

static int watch_end(green_future *signal) {
  green_cancel(signal);
  green_future_status(signal);
  green_future_release(signal);
  return green_yield();
}

/* A signal is watched and left alone again meanwhile. */
static int watch_once(int number) {
  green_future *signal;
  int rc = green_signal(&signal, number);
  return rc < 0 ? rc : watch_end(signal);
}

static int end_raw(void *arg) {
  const struct ending *ending = arg;
  green_stream *terminal;
  green_future *watched = NULL;
  bool before = ending->end == BY_SIGNAL_WATCHED_BEFORE;
  if (before && green_signal(&watched, ending->signal) < 0) _exit(89);
  if (green_terminal_open(&terminal, ending->pair->name) < 0) _exit(90);
  if (green_terminal_set_raw(terminal, true) < 0 || !pair_is_raw(ending->pair)) _exit(91);
  switch (ending->end) {
  case BY_EXIT:
    exit(7);
  case BY_ABORT:
    abort();
  case BY_FAULT:
    raise(SIGSEGV);
    break;
  case BY_SIGNAL_WATCHED:
    if (watch_once(ending->signal) < 0) _exit(92);
    raise(ending->signal);
    break;
  case BY_SIGNAL_WATCHED_BEFORE:
    if (watch_end(watched) < 0) _exit(92);
    raise(ending->signal);
    break;
  case BY_SIGNAL:
    raise(ending->signal);
  }
  return 93;
}

static int in_child(void *arg) {
  return green_run(end_raw, arg);
}

TEST_OUTSIDE(the_mode_is_given_back_however_the_program_ends) {
  static const struct ending endings[] = {
      {.end = BY_EXIT},
      {.end = BY_ABORT, .signal = SIGABRT},
      {.end = BY_FAULT, .signal = SIGSEGV}, /* or a sanitizer's exit */
      {.end = BY_SIGNAL, .signal = SIGINT},
      {.end = BY_SIGNAL, .signal = SIGTERM},
      {.end = BY_SIGNAL, .signal = SIGHUP},
      {.end = BY_SIGNAL, .signal = SIGQUIT},
      {.end = BY_SIGNAL_WATCHED, .signal = SIGTERM},
      {.end = BY_SIGNAL_WATCHED_BEFORE, .signal = SIGTERM},
  };
  for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
    AUTO_PAIR struct pair pair = {.user = -1, .kept = -1};
    static struct child child;
    struct ending ending = endings[i];
    ending.pair = &pair;
    CHECK_STATUS(pair_open(&pair), 0);
    CHECK_STATUS(child_run(&child, in_child, &ending), 0);
    CHECK_STRING(child.text + (ending.end <= BY_FAULT ? strlen(child.text) : 0), "");
    CHECK(pair_is_as_before(&pair));
    CHECK(ending.end <= BY_FAULT || WIFSIGNALED(child.ended));
    if (ending.end == BY_EXIT) CHECK_NUMBER(WEXITSTATUS(child.ended), 7);
    CHECK(!WIFEXITED(child.ended) || WEXITSTATUS(child.ended) < 89); /* it got that far */
    if (WIFSIGNALED(child.ended)) CHECK_NUMBER(WTERMSIG(child.ended), ending.signal);
  }
  return 0;
}

/* ---- the program's own terminal -------------------------------------------------------------- */

static int open_own(void *arg) {
  green_stream *terminal;
  (void)arg;
  int rc = green_terminal_open(&terminal, NULL);
  green_stream_release(terminal);
  return rc == GREEN_ENOENT && strstr(green_message(), "has no terminal") ? 40 : rc == 0 ? 41 : 42;
}

struct window_wait {
  green_stream *terminal;
  green_terminal_window window;
};

static int wait_window(void *arg) {
  struct window_wait *wait = arg;
  return green_terminal_wait_size(wait->terminal, &wait->window);
}

/* /dev/tty has a number of its own. */
static bool is_one_by_both_names(const struct pair *pair, green_stream *own) {
  green_stream *other;
  bool well = green_terminal_open(&other, pair->name) == 0 &&
              green_terminal_set_raw(own, true) == 0 && green_terminal_set_raw(other, true) == 0 &&
              green_terminal_set_raw(own, false) == 0 && pair_is_raw(pair) &&
              green_terminal_set_raw(other, false) == 0 && pair_is_as_before(pair);
  green_stream_release(other);
  return well;
}

/* The system tells of the window by a signal. */
static int see_resize(void *arg) {
  const struct pair *pair = arg;
  struct winsize size = {.ws_col = 33, .ws_row = 44};
  struct window_wait wait = {.terminal = NULL};
  if (green_terminal_open(&wait.terminal, NULL) < 0) return 50;
  if (green_terminal_size(wait.terminal, &wait.window) < 0) return 51;
  if (!is_one_by_both_names(pair, wait.terminal)) return 54;
  green_future *waiter = green_spawn(wait_window, &wait);
  green_yield();
  if (ioctl(pair->user, TIOCSWINSZ, &size) < 0) return 52;
  int rc = green_wait(waiter);
  green_future_release(waiter);
  green_stream_release(wait.terminal);
  return rc == 0 && wait.window.columns == 33 && wait.window.rows == 44 ? 41 : 53;
}

static int without_terminal(void *arg) {
  setsid();
  return green_run(open_own, arg);
}

static int with_terminal(void *arg) {
  const struct pair *pair = arg;
  setsid();
  int own = open(pair->name, O_RDWR); /* the first one that a session's leader opens */
  if (own < 0 || ioctl(own, TIOCSCTTY, 0) < 0) return 60;
  int rc = green_run(open_own, NULL);
  return rc == 41 ? green_run(see_resize, arg) : rc;
}

TEST_OUTSIDE(the_programs_own_terminal) {
  static struct child child;
  AUTO_PAIR struct pair pair = {.user = -1, .kept = -1};
  CHECK_STATUS(child_run(&child, without_terminal, NULL), 0);
  CHECK_NUMBER(WEXITSTATUS(child.ended), 40);
  CHECK_STATUS(pair_open(&pair), 0);
  CHECK_STATUS(child_run(&child, with_terminal, &pair), 0);
  CHECK_STRING(child.text, "");
  CHECK_NUMBER(WEXITSTATUS(child.ended), 41);
  return 0;
}
