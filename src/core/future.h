/* The future's record, and what the core does with it beyond the public functions. For the core
 * alone: wait.h is what others see.
 *
 * Invariants: `done` is set once, by green__future_complete(), which is the only place that wakes
 * the waiters and queues the callbacks; a done future has neither waiters nor a canceller. A
 * producer that may outlive the user's handle keeps a reference of its own. So references that are
 * gone while a task or a job is at work on the future, or while somebody waits for it, were
 * released once too often.
 */
#ifndef GREENIO_SRC_CORE_FUTURE_H
#define GREENIO_SRC_CORE_FUTURE_H

#include <greenio/future.h>
#include "queue.h"
#include "wait.h"

struct green_future {
  unsigned references;
  int status;
  bool done, looked, owned; /* owned: by a task or a job */
  bool asked;               /* its canceller was called */
  bool cancelled;           /* by green_cancel(): nobody has to look at GREEN_ECANCELED */
  bool lasting;             /* never freed: the failed future for want of memory */
  bool listed;              /* among the thread's failed ones that nobody has looked at */
  uint8_t kind;
  union {
    void *value;
    double number;
    struct green_future *spare;
  };
  void (*drop)(void *);
  char *message, *name;
  union {
    struct green__queue waiters; /* while it is pending */
    struct {
      struct green_future *next, *previous;
    } unseen; /* while it is listed */
  };
  struct green__callback *callbacks_head, *callbacks_tail;
  void (*cancel)(struct green_future *, void *);
  void *cancel_arg;
};

/* For the turn: calls what green_future_on_done() asked for. In a child of fork() it returns at
 * once, and the thread's runtime is another. */
struct green_runtime;
void green__callbacks_run(struct green_runtime *runtime);

/* For future.c: one that has failed and that nobody has looked at enters the list, and leaves it;
 * the line about it. */
void green__unseen_add(struct green_future *future);
void green__unseen_remove(struct green_future *future);
void green__unseen_report(const struct green_future *future);

/* Somebody has looked at it, or nobody is to be told should it fail. */
static inline void green__future_look(struct green_future *future) {
  if (future->lasting) return;
  future->looked = true;
  if (future->listed) green__unseen_remove(future);
}

/* Writes a line about each failed future of the calling thread that nobody has looked at, once.
 * When a runtime ends, and when the program does. */
void green__unseen_tell(void);

/* Frees the recycled records of a runtime. */
void green__futures_trim(struct green_runtime *runtime);

#endif
