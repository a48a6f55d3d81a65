/* native.spawn: a task at a time, spawned, run and joined. Usage: bench_spawn COUNT. Prints
 * nanoseconds a task. */
#include <greenio/greenio.h>
#include <stdio.h>
#include <stdlib.h>

static long count;
static long ran;

static int child(void *arg) {
  (void)arg;
  ran++;
  return 0;
}

static int spawn_and_join(long times) {
  for (long n = 0; n < times; n++) {
    int rc = green_join(green_spawn(child, NULL));
    if (rc < 0) return rc;
  }
  return 0;
}

static int app(void *arg) {
  (void)arg;
  int rc = spawn_and_join(count / 10 + 1);
  ran = 0;
  uint64_t start = green_now();
  if (rc == 0) rc = spawn_and_join(count);
  double elapsed = (double)(green_now() - start);
  if (rc == 0 && ran == count) printf("%.3f\n", elapsed / (double)count);
  return rc;
}

int main(int argc, char **argv) {
  if (argc != 2) return 2;
  count = atol(argv[1]);
  return green_run(app, NULL) < 0;
}
