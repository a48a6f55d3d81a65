#include <stdio.h>
#include <greenio/greenio.h>
#include "race.h"

struct entry {
  struct runner *runner;
  int *home; /* how many are */
};

static int run(void *arg) {
  const struct entry *entry = arg;
  for (int lap = 1; lap <= entry->runner->laps; lap++) {
    int rc = green_sleep(entry->runner->pace); /* parks this task alone */
    if (rc < 0) return rc;
    printf("%s: lap %d\n", entry->runner->name, lap);
  }
  entry->runner->place = ++*entry->home; /* without a lock: tasks switch only where one waits */
  return 0;
}

int race_run(struct runner *runners, int count) {
  int home = 0, rc = 0;
  for (int i = 0; i < count; i++)
    if (runners[i].laps < 1) return green_fail(GREEN_EINVAL, "%s runs no lap", runners[i].name);
  GREEN_GROUP(race, NULL, &rc) {
    for (int i = 0; i < count; i++) {
      struct entry entry = {&runners[i], &home};
      green_group_spawn_copy(race, run, &entry, sizeof entry);
    }
  } /* waits for all */
  return rc;
}
