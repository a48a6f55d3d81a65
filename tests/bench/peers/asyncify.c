/* Asyncify's side of wasm.promise: C waits on a promise that is resolved already, by EM_ASYNC_JS.
 * Usage: asyncify COUNT. Prints nanoseconds a wait. Relies on emcc -sASYNCIFY. */
#include <emscripten.h>
#include <stdio.h>
#include <stdlib.h>
#include "../clock.h"

EM_ASYNC_JS(int, answer, (void), { return 7; });

static long wait_times(long count) {
  long sum = 0;
  for (long n = 0; n < count; n++) sum += answer();
  return sum;
}

int main(int argc, char **argv) {
  if (argc != 2) return 2;
  long count = atol(argv[1]);
  wait_times(count / 10 + 1);
  double start = bench_clock();
  if (wait_times(count) != 7 * count) return 1;
  printf("%.3f\n", (bench_clock() - start) / (double)count);
  return 0;
}
