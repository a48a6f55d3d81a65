/* Asyncify: how contexts are switched where Binaryen's pass has run over the module. See asyncify.h;
 * relies on asyncify.S and on context.c. */
#include "asyncify.h"

#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <greenio/status.h>
#include "core/memory.h"
#include "loop.h"

#define OWN_FRAMES    1024              /* bytes, of copy_words() at -O0 and more */
#define SCRATCH_EXTRA ((size_t)1 << 20) /* as engines have of stack, which frames come from */
#define SCRATCH_MOST  ((size_t)16 << 20)
#define SCRATCH_SLACK ((size_t)16 << 10) /* what one frame may overrun */

_Static_assert(offsetof(struct green__context, sp) == 0, "asyncify.S stores there");

struct green__scratch green__scratch, green__rewound;
int green__park_status; /* of asyncify.S */

static char *scratch_start;
static size_t scratch_size;

/* Makes the scratch area large enough for the frames of a stack of that size. */
int green__switch_fit(size_t stack) {
  size_t size = 2 * stack + SCRATCH_EXTRA;
  if (size > SCRATCH_MOST) size = SCRATCH_MOST;
  if (size <= scratch_size) return 0;
  char *start = green__alloc(size);
  if (!start) return GREEN_ENOMEM;
  green__free(scratch_start);
  scratch_start = start;
  green__scratch.top = start;
  green__scratch.end = start + size - SCRATCH_SLACK;
  scratch_size = size;
  return 0;
}

int green__switch_open(void) {
  return green__switch_fit(green__context_default_stack);
}

void green__switch_unfit(void) {}

void green__switch_trim(void) {
  green__free(scratch_start);
  scratch_start = NULL;
  scratch_size = 0;
}

void green__switch_forget(struct green__context *context) {
  (void)context;
}

const char *green__context_kind(void) {
  return "asyncify";
}

size_t green__context_most(void) {
  return SIZE_MAX;
}

const char *green__context_refused(void) {
  return NULL;
}

/* ---- what a switch must do besides ----------------------------------------------------------
 *
 * In builds that ask for it: tell STACK_OVERFLOW_CHECK=2 the bounds of the C stack, and change the
 * C++ exceptions being handled, which Emscripten keeps in JavaScript.
 *
 * The bounds are checked whenever a function sets the stack pointer, so they change at the very
 * place where that does (below, and in stack.S), not in a function called from there. */

static inline void hooks_enter(struct green__context *context) {
  if (green__hooks & GREEN__HOOK_EXCEPTIONS) green__js_exceptions_enter(context, !context->used);
}

static inline void hooks_leave(struct green__context *context) {
  if (green__hooks & GREEN__HOOK_EXCEPTIONS) green__js_exceptions_leave(context);
}

static inline void hooks_lost(void) {
  if (green__hooks & GREEN__HOOK_EXCEPTIONS) green__js_exceptions_leave(NULL);
}

/* ---- the switch ------------------------------------------------------------------------------ */

/* Copies in steps of 16 bytes, of which both sides have room for. The empty assembly keeps the
 * compiler from making it a call of memcpy(), which is slower for the few words of a shallow stack
 * and calls JavaScript for many. */
static inline void copy_words(char *to, const char *from, size_t size) {
  uint64_t *t = (uint64_t *)(void *)to;
  const uint64_t *f = (const uint64_t *)(const void *)from;
  for (size_t i = 0; i < (size + 7) / 8; i += 2) {
    t[i] = f[i];
    t[i + 1] = f[i + 1];
    __asm__ volatile("" : : : "memory");
  }
}

/* They are rewound from where they are kept: nothing writes there before the rewind has ended. */
static inline void load(struct green__context *context) {
  green__rewound.top = green__rewound.end = context->saved + context->used;
}

static inline enum green__left stack_keep(struct green__context *context) {
  size_t used = (size_t)(green__scratch.top - scratch_start);
  green__scratch.top = scratch_start;
  uintptr_t floor = (uintptr_t)context->saved;
  if (!green__guard_whole(context->low) || context->sp < floor)
    return green__context_overran(context);
  if (context->sp - floor < GREEN__ALIGN(used, 16))
    return green__context_overflow(context, "at least ", context->top - context->sp + used);
  context->used = used;
  copy_words(context->saved, scratch_start, used);
  return GREEN__PARKED;
}

static inline enum green__left context_ended(struct green__context *context) {
  return green__guard_whole(context->low) ? GREEN__ENDED : green__context_overran(context);
}

/* This function's own frame and those of its callers lie below the stack pointer of the parked
 * stack, so the place is below them. */
static void frames_keep_below(struct green__context *context) {
  size_t used = (size_t)(green__scratch.top - scratch_start);
  green__scratch.top = scratch_start;
  uintptr_t place = (green__sp() - OWN_FRAMES - GREEN__ALIGN(used, 16)) & ~(uintptr_t)15;
  if (place < (uintptr_t)context->low + GREEN__GUARD) {
    fprintf(stderr, "greenio: main overflowed its stack; link with a larger one\n");
    abort();
  }
  context->used = used;
  context->saved = (char *)place;
  copy_words(context->saved, scratch_start, used);
}

/* One function holds the calls of Asyncify and, through a pointer, the call of the task: divided
 * into two, the pass would not see that the callee unwinds. It must not be inlined either. */
EMSCRIPTEN_KEEPALIVE __attribute__((noinline)) enum green__left
green__context_resume(struct green__context *context) {
  if (context->called) return (enum green__left)green__js_step(context, context->slot);
  uintptr_t host = green__sp();
  green__entered = context;
  context->depth = green__import_depth;
  if (green__hooks) hooks_enter(context);
  if (green__hooks & GREEN__HOOK_LIMITS) green__js_limits(context->top, (uintptr_t)context->saved);
  green__sp_set(context->sp);
  if (context->used) {
    load(context);
    green__phase = GREEN__REWINDING;
    green__asyncify_start_rewind(&green__rewound);
  }
  struct green__start *start = context->start;
  start->status = start->function(start->arg);
  bool parked = green__phase == GREEN__UNWINDING;
  if (parked) {
    green__phase = GREEN__RUNNING_FREE;
    green__asyncify_stop_unwind();
  }
  if (green__hooks & GREEN__HOOK_LIMITS) green__js_host_limits();
  green__sp_set(host);
  if (green__hooks) hooks_leave(context);
  return parked ? stack_keep(context) : context_ended(context);
}

/* ---- stacks whose bottom function JavaScript calls -------------------------------------------- */

void green__stack_entered(struct green__context *context) {
  green__entered = context;
  context->depth = green__import_depth;
  if (green__hooks) hooks_enter(context);
  if (green__hooks & GREEN__HOOK_LIMITS)
    green__js_next_limits(context->top,
                          (uintptr_t)(context->called ? context->saved : context->low));
  if (context->used) {
    load(context);
    green__phase = GREEN__REWINDING;
    green__asyncify_start_rewind(&green__rewound);
  }
}

/* Inlined, since what is called while frames are unwound must call Asyncify itself, so that the
 * pass leaves it alone. */
static inline __attribute__((always_inline)) enum green__left
stack_parked(struct green__context *context) {
  green__phase = GREEN__RUNNING_FREE;
  green__asyncify_stop_unwind();
  if (green__hooks) hooks_leave(context);
  return stack_keep(context);
}

static inline __attribute__((always_inline)) enum green__left
stack_ended(struct green__context *context, int returned, int value) {
  context->start->status = green__call_outcome(context, returned, value);
  return context_ended(context);
}

int green__stack_left(int returned, int value) {
  struct green__context *context = green__entered;
  if (green__phase == GREEN__UNWINDING) return stack_parked(context);
  if (green__hooks) hooks_leave(context);
  return stack_ended(context, returned, value);
}

bool green__js_parks(void) {
  return green__phase == GREEN__UNWINDING;
}

static size_t too_many; /* bytes of frames, for the scratch area; 0 */

bool green__js_recover(void) {
  bool overran = green__phase == GREEN__UNWINDING && green__scratch.top > green__scratch.end;
  too_many = overran ? (size_t)(green__scratch.top - scratch_start) : 0;
  green__scratch.top = scratch_start;
  green__asyncify_start_unwind(&green__scratch);
  green__asyncify_stop_unwind();
  green__phase = GREEN__RUNNING_FREE;
  green__call_forget();
  if (green__hooks) hooks_lost();
  return overran;
}

size_t green__switch_unwound(void) {
  return too_many;
}

bool green__switch_overwrote(void) {
  return too_many > scratch_size;
}

int green__call_finish(int returned, int value) {
  struct green__context *context = green__entered;
  if (green__phase == GREEN__UNWINDING) return green__call_left(stack_parked(context));
  if (green__hooks) hooks_leave(context);
  if (green__call_rests(context, returned, value)) return GREEN__NOTHING;
  return green__call_left(stack_ended(context, returned, value));
}

/* ---- main ------------------------------------------------------------------------------------ */

/* Its stack is the host's, and stays where it is while main is parked. */
uintptr_t green__js_main_leave(void) {
  struct green__context *context = green__main_context();
  if (green__phase != GREEN__UNWINDING) {
    green__main_returned();
    return 0;
  }
  green__phase = GREEN__RUNNING_FREE;
  green__asyncify_stop_unwind();
  if (green__hooks) hooks_leave(context);
  frames_keep_below(context);
  return (uintptr_t)context->saved;
}

/* ---- debug builds ---------------------------------------------------------------------------- */

#ifdef GREENIO_DEBUG
static struct green__context *tested;

static int test_parks(void *arg) {
  (void)arg;
  for (int i = 0; i < 5; i++) green__context_park(tested);
  return 0;
}

void green__context_self_test(void) {
  static alignas(16) char block[8192];
  static bool done;
  if (done) return;
  done = true;
  tested = green__block_lay(block, sizeof block, sizeof(struct green__start));
  tested->start->function = test_parks;
  int resumes = 1;
  uintptr_t sp = green__sp();
  while (green__context_resume(tested) == GREEN__PARKED && resumes < 100) resumes++;
  if (resumes == 6 && green__sp() == sp) return;
  fprintf(stderr,
          "greenio: the switch is broken (%d resumes for 5 parks): has the toolchain inlined "
          "green__context_park or green__context_resume?\n",
          resumes);
  abort();
}
#else
void green__context_self_test(void) {}
#endif
