/* Offloaded calls that wait for a thread of the pool; WebAssembly has no threads here, and so no queue. */
#include <pthread.h>
#include "harness.h"

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static int called;

static int pass_the_gate(void *arg) {
  (void)arg;
  pthread_mutex_lock(&gate);
  called++;
  pthread_mutex_unlock(&gate);
  return 0;
}

static int offload_gate(void *arg) {
  return green_offload(pass_the_gate, arg);
}

static int give_up_soon(void *arg) {
  int rc = 0;
  GREEN_TIMEOUT(5) rc = green_offload(pass_the_gate, arg);
  return rc;
}

/* Calls that were given up while they waited for a thread leave the queue, and are never made. */
TEST(offload_given_up_holds_up_nothing) {
  enum { THREADS = 4, GIVEN_UP = 100 };
  AUTO_JOIN_ALL struct test_futures tasks = test_futures(THREADS + GIVEN_UP);
  called = 0;
  int given_up = 0, failed = 0;
  pthread_mutex_lock(&gate);
  for (int i = 0; i < THREADS; i++) tasks.at[i] = green_spawn(offload_gate, NULL);
  for (int i = 0; i < THREADS; i++)
    if (green_done(tasks.at[i])) failed = test_saw(green_future_status(tasks.at[i]));
  for (int i = 0; i < 50 && !failed; i++) failed = green_yield();
  for (int i = THREADS; i < THREADS + GIVEN_UP && !failed; i++)
    tasks.at[i] = green_spawn(give_up_soon, NULL);
  GREEN_TIMEOUT(30000) { /* or libuv was told to have more threads, and they hang behind the gate */
    for (int i = THREADS; i < THREADS + GIVEN_UP && !failed; i++)
      given_up += test_saw(green_wait(tasks.at[i])) == GREEN_ETIMEDOUT;
  }
  pthread_mutex_unlock(&gate);
  CHECK_STATUS(failed, 0);
  CHECK_STATUS(green_wait_all(tasks.at, THREADS), 0);
  CHECK_NUMBER(given_up, GIVEN_UP);
  CHECK_NUMBER(called, THREADS);
  return 0;
}
