/* exit() in a child of fork(). libuv's destructor joins the threads of its pool; in a child these are
 * the parent's, as pthread_t that name nothing, and libuv 1.44 crashes. A new request has libuv start
 * a pool of the child's own: so there is one more before the destructor. */
#include <pthread.h>
#include <stdlib.h>
#include "request.h"

static bool forked;

static void work_nothing(uv_work_t *work) {
  (void)work;
}

/* May be called on a task's stack, which is too small for a turn of a loop: so the request's end is not
 * waited for, and its memory stays. */
static void start_pool(void) {
  static uv_loop_t loop;
  static uv_work_t work;
  if (forked && uv_loop_init(&loop) == 0) uv_queue_work(&loop, &work, work_nothing, NULL);
}

static void in_child(void) {
  forked = true;
}

/* Not in the child: another thread of the parent's may have been in atexit() as well. */
static void watch_forks(void) {
  if (pthread_atfork(NULL, NULL, in_child) == 0) atexit(start_pool);
}

void green__pool_used(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, watch_forks);
}
