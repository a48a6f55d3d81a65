/* greenio's side of wasm.compute. Usage: bench_compute LOAD. Prints milliseconds. First, two tasks wait in Lua at
 * once, in turn. */
#include <greenio/greenio.h>
#include <stdio.h>
#include "compute.h"

void bench_pause(void) {
  green_yield();
}

static int waiting(void *arg) {
  (void)arg;
  return bench_waits() ? GREEN_EINVAL : 0;
}

static int app(void *arg) {
  green_future *first = green_spawn(waiting, NULL), *second = green_spawn(waiting, NULL);
  int rc = green_join(first), rc_second = green_join(second);
  if (rc == 0) rc = rc_second;
  if (rc < 0) return rc;
  double elapsed = bench_load(arg);
  printf("%.3f\n", elapsed);
  return elapsed < 0 ? GREEN_EINVAL : 0;
}

int main(int argc, char **argv) {
  if (argc != 2) return 2;
  return green_run(app, argv[1]) < 0;
}
