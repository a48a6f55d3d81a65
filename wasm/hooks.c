/* What a switch must do besides, in builds that ask for it: tell STACK_OVERFLOW_CHECK=2 the bounds
 * of the C stack, and change the C++ exceptions being handled, which Emscripten keeps in
 * JavaScript. */
#include "context.h"

#include <emscripten/stack.h>

void green__js_limits(uintptr_t base, uintptr_t end);
void green__js_exceptions_enter(struct green__context *context, bool fresh);
void green__js_exceptions_leave(struct green__context *context); /* NULL: drops them */

static struct green__context *limited; /* the one whose limits are set */

static void host_limits(void) {
  limited = NULL;
  green__js_limits(emscripten_stack_get_base(), emscripten_stack_get_end());
}

void green__hooks_enter(struct green__context *context) {
  if (green__hooks & GREEN__HOOK_LIMITS) {
    limited = context;
    green__js_limits(context->top, (uintptr_t)context->saved);
  }
  if (green__hooks & GREEN__HOOK_EXCEPTIONS) green__js_exceptions_enter(context, !context->used);
}

void green__hooks_leave(struct green__context *context) {
  if (green__hooks & GREEN__HOOK_EXCEPTIONS) green__js_exceptions_leave(context);
  if (green__hooks & GREEN__HOOK_LIMITS) host_limits();
}

void green__hooks_host(void) {
  green__hooks_leave(NULL);
}

/* The limits were passed: the message. */
EMSCRIPTEN_KEEPALIVE const char *green__js_overrun(void) {
  const char *message = "the host's own C stack overflowed; link with a larger one";
  if (!limited) return message;
  green__context_overrun(limited);
  green__context_lost(limited, &message);
  return message;
}
