/* What a switch must do besides, in builds that ask for it: tell STACK_OVERFLOW_CHECK=2 the bounds
 * of the C stack, and change the C++ exceptions being handled, which Emscripten keeps in
 * JavaScript.
 *
 * The bounds are checked whenever a function sets the stack pointer, so they change at the very
 * place where that does (context.c and park.S), not in a function called from there. */
#include "context.h"

void green__hooks_enter(struct green__context *context) {
  if (green__hooks & GREEN__HOOK_EXCEPTIONS) green__js_exceptions_enter(context, !context->used);
}

void green__hooks_leave(struct green__context *context) {
  if (green__hooks & GREEN__HOOK_EXCEPTIONS) green__js_exceptions_leave(context);
}

void green__hooks_lost(void) {
  if (green__hooks & GREEN__HOOK_EXCEPTIONS) green__js_exceptions_leave(NULL);
}
