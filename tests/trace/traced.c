/* What tests of traces trace: tasks that wait for each other, for time, for a lock; a pool; spans. */
#include <greenio/greenio.h>

static green_lock lock;

static int hold_lock(void *arg) {
  (void)arg;
  int rc = green_lock_acquire(&lock);
  if (rc < 0) return rc;
  rc = green_sleep(2);
  green_lock_release(&lock);
  return rc;
}

static int work(void *arg) {
  (void)arg;
  green_span span;
  green_span_begin(&span, "work", "of a job");
  int rc = green_sleep(1);
  green_span_end(&span, rc);
  return rc;
}

static int use_pool(void) {
  green_pool *pool;
  int rc = green_pool_new(&pool, NULL);
  if (rc < 0) return rc;
  green_future *job = green_pool_submit(pool, work, NULL);
  green_future_set_name(job, "errand");
  rc = green_join(job);
  green_pool_release(pool);
  return rc;
}

static int app(void *arg) {
  (void)arg;
  green_spawn_options first = {.name = "first"}, second = {.name = "second"};
  green_future *one = green_spawn_with(hold_lock, NULL, &first);
  green_future *two = green_spawn_with(hold_lock, NULL, &second);
  int rc_one = green_join(one);
  int rc_two = green_join(two);
  int rc = use_pool();
  return rc_one < 0 ? rc_one : rc_two < 0 ? rc_two : rc;
}

int main(void) {
  return green_run(app, NULL) < 0;
}
