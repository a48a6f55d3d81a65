#include "watched.h"

#include <inttypes.h>
#include <stdlib.h>

#define BUCKETS    4096
#define MOST_POOLS 16

struct counted {
  struct counted *next;
  unsigned long id;
  uint64_t runs, ran, since; /* since: when its present run began; 0: it does not run */
};

static struct counted *buckets[BUCKETS];
static uint64_t turns, longest, busy;
static struct {
  const char *name;
  const green_pool *pool;
} pools[MOST_POOLS];
static size_t pool_count;
static green_observation *observation;

static struct counted **counted_find(unsigned long id) {
  struct counted **link = &buckets[id % BUCKETS];
  while (*link && (*link)->id != id) link = &(*link)->next;
  return link;
}

/* Without memory a task is shown without its numbers. */
static void on_begin(const green_begun *begun, uint64_t now, void *data) {
  (void)now, (void)data;
  struct counted *counted = calloc(1, sizeof *counted);
  if (!counted) return;
  counted->id = begun->task;
  counted->next = buckets[begun->task % BUCKETS];
  buckets[begun->task % BUCKETS] = counted;
}

static void on_resume(unsigned long task, uint64_t now, void *data) {
  (void)data;
  struct counted *counted = *counted_find(task);
  if (!counted) return;
  counted->runs++;
  counted->since = now;
}

static void run_ended(struct counted *counted, uint64_t now) {
  if (!counted || !counted->since) return;
  uint64_t held = now - counted->since;
  counted->ran += held;
  counted->since = 0;
  busy += held;
  if (held > longest) longest = held;
}

static void on_park(unsigned long task, const char *what, const void *object, uint64_t now,
                    void *data) {
  (void)what, (void)object, (void)data;
  run_ended(*counted_find(task), now);
}

static void on_end(unsigned long task, int status, uint64_t now, void *data) {
  (void)status, (void)data;
  struct counted **link = counted_find(task), *counted = *link;
  if (!counted) return;
  run_ended(counted, now);
  *link = counted->next;
  free(counted);
}

static void on_turn(uint64_t now, void *data) {
  (void)now, (void)data;
  turns++;
}

int watched_start(void) {
  static const green_observer observer = {
      .begin = on_begin,
      .resume = on_resume,
      .park = on_park,
      .end = on_end,
      .turn_begin = on_turn,
  };
  return green_observe(&observation, &observer, NULL);
}

void watched_end(void) {
  green_observation_release(observation);
  observation = NULL;
  for (size_t i = 0; i < BUCKETS; i++) {
    while (buckets[i]) {
      struct counted *counted = buckets[i];
      buckets[i] = counted->next;
      free(counted);
    }
  }
}

int watched_pool(const char *name, const green_pool *pool) {
  if (pool_count == MOST_POOLS) return GREEN_ENOMEM;
  pools[pool_count].name = name;
  pools[pool_count++].pool = pool;
  return 0;
}

/* A name with tabs or control characters would be another line. */
static void write_text(FILE *out, const char *text) {
  fputc('\t', out);
  for (; *text; text++) fputc((unsigned char)*text < ' ' || *text == 0x7f ? '?' : *text, out);
}

static void write_task(const green_report_entry *entry, void *file) {
  FILE *out = file;
  const struct counted *counted = *counted_find(entry->id);
  fprintf(out, "task\t%lu\t%lu", entry->id, entry->spawned_by);
  write_text(out, entry->name);
  write_text(out, entry->group);
  write_text(out, entry->state);
  write_text(out, entry->waits_for);
  fprintf(out, "\t%" PRIu64 "\t%zu\t%zu\t%" PRIu64 "\t%" PRIu64 "\n", entry->since_ns,
          entry->stack_used, entry->stack_size, counted ? counted->runs : 0,
          counted ? counted->ran : 0);
}

void watched_write(FILE *out) {
  fprintf(out, "loop\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\n", green_now(), turns,
          longest, busy);
  longest = 0;
  for (size_t i = 0; i < pool_count; i++)
    fprintf(out, "pool\t%s\t%d\t%d\t%zu\n", pools[i].name, green_pool_worker_count(pools[i].pool),
            green_pool_idle_count(pools[i].pool), green_pool_queued_count(pools[i].pool));
  green_report_each(write_task, out);
}
