/* See src/native/quiet.h for what this is.
 *
 * Asyncify instruments every function from which an indirect call can be reached, since it might
 * park below. A function that itself calls asyncify_stop_unwind is taken for the bottom of a stack:
 * it is not instrumented, and neither are its callers on its account. The call is never reached:
 * what parks below is refused, since the depth of imports is not that of the task. Such a function
 * must not be inlined, or its caller would be taken for one too; hence it is exported.
 */
#ifndef GREENIO_WASM_QUIET_H
#define GREENIO_WASM_QUIET_H

#include "asyncify.h"

#define GREEN__QUIET EMSCRIPTEN_KEEPALIVE __attribute__((noinline))
#define GREEN__QUIETLY                                                                             \
  int green__quiet __attribute__((cleanup(green__quiet_leave), unused)) = green__quiet_enter()

static inline __attribute__((always_inline)) int green__quiet_enter(void) {
  green__import_depth++;
  if (green__phase == GREEN__UNWINDING) green__asyncify_stop_unwind();
  return 0;
}

static inline __attribute__((always_inline)) void green__quiet_leave(int *quiet) {
  (void)quiet;
  green__import_depth--;
}

#endif
