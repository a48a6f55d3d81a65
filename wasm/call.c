/* Stacks whose bottom function JavaScript calls: the calls of module.green.call(), each a task of
 * its own. A C function cannot set the stack pointer for its caller, so JavaScript calls functions of
 * stack.S around the bottom function, which change the stack and call those here and those of a kind:
 *
 *   green__js_enter, the export, green__js_leave   a call that waited for its turn, or goes on
 *   green__js_begin, the export, green__js_finish  a call that begins at once, as JavaScript's
 *                                                  async functions do: a turn of its own
 *
 * Relies on context.c; calls.mjs calls what is exported here. */
#include "context.h"

#include <stdlib.h>
#include <emscripten/stack.h>
#include <greenio/runtime.h>
#include <greenio/status.h>
#include "core/memory.h"
#include "loop.h"
#include "quiet.h"

static struct green__task *task_of(const struct green__context *context) {
  return (struct green__task *)context->start;
}

/* ---- one step -------------------------------------------------------------------------------- */

int green__call_outcome(const struct green__context *context, int returned, int value) {
  struct green__task *task = task_of(context);
  int last = green__message_status(task), left = last < 0 ? last : 0;
  switch (returned) {
  case GREEN__RETURNED_STATUS:
    return value;
  case GREEN__RETURNED_NUMBER:
    return value == left ? left : 0;
  case GREEN__RETURNED_NULL:
    return left;
  default:
    return 0;
  }
}

static bool finishing; /* a call that began at once: its caller knows how it ends */

void green__call_forget(void) {
  finishing = false;
}

static const char host_overran[] =
    "the host's own C stack overflowed, which main and callbacks have; link with a larger one "
    "(-sSTACK_SIZE, before Emscripten 3.1.25 -sTOTAL_STACK)";

static bool is_on_host_stack(uintptr_t sp) {
  return sp >= emscripten_stack_get_end() && sp <= emscripten_stack_get_base();
}

/* Observers are told of a park while its task is the running one still, but on the host's stack. Where
 * something was overwritten, that an observer is called may be too. */
static bool is_of_task(uintptr_t sp) {
  if (!green__running_name()) return false;
  bool observer =
      is_on_host_stack(sp) && green__context_intact(green__entered) && green__observing();
  return !observer;
}

const char *green__js_trapped(uintptr_t sp) {
  if (is_of_task(sp)) return green__context_trapped(green__entered, sp, green__switch_unwound());
  return is_on_host_stack(sp) ? green__context_overrun_before() : host_overran;
}

int green__js_harm(uintptr_t sp) {
  return is_of_task(sp) ? green__context_harm(green__entered, sp) : GREEN__HARM_HOST;
}

const char *green__js_running(void) {
  return green__running_name() ? green__context_running(green__entered) : NULL;
}

const char *green__js_overrun(void) {
  const char *message = host_overran;
  if (!green__running_name()) return message;
  if (green__guard_whole(green__entered->low)) /* it was found before anything was overwritten */
    green__context_overflow(green__entered, "", 2 * green__block_stack(green__entered));
  else
    green__context_overrun(green__entered);
  green__context_lost(green__entered, &message);
  return message;
}

int green__js_failed(int status, const char *message) {
  green__import_depth = green__entered->depth;
  return green__context_fail(green__entered, status, message);
}

/* ---- green.call ------------------------------------------------------------------------------ */

/* Of a call that began at once and did not wait, for the next one. */
static struct green__context *spare;

static struct green__context *adopt(size_t stack, const char *name, int slot) {
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
  context->asked = stack;
  context->slot = slot;
  if (name) green_future_set_name(future, name);
  return context;
}

struct green__context *green__js_call(size_t stack, const char *name, int slot) {
  struct green__context *context = adopt(stack, name, slot);
  if (context) green__task_ready(task_of(context));
  return context;
}

void green__calls_trim(void) {
  struct green__context *context = spare;
  if (!context) return;
  spare = NULL;
  green_future_release(context->called);
  green_future_release(context->called);
  context->called = NULL;
  green__context_delete(context);
}

static struct green__context *begin_new(size_t stack, const char *name, int slot) {
  struct green_runtime *runtime = green_runtime_current();
  if (!runtime || !green__turn_enter(runtime)) return NULL;
  if (spare && spare->asked != green__stack_size()) green__calls_trim();
  struct green__context *context = adopt(stack, name, slot);
  if (!context) {
    green__turn_leave(runtime);
    return NULL;
  }
  green__turn_entered(task_of(context));
  return context;
}

/* NULL: out of memory, or it must be made by green__js_call(), to wait for its turn. */
GREEN__QUIET struct green__context *green__call_begin(size_t stack, const char *name, int slot) {
  GREEN__QUIETLY;
  struct green__context *context = spare;
  bool fits = context && !stack && !name && context->asked == green__stack_size();
  if (!fits || !green__turn_again(task_of(context))) return begin_new(stack, name, slot);
  spare = NULL;
  return context;
}

bool green__call_rests(struct green__context *context, int returned, int value) {
  bool parked = context->used || context->stack;
  if (spare || parked || (returned == GREEN__RETURNED_STATUS && value < 0)) return false;
  if (!green__guard_whole(context->low) || context->asked != green__stack_size()) return false;
  if (!green__turn_rest(task_of(context))) return false;
  spare = context;
  return true;
}

/* The bottom function of the call has come back, or its frames are lost. */
int green__call_left(enum green__left left) {
  struct green_runtime *runtime = green_runtime_current();
  finishing = true;
  green__turn_switch(left);
  finishing = false;
  green__turn_leave(runtime);
  int answer = green__loop_answer();
  return left == GREEN__PARKED ? answer | GREEN__CALL_PARKED : answer;
}

void green__js_keep_call(struct green__context *context, int slot, const char *name) {
  context->slot = slot;
  if (!green_future_name(context->called)) green_future_set_name(context->called, name);
}

int green__js_finish_failed(int status, const char *message) {
  return green__call_left(green__js_failed(status, message));
}

int green__js_cancel(struct green__context *context) {
  green_cancel(context->called);
  return green__loop_answer();
}

const char *green__js_no_context(void) {
  return green__context_refused();
}

void green__js_free_c(void *memory) {
  free(memory);
}

/* The core deletes the context when the future is done. */
void green__call_ended(struct green_future *future, int slot) {
  int status = green_future_status(future);
  if (!finishing || status < 0) green__js_done(slot, status, green_future_message(future));
  green_future_release(future);
}

/* ---- module.green.report() ------------------------------------------------------------------- */

static void report_visit(const green_report_entry *entry, void *arg) {
  (void)arg;
  green__js_report_entry(entry->id, entry->name, entry->state, entry->waits_for,
                         (double)entry->since_ns / 1e6, entry->stack_used, entry->stack_size,
                         entry->calls, entry->spawned_by, entry->group, entry->group_made_by,
                         entry->made_in, entry->made_at);
}

void green__js_report(void) {
  green_report_each(report_visit, NULL);
}
