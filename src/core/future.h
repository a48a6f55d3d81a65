/* The future's record, and what the core and its features do with it beyond the public functions.
 *
 * Invariants: `done` is set once, by green__future_complete(), which is the only place that wakes
 * the waiters and queues the callbacks; a done future has neither waiters nor a canceller. A
 * producer that may outlive the user's handle keeps a reference of its own. So references that are
 * gone while a task or a job is at work on the future, or while somebody waits for it, were
 * released once too often.
 */
#ifndef GREENIO_SRC_CORE_FUTURE_H
#define GREENIO_SRC_CORE_FUTURE_H

#include <stdarg.h>
#include <greenio/future.h>
#include "queue.h"

enum green__future_kind { GREEN__PLAIN, GREEN__NUMBER, GREEN__STRING, GREEN__BYTES };

struct green_future {
  unsigned references;
  int status;
  bool done, looked, owned; /* owned: by a task or a job */
  bool asked;               /* its canceller was called */
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

/* A pending future with `references` references, or NULL. */
struct green_future *green__future_make(unsigned references);

/* A failed one that was never pending; never NULL. */
struct green_future *green__future_failed(int status, const char *message);

/* Completes it; does nothing more than drop the value when it is done already. The message must
 * come from green__alloc() and is owned from here on. */
int green__future_complete(struct green_future *future, int status, void *value,
                           void (*drop)(void *), char *message);

/* A number as the value, without memory for it; what kind of value there is. */
int green__future_resolve_number(struct green_future *future, double number);
double green__future_number(const struct green_future *future);
void green__future_set_kind(struct green_future *future, uint8_t kind);
uint8_t green__future_kind(const struct green_future *future);

/* printf into memory of green__alloc(); NULL when there is none. */
char *green__format(const char *format, va_list arguments);
char *green__print(const char *format, ...) GREEN_PRINTF(1, 2);

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
