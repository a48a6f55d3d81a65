/* The place of tasks, jobs and tickets in traces (<greenio/traceparent.h>). For the core alone.
 *
 * What stays the same in a trace is shared and counted: an inherited context takes no memory. A task
 * keeps it among its locals, in a record of its own (task.h), so that one that has neither is found
 * out by one test where it makes another, and by none where it ends or parks.
 *
 * All but the file of these functions asks whether they are linked; where they are not, nobody has a
 * context. */
#ifndef GREENIO_SRC_CORE_TRACEPARENT_H
#define GREENIO_SRC_CORE_TRACEPARENT_H

#include <greenio/observe.h>
#include "task.h"

struct green__trace {
  unsigned references;
  unsigned char id[16], flags;
  char state[];
};

/* Has the task, which has none, be at that place; with a reference of its own. */
GREEN__IF_LINKED void green__trace_give(struct green__task *task,
                                        const struct green__trace_place *place);

/* Drops a reference; NULL is ignored. */
GREEN__IF_LINKED void green__trace_release(struct green__trace *trace);

/* The running task's place, without a reference; no trace where it has none. */
static inline struct green__trace_place green__trace_here(const struct green__task *self) {
  struct green__trace_place place = {.trace = NULL};
  if (!self || !self->locals || !green__trace_give || !self->trace.value) return place;
  place.trace = self->trace.value;
  place.span = self->span;
  return place;
}

static inline struct green__trace_place green__trace_retain(struct green__trace_place place) {
  if (green__trace_give && place.trace) place.trace->references++;
  return place;
}

static inline void green__trace_drop(struct green__trace_place *place) {
  if (green__trace_release && place->trace) green__trace_release(place->trace);
  place->trace = NULL;
}

/* Whom the running task makes is where it is. */
static inline void green__trace_inherit(struct green__task *task, const struct green__task *self) {
  if (!self || !self->locals) return;
  struct green__trace_place place = green__trace_here(self);
  if (place.trace) green__trace_give(task, &place);
}

/* A span of the running task's that observers are about to be told of: gives it its numbers and makes it the
 * parent of what comes. And it has ended: what was before it is again. */
GREEN__IF_LINKED void green__trace_span_begin(struct green__task *self, green_span *span,
                                              green_span_begun *begun, green_traceparent *trace);
GREEN__IF_LINKED void green__trace_span_end(struct green__task *self, const green_span *span);

#endif
