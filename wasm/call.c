/* Stacks whose bottom function JavaScript calls: the calls of module.green.call(), each a task of
 * its own, and main. A C function cannot set the stack pointer for its caller, so a step is
 * JavaScript's: enter, set the stack pointer, call the export, leave, restore the stack pointer.
 *
 * Relies on context.c; calls.mjs calls what is exported here. A feature rather than a part
 * of the host's contract, so it may look into the core's task. */
#include "context.h"

#include <stdlib.h>
#include <greenio/runtime.h>
#include <greenio/status.h>
#include "core/memory.h"
#include "core/task.h"
#include "loop.h"

/* ---- one step -------------------------------------------------------------------------------- */

uintptr_t green__js_enter(struct green__context *context) {
  green__entered = context;
  context->depth = green__import_depth;
  if (green__hooks) green__hooks_enter(context);
  if (green__hooks & GREEN__HOOK_LIMITS)
    green__js_next_limits(context->top, (uintptr_t)context->saved);
  if (context->used) {
    green__frames_load(context);
    green__phase = GREEN__REWINDING;
    green__asyncify_start_rewind(&green__rewound);
  }
  return context->sp;
}

static int outcome(const struct green__task *task) {
  if (task->message_status < 0) return task->message_status;
  return task->cancelled ? GREEN_ECANCELED : 0;
}

int green__js_leave(struct green__context *context, bool is_status, int status) {
  bool parked = green__phase == GREEN__UNWINDING;
  if (parked) {
    green__phase = GREEN__RUNNING_FREE;
    green__asyncify_stop_unwind();
  }
  if (green__hooks) green__hooks_leave(context);
  if (parked) return green__frames_keep(context);
  context->start->status = is_status ? status : outcome((struct green__task *)context->start);
  return green__frames_ended(context);
}

bool green__js_recover(void) {
  bool overran = green__phase == GREEN__UNWINDING && green__scratch.top > green__scratch.end;
  green__scratch.top = green__scratch_start;
  green__asyncify_start_unwind(&green__scratch);
  green__asyncify_stop_unwind();
  green__phase = GREEN__RUNNING_FREE;
  if (green__hooks) green__hooks_lost();
  return overran;
}

const char *green__js_overrun(void) {
  const char *message = "the host's own C stack overflowed; link with a larger one";
  if (!green__running_name()) return message;
  green__context_overrun(green__entered);
  green__context_lost(green__entered, &message);
  return message;
}

int green__js_failed(struct green__context *context, int status, const char *message) {
  return green__context_fail(context, status, message);
}

/* ---- green.call ------------------------------------------------------------------------------ */

static struct green__context *adopt(size_t stack) {
  struct green_runtime *runtime = green_runtime_current();
  struct green__context *context;
  struct green__start *room;
  if (stack == 0) stack = green__stack_size();
  if (stack < GREEN__STACK_MIN) stack = GREEN__STACK_MIN;
  if (!runtime || stack > GREEN__STACK_MAX) return NULL;
  if (green__context_new(&context, stack, green__task_room(), &room) < 0) return NULL;
  struct green_future *future = green__task_adopt(runtime, context, room);
  if (!future) {
    green__context_delete(context);
    return NULL;
  }
  context->called = future;
  return context;
}

struct green__context *green__js_call(size_t stack, const char *name, int slot, bool at_once) {
  if (at_once) green__loop_entered();
  struct green__context *context = adopt(stack);
  if (!context) {
    if (at_once) green__loop_left();
    return NULL;
  }
  context->slot = slot;
  if (name) green_future_set_name(context->called, name);
  return context;
}

int green__js_left(void) {
  return green__loop_left();
}

int green__js_cancel(struct green__context *context) {
  green_cancel(context->called);
  return green__loop_answer();
}

void green__js_free_c(void *memory) {
  free(memory);
}

/* The core deletes the context when the future is done. */
void green__call_ended(struct green__context *context) {
  struct green_future *future = context->called;
  int status = green_future_status(future);
  green__js_done(context->slot, status, green_future_message(future));
  green_future_release(future);
}
