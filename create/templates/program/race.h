/* A race of runners that all wait at the same time, each in a task of its own. */
#ifndef RACE_H
#define RACE_H

struct runner {
  const char *name;
  unsigned pace; /* milliseconds a lap */
  int laps;      /* 1 or more */
  int place;     /* set by race_run(): 1 is home first */
};

/* Has all of them run, and parks until the last is home. The first that fails ends the others.
 *   0, or that one's status. */
int race_run(struct runner *runners, int count);

#endif
