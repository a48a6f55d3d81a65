/* What greenio says by itself goes to a function, or to stderr. */
#include "harness.h"

#include <string.h>

static void note(const char *line, void *trace) {
  test_trace(trace, "[%s]", line);
}

static void stderr_again(struct test_trace *trace) {
  (void)trace;
  green_set_log(NULL, NULL);
}

/* Lines are given to `trace` until the end of the scope. */
#define LOGGED(trace)                                                                              \
  __attribute__((cleanup(stderr_again))) struct test_trace trace = {0};                            \
  green_set_log(note, &trace)

static int fails(void *arg) {
  return green_fail(GREEN_EPROTO, "%s", (const char *)arg);
}

/* A failed future that nobody looks at. */
static int forget(const char *words) {
  green_future *future;
  CHECK_STATUS(green_future_new(&future), 0);
  green_reject(future, GREEN_EIO, words ? "%s" : NULL, words);
  green_future_release(future);
  return 0;
}

TEST(log_is_given_whole_lines) {
  LOGGED(trace);
  AUTO_FUTURE green_future *future = green_spawn(fails, "bad words");
  CHECK_STARTED(future);
  CHECK_STATUS(green_wait(future), GREEN_EPROTO); /* which looks */
  CHECK_STRING(trace.text, "");
  CHECK_STATUS(forget(NULL), 0);
  CHECK_STRING(trace.text, "[greenio: nobody looked at a failed future: EIO: input/output error]");
  return 0;
}

TEST(log_lines_may_be_long) {
  LOGGED(trace);
  char words[700];
  memset(words, 'x', sizeof words);
  words[sizeof words - 1] = 0;
  CHECK_STATUS(forget(words), 0);
  if (strstr(trace.text, "input/output error")) test_saw(GREEN_ENOMEM); /* for the words */
  CHECK_CONTAINS(trace.text, words);
  CHECK(trace.text[trace.length - 1] == ']');
  return 0;
}

TEST(log_is_stderr_unless_set) {
  AUTO_CAPTURE struct test_capture capture = test_capture_stderr();
  CHECK_STATUS(forget(NULL), 0);
  CHECK_STRING(test_captured(&capture),
               "greenio: nobody looked at a failed future: EIO: input/output error\n");
  return 0;
}

static int fails_at_once(void *arg) {
  (void)arg;
  return green_fail(GREEN_EPROTO, "the words");
}

TEST_OUTSIDE(log_takes_what_green_run_failed_with) {
  LOGGED(trace);
  CHECK_STATUS(green_run(fails_at_once, NULL), GREEN_EPROTO);
  if (trace.length)
    CHECK_STRING(trace.text, "[greenio: EPROTO: the words]");
  else
    test_saw(GREEN_ENOMEM); /* for the words */
  return 0;
}
