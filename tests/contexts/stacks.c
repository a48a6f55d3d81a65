/* Each task has a C stack of its own: tasks with locals in memory park at random depths and are woken in any order,
 * and no word of any has changed.
 *
 * contexts_one_stack is the same program, linked so that all tasks share one stack, and must fail.
 * The last line is "N passed, N failed". */
#include <stdio.h>
#include <stdbool.h>
#include <greenio/greenio.h>

enum { TASKS = 60, ROUNDS = 40, DEEPEST = 6, WORDS = 24 };

struct sleeper {
  unsigned id, seed;
  green_future *gate; /* completed by the waker; NULL: it is not parked at one */
};

static struct sleeper sleepers[TASKS];
static unsigned long checked, damaged;
static int ended;

static unsigned next(unsigned *seed) {
  *seed = *seed * 1664525u + 1013904223u;
  return *seed >> 8;
}

/* Parks in one of several ways. */
static void park(struct sleeper *self) {
  if (next(&self->seed) % 4 == 0) {
    green_yield();
    return;
  }
  if (green_future_new(&self->gate) < 0) return;
  green_future *gate = self->gate;
  green_wait(gate);
  green_future_release(gate);
}

static __attribute__((noinline)) unsigned descend(struct sleeper *self, int depth, unsigned round) {
  volatile unsigned words[WORDS];
  unsigned mark = self->id * 1000003u + round * 1009u + (unsigned)depth;
  for (unsigned i = 0; i < WORDS; i++) words[i] = mark + i;
  park(self);
  unsigned below = depth ? descend(self, depth - 1, round) : 0;
  if (next(&self->seed) % 2) park(self);
  for (unsigned i = 0; i < WORDS; i++) damaged += words[i] != mark + i;
  checked += WORDS;
  return below + words[0];
}

static int sleep_often(void *arg) {
  struct sleeper *self = arg;
  for (unsigned round = 0; round < ROUNDS; round++)
    descend(self, (int)(next(&self->seed) % DEEPEST), round);
  ended++;
  return 0;
}

/* Wakes them in any order, until all have ended. */
static int wake_all(void *arg) {
  unsigned seed = 7;
  (void)arg;
  while (ended < TASKS) {
    for (unsigned i = 0; i < 5; i++) {
      struct sleeper *one = &sleepers[next(&seed) % TASKS];
      green_future *gate = one->gate;
      one->gate = NULL;
      if (gate) green_resolve(gate, NULL, NULL);
    }
    int rc = green_yield();
    if (rc < 0) return rc;
  }
  return 0;
}

static int app(void *arg) {
  green_future *tasks[TASKS + 1];
  (void)arg;
  for (unsigned i = 0; i < TASKS; i++) {
    sleepers[i] = (struct sleeper){.id = i, .seed = i + 1};
    tasks[i] = green_spawn(sleep_often, &sleepers[i]);
  }
  tasks[TASKS] = green_spawn(wake_all, NULL);
  int rc = green_wait_all(tasks, TASKS + 1);
  for (unsigned i = 0; i <= TASKS; i++) green_future_release(tasks[i]);
  return rc;
}

int main(void) {
  int rc = green_run(app, NULL);
  printf("%d tasks, woken in any order: %lu words of locals checked, %lu damaged; %s\n", TASKS,
         checked, damaged, green_status_name(rc));
  bool right = damaged == 0 && rc == 0 && checked > 100000;
#ifdef ONE_STACK
  right = !right; /* or it could not tell */
#endif
  printf("%d passed, %d failed\n", right, !right);
  return !right;
}
