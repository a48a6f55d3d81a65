/* What the files of run.c share: the world in which a sequence runs, and the records of its runs. */
#ifndef GREENIO_TESTS_FUZZ_RUN_PARTS_H
#define GREENIO_TESTS_FUZZ_RUN_PARTS_H

#include <greenio/greenio.h>
#include "model.h"
#include "run.h"

enum {
  MOST_RUNS = 32,
  MOST_OPERATIONS = 150,
  MOST_SCOPES = 8,
  HELD = 3,
};

/* One run of a script. It lives here and not on the task's stack, which may be lost. */
struct run {
  int script, call, future, task;
  bool first;
  green_future *held[HELD + 1]; /* references of the present operation */
  green_future *watched; /* a callback's: it is called some time, so this is done some time */
};

struct scope {
  green_scope real;
  uint64_t outer;
  bool shield;
};

struct world {
  struct sequence sequence;
  struct model model;
  bool verbose;
  struct run runs[MOST_RUNS];
  int run_count, operations;
  green_future *real[MODEL_FUTURES]; /* NULL: not to be had any more */
  int slots[SLOTS];
  green_lock locks[LOCKS];
  green_semaphore semaphores[SEMAPHORES];
  green_channel *channels[CHANNELS];
  green_pool *pools[POOLS];
  struct {
    int model; /* NONE: none is open */
    green_group *real;
  } groups[GROUPS];
  green_local locals[LOCALS];
  int values[MODEL_LIST]; /* what futures and locals hold points here */
  int value_count, given, dropped, destroyed;
  int items, messages;
  bool over;
};
extern struct world world;

static struct model *const model = &world.model;

struct run *run__new(unsigned script);
int run__status_of(unsigned number);
void run__let_go(struct run *run);
void run__shut_down(int pool, unsigned number);

/* One operation, on the model and on the core; one that begins or leaves a scope. */
void run__do(struct run *run, const struct instruction *in);
void run__enter(struct scope *scope, const struct instruction *in, bool shield);
void run__leave(struct scope *scope);

/* Compares all that can be read of the core. */
void run__look(void);
void run__check_number(const char *what, int got, int expected);

/* What runs a script: as a task, a job, a task of a group, a call of the host. */
int run__task(void *arg);
int run__job(void *arg);
int run__member(void *arg);
void run__posted(void *arg);
void run__callback(green_future *future, void *arg);
void run__event(void *arg);

/* Values of futures and locals. */
void *run__pointer(int value);

#endif
