/* The task's record, and the one place where a task parks. For the core alone: wait.h is what others
 * see, and says how a call waits.
 *
 * The record lies in the room at the top of the task's own stack, so that a parked task costs the
 * pages that its frames touch and nothing else, and dies with its context.
 *
 * The core's own calls know the record, and inline what is a function to others: green__self(),
 * green__waiter() and green__wait_park().
 *
 * Invariants: while a task is parked in a wait, `waiting` is set; the first to call
 * green__wait_end() - what it waits for, a cancel, a deadline, the task's loss - clears it and
 * takes all records of the task out of their queues, so that nobody can end the same wait twice and
 * nothing stays registered.
 */
#ifndef GREENIO_SRC_CORE_TASK_H
#define GREENIO_SRC_CORE_TASK_H

#include <greenio/channel.h>
#include <greenio/local.h>
#include <greenio/lock.h>
#include <greenio/task.h>
#include "future.h"
#include "host.h"
#include "queue.h"
#include "runtime.h"
#include "timer.h"
#include "wait.h"

enum green__state { GREEN__READY, GREEN__RUNNING, GREEN__WAITING };

/* local.c's. */
struct green__local_value {
  struct green__local_value *next;
  const green_local *key;
  void *value;
};

/* A place in a trace: see traceparent.h. */
struct green__trace;
struct green__span_id {
  unsigned char bytes[8];
};
struct green__trace_place {
  struct green__trace *trace; /* NULL: none */
  struct green__span_id span;
};

struct green__task {
  struct green__start start;
  struct green__task *ready_next;
  struct green__task *all_next, *all_previous;
  struct green_runtime *runtime;
  struct green__context *context;
  struct green_future *future; /* the task's, or a worker's present job's; NULL in an idle worker */
  unsigned long id, spawned_by; /* 0: by no task */
  struct green__place
      place; /* of the call that made it or its job, in a debug build of the program */
  struct green_group *group; /* or NULL */
  enum green__state state;
  int error; /* errno, while it does not run */

  /* the present wait */
  bool waiting;
  int woken;            /* how it ended */
  uint32_t woken_index; /* which thing ended it; GREEN__INTERRUPTED */
  struct green__waiter waiter;
  struct green__waiter *waiters; /* more than one: in memory of its own */
  uint32_t waiter_count;
  const char *what; /* for the report */
  const void *object;
  uint64_t since;
  struct green__timer sleep_timer;

  /* interruption */
  struct green__timer deadline_timer;
  uint64_t deadline;
  int shield;
  bool cancel_pending, cancelled;
  uint8_t seen; /* observe.c's, as is the next */
  bool seen_job;
  bool in_job; /* a worker whose job has begun */

  /* what belongs to the task or the job, until green__task_settle() */
  int message_status; /* of the message that was left last; 0: none was */
  char *message;      /* or NULL: green_strerror() */
  struct green__message *earlier;
  void *value;
  void (*drop)(void *);
  struct green__local_value *locals;
  struct green__local_value
      trace;                  /* among the locals while its value, a green__trace, is not NULL */
  struct green__span_id span; /* then */
  green_lock *locks;

  /* a pool's worker */
  struct green_pool *pool;
  struct green__job *job;
  void (*ended)(struct green__task *);
};

#define GREEN__INTERRUPTED UINT32_MAX

/* Makes a ready task; entry into the list of all and the count of the live. `copy_size` bytes at
 * arg are copied if not 0.  0, GREEN_ENOMEM, GREEN_EINVAL. */
int green__task_new(struct green__task **out, green_function function, void *arg, size_t stack_size,
                    size_t copy_size);

/* The same, with `beside` bytes behind the record for the caller, not zeroed, aligned to 16. */
int green__task_new_beside(struct green__task **out, green_function function, void *arg,
                           size_t stack_size, size_t copy_size, size_t beside);
/* Behind a failure of those: why no task could be made, if there is more to say than the status; the same
 * by green_fail(). */
const char *green__task_refusal(int status);
int green__task_refuse(int status);

static inline void *green__task_beside(const struct green__task *task) {
  return (char *)(uintptr_t)task + ((sizeof *task + 15) & ~(size_t)15);
}

/* The running task, or NULL. */
static inline struct green__task *green__self(void) {
  return green__thread.running;
}

/* Into the list of all, as a new one; and out of it. */
static inline void green__all_add(struct green_runtime *runtime, struct green__task *task) {
  const struct green__task *self = green__self();
  task->id = ++runtime->last_id;
  task->spawned_by = self ? self->id : 0;
  task->since = runtime->now;
  green__deque_add(runtime->all_head, runtime->all_tail, task, all_next, all_previous);
  runtime->live++;
}

static inline void green__all_remove(struct green_runtime *runtime, struct green__task *task) {
  green__deque_remove(runtime->all_head, runtime->all_tail, task, all_next, all_previous);
  runtime->live--;
}

/* Where the call stands in the program that makes a task or a job now; known once. It may have been told
 * by another task, which waits in the arguments of its call. */
static inline struct green__place green__place_take(void) {
  struct green__place place = {NULL, 0};
  if (!green__thread.place.file || green__thread.placer != green__self()) return place;
  place = green__thread.place;
  green__thread.place.file = NULL;
  return place;
}

/* The task's record for one thing that it waits for. */
static inline struct green__waiter *green__waiter(struct green__task *self) {
  return &self->waiter;
}

/* The task is about to park until green__wait_end(). `what` is a static string, `object` what it
 * waits for. */
static inline void green__wait_start(struct green__task *self, const char *what,
                                     const void *object) {
  self->what = what;
  self->object = object;
  self->since = self->runtime->now;
  self->waiting = true;
  self->state = GREEN__WAITING;
}

/* Parks until green__wait_end(); its status. Inline, since each frame of a parked stack costs time
 * in wasm. */
static inline __attribute__((always_inline)) int
green__wait_park(struct green__task *self, const char *what, const void *object) {
  green__wait_start(self, what, object);
  green__context_park(self->context);
  return self->woken;
}

/* Ends the wait of a task by a cancel or a deadline, and leaves a message that says so. */
void green__wait_interrupt(struct green__task *task, int status);

void green__task_cancel(struct green__task *task);
void green__task_ready_first(struct green__task *task);           /* before those that are ready */
void green__wait_end_first(struct green__task *task, int status); /* as wait.h, and the same */

/* Completes the future of the task or of its job with `status`, and ends all that belonged to it:
 * message, value, locals, locks, deadline, shield, cancel. `message` (or NULL) replaces the task's
 * and is owned from here on.
 *
 * The program's own destructors may be left by a foreign exception. Each is called once, the future
 * is completed behind the last of them, and what is done is not done again: so both functions may
 * be called anew, with the status and message of the exception (green__task_lost). */
void green__task_settle(struct green__task *task, int status, char *message);

/* Ends a task whose stack is no more: settles it, takes it out of the runtime, deletes the context.
 */
void green__task_end(struct green__task *task, int status, char *message);

/* Whether a task that has never parked and returned well has left all as it was when it began: its future
 * included, of which nobody knows. */
bool green__task_left_nothing(const struct green__task *task);

/* The messages of a task (message.c), beside green__message_leave() and green__message_of(). Leaves
 * that of a failed future; makes the one of this status the last again. */
void green__message_carry(struct green__task *task, const struct green_future *future);
void green__message_again(struct green__task *task, int status);

/* Forgets all of them; the text of that status, which is the caller's, or NULL. */
char *green__message_take(struct green__task *task, int status);

/* What ends with the task, in files of their own. */
void green__locals_destroy(struct green__task *task);
GREEN__IF_LINKED void green__locks_abandon(struct green__task *task); /* which has `locks` */

/* Of groups and pools, which a program has linked if it makes some: no other has what these are called
 * for, and they alone bring neither into it. */

/* A task has lost its stack in a wait: if that was in a group, the reference goes that the call has.
 * NULL if there are no groups. */
GREEN__IF_LINKED void green__group_wait_lost(struct green__task *task);

/* Behind the end of a task that has an `ended` function, when nothing of the task is left and
 * runtime->left is set: gives the references of a group's task back, which may call destructors of the
 * program's. */
GREEN__IF_LINKED void green__group_left(struct green_runtime *runtime);

/* If `future` is a job queued in the pool of which `self` is a worker, starts it on a lent worker; if
 * it is of a task queued in the group of `self`, or in one above it, starts that.
 * 1: started; 0: it is none; GREEN_ENOMEM. */
GREEN__IF_LINKED int green__pool_lend(struct green__task *self, struct green_future *future);
GREEN__IF_LINKED int green__group_lend(struct green__task *self, struct green_future *future);

static inline int green__lend(struct green__task *self, struct green_future *future) {
  if (self->group) return green__group_lend(self, future);
  return self->pool ? green__pool_lend(self, future) : 0;
}

#endif
