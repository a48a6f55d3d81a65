/* What the files of the native host share. */
#ifndef GREENIO_SRC_NATIVE_NATIVE_H
#define GREENIO_SRC_NATIVE_NATIVE_H

#include <uv.h>
#include "stack.h"

/* The stack of the context that runs on this thread, or NULL. */
const struct green__stack *green__native_running_stack(void);

/* Writes to stderr whose stack overflowed, and what to do; async-signal-safe. */
void green__overflow_tell(const struct green__stack *stack);

/* Watches for stack overflows on this thread, and no longer. */
void green__overflow_watch(void);
void green__overflow_unwatch(void);

/* The loop that the next green__host_open() of this thread is to live on; NULL: one of its own. */
extern _Thread_local uv_loop_t *green__native_attach_to;

#endif
