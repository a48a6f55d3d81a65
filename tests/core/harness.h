/* The test harness: registration, checks, and variables that are cleaned up by scope.
 *
 * It relies on greenio's public headers alone and is the same program on every host. A test is a
 * function that returns 0; a check that fails prints where and what, and returns from the function
 * it stands in. So whatever a test makes is held in an AUTO_ variable, and is gone by any road.
 *
 *   TEST(sleep_parks_one_task) {
 *     AUTO_JOIN green_future *other = green_spawn(sleeper, NULL);
 *     CHECK_STARTED(other);
 *     CHECK_STATUS(green_wait(other), GREEN_OK);
 *     return 0;
 *   }
 *
 * Every test also runs with each of its allocations failing once (--fail-alloc), where it may give
 * up early, but some status must have said GREEN_ENOMEM. So statuses are looked at with
 * CHECK_STATUS, new futures with CHECK_STARTED, pointers that are NULL without memory with
 * CHECK_MEMORY, and messages with CHECK_MESSAGE: these take notice. So do CHECK_NUMBER, of a status
 * where a count was expected, and CHECK_STRING and CHECK_CONTAINS of green_message(). A status that
 * may be one of several goes through test_saw() in a CHECK.
 */
#ifndef GREENIO_TESTS_HARNESS_H
#define GREENIO_TESTS_HARNESS_H

#include <greenio/greenio.h>
#include "test_host.h"

GREEN_BEGIN

/* ---- tests ----------------------------------------------------------------------------------- */

struct test {
  const char *name;
  const char *file;
  int line;
  int (*function)(void *);
  bool outside;
  struct test *next;
};

/* Not statuses of greenio: a check failed, the test cannot run here. */
#define TEST_FAILED  (-900001)
#define TEST_SKIPPED (-900002)

/* A test that runs in a green task, the first of a runtime of its own. */
#define TEST(name) TEST__DEFINE(name, false)

/* A test that runs on the host's own stack. It may call green_run() itself; the harness ends the
 * runtime that it may leave behind. */
#define TEST_OUTSIDE(name) TEST__DEFINE(name, true)

#define TEST__DEFINE(name, outside)                                                                \
  static int test_##name(void *);                                                                  \
  __attribute__((constructor)) static void register_##name(void) {                                 \
    static struct test test = {#name, __FILE__, __LINE__, test_##name, outside, NULL};             \
    test_register(&test);                                                                          \
  }                                                                                                \
  static int test_##name(void *test_argument __attribute__((unused)))

void test_register(struct test *test);

/* Runs the tests that the arguments ask for; what main() returns. */
int test_main(int argc, char **argv);

/* The size of a heavy test: `normal`, or `in_fail_alloc` where it runs once an allocation. */
size_t test_scale(size_t normal, size_t in_fail_alloc);

/* Leaves the test, which does not count as failed. The reason is a literal. */
#define SKIP(reason) return test_skip(reason)
int test_skip(const char *reason);

/* ---- checks: for functions that return int --------------------------------------------------- */

#define TEST__CHECK(passed)                                                                        \
  do {                                                                                             \
    if (!(passed)) return TEST_FAILED;                                                             \
  } while (0)

#define CHECK(condition) TEST__CHECK(test_check(__FILE__, __LINE__, #condition, (condition)))

/* The status or count that an expression gives. */
#define CHECK_STATUS(expression, expected)                                                         \
  TEST__CHECK(test_check_status(__FILE__, __LINE__, #expression, (expression), (expected)))

/* Two integers. */
#define CHECK_NUMBER(expression, expected)                                                         \
  TEST__CHECK(test_check_number(__FILE__, __LINE__, #expression, (long long)(expression),          \
                                (long long)(expected)))

/* Two strings; the second may also be contained in the first. */
#define CHECK_STRING(expression, expected)                                                         \
  TEST__CHECK(test_check_string(__FILE__, __LINE__, #expression, (expression), (expected)))
#define CHECK_CONTAINS(expression, part)                                                           \
  TEST__CHECK(test_check_contains(__FILE__, __LINE__, #expression, (expression), (part)))

/* A future that was just made has not failed yet. */
#define CHECK_STARTED(future) TEST__CHECK(test_check_started(__FILE__, __LINE__, #future, (future)))

/* A pointer that is NULL only when memory has run out. */
#define CHECK_MEMORY(pointer)                                                                      \
  TEST__CHECK(test_check_memory(__FILE__, __LINE__, #pointer, (pointer)))

/* The message of a future. One for which there was no memory reads as its status does. */
#define CHECK_MESSAGE(future, expected)                                                            \
  TEST__CHECK(test_check_message(__FILE__, __LINE__, #future, (future), (expected)))

/* In a callback, which cannot give up: takes notice and goes on. */
#define EXPECT(condition) ((void)test_check(__FILE__, __LINE__, #condition, (condition)))

bool test_check(const char *file, int line, const char *expression, bool condition);
bool test_check_status(const char *file, int line, const char *expression, int got, int expected);
bool test_check_number(const char *file, int line, const char *expression, long long got,
                       long long expected);
bool test_check_string(const char *file, int line, const char *expression, const char *got,
                       const char *expected);
bool test_check_contains(const char *file, int line, const char *expression, const char *got,
                         const char *part);
bool test_check_started(const char *file, int line, const char *expression,
                        const green_future *future);
bool test_check_memory(const char *file, int line, const char *expression, const void *pointer);
bool test_check_message(const char *file, int line, const char *expression,
                        const green_future *future, const char *expected);

/* Takes notice of a status seen in some other way: GREEN_ENOMEM explains a test that gives up. */
int test_saw(int status);

/* ---- variables cleaned up by scope, the last one first; NULL is passed over ------------------ */

/* A future: released. One that the test cancels and joins. Both look at its status. */
#define AUTO_FUTURE __attribute__((unused, cleanup(test_auto_future)))
#define AUTO_JOIN   __attribute__((unused, cleanup(test_auto_join)))
/* A pool: shut down and joined, then released. A channel: closed and released. So whatever uses
 * them is declared behind them. */
#define AUTO_POOL    __attribute__((unused, cleanup(test_auto_pool)))
#define AUTO_CHANNEL __attribute__((unused, cleanup(test_auto_channel)))
#define AUTO_RUNTIME __attribute__((unused, cleanup(test_auto_runtime)))
/* A group: released. */
#define AUTO_GROUP __attribute__((unused, cleanup(test_auto_group)))
/* A lock of the frame, released if the running task owns it: `AUTO_RELEASE green_lock *own =
 * &lock;` */
#define AUTO_RELEASE __attribute__((unused, cleanup(test_auto_release)))
void test_auto_release(green_lock **lock);
/* What a test outside has queued runs before its variables are gone, though it gave up before it
 * could call green_run(): `AUTO_RUN bool run = true;`, behind the variables. */
#define AUTO_RUN __attribute__((unused, cleanup(test_auto_run)))
void test_auto_run(bool *run);
void test_auto_future(green_future **future);
void test_auto_join(green_future **future);
void test_auto_pool(green_pool **pool);
void test_auto_channel(green_channel **channel);
void test_auto_runtime(green_runtime **runtime);
void test_auto_group(green_group **group);

/* Many futures: `AUTO_JOIN_ALL struct test_futures tasks = test_futures(100);`, then tasks.at[i].
 * All are cancelled, then joined. The array is the C library's memory and starts out NULL. */
struct test_futures {
  green_future **at;
  size_t count;
};
#define AUTO_JOIN_ALL __attribute__((unused, cleanup(test_auto_join_all)))
struct test_futures test_futures(size_t count);
void test_auto_join_all(struct test_futures *futures);

/* What happened, in order: words appended to one string, for CHECK_STRING(trace.text, "a b c"). */
struct test_trace {
  size_t length;
  char text[1000];
};
void test_trace(struct test_trace *trace, const char *format, ...) GREEN_PRINTF(2, 3);

/* What is written to stderr, or to a FILE of the test's own, as a string:
 *
 *   AUTO_CAPTURE struct test_capture capture = test_capture_stderr();
 *   ...
 *   CHECK_CONTAINS(test_captured(&capture), "out of memory");
 *
 * test_captured() ends it; the string is good until the end of the scope. */
struct test_capture {
  FILE *file;
  int stderr_copy; /* -1: stderr is not replaced */
  char *text;
  char path[32];
};
#define AUTO_CAPTURE __attribute__((unused, cleanup(test_auto_capture)))
struct test_capture test_capture_stderr(void);
struct test_capture test_capture_file(void);
const char *test_captured(struct test_capture *capture);
void test_auto_capture(struct test_capture *capture);

/* ---- the counting allocator, which is always installed --------------------------------------- */

/* Calls of the allocator since the program began, of any kind. */
size_t test_allocator_calls(void);
/* Blocks that are allocated now. */
size_t test_allocator_blocks(void);
/* True once the failure that --fail-alloc wanted has happened. */
bool test_allocator_failed(void);

/* For the driver. */
void test_allocator_install(void);
void test_allocator_begin(size_t fail_at);
void test_allocator_disarm(void);
size_t test_allocator_outstanding(size_t *bytes);

GREEN_END
#endif
