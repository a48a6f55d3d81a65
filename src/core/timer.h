/* Timers: a pairing heap of records that their owners embed, so that setting one cannot fail.
 *
 * Invariants: the root has the least (due, order); a record is in the heap exactly when `set`;
 * `order` counts settings, so that timers of one due time fire in the order in which they were set.
 * `previous` is the left sibling, or the parent of a first child.
 */
#ifndef GREENIO_SRC_CORE_TIMER_H
#define GREENIO_SRC_CORE_TIMER_H

#include <stdbool.h>
#include <stdint.h>
#include "shared.h"

GREEN__SHARED_BEGIN

struct green_runtime;

struct green__timer {
  uint64_t due, order;
  struct green__timer *child, *next, *previous;
  void (*fire)(struct green__timer *); /* on the host's stack, not set any more */
  bool set;
};

#define GREEN__NEVER       UINT64_MAX
#define GREEN__MILLISECOND UINT64_C(1000000) /* ns */

/* How long a peer that says nothing is waited for, whatever the deadline, when what is under way
 * with it has to be brought to an end: ms. */
#define GREEN__GRACE UINT64_C(5000)

/* A time + milliseconds, without overflow: what is too far away never comes, but is not
 * GREEN__NEVER. Nanoseconds, as many as there can be. Inline, for what is linked with the shared
 * library too. */
static inline uint64_t green__due_after(uint64_t time, uint64_t milliseconds) {
  if (milliseconds >= (GREEN__NEVER - time) / GREEN__MILLISECOND) return GREEN__NEVER - 1;
  return time + milliseconds * GREEN__MILLISECOND;
}
static inline uint64_t green__nanoseconds(uint64_t milliseconds) {
  return green__due_after(0, milliseconds);
}

/* From `now` until `due`, in whole milliseconds, rounded up: for timers that count in these. */
static inline uint64_t green__milliseconds_until(uint64_t due, uint64_t now) {
  uint64_t left = due > now ? due - now : 0;
  return left / GREEN__MILLISECOND + (left % GREEN__MILLISECOND != 0);
}

/* Sets or moves the timer to `due`, in green_now()'s nanoseconds. fire must be there. */
void green__timer_set(struct green_runtime *runtime, struct green__timer *timer, uint64_t due);
void green__timer_clear(struct green_runtime *runtime, struct green__timer *timer);

/* For the turn: fires what is due at `now`; when the next one is due, or GREEN__NEVER. */
void green__timers_fire(struct green_runtime *runtime, uint64_t now);
uint64_t green__timers_next(const struct green_runtime *runtime);

uint64_t green__due_in(uint64_t milliseconds); /* from now */

GREEN__SHARED_END

#endif
