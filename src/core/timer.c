/* The pairing heap behind timer.h: constant-time set, logarithmic removal, no memory of its own. */
#include "timer.h"

#include "host.h"
#include "runtime.h"
#include "quiet.h"

static bool timer_before(const struct green__timer *a, const struct green__timer *b) {
  return a->due != b->due ? a->due < b->due : a->order < b->order;
}

static struct green__timer *meld(struct green__timer *a, struct green__timer *b) {
  if (!a) return b;
  if (!b) return a;
  if (timer_before(b, a)) {
    struct green__timer *swap = a;
    a = b;
    b = swap;
  }
  b->previous = a;
  b->next = a->child;
  if (a->child) a->child->previous = b;
  a->child = b;
  a->next = a->previous = NULL;
  return a;
}

/* Melds a list of siblings into one heap: in pairs from the left, then all from the right. */
static struct green__timer *meld_siblings(struct green__timer *first) {
  struct green__timer *pairs = NULL;
  while (first) {
    struct green__timer *a = first, *b = a->next;
    first = b ? b->next : NULL;
    a->next = a->previous = NULL;
    if (b) b->next = b->previous = NULL;
    struct green__timer *pair = meld(a, b);
    pair->next = pairs;
    pairs = pair;
  }
  struct green__timer *root = NULL;
  while (pairs) {
    struct green__timer *pair = pairs;
    pairs = pair->next;
    pair->next = NULL;
    root = meld(root, pair);
  }
  return root;
}

static void take_out(struct green_runtime *runtime, struct green__timer *timer) {
  struct green__timer *children = meld_siblings(timer->child);
  if (timer == runtime->timers) {
    runtime->timers = children;
  } else {
    if (timer->previous->child == timer)
      timer->previous->child = timer->next;
    else
      timer->previous->next = timer->next;
    if (timer->next) timer->next->previous = timer->previous;
    runtime->timers = meld(runtime->timers, children);
  }
  timer->child = timer->next = timer->previous = NULL;
  timer->set = false;
}

void green__timer_set(struct green_runtime *runtime, struct green__timer *timer, uint64_t due) {
  if (timer->set) take_out(runtime, timer);
  timer->due = due;
  timer->order = ++runtime->timer_order;
  timer->child = timer->next = timer->previous = NULL;
  timer->set = true;
  runtime->timers = meld(runtime->timers, timer);
  green__runtime_timer_changed(runtime);
}

void green__timer_clear(struct green_runtime *runtime, struct green__timer *timer) {
  if (!timer->set) return;
  take_out(runtime, timer);
  green__runtime_timer_changed(runtime);
}

GREEN__QUIET void green__timers_fire(struct green_runtime *runtime, uint64_t now) {
  GREEN__QUIETLY;
  while (runtime->timers && runtime->timers->due <= now) {
    struct green__timer *timer = runtime->timers;
    take_out(runtime, timer);
    timer->fire(timer);
  }
}

uint64_t green__timers_next(const struct green_runtime *runtime) {
  return runtime->timers ? runtime->timers->due : GREEN__NEVER;
}

uint64_t green__due_in(uint64_t milliseconds) {
  return green__due_after(green__host_now(), milliseconds);
}
