/* Reading, writing, raw and back, the window. */
#include <string.h>
#include "harness.h"
#include "pair.h"

#define OPENED(pair, terminal)                                                                     \
  AUTO_PAIR struct pair pair = {.user = -1, .kept = -1};                                           \
  AUTO_STREAM green_stream *terminal = NULL;                                                       \
  CHECK_STATUS(pair_open(&pair), 0);                                                               \
  CHECK_STATUS(green_terminal_open(&terminal, pair.name), 0)

struct reading {
  green_stream *terminal;
  char text[64];
};

static int read_once(void *arg) {
  struct reading *reading = arg;
  int rc = green_stream_read(reading->terminal, reading->text, sizeof reading->text - 1);
  if (rc >= 0) reading->text[rc] = 0;
  return rc;
}

TEST(raw_gives_each_key_at_once_and_shows_none) {
  OPENED(pair, terminal);
  struct reading reading = {terminal, ""};
  char shown[16];
  CHECK_STATUS(green_terminal_set_raw(terminal, true), 0);
  CHECK(pair_is_raw(&pair));
  for (const char *key = "a\3\4\r\32"; *key; key++) {
    AUTO_JOIN green_future *reader = green_spawn(read_once, &reading);
    CHECK_STARTED(reader);
    CHECK_STATUS(green_yield(), 0);
    pair_type(&pair, (char[]){*key, 0});
    CHECK_NUMBER(green_wait(reader), 1);
    CHECK_NUMBER(reading.text[0], *key);
  }
  CHECK_STATUS(green_stream_write(terminal, "x\n", 2, NULL), 0); /* and nothing stands before it */
  pair_shown(&pair, shown, sizeof shown);
  CHECK_STRING(shown, "x" PAIR_RAW_NEWLINE);
  return 0;
}

TEST(otherwise_it_gives_lines_and_their_ends) {
  OPENED(pair, terminal);
  struct reading reading = {terminal, ""};
  char shown[64];
  for (int waits = 0; waits < 2; waits++) {
    AUTO_JOIN green_future *reader = waits ? green_spawn(read_once, &reading) : NULL;
    if (waits) CHECK_STARTED(reader);
    if (waits) CHECK_STATUS(green_sleep(1), 0);
    pair_type(&pair, "one\ntwx\177o\n\4three\n"); /* an erased letter; the end */
    for (int i = 0; i < 4; i++) {
      static const char *const lines[] = {"one\n", "two\n", "", "three\n"};
      CHECK_NUMBER(waits && i == 0 ? green_wait(reader) : read_once(&reading), strlen(lines[i]));
      CHECK_STRING(reading.text, lines[i]);
    }
    pair_shown(&pair, shown, sizeof shown);
    CHECK_CONTAINS(shown, "one\r\n");
  }
  return 0;
}

TEST(a_read_that_is_given_up_has_read_nothing) {
  OPENED(pair, terminal);
  struct reading reading = {terminal, ""};
  CHECK_STATUS(green_terminal_set_raw(terminal, true), 0);
  {
    AUTO_JOIN green_future *reader = green_spawn(read_once, &reading);
    CHECK_STARTED(reader);
    CHECK_STATUS(green_yield(), 0);
    green_cancel(reader);
    CHECK_STATUS(green_wait(reader), GREEN_ECANCELED);
  }
  pair_type(&pair, "k");
  CHECK_NUMBER(read_once(&reading), 1);
  CHECK_STRING(reading.text, "k");
  return 0;
}

TEST(the_mode_is_given_back_by_the_last_that_wanted_another) {
  OPENED(pair, terminal);
  AUTO_STREAM green_stream *other = NULL;
  CHECK_STATUS(green_terminal_open(&other, pair.name), 0);
  for (int i = 0; i < 2; i++) {
    CHECK_STATUS(green_terminal_set_raw(terminal, true), 0);
    CHECK_STATUS(green_terminal_set_raw(terminal, true), 0);
    CHECK_STATUS(green_terminal_set_raw(other, true), 0);
    CHECK_STATUS(green_terminal_set_raw(terminal, false), 0);
    CHECK(pair_is_raw(&pair));
    CHECK_STATUS(green_terminal_set_raw(other, false), 0);
    CHECK_STATUS(green_terminal_set_raw(other, false), 0);
    CHECK(pair_is_as_before(&pair));
  }
  CHECK_STATUS(green_terminal_set_raw(terminal, true), 0);
  CHECK_STATUS(green_terminal_set_raw(other, true), 0);
  green_stream_close(terminal);
  CHECK(pair_is_raw(&pair));
  green_stream_reset(other);
  CHECK(pair_is_as_before(&pair));
  CHECK_STATUS(green_terminal_set_raw(other, true), GREEN_ECLOSED);
  return 0;
}

/* As a shell does while the program is stopped. */
TEST(raw_once_more_behind_a_stop) {
  OPENED(pair, terminal);
  AUTO_STREAM green_stream *other = NULL;
  CHECK_STATUS(green_terminal_open(&other, pair.name), 0);
  CHECK_STATUS(green_terminal_set_raw(terminal, true), 0);
  pair_set_before(&pair);
  CHECK(!pair_is_raw(&pair));
  CHECK_STATUS(green_terminal_set_raw(terminal, true), 0);
  CHECK(pair_is_raw(&pair));
  pair_set_before(&pair);
  CHECK_STATUS(green_terminal_set_raw(other, true), 0);
  CHECK(pair_is_raw(&pair));
  CHECK_STATUS(green_terminal_set_raw(other, false), 0);
  CHECK_STATUS(green_terminal_set_raw(terminal, false), 0);
  CHECK(pair_is_as_before(&pair));
  return 0;
}

TEST_OUTSIDE(wait_for_the_size_outside_a_task) {
  green_terminal_window window = {0, 0};
  CHECK_STATUS(green_terminal_wait_size(NULL, &window), GREEN_EMAIN);
  return 0;
}

static int leave_raw(void *arg) {
  green_stream **terminal = arg;
  return green_terminal_set_raw(*terminal, true);
}

static int open_and_leave_raw(void *arg) {
  struct pair *pair = arg;
  green_stream *terminal;
  int rc = green_terminal_open(&terminal, pair->name);
  if (rc < 0) return rc;
  rc = leave_raw(&terminal);
  if (rc == 0 && !pair_is_raw(pair)) rc = GREEN_EIO;
  green_stream_close(terminal);
  if (rc == 0 && !pair_is_as_before(pair)) rc = GREEN_EIO;
  green_stream_release(terminal);
  return rc;
}

TEST_OUTSIDE(many_terminals_one_after_the_other) {
  for (size_t i = 0; i < test_scale(40, 3); i++) {
    AUTO_PAIR struct pair pair = {.user = -1, .kept = -1};
    CHECK_STATUS(pair_open(&pair), 0);
    CHECK_STATUS(green_run(open_and_leave_raw, &pair), 0);
    CHECK(pair_is_as_before(&pair));
  }
  return 0;
}

TEST(so_many_may_be_raw_at_once) {
  enum { MOST = 16 };
  static struct pair pairs[MOST + 1];
  static green_stream *terminals[MOST + 1];
  int rc = 0, opened = 0;
  for (; rc == 0 && opened <= MOST; opened++) {
    pairs[opened] = (struct pair){.user = -1, .kept = -1};
    rc = pair_open(&pairs[opened]);
    if (rc == 0) rc = green_terminal_open(&terminals[opened], pairs[opened].name);
    if (rc == 0) rc = green_terminal_set_raw(terminals[opened], true);
  }
  bool last_is = rc == GREEN_EMFILE && !pair_is_raw(&pairs[MOST]);
  if (rc == GREEN_EMFILE) green_stream_close(terminals[0]);
  int again = rc == GREEN_EMFILE ? green_terminal_set_raw(terminals[MOST], true) : 0;
  for (int i = 0; i < opened; i++) {
    green_stream_release(terminals[i]);
    terminals[i] = NULL;
    auto_pair(&pairs[i]);
  }
  CHECK_STATUS(rc, GREEN_EMFILE);
  CHECK_NUMBER(opened, MOST + 1);
  CHECK(last_is);
  CHECK_STATUS(again, 0);
  return 0;
}

TEST(a_terminal_that_hangs_up) {
  OPENED(pair, terminal);
  struct reading reading = {terminal, ""};
  AUTO_JOIN green_future *reader = green_spawn(read_once, &reading);
  CHECK_STARTED(reader);
  CHECK_STATUS(green_yield(), 0);
  pair_hang_up(&pair);
  int rc = test_saw(green_wait(reader));
  CHECK(rc == 0 || rc == GREEN_EIO);
  CHECK_STATUS(green_stream_write(terminal, "x", 1, NULL), GREEN_EIO);
  return 0;
}

/* A size is asked for behind it first, by nobody who reads. */
TEST(a_terminal_that_has_hung_up_has_no_size) {
  OPENED(pair, terminal);
  struct reading reading = {terminal, ""};
  green_terminal_window window;
  pair_resize(&pair, 80, 24);
  CHECK_STATUS(green_terminal_size(terminal, &window), 0);
  pair_hang_up(&pair);
  for (int i = 0; i < 2; i++) {
    CHECK_STATUS(green_terminal_size(terminal, &window), GREEN_EIO);
    CHECK_NUMBER(window.columns, 0);
    CHECK_STATUS(green_terminal_wait_size(terminal, &window), GREEN_EIO);
  }
  int rc = test_saw(read_once(&reading));
  CHECK(rc == 0 || rc == GREEN_EIO);
  return 0;
}

TEST(what_is_no_terminal) {
  green_stream *terminal;
  green_terminal_window window;
  CHECK_STATUS(green_terminal_open(&terminal, "/dev/null"), GREEN_EINVAL);
  CHECK(!terminal);
  CHECK_CONTAINS(green_message(), "/dev/null is no terminal");
  CHECK_STATUS(green_terminal_open(&terminal, "/nowhere/tty"), GREEN_ENOENT);
  CHECK_CONTAINS(green_message(), "/nowhere/tty");
  CHECK_STATUS(green_terminal_open(&terminal, ""), GREEN_ENOENT);
  OPENED(pair, opened);
  CHECK_STATUS(green_stream_shutdown(opened), GREEN_ENOTSUP);
  green_stream_close(opened);
  CHECK_STATUS(green_terminal_size(opened, &window), GREEN_ECLOSED);
  CHECK_STATUS(green_terminal_wait_size(opened, &window), GREEN_ECLOSED);
  return 0;
}

/* ---- the window ------------------------------------------------------------------------------ */

static void resize(const struct pair *pair, unsigned short columns, unsigned short rows) {
  pair_resize(pair, columns, rows);
  pair_tell_of_window();
}

struct waiting {
  green_stream *terminal;
  green_terminal_window window;
};

static int wait_size(void *arg) {
  struct waiting *waiting = arg;
  return green_terminal_wait_size(waiting->terminal, &waiting->window);
}

TEST(the_window_and_its_changes) {
  OPENED(pair, terminal);
  struct waiting waiting = {terminal, {0, 0}};
  resize(&pair, 80, 24);
  CHECK_STATUS(wait_size(&waiting), 0); /* it was another one already */
  CHECK_NUMBER(waiting.window.columns, 80);
  CHECK_NUMBER(waiting.window.rows, 24);
  AUTO_JOIN green_future *waiter = green_spawn(wait_size, &waiting);
  CHECK_STARTED(waiter);
  CHECK_STATUS(green_yield(), 0);
  pair_tell_of_window(); /* with the same size */
  for (int i = 0; i < 3; i++) CHECK_STATUS(green_sleep(1), 0);
  CHECK_STATUS(green_future_status(waiter), GREEN_EAGAIN);
  resize(&pair, 100, 24);
  CHECK_STATUS(green_wait(waiter), 0);
  CHECK_NUMBER(waiting.window.columns, 100);
  green_terminal_window window;
  CHECK_STATUS(green_terminal_size(terminal, &window), 0);
  CHECK_NUMBER(window.columns, 100);
  return 0;
}

TEST(a_wait_for_the_window_is_given_up) {
  OPENED(pair, terminal);
  struct waiting waiting = {terminal, {0, 0}};
  resize(&pair, 10, 10);
  CHECK_STATUS(wait_size(&waiting), 0);
  AUTO_JOIN green_future *waiter = green_spawn(wait_size, &waiting);
  CHECK_STARTED(waiter);
  CHECK_STATUS(green_yield(), 0);
  green_cancel(waiter);
  CHECK_STATUS(green_wait(waiter), GREEN_ECANCELED);
  CHECK_NUMBER(waiting.window.columns, 10);
  return 0;
}
