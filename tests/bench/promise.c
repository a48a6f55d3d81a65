/* wasm.promise: C waits on a JavaScript promise that is resolved already. Usage: bench_promise
 * COUNT. Prints nanoseconds a wait. */
#include <greenio/greenio.h>
#include <greenio/js.h>
#include <stdio.h>
#include <stdlib.h>
#include "clock.h"

static long count;

GREEN_JS(answer, (void), { return 7; })

static long wait_times(long times) {
  long sum = 0;
  for (long n = 0; n < times; n++) {
    green_future *future = answer();
    if (green_wait(future) >= 0) sum += (long)green_js_number(future);
    green_future_release(future);
  }
  return sum;
}

static int app(void *arg) {
  (void)arg;
  wait_times(count / 10 + 1);
  double start = bench_clock();
  long sum = wait_times(count);
  double elapsed = bench_clock() - start;
  if (sum != 7 * count) return GREEN_EINVAL;
  printf("%.3f\n", elapsed / (double)count);
  return 0;
}

int main(int argc, char **argv) {
  if (argc != 2) return 2;
  count = atol(argv[1]);
  return green_run(app, NULL) < 0;
}
