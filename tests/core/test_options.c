/* Every option of the core is honoured on every host, or refused by its name: what is out of range,
 * or not there on this host, is never called a success. (Those of files and descriptors are in
 * tests/file and tests/fd.) */
#include "harness.h"

#include <stdint.h>
#include <string.h>
#include "test_host.h"

static int nothing(void *arg) {
  (void)arg;
  return 0;
}

static int join_with(green_spawn_options options) {
  char argument[1] = {0};
  return green_join(green_spawn_with(nothing, argument, &options));
}

static int spawn_with_stack(size_t size) {
  return join_with((green_spawn_options){.stack_size = size});
}

static int spawn_with_copy(size_t size) {
  return join_with((green_spawn_options){.copy_size = size});
}

static int pool_of(int workers) {
  green_pool *pool;
  int rc = green_pool_new(&pool, &(green_pool_options){.max_workers = workers});
  if (rc == 0) green_pool_release(pool);
  return rc;
}

static int change_pool_to(int workers) {
  green_pool *pool;
  int rc = green_pool_new(&pool, &(green_pool_options){.max_workers = 1});
  if (rc < 0) return rc;
  rc = green_pool_set_max_workers(pool, workers);
  green_pool_release(pool);
  return rc;
}

static int channel_of(size_t item_size, size_t capacity) {
  green_channel *channel;
  int rc = green_channel_new(&channel, item_size, capacity);
  if (rc == 0) green_channel_release(channel);
  return rc;
}

static int select_operation(int operation) {
  green_channel *channel;
  char item = 0;
  int rc = green_channel_new(&channel, 1, 1);
  if (rc < 0) return rc;
  green_select_case one = {.operation = (enum green_select_operation)operation, .channel = channel};
  one.item = &item;
  rc = green_select(&one, 1);
  green_channel_release(channel);
  return rc;
}

static int submit_copy(size_t size) {
  green_pool *pool;
  char argument[1] = {0};
  int rc = green_pool_new(&pool, &(green_pool_options){.max_workers = 1});
  if (rc < 0) return rc;
  rc = green_join(green_pool_submit_copy(pool, nothing, argument, size));
  test_saw(green_join(green_pool_shutdown(pool)));
  green_pool_release(pool);
  return rc;
}

static int watch(uint64_t milliseconds) {
  int rc = green_set_watchdog(milliseconds);
  green_set_watchdog(0);
  return rc;
}

/* A row: the call, its status, and what its message names; NULL: it is honoured. */
#define ROW(call, expected, named)                                                                 \
  do {                                                                                             \
    CHECK_STATUS(call, expected);                                                                  \
    if (named) CHECK_CONTAINS(green_message(), named);                                             \
  } while (0)
#define HONOURED ((const char *)NULL)

TEST(options_of_spawn) {
  ROW(spawn_with_stack(1), 0, HONOURED); /* rounded up */
  ROW(spawn_with_stack(100000), 0, HONOURED);
  ROW(spawn_with_stack(((size_t)1 << 30) + 1), GREEN_EINVAL, "stack_size");
  ROW(spawn_with_stack(SIZE_MAX), GREEN_EINVAL, "stack_size");
  ROW(spawn_with_copy(1), 0, HONOURED);
  ROW(spawn_with_copy(((size_t)64 << 10) + 1), GREEN_EINVAL, "copy_size");
  ROW(green_set_stack_size(1023), GREEN_EINVAL, "green_set_stack_size");
  ROW(green_set_stack_size(((size_t)1 << 30) + 1), GREEN_EINVAL, "green_set_stack_size");
  return 0;
}

static int submit_nothing(void) {
  AUTO_POOL green_pool *pool = NULL;
  int rc = green_pool_new(&pool, NULL);
  return rc < 0 ? rc : green_join(green_pool_submit(pool, NULL, NULL));
}

static int group_of_nothing(void) {
  AUTO_GROUP green_group *group = NULL;
  int rc = green_group_new(&group, NULL);
  if (rc == 0) rc = green_group_spawn(group, NULL, NULL);
  return rc == GREEN_EINVAL ? green_group_wait(group) : rc;
}

/* Refused where it is forgotten, and not when the task runs. */
TEST(options_nothing_is_refused_by_its_name) {
  ROW(green_wait(NULL), GREEN_EINVAL, "no future");
  ROW(green_join(NULL), GREEN_EINVAL, "no future");
  ROW(green_join(green_spawn(NULL, NULL)), GREEN_EINVAL, "green_spawn: no function");
  ROW(submit_nothing(), GREEN_EINVAL, "green_pool_submit: no function");
  ROW(group_of_nothing(), GREEN_EINVAL, "green_group_spawn: no function");
  return 0;
}

static void note_size(const green_report_entry *entry, void *arg) {
  if (strcmp(entry->name, "measured") == 0) *(size_t *)arg = entry->stack_size;
}

static int stack_of_this_task(void *arg) {
  green_report_each(note_size, arg);
  return 0;
}

/* At least what was asked for, and the name is in the report. */
TEST(options_of_spawn_have_their_effect) {
  const size_t asked[] = {20000, 70000, 300000};
  for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
    size_t size = 0;
    green_spawn_options options = {.name = "measured", .stack_size = asked[i]};
    green_future *task = green_spawn_with(stack_of_this_task, &size, &options);
    bool named = green_done(task) || green_future_name(task);
    CHECK_STATUS(green_join(task), 0);
    CHECK_MEMORY(named ? &named : NULL);
    CHECK(size >= asked[i]);
  }
  return 0;
}

TEST(options_of_pools) {
  ROW(pool_of(0), 0, HONOURED);
  ROW(pool_of(GREEN_POOL_MAX_WORKERS), 0, HONOURED);
  ROW(pool_of(GREEN_POOL_MAX_WORKERS + 1), GREEN_EINVAL, "max_workers");
  ROW(pool_of(-1), GREEN_EINVAL, "max_workers");
  ROW(change_pool_to(7), 0, HONOURED);
  ROW(change_pool_to(-7), GREEN_EINVAL, "max_workers");
  ROW(submit_copy(1), 0, HONOURED);
  ROW(submit_copy(((size_t)64 << 10) + 1), GREEN_EINVAL, "64 KiB");
  return 0;
}

TEST(options_of_channels_and_select) {
  ROW(channel_of(0, SIZE_MAX), 0, HONOURED);
  ROW(channel_of(((size_t)1 << 30) + 1, 0), GREEN_EINVAL, "green_channel_new");
  ROW(channel_of((size_t)1 << 16, SIZE_MAX / 4), GREEN_EINVAL, "green_channel_new");
  ROW(select_operation(GREEN_SELECT_SEND), 0, HONOURED);
  ROW(select_operation(3), GREEN_EINVAL, "the operation of case 0");
  ROW(select_operation(-1), GREEN_EINVAL, "the operation of case 0");
  return 0;
}

TEST(options_of_the_watchdog) {
  ROW(watch(1), 0, HONOURED);
  ROW(watch(UINT64_MAX), 0, HONOURED);
  return 0;
}

/* A browser has no signals, and says so. */
TEST(options_of_signals) {
  const int honoured[] = {SIGINT, SIGTERM, SIGHUP}, refused[] = {0, -1, SIGFPE, 1000};
  for (size_t i = 0; i < sizeof honoured / sizeof *honoured; i++) {
    green_future *future;
    int rc = green_signal(&future, honoured[i]);
    if (rc == GREEN_ENOTSUP) CHECK_CONTAINS(green_message(), "no signals");
    if (rc == GREEN_ENOTSUP) continue;
    CHECK_STATUS(rc, 0);
    green_cancel(future);
    green_future_release(future);
  }
  for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
    green_future *future = (green_future *)1;
    ROW(green_signal(&future, refused[i]), GREEN_EINVAL, "green_signal");
    CHECK(future == NULL);
  }
  return 0;
}

/* One that could give memory back to another allocator is not taken. */
TEST_OUTSIDE(options_of_the_allocator) {
  green_allocator lacking = {0};
  AUTO_CAPTURE struct test_capture capture = test_capture_stderr();
  green_set_allocator(&lacking);
  const char *text = test_captured(&capture);
  size_t before = test_allocator_calls();
  green_future *future;
  CHECK_STATUS(green_future_new(&future), 0);
  green_future_release(future);
  CHECK(test_allocator_calls() > before);
  CHECK_CONTAINS(text, "green_set_allocator");
  return 0;
}

/* ---- releases ---- */

/* Each takes NULL, and none waits: so a cancel that is pending stays so. */
TEST(releases_take_nothing_and_never_park) {
  CHECK_STATUS(green_cancel(green_current()), 0);
  green_future_release(NULL);
  green_channel_release(NULL);
  green_pool_release(NULL);
  green_runtime_release(NULL);
  CHECK(green_future_retain(NULL) == NULL && green_channel_retain(NULL) == NULL &&
        green_runtime_retain(NULL) == NULL);
  green_channel *channel = NULL;
  green_pool *pool = NULL;
  CHECK_STATUS(green_channel_new(&channel, 1, 1), 0);
  green_channel_release(channel);
  CHECK_STATUS(green_pool_new(&pool, NULL), 0);
  green_pool_release(pool);
  CHECK_STATUS(green_yield(), GREEN_ECANCELED);
  return 0;
}

/* ---- what tasks stand on ---- */

static bool is_kind(const char *name) {
  static const char *const kinds[2][3] = {
      {"assembly", "ucontext", NULL}, {"asyncify", "jspi", "wasmfx" /* of tests/contexts/fx */}};
  for (int i = 0; i < 3 && kinds[test_in_wasm][i]; i++)
    if (strcmp(name, kinds[test_in_wasm][i]) == 0) return true;
  return false;
}

TEST(contexts_have_a_name_and_a_most) {
  const char *name = green_contexts();
  CHECK(is_kind(name));
  size_t most = green_most_tasks();
  CHECK(strcmp(name, "jspi") == 0 ? most == 8000 : most == SIZE_MAX);
  return 0;
}
