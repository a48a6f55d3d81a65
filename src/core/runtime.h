/* The runtime's own record, and what the core asks of it. For the core alone: wait.h is what others
 * see. */
#ifndef GREENIO_SRC_CORE_RUNTIME_H
#define GREENIO_SRC_CORE_RUNTIME_H

#include <pthread.h>
#include <stdatomic.h>
#include <greenio/runtime.h>
#include "host.h"
#include "timer.h"
#include "wait.h"

struct green__task;
struct green__callback;
struct green__posted;

/* Whether a turn is under way. Who makes a task ready asks for a turn where there is none, and tells
 * observers where there are some; so that both is one test, which is true while a turn is under way that
 * nobody observes, the two are one value. */
enum green__turning { GREEN__NO_TURN, GREEN__TURN, GREEN__TURN_OBSERVED };

struct green_runtime {
  struct green__host *host;
  struct green__task *ready_head, *ready_tail; /* FIFO, through task->ready_next */
  struct green__task *all_head, *all_tail;     /* in the order of spawning */
  struct green__task *ending;                  /* what green__task_end() is at */
  struct green_future *first;                  /* what green_run() waits for, while it runs */
  struct green_group *left;                    /* by the task that has just ended */
  struct green__callback *callbacks_head, *callbacks_tail;
  struct green__timer *timers;
  uint64_t timer_order, timer_asked; /* what the host's timer is set to */
  uint64_t now;                      /* at the start of the last fresh turn */
  uint64_t spent_time;               /* of the budget, in ns, up to `looked` */
  uint64_t looked;                   /* at the clock in this turn; 0: not yet */
  uint64_t looked_before;            /* when the last runs were measured, in whichever turn */
  unsigned spent;                    /* of the budget, in runs of tasks */
  unsigned most;                     /* as many may be spent in this turn */
  unsigned stride;                   /* runs between two looks at the clock */
  unsigned unseen, unseen_before;    /* runs since the last look; when this turn began */
  atomic_uint beat;                  /* goes on with each run; odd in a turn */
  uint64_t measured_limit;           /* the watchdog's, in ns, if the host has none; 0: off */
  uint64_t held_since;               /* if it is watched: when what runs began */
  struct green_observation *observations;
  uint64_t told;  /* to observers: when it was */
  bool again;     /* what is told next happens at once behind that */
  bool waking;    /* that was a wake between turns */
  bool watched;   /* there is such a limit, or an observer */
  bool observing; /* an observer is being called */
  bool turn_told; /* observers know that a turn is under way */
  unsigned long last_id, last_group;
  uint64_t last_span;
  size_t live;           /* tasks that have not ended */
  size_t holds;          /* green_hold() */
  unsigned char turning; /* enum green__turning */
  bool wake_asked, in_run, attached, detaching;
  bool stopping; /* green__host_run() was told to return, since no task was left */
  int *error;    /* the thread's errno */

  struct green_future *spare_futures; /* recycled, through `spare` */
  struct green_future *spare_last;    /* if there is one */
  unsigned spare_count;
  struct green__closer *closers;
  struct green__posted *posting; /* taken over, to be called */

  struct green_runtime *other; /* the next of the process */

  /* shared with other threads */
  atomic_uint references;
  pthread_mutex_t mutex;
  struct green__posted *posted_head, *posted_tail;
  atomic_bool posted; /* there are some: looked at without the mutex, in each turn */
  bool closed;
};

/* A place in the program: __FILE__, or NULL, and __LINE__. */
struct green__place {
  const char *file;
  int line;
};

/* What belongs to a thread. */
struct green__thread {
  struct green_runtime *runtime;
  struct green__task *running;
  struct green_future *unseen; /* failed, and nobody has looked at them; the newest first */
  struct green__words *words;  /* of a thread that works for a task: green_fail() leaves them */
  struct green__place place;   /* where the call stands that `placer` is in, if it was told */
  const struct green__task *placer;
};
extern _Thread_local struct green__thread green__thread;

/* Opens the calling thread's.  0, GREEN_ENOMEM, or why the host has not opened. */
int green__runtime_open(struct green_runtime **out);

/* Ends a runtime that has no task. False: there are posted calls or callbacks, and it goes on. */
bool green__runtime_close(struct green_runtime *runtime);

void green__runtime_timer_changed(struct green_runtime *runtime);

/* Asks the host for a turn if none is asked for or under way. */
void green__runtime_wake(struct green_runtime *runtime);

/* For the watchdog, if it has a limit: reports what runs if it has held the loop for too long. */
void green__watchdog_measure(const struct green_runtime *runtime);

/* A limit was set, or an observer has come or gone. */
void green__watched_changed(struct green_runtime *runtime);

/* Around each callback of the program's (timers, posted calls, futures), so that the watchdog knows
 * when it began, and that it has returned. */
void green__callback_begin(struct green_runtime *runtime);
void green__callback_end(struct green_runtime *runtime);

/* Calls what other threads posted, if green__posted_left(). In a child of fork() it returns at once,
 * and the thread's runtime is another. */
GREEN__IF_LINKED void green__posted_run(struct green_runtime *runtime);
static inline bool green__posted_left(const struct green_runtime *runtime) {
  return runtime->posting || atomic_load(&runtime->posted);
}

#endif
