/* Soak: switches, spawns and timers in great number, and memory that stays as it was.
 *
 *   soak [SWITCHES [SPAWNS [TIMERS]]]
 *
 * Each part first runs a hundredth of its count or a little more, so that everything recycled is
 * there; what it reaches then is what it may use. Afterwards
 *   - the allocator's blocks and bytes outstanding are exactly what they were,
 *   - at no time were there more of them than in the warm-up,
 *   - switches and timers have called the allocator not once,
 *   - the process's resident memory, or the end of the heap in wasm's linear memory, has grown by
 * at most GROWTH_MOST, whatever the count. A line a part; the last line is "N passed, N failed".
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <greenio/greenio.h>

#include "footprint.h"

enum {
  SWITCHERS = 16,
  FLIGHT = 500,         /* tasks, jobs or timers at once */
  WARM_UP = 8 * FLIGHT, /* at least: every kind of flight, twice */
};

#define GROWTH_MOST ((size_t)512 << 10)

/* ---- the allocator, counted ---- */

static struct count { size_t calls, blocks, bytes, most_blocks, most_bytes; } count;

static void count_new(size_t size) {
  count.calls++;
  count.blocks++;
  count.bytes += size;
  if (count.blocks > count.most_blocks) count.most_blocks = count.blocks;
  if (count.bytes > count.most_bytes) count.most_bytes = count.bytes;
}

/* A block's size stands before it. */
static void *allocate(size_t size, void *arg) {
  (void)arg;
  max_align_t *memory = malloc(sizeof *memory + size);
  if (!memory) return NULL;
  *(size_t *)memory = size;
  count_new(size);
  return memory + 1;
}

static void release(void *memory, void *arg) {
  (void)arg;
  if (!memory) return;
  max_align_t *whole = (max_align_t *)memory - 1;
  count.calls++;
  count.blocks--;
  count.bytes -= *(size_t *)whole;
  free(whole);
}

static void *reallocate(void *memory, size_t size, void *arg) {
  if (!memory) return allocate(size, arg);
  max_align_t *whole = realloc((max_align_t *)memory - 1, sizeof *whole + size);
  if (!whole) return NULL;
  count.calls++;
  count.bytes += size - *(size_t *)whole;
  *(size_t *)whole = size;
  if (count.bytes > count.most_bytes) count.most_bytes = count.bytes;
  return whole + 1;
}

static const green_allocator allocator = {allocate, reallocate, release, NULL};

/* ---- switches ---- */

static int yielder(void *arg) {
  for (uint64_t left = *(const uint64_t *)arg; left; left--) {
    int rc = green_yield();
    if (rc < 0) return rc;
  }
  return 0;
}

static int switches(uint64_t wanted) {
  green_future *tasks[SWITCHERS];
  uint64_t each = wanted / SWITCHERS + 1;
  for (int i = 0; i < SWITCHERS; i++) tasks[i] = green_spawn(yielder, &each);
  int rc = green_wait_all(tasks, SWITCHERS);
  for (int i = 0; i < SWITCHERS; i++) green_join(tasks[i]);
  return rc;
}

/* ---- spawns: tasks and jobs that end well, fail, and are cancelled ---- */

static int ends(void *arg) {
  (void)arg;
  return green_yield();
}

static int fails(void *arg) {
  return green_fail(GREEN_EIO, "number %p", arg);
}

static int lingers(void *arg) {
  (void)arg;
  return green_sleep(3600 * 1000);
}

static int join_flight(green_future **flight, int size, int expected) {
  int wrong = 0;
  for (int i = 0; i < size; i++) wrong += green_join(flight[i]) != expected;
  return wrong ? GREEN_EINVAL : 0;
}

static int spawn_flight(int kind, green_pool *pool) {
  static const int expected[] = {0, GREEN_EIO, GREEN_ECANCELED, 0};
  green_future *flight[FLIGHT];
  for (int i = 0; i < FLIGHT; i++) {
    green_function function = kind == 1 ? fails : kind == 2 ? lingers : ends;
    flight[i] = kind == 3 ? green_pool_submit(pool, ends, NULL) : green_spawn(function, NULL);
  }
  if (kind == 2) {
    int rc = green_yield();
    if (rc < 0) return rc;
    for (int i = 0; i < FLIGHT; i++) green_cancel(flight[i]);
  }
  return join_flight(flight, FLIGHT, expected[kind]);
}

static int spawns(uint64_t wanted) {
  green_pool *pool;
  int rc = green_pool_new(&pool, &(green_pool_options){.max_workers = 20});
  for (uint64_t at = 0, kind = 0; at < wanted && rc == 0; at += FLIGHT)
    rc = spawn_flight((int)(kind++ % 4), pool);
  int ended = green_join(green_pool_shutdown(pool));
  green_pool_release(pool);
  return rc < 0 ? rc : ended;
}

/* ---- timers, set and cancelled: sleeps and deadlines that never come ---- */

struct timers {
  uint64_t left;
};

/* Two timers a round, of which the sleep's is cancelled by another task, the deadline's by the end
 * of its scope. */
static int sets_timers(void *arg) {
  struct timers *timers = arg;
  while (timers->left) {
    int rc = 0;
    timers->left -= timers->left > 1 ? 2 : 1;
    GREEN_TIMEOUT(7200 * 1000) {
      rc = green_sleep(3600 * 1000 + timers->left % 1000);
    }
    if (rc != GREEN_ECANCELED) return rc < 0 ? rc : GREEN_EINVAL;
  }
  return 0;
}

static int timers(uint64_t wanted) {
  struct timers timers = {wanted};
  green_future *flight[FLIGHT];
  for (int i = 0; i < FLIGHT; i++) flight[i] = green_spawn(sets_timers, &timers);
  int rc = 0;
  for (int left = FLIGHT; left && rc == 0;) {
    rc = green_yield();
    left = 0;
    for (int i = 0; i < FLIGHT; i++) left += green_cancel(flight[i]) == 0;
  }
  int ended = join_flight(flight, FLIGHT, 0);
  return rc < 0 ? rc : ended;
}

/* ---- the whole ---- */

static struct part {
  const char *name;
  int (*run)(uint64_t count);
  uint64_t count;
  int calls_most; /* of the allocator, for each of the count */
} parts[] = {
    {"switches", switches, 10000000, 0},
    {"spawns", spawns, 100000, 2}, /* messages: a half of them fails */
    {"timers", timers, 10000, 0},
};

static bool check(const struct part *part, const char *what, bool holds) {
  if (!holds) printf("%s: FAILED: %s\n", part->name, what);
  return holds;
}

struct run {
  const struct part *part;
  uint64_t count;
};

static int run_part(void *arg) {
  const struct run *run = arg;
  return run->part->run(run->count);
}

/* In a task of its own, with which goes what it was told of failures. */
static int run(const struct part *part, uint64_t times) {
  struct run run = {part, times};
  return green_join(green_spawn(run_part, &run));
}

static bool soak(const struct part *part) {
  count.most_blocks = count.blocks;
  count.most_bytes = count.bytes;
  int rc = run(part, part->count / 100 + WARM_UP);
  struct count before = count;
  size_t resident = footprint();
  count.calls = 0;
  uint64_t start = green_now();
  if (rc == 0) rc = run(part, part->count);
  double seconds = (double)(green_now() - start) / 1e9;
  size_t after = footprint();
  printf("%-8s %11" PRIu64 " in %7.2f s, %6.1f ns each; %7zu KiB before, %7zu after; "
         "%zu calls of the allocator, at most %zu blocks\n",
         part->name, part->count, seconds, seconds * 1e9 / (double)part->count, resident >> 10,
         after >> 10, count.calls, count.most_blocks);
  bool good = check(part, "a status was wrong", rc == 0);
  good &= check(part, "blocks are left", count.blocks == before.blocks);
  good &= check(part, "bytes are left", count.bytes == before.bytes);
  good &= check(part, "more blocks than in the warm-up", count.most_blocks <= before.most_blocks);
  good &= check(part, "more bytes than in the warm-up", count.most_bytes <= before.most_bytes);
  good &= check(part, "calls of the allocator",
                count.calls <= (uint64_t)part->calls_most * part->count);
  return good & check(part, "memory has grown", after <= resident + GROWTH_MOST);
}

static int app(void *arg) {
  int *failed = arg;
  for (int i = 0; i < 200; i++)
    green_join(green_spawn(ends, NULL)); /* a debug build keeps records for a while */
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) *failed += !soak(&parts[i]);
  return 0;
}

int main(int argc, char **argv) {
  int failed = 0, count_of_parts = (int)(sizeof parts / sizeof *parts);
  for (int i = 1; i < argc && i <= count_of_parts; i++)
    parts[i - 1].count = strtoull(argv[i], NULL, 10);
  green_set_allocator(&allocator);
  int rc = green_run(app, &failed);
  if (rc < 0) failed = count_of_parts;
  printf("%d passed, %d failed\n", count_of_parts - failed, failed);
  return failed != 0;
}
