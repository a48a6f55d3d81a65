/* native.parked and wasm.parked: what a task costs in memory while it sleeps, reached through
 * `calls` calls below its own function. Usage: bench_parked TASKS CALLS STACK, where STACK is in
 * bytes, 0 for the default. Prints bytes a task. */
#include "footprint.h"
#include <greenio/greenio.h>
#include <stdio.h>
#include <stdlib.h>

static long tasks, started;
static int calls;
static green_spawn_options options;
static volatile long frames_left;

enum { AN_HOUR = 3600 * 1000 };

__attribute__((noinline)) static int dive(int below) {
  int rc;
  if (below > 1) {
    rc = dive(below - 1);
  } else {
    started++;
    rc = green_sleep(AN_HOUR);
  }
  frames_left++;
  return rc;
}

static int sleeper(void *arg) {
  (void)arg;
  return dive(calls);
}

static int app(void *arg) {
  (void)arg;
  size_t before = footprint();
  for (long n = 0; n < tasks; n++) {
    green_future_release(green_spawn_with(sleeper, NULL, &options));
  }
  while (started < tasks) {
    int rc = green_yield();
    if (rc < 0) return rc;
  }
  printf("%.1f\n", (double)(footprint() - before) / (double)tasks);
  fflush(stdout);
  _Exit(0);
}

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  tasks = atol(argv[1]);
  calls = atoi(argv[2]);
  options.stack_size = (size_t)atol(argv[3]);
  return green_run(app, NULL) < 0;
}
