/* The checks: each compares, and leaves the first failure of a test for the driver to print. */
#include "check.h"

#include <stdarg.h>
#include <string.h>

struct test_outcome test_outcome;

static bool fail(const char *file, int line, const char *format, ...) GREEN_PRINTF(3, 4);

static bool fail(const char *file, int line, const char *format, ...) {
  const char *slash = strrchr(file, '/');
  size_t size = sizeof test_outcome.failure;
  test_outcome.failures++;
  if (test_outcome.failures > 1) return false;
  int used = snprintf(test_outcome.failure, size, "%s:%d: ", slash ? slash + 1 : file, line);
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(test_outcome.failure + used, size - (size_t)used, format, arguments);
  va_end(arguments);
  return false;
}

int test_saw(int status) {
  if (status == GREEN_ENOMEM) test_outcome.out_of_memory = true;
  return status;
}

int test_skip(const char *reason) {
  test_outcome.skipped = reason;
  return TEST_SKIPPED;
}

bool test_check(const char *file, int line, const char *expression, bool condition) {
  return condition || fail(file, line, "%s", expression);
}

static const char *describe(int status, char *text, size_t size) {
  if (status >= 0)
    snprintf(text, size, "%d", status);
  else if (status == TEST_FAILED)
    snprintf(text, size, "a failed check");
  else
    snprintf(text, size, "%s (%d)", green_status_name(status), status);
  return text;
}

bool test_check_status(const char *file, int line, const char *expression, int got, int expected) {
  char got_text[64], expected_text[64];
  test_saw(got);
  return got == expected || fail(file, line, "%s gave %s, not %s", expression,
                                 describe(got, got_text, sizeof got_text),
                                 describe(expected, expected_text, sizeof expected_text));
}

bool test_check_number(const char *file, int line, const char *expression, long long got,
                       long long expected) {
  if (got != expected && got == GREEN_ENOMEM) test_saw(GREEN_ENOMEM); /* a count, or a status */
  return got == expected || fail(file, line, "%s is %lld, not %lld", expression, got, expected);
}

/* Words are the first that a failing allocation takes. */
static void words_may_be_lost(const char *expression) {
  if (test_allocator_failed() && strcmp(expression, "green_message()") == 0) test_saw(GREEN_ENOMEM);
}

bool test_check_string(const char *file, int line, const char *expression, const char *got,
                       const char *expected) {
  if (got && strcmp(got, expected) == 0) return true;
  words_may_be_lost(expression);
  return fail(file, line, "%s is \"%s\", not \"%s\"", expression, got ? got : "(NULL)", expected);
}

bool test_check_contains(const char *file, int line, const char *expression, const char *got,
                         const char *part) {
  if (got && strstr(got, part)) return true;
  words_may_be_lost(expression);
  return fail(file, line, "%s is \"%s\", without \"%s\"", expression, got ? got : "(NULL)", part);
}

bool test_check_started(const char *file, int line, const char *expression,
                        const green_future *future) {
  if (!future) return fail(file, line, "%s is NULL", expression);
  if (!green_done(future)) return true;
  int status = test_saw(green_future_status(future));
  return status >= 0 || fail(file, line, "%s failed: %s", expression, green_status_name(status));
}

bool test_check_memory(const char *file, int line, const char *expression, const void *pointer) {
  if (pointer) return true;
  test_saw(GREEN_ENOMEM);
  return fail(file, line, "%s is NULL", expression);
}

bool test_check_message(const char *file, int line, const char *expression,
                        const green_future *future, const char *expected) {
  const char *message = green_future_message(future);
  int status = green_future_status(future);
  if (test_allocator_failed() && strcmp(message, green_strerror(status)) == 0)
    test_saw(GREEN_ENOMEM);
  return test_check_string(file, line, expression, message, expected);
}
