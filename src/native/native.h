/* What the files of the native host share. */
#ifndef GREENIO_SRC_NATIVE_NATIVE_H
#define GREENIO_SRC_NATIVE_NATIVE_H

#include <uv.h>
#include "stack.h"

/* For printf: the task's name, its stack's bytes (%zu). */
#define GREEN__OVERFLOW_MESSAGE                                                                    \
  "greenio: %s overflowed its stack of %zu bytes; give it more with green_spawn_with() or "        \
  "green_set_stack_size()\n"

/* The stack of the context that runs on this thread, or NULL. */
const struct green__stack *green__native_running_stack(void);

/* Watches for stack overflows on this thread, and no longer. */
void green__overflow_watch(void);
void green__overflow_unwatch(void);

/* The loop that the next green__host_open() of this thread is to live on; NULL: one of its own. */
extern _Thread_local uv_loop_t *green__native_attach_to;

#endif
