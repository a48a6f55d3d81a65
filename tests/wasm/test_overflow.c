/* A job whose stack is lost, which in WebAssembly fails that job alone: its future is completed,
 * all that it had is ended, and its pool goes on. */
#include "harness.h"

/* Frames enough for JavaScript's own stack to overflow first, so that nothing else is overwritten.
 */
#define ROOMY   ((size_t)16 << 20)
#define DEFAULT ((size_t)32 << 10)

static int destroyed;
static void count_destroy(void *value) {
  (void)value;
  destroyed++;
}
static green_local key = GREEN_LOCAL_INIT(count_destroy);

/* Recursion is through a pointer, so that no compiler makes it a loop. */
static int descend(int depth);
static int (*volatile descend_pointer)(int) = descend;
static int descend(int depth) {
  return descend_pointer(depth + 1) + 1;
}

struct scene {
  green_lock lock;
};

static int overflow(void *arg) {
  struct scene *scene = arg;
  CHECK_STATUS(green_local_set(&key, scene), 0);
  CHECK_STATUS(green_lock_acquire(&scene->lock), 0);
  CHECK_STATUS(green_yield(), 0);
  return descend(0);
}

static int inherit(void *arg) {
  struct scene *scene = arg;
  int rc = green_lock_acquire(&scene->lock);
  int released = green_lock_release(&scene->lock);
  return released < 0 ? released : rc;
}

static int nothing(void *arg) {
  (void)arg;
  return 0;
}

static int overflow_in_a_pool(void) {
  struct scene scene = {GREEN_LOCK_INIT};
  AUTO_POOL green_pool *pool = NULL;
  CHECK_STATUS(green_pool_new(&pool, &(green_pool_options){.max_workers = 1}), 0);
  AUTO_JOIN green_future *job = green_pool_submit(pool, overflow, &scene);
  AUTO_JOIN green_future *next = green_pool_submit(pool, nothing, NULL);
  AUTO_JOIN green_future *heir = green_spawn(inherit, &scene);
  CHECK_STARTED(job);
  CHECK_STARTED(next);
  CHECK_STARTED(heir);
  CHECK_STATUS(green_wait(job), GREEN_EOVERFLOW);
  CHECK_NUMBER(destroyed, 1);
  CHECK_STATUS(green_wait(heir), GREEN_EOWNERDEAD);
  CHECK_STATUS(green_wait(next), 0);
  CHECK_NUMBER(green_pool_worker_count(pool), 1);
  CHECK_STATUS(green_join(green_pool_submit(pool, nothing, NULL)), 0);
  CHECK_STATUS(green_join(green_pool_shutdown(pool)), 0);
  CHECK_NUMBER(green_pool_worker_count(pool), 0);
  return 0;
}

TEST(overflow_of_a_job_does_not_lose_its_worker) {
  destroyed = 0;
  CHECK_STATUS(green_set_stack_size(ROOMY), 0);
  int rc = overflow_in_a_pool();
  green_set_stack_size(DEFAULT);
  return rc;
}

static int overflow_alone(void *arg) {
  (void)arg;
  int rc = green_yield();
  return rc < 0 ? rc : descend(0);
}

static int wait_for_the_cancel(void *outcome) {
  return *(int *)outcome = green_sleep(3600 * 1000);
}

static int overflow_in_a_group(void) {
  int rc = 1, other = 0;
  GREEN_GROUP(group, NULL, &rc) {
    CHECK_STATUS(green_group_spawn(group, wait_for_the_cancel, &other), 0);
    CHECK_STATUS(green_group_spawn(group, overflow_alone, NULL), 0);
  }
  CHECK_STATUS(rc, GREEN_EOVERFLOW);
  CHECK_STATUS(other, GREEN_ECANCELED);
  return 0;
}

/* A task of a group that loses its stack has failed, as others do. */
TEST(overflow_of_a_task_is_its_groups_failure) {
  CHECK_STATUS(green_set_stack_size(ROOMY), 0);
  int rc = overflow_in_a_group();
  green_set_stack_size(DEFAULT);
  return rc;
}
