/* Contexts by the engine's own stack switching (WasmFX), which V8 has behind a flag: a third kind beside
 * wasm/asyncify.c and wasm/jspi.c, for the core's tests. The frames are the engine's, the C stack is the context's; a
 * context is resumed one at a time, and green__context_resume() returns when it has stopped. Calls that
 * JavaScript begins cannot wait here. */
#include <string.h>
#include <greenio/status.h>
#include "context.h"
#include "loop.h"

struct exceptions { /* __cxa_eh_globals */
  void *caught;
  unsigned uncaught;
};
extern struct exceptions *__cxa_get_globals(void) __attribute__((weak));

int green__park_status; /* of fx.S */

/* fx.wat's functions, in the table: begin, resume, drop. */
int green__js_fx_open(void (*body)(struct green__context *), int which);
static int (*fx_begin)(struct green__context *, int slot); /* both 1: it has returned */
static int (*fx_resume)(int slot);
static void (*fx_drop)(int slot);

static int free_slots[1 << 17], free_count, next_slot = 1; /* 0 is main's */
static struct green__start main_start;

void green__asyncify_stop_unwind(void);
void green__asyncify_stop_unwind(void) {}

EMSCRIPTEN_KEEPALIVE void green__fx_body(struct green__context *context) {
  context->start->status = context->start->function(context->start->arg);
}

static void open_functions(void) {
  if (fx_begin) return;
  fx_begin = (int (*)(struct green__context *, int))green__js_fx_open(green__fx_body, 0);
  fx_resume = (int (*)(int))green__js_fx_open(green__fx_body, 1);
  fx_drop = (void (*)(int))green__js_fx_open(green__fx_body, 2);
}

static void exceptions_swap(struct green__context *context) {
  uint64_t before;
  if (!__cxa_get_globals) return;
  memcpy(&before, __cxa_get_globals(), sizeof before);
  memcpy(__cxa_get_globals(), &context->exceptions, sizeof before);
  context->exceptions = before;
}

static enum green__left whole(struct green__context *context, enum green__left left) {
  if (green__guard_whole(context->low) && context->sp >= (uintptr_t)context->saved) return left;
  return green__context_overran(context);
}

EMSCRIPTEN_KEEPALIVE __attribute__((noinline)) enum green__left
green__context_resume(struct green__context *context) {
  if (context->called) return (enum green__left)green__js_step(context, context->slot);
  uintptr_t host = green__sp();
  green__entered = context;
  context->depth = green__import_depth;
  exceptions_swap(context);
  int slot = context->stack, ended;
  if (!slot) slot = context->stack = free_count ? free_slots[--free_count] : next_slot++;
  bool fresh = !context->used;
  context->used = 1;
  green__sp_set(context->sp);
  ended = fresh ? fx_begin(context, slot) : fx_resume(slot);
  green__sp_set(host);
  exceptions_swap(context);
  if (!ended) return whole(context, GREEN__PARKED);
  free_slots[free_count++] = slot;
  context->stack = 0;
  context->sp = context->top;
  return whole(context, GREEN__ENDED);
}

int green__switch_open(void) {
  open_functions();
  return 0;
}
int green__switch_fit(size_t stack) {
  (void)stack;
  return 0;
}
void green__switch_unfit(void) {}
void green__switch_trim(void) {}
size_t green__switch_unwound(void) {
  return 0;
}
bool green__switch_overwrote(void) {
  return false;
}
const char *green__context_kind(void) {
  return "wasmfx";
}
size_t green__context_most(void) {
  return SIZE_MAX;
}
const char *green__context_refused(void) {
  return NULL;
}

void green__switch_forget(struct green__context *context) {
  if (!context->stack) return;
  fx_drop(context->stack);
  free_slots[free_count++] = context->stack;
}

/* ---- what JavaScript begins -------------------------------------------------------------------- */

/* A call: as if a JavaScript frame lay below, so that waits are GREEN_ENESTED. */
void green__stack_entered(struct green__context *context) {
  green__entered = context;
  context->depth = green__import_depth + (context != green__main_context());
}

static enum green__left called_left(struct green__context *context, int returned, int value) {
  context->start->status = green__call_outcome(context, returned, value);
  return whole(context, GREEN__ENDED);
}

int green__stack_left(int returned, int value) {
  return called_left(green__entered, returned, value);
}
int green__call_finish(int returned, int value) {
  return green__call_left(called_left(green__entered, returned, value));
}
bool green__js_parks(void) {
  return false;
}
bool green__js_recover(void) {
  green__call_forget();
  return false;
}

/* ---- main ---------------------------------------------------------------------------------------- */

static bool main_parked;
static int main_argc;
static char **main_argv;
int green__main_call(int argc, char **argv);

static int main_body(void *arg) {
  (void)arg;
  return green__main_call(main_argc, main_argv);
}

/* The context to begin. */
EMSCRIPTEN_KEEPALIVE struct green__context *green__js_fx_main(int argc, char **argv) {
  open_functions();
  main_argc = argc;
  main_argv = argv;
  main_start.function = main_body;
  green__main_context()->start = &main_start;
  return green__main_context();
}

EMSCRIPTEN_KEEPALIVE int green__js_fx_main_left(bool returned) {
  main_parked = !returned;
  return main_start.status;
}

uintptr_t green__js_main_leave(void) {
  if (main_parked) return green__main_context()->sp;
  green__main_returned();
  return 0;
}

void green__context_self_test(void) {}
