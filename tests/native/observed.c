/* Two tasks that yield in turn, for observed_test.py, which counts the instructions of a switch.
 * Usage: observed never|before|now COUNT: whether somebody observes, or has done so. */
#include <greenio/greenio.h>
#include <stdlib.h>
#include <string.h>

static long count;

static void see(unsigned long task, uint64_t now, void *data) {
  (void)task, (void)now;
  ++*(long *)data;
}

static int yield_often(void *arg) {
  (void)arg;
  int rc = 0;
  for (long i = 0; i < count && rc == 0; i++) rc = green_yield();
  return rc;
}

static int yield_in_turn(void) {
  green_future *other = green_spawn(yield_often, NULL);
  int rc = yield_often(NULL);
  int rc_other = green_join(other);
  return rc < 0 ? rc : rc_other;
}

static int app(void *arg) {
  const char *when = arg;
  long seen = 0;
  green_observer observer = {.resume = see};
  green_observation *observation = NULL;
  int rc = strcmp(when, "never") == 0 ? 0 : green_observe(&observation, &observer, &seen);
  if (rc < 0) return rc;
  if (strcmp(when, "before") == 0) {
    rc = green_yield();
    green_observation_release(observation);
    observation = NULL;
  }
  if (rc == 0) rc = yield_in_turn();
  green_observation_release(observation);
  return rc;
}

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  count = atol(argv[2]);
  return green_run(app, argv[1]) < 0;
}
