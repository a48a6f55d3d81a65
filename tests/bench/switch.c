/* native.switch and wasm.switch: two tasks that yield in turn through the scheduler, each from
 * `depth` frames below its own function. Usage: bench_switch DEPTH COUNT. Prints nanoseconds a
 * switch, which is one park and one resume. */
#include <greenio/greenio.h>
#include <stdio.h>
#include <stdlib.h>
#include "clock.h"

static int depth;
static long count;
static volatile long frames_left;

static inline int yield_times(long times) {
  for (long n = 0; n < times; n++) {
    int rc = green_yield();
    if (rc < 0) return rc;
  }
  return 0;
}

__attribute__((noinline)) static int bottom(long times) {
  return yield_times(times);
}

__attribute__((noinline)) static int dive(int below, long times) {
  int rc = below > 1 ? dive(below - 1, times) : bottom(times);
  frames_left++;
  return rc;
}

static int yielder(void *arg) {
  long times = *(long *)arg;
  if (depth == 0) return yield_times(times);
  return depth == 1 ? bottom(times) : dive(depth - 1, times);
}

static int yield_in_turn(long times) {
  green_future *first = green_spawn(yielder, &times);
  green_future *second = green_spawn(yielder, &times);
  int rc = green_join(first);
  int rc_second = green_join(second);
  return rc < 0 ? rc : rc_second;
}

static int app(void *arg) {
  (void)arg;
  int rc = yield_in_turn(count / 10 + 1);
  double start = bench_clock();
  if (rc == 0) rc = yield_in_turn(count);
  double elapsed = bench_clock() - start;
  if (rc == 0) printf("%.3f\n", elapsed / (2.0 * (double)count));
  return rc;
}

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  depth = atoi(argv[1]);
  count = atol(argv[2]);
  return green_run(app, NULL) < 0;
}
