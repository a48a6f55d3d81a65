/* JSPI: how contexts are switched by JavaScript Promise Integration. See jspi.h; relies on jspi.S, jspi.mjs
 * and context.c.
 *
 * The engine keeps the frames of a call that it has begun as a promise, and goes on with it in a
 * microtask. So a context is resumed later (host.h): a turn that is under way goes from one microtask to
 * the next, each of which runs one task, and the task that parks picks the next. Beside the engine's
 * stack each context has a C stack of its own, whose pointer lies in a local of the function that parks,
 * so that any order of wakes is right.
 *
 * A context whose bottom function is C has an engine's stack whose own bottom function is a loop
 * (green__jspi_run): a stack whose task has ended waits there for another one, or begins it at once. */
#include "jspi.h"

#include <stdio.h>
#include <string.h>
#include <greenio/runtime.h>
#include <greenio/status.h>
#include "context.h"
#include "loop.h"

#define MOST_IDLE 512
#define PERMITS   64 /* that are asked for at once */

_Static_assert(offsetof(struct green__context, sp) == 0, "jspi.S reads it there");
_Static_assert(offsetof(struct green__context, top) == 4, "jspi.S reads it there");
_Static_assert(offsetof(struct green__context, saved) == 8, "jspi.S reads it there");
_Static_assert(offsetof(struct green__context, stack) == 16, "jspi.S writes it there");
_Static_assert(offsetof(struct green__context, start) == 36, "jspi.S reads it there");

struct exceptions { /* __cxa_eh_globals */
  void *caught;
  unsigned uncaught;
};
_Static_assert(sizeof(struct exceptions) == sizeof(uint64_t), "a context keeps it");
extern struct exceptions *__cxa_get_globals(void) __attribute__((weak));

int green__jspi_inside;
int green__jspi_slot, green__jspi_then;
int green__park_status; /* of jspi.S */

static bool at_once;        /* what runs was begun by JavaScript, which waits for it to let go */
static bool begins_later;   /* what JavaScript begins next waited for its turn */
static int bottom;          /* the stack whose task is about to end; 0 */
static int idle[MOST_IDLE]; /* stacks without a task */
static int idle_count;
static size_t live;    /* contexts that there are */
static size_t permits; /* stacks that there may be */
static bool refused;

/* quiet.h's, never called: its phase stays the first. */
void green__asyncify_stop_unwind(void);
void green__asyncify_stop_unwind(void) {}

/* ---- memory ---------------------------------------------------------------------------------- */

int green__switch_open(void) {
  green__js_jspi_open(&green__jspi_inside, green__jspi_run);
  return 0;
}

/* Each context has a stack sooner or later, which may be one of the idle ones. */
static size_t stacks(void) {
  return live + (size_t)idle_count;
}

static void idle_end(void) {
  green__js_jspi_resume(idle[--idle_count], NULL);
}

int green__switch_fit(size_t stack) {
  (void)stack;
  if (stacks() >= permits) permits = green__js_jspi_permits(stacks() + PERMITS, stacks() + 1);
  if (stacks() >= permits && idle_count) idle_end();
  refused = stacks() >= permits;
  if (refused) return GREEN_ENOMEM;
  live++;
  return 0;
}

const char *green__context_kind(void) {
  return "jspi";
}

size_t green__context_most(void) {
  return green__js_jspi_most();
}

void green__switch_unfit(void) {
  live--;
  if (permits > stacks() + 2 * PERMITS) permits = green__js_jspi_permits(stacks() + PERMITS, 0);
}

void green__js_jspi_give_back(bool at_rest) {
  if (at_rest) green__calls_trim();
  green__switch_trim();
  permits = green__js_jspi_permits(stacks(), 0);
}

const char *green__context_refused(void) {
  static char sentence[320];
  if (!refused || stacks() < permits) return NULL;
  snprintf(
      sentence, sizeof sentence,
      "out of stacks: each task has one of the engine's, and too many would end the process; %u "
      "tasks of this module are alive, and those of others in this page, worker or thread count "
      "as well: the factory's option greenTasks sets how many there may be (docs/limits.md); "
      "GREENIO_CONTEXTS=asyncify has no such limit",
      (unsigned)live);
  return sentence;
}

void green__switch_forget(struct green__context *context) {
  green__switch_unfit();
  if (context->stack) green__js_jspi_drop(context->stack);
}

void green__switch_trim(void) {
  while (idle_count) idle_end();
}

size_t green__switch_unwound(void) {
  return 0;
}

bool green__switch_overwrote(void) {
  return false;
}

/* ---- what belongs to a stack ----------------------------------------------------------------- */

static void exceptions_enter(struct green__context *context) {
  if (!__cxa_get_globals) return;
  memcpy(__cxa_get_globals(), &context->exceptions, sizeof context->exceptions);
}

static void exceptions_leave(struct green__context *context) {
  if (!__cxa_get_globals) return;
  if (context) memcpy(&context->exceptions, __cxa_get_globals(), sizeof context->exceptions);
  memset(__cxa_get_globals(), 0, sizeof context->exceptions);
}

static bool is_main(const struct green__context *context) {
  return context == green__main_context();
}

void green__jspi_enter(struct green__context *context) {
  green__jspi_inside = 1;
  exceptions_enter(context);
  if (is_main(context)) return;
  green__entered = context;
  context->depth = green__import_depth;
  green__turn_entered(green__task_of(context->start));
}

/* ---- the switch ------------------------------------------------------------------------------ */

static bool is_fresh(const struct green__context *context) {
  return !context->stack && !context->called;
}

/* Asks for the context to run, in a microtask. */
static void start_soon(struct green__context *context) {
  if (is_fresh(context) && idle_count) context->stack = idle[--idle_count];
  if (context->stack)
    green__js_jspi_resume(context->stack, context);
  else if (context->called)
    green__js_jspi_call(context, context->slot);
  else
    green__js_jspi_begin(context);
}

enum green__left green__context_resume(struct green__context *context) {
  start_soon(context);
  return GREEN__LATER;
}

static enum green__left whole(struct green__context *context, enum green__left left) {
#ifdef GREENIO_ONE_STACK /* jspi.S */
  return left;
#endif
  uintptr_t floor = (uintptr_t)context->saved;
  if (green__guard_whole(context->low) && context->sp >= floor) return left;
  return green__context_overran(context);
}

static void main_parks(struct green__context *context) {
  green__jspi_slot = context->stack;
  green__jspi_then = GREEN__JSPI_MAIN;
}

/* The context to go on with is itself, or this is to wait: green__jspi_slot, green__jspi_then. What has
 * overflowed is never resumed. */
struct green__context *green__jspi_leave(struct green__context *context) {
  if (!context->stack) context->stack = green__js_jspi_slot();
  exceptions_leave(context);
  green__jspi_inside = 0;
  if (is_main(context)) return main_parks(context), NULL;
  bool began_here = at_once;
  enum green__left left = whole(context, GREEN__PARKED);
  green__jspi_slot = left == GREEN__PARKED ? context->stack : 0;
  struct green__context *next = green__turn_switch(left);
  at_once = false; /* here: what may have trapped, JavaScript hears of later (call_left) */
  if (next == context) return next;
  if (next) start_soon(next);
  if (next || began_here)
    green__jspi_then = GREEN__JSPI_WAIT;
  else if (left == GREEN__PARKED && green__turn_over(green_runtime_current()))
    green__jspi_then = GREEN__JSPI_OVER;
  else
    green__jspi_then = GREEN__JSPI_GO_ON;
  return NULL;
}

/* Of a stack whose task has ended: what to run there at once, or it is to wait. */
static struct green__context *task_ended(int stack, enum green__left left) {
  bottom = stack;
  struct green__context *next = green__turn_switch(left);
  bottom = 0;
  green__jspi_then = next ? GREEN__JSPI_WAIT : GREEN__JSPI_GO_ON;
  if (next && is_fresh(next)) {
    next->stack = stack;
    return next;
  }
  green__jspi_slot = 0;
  if (idle_count < MOST_IDLE) idle[idle_count++] = green__jspi_slot = stack;
  if (next) start_soon(next);
  return NULL;
}

void green__jspi_bottom(struct green__context *context) {
  struct green__start *start = context->start;
  start->status = start->function(start->arg);
}

struct green__context *green__jspi_ended(struct green__context *context) {
  int stack = context->stack;
  exceptions_leave(NULL);
  green__jspi_inside = 0;
  context->sp = context->top;
  context->stack = 0;
  return task_ended(stack, whole(context, GREEN__ENDED));
}

int green__js_jspi_go_on(void) {
  return green__loop_go_on();
}

/* ---- stacks whose bottom function JavaScript calls -------------------------------------------- */

void green__stack_entered(struct green__context *context) {
  if (green__hooks & GREEN__HOOK_LIMITS)
    green__js_next_limits(context->top, (uintptr_t)context->saved);
  green__entered = context;
  context->depth = green__import_depth;
  green__jspi_inside = 1;
  exceptions_enter(context);
  at_once = !begins_later;
  begins_later = false;
}

void green__js_jspi_call_enters(struct green__context *context) {
  begins_later = true;
  green__turn_entered(green__task_of(context->start));
}

int green__js_jspi_entered(void) {
  return green__entered->slot;
}

static void called_leaves(void) {
  exceptions_leave(NULL);
  green__jspi_inside = 0;
  at_once = false;
}

static enum green__left called_left(struct green__context *context, int returned, int value) {
  context->start->status = green__call_outcome(context, returned, value);
  return whole(context, GREEN__ENDED);
}

int green__call_finish(int returned, int value) {
  struct green__context *context = green__entered;
  called_leaves();
  if (green__call_rests(context, returned, value)) return GREEN__NOTHING;
  return green__call_left(called_left(context, returned, value));
}

int green__stack_left(int returned, int value) {
  called_leaves();
  struct green__context *next = green__turn_switch(called_left(green__entered, returned, value));
  if (next) start_soon(next);
  return next ? GREEN__JSPI_WAIT : GREEN__JSPI_GO_ON;
}

int green__js_jspi_call_left(void) {
  if (at_once) return GREEN__UNDER_WAY; /* an exception, which JavaScript does not have yet */
  green__turn_leave(green_runtime_current());
  return green__loop_answer();
}

bool green__js_parks(void) {
  return false;
}

bool green__js_recover(void) {
  exceptions_leave(NULL);
  green__jspi_inside = 0;
  at_once = begins_later = false;
  green__call_forget();
  if (bottom) green__js_jspi_drop(bottom);
  bottom = 0;
  return false;
}

/* ---- main ------------------------------------------------------------------------------------ */

void green__jspi_main_begins(void) {
  green__jspi_inside = 1;
}

void green__jspi_main_ended(int status) {
  exceptions_leave(NULL);
  green__jspi_inside = 0;
  green__main_returned();
  green__js_jspi_main_ended(status);
}

void *green__js_jspi_main_address(void) {
  return (void *)(uintptr_t)green__jspi_main;
}

void green__js_jspi_main_resume(void) {
  green__js_jspi_resume(green__main_context()->stack, NULL);
}

/* By an exception. */
uintptr_t green__js_main_leave(void) {
  green__jspi_inside = 0;
  green__main_returned();
  return 0;
}

void green__context_self_test(void) {}
