/* The program of the floors of wasm.size, as compute_green.c's: included behind spawn(), which gives a handle, join(),
 * bench_pause() and begin_tasks(), which each floor has in its own way. */
#include <stdio.h>
#include <emscripten.h>
#include "../compute.h"

static int waiting(void *arg) {
  (void)arg;
  return bench_waits() ? -1 : 0;
}

static int app(void *arg) {
  handle first = spawn(waiting, NULL), second = spawn(waiting, NULL);
  int rc = join(first), rc_second = join(second);
  if (rc || rc_second) return -1;
  double elapsed = bench_load(arg);
  printf("%.3f\n", elapsed);
  return elapsed < 0;
}

int main(int argc, char **argv) {
  if (argc != 2) return 2;
  spawn(app, argv[1]);
  begin_tasks();
  emscripten_exit_with_live_runtime();
}
