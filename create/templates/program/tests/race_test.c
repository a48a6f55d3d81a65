/* What race.h promises. */
#include <stdio.h>
#include <greenio/greenio.h>
#include "race.h"

static int failed;

#define CHECK(what)                                                                                \
  ((what) ? (void)0 : (void)(failed++, printf("%s:%d: not so: %s\n", __FILE__, __LINE__, #what)))

static void everybody_has_a_place(void) {
  struct runner runners[] = {{"a", 3, 1, 0}, {"b", 1, 2, 0}, {"c", 2, 3, 0}};
  CHECK(race_run(runners, 3) == 0);
  int places = 0;
  for (int i = 0; i < 3; i++) places |= 1 << runners[i].place;
  CHECK(places == (1 << 1 | 1 << 2 | 1 << 3));
}

static void who_runs_no_lap_is_refused(void) {
  struct runner runner = {"idler", 1, 0, 0};
  CHECK(race_run(&runner, 1) == GREEN_EINVAL);
}

static void a_deadline_ends_the_race(void) {
  struct runner runner = {"snail", 1000 * 60 * 60, 1, 0};
  int rc = 0;
  GREEN_TIMEOUT(5) {
    rc = race_run(&runner, 1);
  }
  CHECK(rc == GREEN_ETIMEDOUT);
  CHECK(runner.place == 0);
}

static int app(void *arg) {
  (void)arg;
  everybody_has_a_place();
  who_runs_no_lap_is_refused();
  a_deadline_ends_the_race();
  return 0;
}

int main(void) {
  int rc = green_run(app, NULL);
  return rc < 0 || failed > 0;
}
