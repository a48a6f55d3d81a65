/* The core's door: what a feature sees of the core, beside the public headers.
 *
 * A feature is what lies in src outside of the core, and the halves of features that lie with a
 * host. Tasks, runtimes and futures are handles here; their records stay in the core. With this
 * header go the records that features embed (queue.h, timer.h), memory (memory.h, poison.h), lists
 * (list.h), pools (pool.h) and strings of JSON's (json.h).
 *
 * Every call that waits reads the same:
 *
 *   struct green__task *self;
 *   int rc = green__wait_begin(&self);            may it park here, is it interrupted?
 *   if (rc < 0) return rc;
 *   green__wait_on(self, &thing->waiters);        register
 *   rc = green__park(self, "thing", thing);       park
 *   ...                                           translate the outcome
 *
 * and what ends the wait is green__wake(thing->waiters.head, 0), from the host's stack or another
 * task. Whatever ends a wait first - that, a cancel, a deadline, the end of the task - takes all
 * records of the task out of their queues, so that nobody can end the same wait twice and nothing
 * stays registered.
 *
 * All is for the runtime's thread, unless it says otherwise.
 */
#ifndef GREENIO_SRC_CORE_WAIT_H
#define GREENIO_SRC_CORE_WAIT_H

#include <stdarg.h>
#include <greenio/observe.h>
#include <greenio/task.h>
#include "host.h"
#include "list.h"
#include "queue.h"
#include "shared.h"
#include "timer.h"

GREEN__SHARED_BEGIN

/* ---- who runs -------------------------------------------------------------------------------- */

/* The running task; NULL: what runs is none. Any thread. */
struct green__task *green__running(void);

/* The calling thread's runtime, made on demand; NULL: no memory. Without making one:
 * green__runtime_own() (host.h). */
struct green_runtime *green__runtime(void);

/* Tasks that have not ended; whether one of them is ready to run. */
size_t green__tasks_live(const struct green_runtime *runtime);
bool green__tasks_ready(const struct green_runtime *runtime);

/* ---- waiting --------------------------------------------------------------------------------- */

/* Whether the running task may wait now. Comes before anything is registered.
 *   0: *self is the running task. GREEN_EMAIN: there is none. GREEN_ENESTED: a frame that cannot be
 *   parked lies below. GREEN_ECANCELED, GREEN_ETIMEDOUT: it is interrupted, and has been told now.
 *   But for GREEN_EMAIN the status's message is left. */
int green__wait_begin(struct green__task **self);

/* Whether it could park here, interrupted or not, for calls that do more than one wait and do not
 * begin with one. 0, GREEN_EMAIN, GREEN_ENESTED; no message is left. */
int green__wait_possible(void);

/* Puts the task at the end of a queue, until its wait has ended. *item and index of the record that
 * stands for it there are the caller's. */
struct green__waiter *green__wait_on(struct green__task *self, struct green__queue *queue);

/* Puts it among those that wait for a pending future, which then ends the wait with 0. */
void green__wait_on_future(struct green__task *self, struct green_future *future);

/* In the place of green__wait_on(), for a wait on several things: so many records, each for the
 * caller to push into a queue or to leave out. They go when the wait has ended; a wait must follow.
 *   0, GREEN_ENOMEM with its message. */
int green__waiters(struct green__task *self, size_t count, struct green__waiter **out);

/* For green__park() alone: the task waits from here on, until `due` unless that is GREEN__NEVER.
 * The context to park, and how the wait has ended. */
struct green__context *green__park_begin(struct green__task *self, uint64_t due, const char *what,
                                         const void *object);
int green__park_end(const struct green__task *self);

/* Parks the running task; returns when its wait has been ended. Its status: what green__wake() was
 * given, or GREEN_ECANCELED or GREEN_ETIMEDOUT, whose messages are left. `what` is a static string
 * for reports and messages, `object` what it waits for.
 *
 * Inline, since in wasm each frame of a parked stack costs time. */
static inline __attribute__((always_inline)) int green__park(struct green__task *self,
                                                             const char *what, const void *object) {
  green__context_park(green__park_begin(self, GREEN__NEVER, what, object));
  return green__park_end(self);
}

/* The same, until `due` at the latest, in green_now()'s nanoseconds, or GREEN__NEVER: 0 then. */
static inline __attribute__((always_inline)) int
green__park_until(struct green__task *self, uint64_t due, const char *what, const void *object) {
  green__context_park(green__park_begin(self, due, what, object));
  return green__park_end(self);
}

/* An interruption came, and the caller of the call is given something else: the task's next wait
 * hears of it. Nothing happens with other statuses (a deadline that has passed is found again). */
void green__wait_restore(struct green__task *self, int interruption);

/* The caller was given the cancel after all. */
void green__wait_delivered(struct green__task *self);

/* What a task waits for: "sleep", "future of NAME"; "" if it does not wait. */
const char *green__waits_for(const struct green__task *task, char *buffer, size_t size);

/* As green_yield(), but that the task is the second in the line of those that are ready: behind the one
 * that it has just put there first (green__pool_begin()). */
int green__yield_to_first(void);

/* ---- waking ---------------------------------------------------------------------------------- */

/* Ends the wait of a task that waits, with that status, and makes it ready. `index`: of the record
 * that stands for what ended it. */
void green__wait_end(struct green__task *task, int status, uint32_t index);

/* Ends the wait that a record in a queue stands for. */
static inline void green__wake(struct green__waiter *waiter, int status) {
  green__wait_end(waiter->task, status, waiter->index);
}

/* Ends the task's wait with 0 if it waits: for `object`; whatever it waits for. Without a record in
 * a queue. */
void green__wake_from(struct green__task *task, const void *object);
void green__wake_task(struct green__task *task);

/* An event of the host's that begins or wakes one task can have it run at once, until it waits:
 * between green__turn_enter() and green__turn_leave() (host.h). */

/* Around a callback of the program's that a feature calls from an event of the host's, in a turn or
 * between turns, for the watchdog: what the first returns is handed to the second. */
bool green__host_callback_begin(struct green_runtime *runtime);
void green__host_callback_end(struct green_runtime *runtime, bool outside);

/* For observers: what they are told next happens at once behind what they were told last. */
void green__told_again(void);

/* ---- fairness -------------------------------------------------------------------------------- */

/* Tries that succeed at once, between two turns of the others. */
#define GREEN__STREAK 64

/* A loop that always finds something to do would keep the others from running, and never hear of a
 * cancel or of its deadline. Whether it owes the others a turn, which it then gives by green_yield().
 * *unparked counts its tries, and is set to 0 where it parks. */
static inline bool green__owes_turn(unsigned *unparked) {
  if (++*unparked < GREEN__STREAK) return false;
  *unparked = 0;
  return true;
}

/* ---- deadlines ------------------------------------------------------------------------------- */

/* When the running task's waits are to end, in green_now()'s nanoseconds; GREEN__NEVER: no deadline
 * is in scope, or it is held back by GREEN_SHIELD. In a task. */
uint64_t green__deadline(void);

/* Whether the running task's deadline, held back or not, had passed when this turn began. */
bool green__is_late(void);

/* ---- messages -------------------------------------------------------------------------------- */

/* Leaves a message of that status to a task; the text is memory of green__alloc() and owned from
 * here on, or NULL: the status's own sentence. */
void green__message_leave(struct green__task *task, int status, char *text);

/* The text of the message of that status, or NULL: none was left, or it is the status's own. */
const char *green__message_of(const struct green__task *task, int status);

/* What a thread says that works for a task: where green_fail() leaves it from here on; NULL: no
 * longer. That thread. */
struct green__words {
  int status;
  char *text; /* or NULL */
};
void green__words_begin(struct green__words *words);

/* printf into memory of green__alloc(); NULL when there is none. Any thread. */
char *green__format(const char *format, va_list arguments);
char *green__print(const char *format, ...) GREEN_PRINTF(1, 2);

/* ---- futures --------------------------------------------------------------------------------- */

/* A pending future with `references` references, or NULL. */
struct green_future *green__future_make(unsigned references);

/* A failed one that was never pending; never NULL. */
struct green_future *green__future_failed(int status, const char *message);

/* The number of the status of that name, as green_status_name() gives it; 0: there is none. */
int green__status_named(const char *name);

/* Completes it; does nothing more than drop the value when it is done already. The message must
 * come from green__alloc() and is owned from here on.  0, GREEN_EALREADY. */
int green__future_complete(struct green_future *future, int status, void *value,
                           void (*drop)(void *), char *message);

/* Nobody is to be told should it fail, or somebody has looked at it. */
void green__future_looked(struct green_future *future);

/* Whether others than the caller, who has a reference, hold it, wait for it or are to be called when it is done. */
bool green__future_shared(const struct green_future *future);

/* A number as the value, without memory for it; what kind of value there is. */
enum green__future_kind { GREEN__PLAIN, GREEN__NUMBER, GREEN__STRING, GREEN__BYTES };
int green__future_resolve_number(struct green_future *future, double number);
double green__future_number(const struct green_future *future);
void green__future_set_kind(struct green_future *future, uint8_t kind);
uint8_t green__future_kind(const struct green_future *future);

/* ---- spans ----------------------------------------------------------------------------------- */

/* A span that goes on behind the call that has begun it (observe.h): from here on it is not the parent of what its
 * task begins. In that task; elsewhere nothing happens. */
void green__span_step_out(const green_span *span);

/* ---- the runtime's end ----------------------------------------------------------------------- */

/* Something to be told when a runtime closes; it is taken out of the list first. */
struct green__closer {
  struct green__closer *next, *previous;
  void (*close)(struct green__closer *);
};

/* Has closer->close(closer) called when the calling thread's runtime closes. */
void green__at_close(struct green_runtime *runtime, struct green__closer *closer);
void green__at_close_remove(struct green_runtime *runtime, struct green__closer *closer);

GREEN__SHARED_END

#endif
