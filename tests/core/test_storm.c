/* Everything at once: tasks that lock, send, select, submit and join at random, under short
 * deadlines, while others cancel them. Afterwards nothing is lost, doubled, held or registered. */
#include "harness.h"

enum { TASKS = 40, OPERATIONS = 80 };

struct storm {
  green_lock lock;
  green_semaphore semaphore;
  green_channel *narrow, *wide;
  green_future *never;
  green_pool *pool;
  int in_lock, in_semaphore, operations;
  int too_many_in_lock, too_many_in_semaphore, lost_releases;
  int sent, received, ended;
};

struct walker {
  struct storm *storm;
  unsigned seed;
};

static unsigned next(unsigned *seed) {
  *seed = *seed * 1664525u + 1013904223u;
  return *seed >> 16;
}

static void linger(unsigned *seed) {
  if (next(seed) % 3) green_yield();
  if (next(seed) % 8 == 0) green_sleep(1);
}

static void walk_lock(struct storm *storm, unsigned *seed) {
  int rc = green_lock_acquire(&storm->lock);
  if (rc < 0 && rc != GREEN_EOWNERDEAD) return;
  if (++storm->in_lock > 1) storm->too_many_in_lock++;
  linger(seed);
  storm->in_lock--;
  if (next(seed) % 16 == 0) return; /* ends with the task, or is released by the next walk */
  if (green_lock_release(&storm->lock) < 0) storm->lost_releases++;
}

static void walk_semaphore(struct storm *storm, unsigned *seed) {
  if (green_semaphore_acquire(&storm->semaphore) < 0) return;
  if (++storm->in_semaphore > 3) storm->too_many_in_semaphore++;
  linger(seed);
  storm->in_semaphore--;
  green_semaphore_release(&storm->semaphore);
}

static void walk_channel(struct storm *storm, unsigned *seed) {
  green_channel *channel = next(seed) % 2 ? storm->narrow : storm->wide;
  int item = 1;
  if (next(seed) % 2)
    storm->sent += green_channel_send(channel, &item) == 0;
  else
    storm->received += green_channel_receive(channel, &item) == 0;
}

static void walk_select(struct storm *storm, unsigned *seed) {
  int out = 1, in = 0;
  bool swap = next(seed) % 2;
  green_select_case cases[] = {
      {.operation = GREEN_SELECT_FUTURE, .future = storm->never},
      {.operation = GREEN_SELECT_SEND, .channel = swap ? storm->wide : storm->narrow, .item = &out},
      {.operation = GREEN_SELECT_RECEIVE,
       .channel = swap ? storm->narrow : storm->wide,
       .item = &in},
  };
  int taken = test_saw(green_select(cases, 3));
  storm->sent += taken == 1;
  storm->received += taken == 2;
}

/* A cancel is delivered once, so one that has come already is looked for before each wait without a
 * deadline. */
static int child(void *arg) {
  struct walker *walker = arg;
  unsigned *seed = &walker->seed;
  linger(seed);
  if (next(seed) % 4 == 0 && !green_cancelled()) walk_channel(walker->storm, seed);
  struct walker inner = {walker->storm, next(seed)};
  if (next(seed) % 3 == 0 && !green_cancelled())
    test_saw(green_join(green_pool_submit(walker->storm->pool, child, &inner)));
  return 0;
}

static void walk_pool(struct storm *storm, unsigned *seed) {
  struct walker inner = {storm, next(seed)};
  test_saw(green_join(green_pool_submit(storm->pool, child, &inner)));
}

static void walk_children(struct storm *storm, unsigned *seed) {
  struct walker a = {storm, next(seed)}, b = {storm, next(seed)};
  AUTO_JOIN green_future *first = green_spawn(child, &a);
  AUTO_JOIN green_future *second = green_pool_submit(storm->pool, child, &b);
  test_saw(green_wait_any((green_future *[]){first, second}, 2));
}

static int walk(void *arg) {
  struct walker *walker = arg;
  struct storm *storm = walker->storm;
  unsigned *seed = &walker->seed;
  void (*walks[])(struct storm *, unsigned *) = {walk_lock,   walk_semaphore, walk_channel,
                                                 walk_select, walk_pool,      walk_children};
  for (int i = 0; i < storm->operations; i++) {
    GREEN_TIMEOUT(next(seed) % 4) {
      walks[next(seed) % 6](storm, seed);
    }
    if (green_lock_owner(&storm->lock) == green_current()) green_lock_release(&storm->lock);
  }
  storm->ended++;
  return 0;
}

static void disturb(struct test_futures *tasks, struct storm *storm) {
  unsigned seed = 7;
  while (storm->ended < (int)tasks->count) {
    green_cancel(tasks->at[next(&seed) % tasks->count]);
    if (next(&seed) % 4 == 0) green_sleep(1);
    green_yield();
  }
}

TEST(storm_leaves_everything_whole) {
  size_t count = test_scale(TASKS, 4);
  struct storm storm = {.lock = GREEN_LOCK_INIT, .semaphore = GREEN_SEMAPHORE_INIT(3)};
  AUTO_CHANNEL green_channel *narrow = NULL, *wide = NULL;
  AUTO_FUTURE green_future *never = NULL;
  AUTO_POOL green_pool *pool = NULL;
  CHECK_STATUS(green_channel_new(&narrow, sizeof(int), 0), 0);
  CHECK_STATUS(green_channel_new(&wide, sizeof(int), 3), 0);
  CHECK_STATUS(green_future_new(&never), 0);
  CHECK_STATUS(green_pool_new(&pool, &(green_pool_options){.max_workers = 3}), 0);
  storm.narrow = narrow;
  storm.wide = wide;
  storm.never = never;
  storm.pool = pool;
  storm.operations = (int)test_scale(OPERATIONS, 6);
  AUTO_JOIN_ALL struct test_futures tasks = test_futures(count);
  for (size_t i = 0; i < count; i++) {
    struct walker walker = {&storm, (unsigned)i * 7919u + 1};
    tasks.at[i] = green_spawn_copy(walk, &walker, sizeof walker);
    CHECK_STARTED(tasks.at[i]);
  }
  disturb(&tasks, &storm);
  CHECK_STATUS(green_wait_all(tasks.at, count), 0);
  CHECK_NUMBER(storm.too_many_in_lock, 0);
  CHECK_NUMBER(storm.too_many_in_semaphore, 0);
  CHECK_NUMBER(storm.lost_releases, 0);
  CHECK(!green_lock_is_locked(&storm.lock));
  CHECK_NUMBER(green_semaphore_count(&storm.semaphore), 3);
  CHECK_NUMBER(storm.sent, storm.received + (int)green_channel_length(wide));
  CHECK(!green_done(never));
  CHECK_STATUS(green_join(green_pool_shutdown(pool)), 0);
  CHECK_NUMBER(green_pool_worker_count(pool), 0);
  return 0;
}
