/* greenio's side of wasm.asyncify. Usage: bench_sqlite ROWS. Prints milliseconds. First, twenty
 * tasks wait in queries at once. */
#include <greenio/greenio.h>
#include <stdio.h>
#include <stdlib.h>
#include "sqlite.h"

void bench_wait(void) {
  green_sleep(1);
}

static int waiting(void *arg) {
  (void)arg;
  return bench_waiting(50) ? GREEN_EINVAL : 0;
}

static int app(void *arg) {
  green_future *futures[20];
  for (int i = 0; i < 20; i++) futures[i] = green_spawn(waiting, NULL);
  for (int i = 0; i < 20; i++) {
    int rc = green_join(futures[i]);
    if (rc < 0) return rc;
  }
  double elapsed = bench_queries(atoi(arg));
  printf("%.3f\n", elapsed);
  return elapsed < 0 ? GREEN_EINVAL : 0;
}

int main(int argc, char **argv) {
  if (argc != 2) return 2;
  return green_run(app, argv[1]) < 0;
}
