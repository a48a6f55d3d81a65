/* Where tasks were made: a program that is compiled with GREENIO_PLACES has reports say it. */
#ifndef GREENIO_PLACES
#define GREENIO_PLACES
#endif
#include "harness.h"

#include <string.h>

#define FOR_EVER (3600 * 1000)

static int sleep_long(void *arg) {
  (void)arg;
  return green_sleep(FOR_EVER);
}

/* "12 -": the lines in this file, "-" where none is known. */
static void see_lines(const green_report_entry *entry, void *trace) {
  const char *name = strrchr(entry->made_in, '/');
  name = name ? name + 1 : entry->made_in;
  if (strcmp(name, "test_place.c") == 0)
    test_trace(trace, "%d", entry->made_at);
  else
    test_trace(trace, "%s", *name ? name : "-");
}

/* The tasks behind the first, which is the driver's, stand as `expected` has it. */
static int check_lines(const char *expected) {
  struct test_trace got = {0};
  green_report_each(see_lines, &got);
  const char *others = strchr(got.text, ' ');
  CHECK_STRING(others ? others + 1 : "", expected);
  return 0;
}

#define CHECK_LINES(...)                                                                           \
  do {                                                                                             \
    char expected[32];                                                                             \
    snprintf(expected, sizeof expected, __VA_ARGS__);                                              \
    int rc_of_lines = check_lines(expected);                                                       \
    if (rc_of_lines < 0) return rc_of_lines;                                                       \
  } while (0)

TEST(spawned_task_knows_its_line) {
  AUTO_JOIN green_future *task = green_spawn(sleep_long, NULL);
  CHECK_STARTED(task);
  CHECK_LINES("%d", __LINE__ - 2);
  return 0;
}

TEST(task_of_options_knows_its_line) {
  green_spawn_options options = {.name = "named", .stack_size = 20000};
  AUTO_JOIN green_future *task = green_spawn_with(sleep_long, NULL, &options);
  CHECK_STARTED(task);
  CHECK_LINES("%d", __LINE__ - 2);
  return 0;
}

TEST(task_of_group_knows_its_line) {
  AUTO_GROUP green_group *group = NULL;
  CHECK_STATUS(green_group_new(&group, NULL), 0);
  CHECK_STATUS(green_group_spawn(group, sleep_long, NULL), 0);
  CHECK_LINES("%d", __LINE__ - 1);
  return 0;
}

static int spawn_into(void *arg) {
  return test_saw(green_group_spawn(arg, sleep_long, NULL));
}
static const int line_of_spawn_into = __LINE__ - 2;

/* One that waited in line begins later, from elsewhere. */
TEST(task_that_waited_in_line_knows_its_line) {
  AUTO_GROUP green_group *group = NULL;
  CHECK_STATUS(green_group_new(&group, &(green_group_options){.max_tasks = 1}), 0);
  green_future *first = NULL;
  CHECK_STATUS(green_group_spawn_with(group, &first, sleep_long, NULL, NULL), 0);
  AUTO_FUTURE green_future *own = first;
  AUTO_FUTURE green_future *maker = green_spawn(spawn_into, group);
  CHECK_STARTED(maker);
  CHECK_STATUS(green_yield(), 0);
  green_cancel(own);
  CHECK_STATUS(green_wait(own), GREEN_ECANCELED);
  CHECK_STATUS(green_wait(maker), 0);
  CHECK_LINES("%d", line_of_spawn_into);
  return 0;
}

TEST(job_knows_its_line) {
  AUTO_POOL green_pool *pool = NULL;
  CHECK_STATUS(green_pool_new(&pool, NULL), 0);
  AUTO_JOIN green_future *job = green_pool_submit(pool, sleep_long, NULL);
  CHECK_STARTED(job);
  CHECK_STATUS(green_yield(), 0);
  CHECK_LINES("%d", __LINE__ - 3);
  green_cancel(job);
  CHECK_STATUS(green_wait(job), GREEN_ECANCELED);
  CHECK_STATUS(green_yield(), 0);
  CHECK_LINES("-");
  return 0;
}

/* Spawns without a line of its own while another's call is being made. */
static void *make_another(green_future **out) {
  *out = (green_spawn)(sleep_long, NULL);
  green_yield();
  return NULL;
}

TEST(line_is_not_another_tasks) {
  AUTO_JOIN green_future *inner = NULL;
  AUTO_JOIN green_future *outer = green_spawn(sleep_long, make_another(&inner));
  CHECK_STARTED(inner);
  CHECK_STARTED(outer);
  AUTO_JOIN green_future *plain = (green_spawn)(sleep_long, NULL);
  CHECK_STARTED(plain);
  CHECK_LINES("%d - -", __LINE__ - 5);
  return 0;
}

TEST(report_says_the_line) {
  AUTO_CAPTURE struct test_capture capture = test_capture_file();
  AUTO_JOIN green_future *task = green_spawn(sleep_long, NULL);
  CHECK_STARTED(task);
  char expected[64];
  snprintf(expected, sizeof expected, "test_place.c:%d\n", __LINE__ - 3);
  if (green_report(capture.file) < 2) return test_saw(GREEN_ENOMEM);
  const char *table = test_captured(&capture);
  CHECK_CONTAINS(table, "        made at ");
  CHECK_CONTAINS(table, expected);
  return 0;
}

TEST(report_as_json_says_the_line) {
  AUTO_CAPTURE struct test_capture capture = test_capture_file();
  AUTO_JOIN green_future *task = green_spawn(sleep_long, NULL);
  CHECK_STARTED(task);
  char expected[64];
  snprintf(expected, sizeof expected, "test_place.c:%d\",\"spawnedBy\":1", __LINE__ - 3);
  if (green_report_json(capture.file) < 2) return test_saw(GREEN_ENOMEM);
  CHECK_CONTAINS(test_captured(&capture), expected);
  return 0;
}
