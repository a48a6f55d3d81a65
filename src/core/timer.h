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

struct green_runtime;

struct green__timer {
  uint64_t due, order;
  struct green__timer *child, *next, *previous;
  void (*fire)(struct green__timer *); /* on the host's stack, not set any more */
  bool set;
};

#define GREEN__NEVER UINT64_MAX

/* Sets or moves the timer to `due`, in green_now()'s nanoseconds. fire must be there. */
void green__timer_set(struct green_runtime *runtime, struct green__timer *timer, uint64_t due);
void green__timer_clear(struct green_runtime *runtime, struct green__timer *timer);

/* For the turn: fires what is due at `now`; when the next one is due, or GREEN__NEVER. */
void green__timers_fire(struct green_runtime *runtime, uint64_t now);
uint64_t green__timers_next(const struct green_runtime *runtime);

/* now, or another time, + milliseconds, without overflow: what is too far away never comes, but is
 * not GREEN__NEVER. Nanoseconds, as many as there can be. */
uint64_t green__due_in(uint64_t milliseconds);
uint64_t green__due_after(uint64_t time, uint64_t milliseconds);
uint64_t green__nanoseconds(uint64_t milliseconds);

#endif
