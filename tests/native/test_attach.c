/* greenio on a loop that the program has, and the program's handles on greenio's. */
#include <greenio/uv.h>
#include "harness.h"

/* A loop on which tasks may still run: they end, greenio lets go, nothing is left. */
#define AUTO_LOOP __attribute__((cleanup(loop_end)))
static void loop_end(uv_loop_t *loop) {
  uv_run(loop, UV_RUN_DEFAULT);
  green_uv_detach();
  uv_run(loop, UV_RUN_DEFAULT);
  EXPECT(uv_loop_close(loop) == 0);
}

static int sleep_three_times(void *arg) {
  for (int i = 0; i < 3; i++) {
    int rc = green_sleep(1);
    if (rc < 0) return rc;
    ++*(int *)arg;
  }
  return 7;
}

static int nothing(void *arg) {
  (void)arg;
  return 0;
}

TEST_OUTSIDE(attached_loop_runs_tasks) {
  int count = 0;
  AUTO_LOOP uv_loop_t loop;
  uv_loop_init(&loop);
  loop.data = &count;
  CHECK_STATUS(green_uv_attach(&loop), 0);
  AUTO_FUTURE green_future *a = green_spawn(sleep_three_times, &count);
  AUTO_FUTURE green_future *b = green_spawn(sleep_three_times, &count);
  CHECK_STARTED(a);
  CHECK_STARTED(b);
  CHECK_STATUS(green_run(nothing, NULL), GREEN_EBUSY);
  CHECK_STATUS(green_uv_attach(&loop), GREEN_EBUSY);
  CHECK_STATUS(green_uv_detach(), GREEN_EBUSY);
  CHECK(green_uv_loop() == &loop);
  uv_run(&loop, UV_RUN_DEFAULT);
  CHECK_STATUS(green_future_status(a), 7);
  CHECK_STATUS(green_future_status(b), 7);
  CHECK_NUMBER(count, 6);
  CHECK(loop.data == &count);
  CHECK_STATUS(green_uv_detach(), 0);
  CHECK_STATUS(green_uv_detach(), GREEN_EINVAL);
  return 0;
}

TEST_OUTSIDE(attached_loop_runs_as_the_program_likes) {
  int count = 0;
  AUTO_LOOP uv_loop_t loop;
  uv_loop_init(&loop);
  CHECK_STATUS(green_uv_attach(&loop), 0);
  AUTO_FUTURE green_future *task = green_spawn(sleep_three_times, &count);
  CHECK_STARTED(task);
  while (!green_done(task)) uv_run(&loop, UV_RUN_ONCE);
  CHECK_NUMBER(count, 3);
  AUTO_FUTURE green_future *again = green_spawn(sleep_three_times, &count);
  CHECK_STARTED(again);
  while (!green_done(again)) uv_run(&loop, UV_RUN_NOWAIT);
  CHECK_NUMBER(count, 6);
  return 0;
}

TEST_OUTSIDE(attach_again_after_detach) {
  int count = 0;
  AUTO_LOOP uv_loop_t loop;
  uv_loop_init(&loop);
  for (int i = 0; i < 3; i++) {
    CHECK_STATUS(green_uv_attach(&loop), 0);
    AUTO_FUTURE green_future *task = green_spawn(sleep_three_times, &count);
    CHECK_STARTED(task);
    uv_run(&loop, UV_RUN_DEFAULT);
    CHECK_STATUS(green_uv_detach(), 0);
  }
  CHECK_NUMBER(count, 9);
  return 0;
}

static void note_done(green_future *future, void *arg) {
  (void)future;
  ++*(int *)arg;
}

TEST_OUTSIDE(detach_calls_what_is_left_to_call) {
  int called = 0;
  AUTO_LOOP uv_loop_t loop;
  uv_loop_init(&loop);
  CHECK_STATUS(green_uv_attach(&loop), 0);
  AUTO_FUTURE green_future *future = NULL;
  CHECK_STATUS(green_future_new(&future), 0);
  CHECK_STATUS(green_future_on_done(future, note_done, &called), 0);
  green_resolve(future, NULL, NULL);
  CHECK_STATUS(green_uv_detach(), 0);
  CHECK_NUMBER(called, 1);
  return 0;
}

static void detach_again(void *status) {
  *(int *)status = green_uv_detach();
}

TEST_OUTSIDE(detach_in_a_call_that_it_makes_is_refused) {
  int inner = 1;
  AUTO_LOOP uv_loop_t loop;
  uv_loop_init(&loop);
  CHECK_STATUS(green_uv_attach(&loop), 0);
  int rc = green_post(green_runtime_current(), detach_again, &inner);
  CHECK_STATUS(green_uv_detach(), 0);
  CHECK_STATUS(rc, 0);
  CHECK_NUMBER(inner, GREEN_EBUSY);
  return 0;
}

/* ---- a program that closes all handles ---- */

static void close_any(uv_handle_t *handle, void *arg) {
  if (uv_is_closing(handle)) return;
  ++*(int *)arg;
  uv_close(handle, NULL);
}

TEST_OUTSIDE(detach_leaves_no_handle_for_a_walk_to_close) {
  int count = 0, closed = 0;
  uv_timer_t own;
  AUTO_LOOP uv_loop_t loop;
  uv_loop_init(&loop);
  CHECK_STATUS(green_uv_attach(&loop), 0);
  AUTO_FUTURE green_future *task = green_spawn(sleep_three_times, &count);
  CHECK_STARTED(task);
  uv_run(&loop, UV_RUN_DEFAULT);
  CHECK_STATUS(green_uv_detach(), 0);
  uv_timer_init(&loop, &own);
  uv_walk(&loop, close_any, &closed);
  CHECK_NUMBER(closed, 1);
  return 0;
}

TEST_OUTSIDE(detach_tells_that_the_program_closed_the_handles) {
  int closed = 0;
  AUTO_LOOP uv_loop_t loop;
  uv_loop_init(&loop);
  CHECK_STATUS(green_uv_attach(&loop), 0);
  uv_walk(&loop, close_any, &closed);
  uv_run(&loop, UV_RUN_DEFAULT);
  CHECK_STATUS(green_uv_detach(), GREEN_ECLOSED);
  CHECK_STATUS(green_uv_detach(), GREEN_EINVAL);
  return 0;
}

TEST_OUTSIDE(attach_is_refused_when_there_is_a_runtime) {
  uv_loop_t loop;
  CHECK_MEMORY(green_runtime_current());
  uv_loop_init(&loop);
  int rc = green_uv_attach(&loop);
  uv_loop_close(&loop);
  CHECK_STATUS(rc, GREEN_EBUSY);
  CHECK_STATUS(green_uv_detach(), GREEN_EINVAL);
  return 0;
}

TEST(detach_is_refused_in_a_run) {
  CHECK_STATUS(green_uv_detach(), GREEN_EINVAL);
  return 0;
}

/* ---- handles of the program's own ---- */

static void resolve_on_timer(uv_timer_t *timer) {
  EXPECT(green_current() == NULL);
  green_resolve(timer->data, NULL, NULL);
  uv_close((uv_handle_t *)timer, NULL);
}

TEST(uv_handle_completes_a_future) {
  static uv_timer_t timer;
  AUTO_FUTURE green_future *future = NULL;
  CHECK_STATUS(green_future_new(&future), 0);
  uv_timer_init(green_uv_loop(), &timer);
  timer.data = future;
  uv_timer_start(&timer, resolve_on_timer, 2, 0);
  CHECK_STATUS(green_wait(future), 0);
  return 0;
}

struct spawner {
  green_future *spawned, *ready;
  int count;
};

static void spawn_on_timer(uv_timer_t *timer) {
  struct spawner *spawner = timer->data;
  spawner->spawned = green_spawn(sleep_three_times, &spawner->count);
  green_resolve(spawner->ready, NULL, NULL);
  uv_close((uv_handle_t *)timer, NULL);
}

TEST(uv_handle_spawns) {
  static uv_timer_t timer;
  struct spawner spawner = {NULL, NULL, 0};
  AUTO_FUTURE green_future *ready = NULL;
  CHECK_STATUS(green_future_new(&ready), 0);
  spawner.ready = ready;
  uv_timer_init(green_uv_loop(), &timer);
  timer.data = &spawner;
  uv_timer_start(&timer, spawn_on_timer, 1, 0);
  CHECK_STATUS(green_wait(ready), 0);
  CHECK_STATUS(green_join(spawner.spawned), 7);
  CHECK_NUMBER(spawner.count, 3);
  return 0;
}
