/* The limits that docs/limits.md states: each is reached, gives its status, and leaves a runtime
 * that goes on.
 *
 *   limits_tests [COUNT]    COUNT: how many of a thing are "many" where memory alone sets the limit
 *
 * A line a limit with what was found; the last line is "N passed, N failed".
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <greenio/greenio.h>

#include "memory.h"

#define KIB          ((size_t)1 << 10)
#define MIB          ((size_t)1 << 20)
#define GIB          ((size_t)1 << 30)
#define AN_HOUR      (3600u * 1000u)
#define LITTLE_SPACE (768 * MIB) /* of addresses, natively */

static size_t many = 100000;
static const char *failure;

#define REQUIRE(condition)                                                                         \
  do {                                                                                             \
    if (!(condition)) {                                                                            \
      failure = #condition;                                                                        \
      return GREEN_EINVAL;                                                                         \
    }                                                                                              \
  } while (0)

static int nothing(void *arg) {
  (void)arg;
  return 0;
}

/* ---- tasks and timers ---- */

static int sleeps(void *arg) {
  (void)arg;
  return green_sleep(AN_HOUR);
}

/* Spawns until that fails, or `most` are there. */
static size_t spawn_all(green_future **tasks, size_t most, size_t stack, int *status) {
  green_spawn_options options = {.stack_size = stack};
  for (size_t i = 0; i < most; i++) {
    tasks[i] = green_spawn_with(sleeps, NULL, &options);
    *status = green_done(tasks[i]) ? green_future_status(tasks[i]) : 0;
    if (*status == 0) continue;
    green_future_release(tasks[i]);
    return i;
  }
  return most;
}

static int end_all(green_future **tasks, size_t count) {
  int rc = green_yield(); /* each has set its timer now */
  for (size_t i = 0; i < count; i++) green_cancel(tasks[i]);
  for (size_t i = 0; i < count; i++) REQUIRE(green_join(tasks[i]) == GREEN_ECANCELED);
  return rc;
}

static int many_tasks(void) {
  int status;
  green_future **tasks = malloc(many * sizeof *tasks);
  REQUIRE(tasks);
  size_t count = spawn_all(tasks, many, 4 * KIB, &status);
  printf("%zu sleeping tasks with stacks of 4 KiB: %s\n", count, green_status_name(status));
  REQUIRE(count == many);
  int rc = end_all(tasks, count);
  free(tasks);
  return rc;
}

static int most_tasks(void) {
  int status;
  enum { ROOM = 200000 };
  green_future **tasks = malloc(ROOM * sizeof *tasks);
  REQUIRE(tasks);
  memory_limit(LITTLE_SPACE);
  size_t count = spawn_all(tasks, ROOM, 0, &status);
  memory_limit(0);
  printf("tasks with stacks of the default size until memory ends: %zu, then %s\n", count,
         green_status_name(status));
  REQUIRE(status == GREEN_ENOMEM);
  int rc = end_all(tasks, count);
  free(tasks);
  return rc < 0 ? rc : green_join(green_spawn(nothing, NULL));
}

static int most_time(void) {
  int rc = 0;
  GREEN_TIMEOUT(UINT64_MAX) {
    GREEN_TIMEOUT(1) {
      rc = green_sleep(UINT64_MAX);
    }
  }
  REQUIRE(rc == GREEN_ETIMEDOUT);
  printf("the longest sleep and timeout: 2^64 - 1 ms, taken for about 584 years\n");
  return 0;
}

/* ---- stacks ---- */

static int stack_of(size_t size, int *status) {
  green_spawn_options options = {.stack_size = size};
  *status = green_join(green_spawn_with(nothing, NULL, &options));
  return *status;
}

static int stacks(void) {
  int status;
  size_t size = GIB;
  REQUIRE(stack_of(GIB + 1, &status) == GREEN_EINVAL);
  REQUIRE(stack_of(1, &status) == 0);
  for (; size > MIB && stack_of(size, &status) < 0; size /= 2) REQUIRE(status == GREEN_ENOMEM);
  printf("the largest stack here: %zu MiB\n", size / MIB);
  REQUIRE(size >= 256 * MIB);
  REQUIRE(green_set_stack_size(KIB - 1) == GREEN_EINVAL);
  REQUIRE(green_set_stack_size(GIB + 1) == GREEN_EINVAL);
  static char bytes[64 * 1024 + 1];
  REQUIRE(green_join(green_spawn_copy(nothing, bytes, sizeof bytes - 1)) == 0);
  REQUIRE(green_join(green_spawn_copy(nothing, bytes, sizeof bytes)) == GREEN_EINVAL);
  return 0;
}

/* ---- scopes ---- */

static int nest(unsigned left, uintptr_t *lowest) {
  int rc = 0;
  char here;
  *lowest = (uintptr_t)&here;
  GREEN_TIMEOUT(AN_HOUR + left) {
    GREEN_SHIELD {
      rc = left ? nest(left - 1, lowest) : green_yield();
    }
  }
  return rc;
}

enum { NESTED = 1000 };

static int nests(void *arg) {
  char here;
  uintptr_t lowest;
  int rc = nest(NESTED, &lowest);
  *(size_t *)arg = ((uintptr_t)&here - lowest) / NESTED;
  return rc;
}

static int scopes(void) {
  size_t each = 0;
  green_spawn_options options = {.stack_size = 16 * MIB};
  int rc = green_join(green_spawn_with(nests, &each, &options));
  printf("nested scopes: %d, %zu bytes of stack each pair; the stack is the limit\n", 2 * NESTED,
         each);
  return rc;
}

/* ---- queues ---- */

static int channels(void) {
  green_channel *channel;
  REQUIRE(green_channel_new(&channel, GIB + 1, 1) == GREEN_EINVAL);
  REQUIRE(green_channel_new(&channel, 2, GIB / 2 + 1) == GREEN_EINVAL);
  REQUIRE(green_channel_new(&channel, SIZE_MAX, SIZE_MAX) == GREEN_EINVAL);
  size_t size = GIB;
  int rc;
  while ((rc = green_channel_new(&channel, 1, size)) == GREEN_ENOMEM) size /= 2;
  REQUIRE(rc == 0);
  green_channel_release(channel);
  REQUIRE(green_channel_new(&channel, sizeof(size_t), many) == 0);
  for (size_t i = 0; i < many; i++) REQUIRE(green_channel_send(channel, &i) == 0);
  size_t item = 0;
  REQUIRE(green_channel_try_send(channel, &item) == GREEN_EAGAIN);
  for (size_t i = 0; i < many; i++)
    REQUIRE(green_channel_receive(channel, &item) == 0 && item == i);
  green_channel_release(channel);
  printf("the largest channel here: %zu MiB; %zu items sent and received\n", size / MIB, many);
  return 0;
}

static size_t called;
static void call(void *arg) {
  (void)arg;
  called++;
}
static void call_back(green_future *future, void *arg) {
  (void)future, (void)arg;
  called++;
}

static int calls(void) {
  green_future *future;
  green_runtime *runtime = green_runtime_current();
  REQUIRE(green_future_new(&future) == 0);
  called = 0;
  for (size_t i = 0; i < many; i++) {
    REQUIRE(green_post(runtime, call, NULL) == 0);
    REQUIRE(green_future_on_done(future, call_back, NULL) == 0);
  }
  green_resolve(future, NULL, NULL);
  while (called < 2 * many) REQUIRE(green_yield() == 0);
  green_future_release(future);
  printf("%zu posted calls and as many callbacks of one future\n", many);
  return 0;
}

static int jobs(void) {
  green_pool *pool;
  REQUIRE(green_pool_new(&pool, &(green_pool_options){.max_workers = GREEN_POOL_MAX_WORKERS + 1}) ==
          GREEN_EINVAL);
  REQUIRE(green_pool_new(&pool, &(green_pool_options){.max_workers = -1}) == GREEN_EINVAL);
  REQUIRE(green_pool_new(&pool, &(green_pool_options){.max_workers = 1}) == 0);
  green_future *last = NULL;
  for (size_t i = 0; i < many; i++) {
    green_future_release(last);
    last = green_pool_submit(pool, nothing, NULL);
  }
  REQUIRE(green_pool_queued_count(pool) == many);
  int rc = green_join(last), ended = green_join(green_pool_shutdown(pool));
  green_pool_release(pool);
  printf("%zu queued jobs\n", many);
  return rc < 0 ? rc : ended;
}

/* ---- many futures ---- */

static int finish(void *arg) {
  green_resolve(arg, NULL, NULL);
  return 0;
}

static int waits(void) {
  green_future *future;
  green_future **futures = malloc(many * sizeof(green_future *));
  REQUIRE(futures && green_future_new(&future) == 0);
  for (size_t i = 0; i < many; i++) futures[i] = future;
  green_future *other = green_spawn(finish, future);
  REQUIRE(green_wait_any(futures, many) == 0);
  REQUIRE(green_wait_all(futures, many) == 0);
  REQUIRE(green_join(other) == 0);
  REQUIRE(green_wait_any((green_future *[]){NULL}, 1) == GREEN_EINVAL);
  green_future_release(future);
  free(futures);
  printf("%zu futures waited for at once\n", many);
  return 0;
}

/* The records for them are larger than memory, and with 32 bits than any size. */
static int too_many_waits(void) {
  size_t count = sizeof(size_t) == 4 ? 180000000 : 20000000;
  green_future *future;
  memory_limit(count * sizeof(green_future *) + LITTLE_SPACE);
  green_future **futures = malloc(count * sizeof(green_future *));
  REQUIRE(futures && green_future_new(&future) == 0);
  for (size_t i = 0; i < count; i++) futures[i] = future;
  int rc = green_wait_any(futures, count);
  free(futures);
  memory_limit(0);
  green_future_release(future);
  printf("%zu futures at once: %s\n", count, green_status_name(rc));
  REQUIRE(rc == GREEN_ENOMEM);
  return 0;
}

/* ---- text ---- */

static int fails_at_length(void *text) {
  return green_fail(GREEN_EIO, "%s", (char *)text);
}

static int messages(void) {
  size_t length = 16 * MIB;
  char *text = malloc(length + 1);
  REQUIRE(text);
  memset(text, 'x', length);
  text[length] = '\0';
  green_future *future = green_spawn(fails_at_length, text);
  REQUIRE(green_wait(future) == GREEN_EIO);
  REQUIRE(strlen(green_future_message(future)) == length);
  green_future_set_name(future, text);
  REQUIRE(strlen(green_future_name(future)) == 31);
  green_future_release(future);
  free(text);
  printf("a message of %zu MiB; a name of 31 bytes\n", length / MIB);
  return 0;
}

/* ---- a chain ---- */

static int chain(void *arg) {
  size_t left = (size_t)arg;
  green_spawn_options options = {.stack_size = 4 * KIB};
  return left ? green_join(green_spawn_with(chain, (void *)(left - 1), &options)) : 7;
}

static int chains(void) {
  REQUIRE(green_join(green_spawn(chain, (void *)many)) == 7);
  printf("a chain of %zu tasks, each of which joins the next\n", many);
  return 0;
}

static const struct limit {
  const char *name;
  int (*run)(void);
} limits[] = {
    {"many tasks", many_tasks}, {"most tasks", most_tasks},
    {"time", most_time},        {"stacks", stacks},
    {"scopes", scopes},         {"channels", channels},
    {"calls", calls},           {"jobs", jobs},
    {"waits", waits},           {"messages", messages},
    {"chains", chains},         {"too many waits", too_many_waits},
};

static int app(void *arg) {
  int *failed = arg;
  for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
    failure = "a wait";
    int rc = limits[i].run();
    if (rc < 0) printf("FAILED: %s: %s: %s\n", limits[i].name, green_status_name(rc), failure);
    *failed += rc < 0;
    fflush(stdout);
  }
  return 0;
}

int main(int argc, char **argv) {
  int failed = 0, count = (int)(sizeof limits / sizeof *limits);
  if (argc > 1) many = strtoull(argv[1], NULL, 10);
  if (green_run(app, &failed) < 0) failed = count;
  printf("%d passed, %d failed\n", count - failed, failed);
  return failed != 0;
}
