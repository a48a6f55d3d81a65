/* wasm.call, the C part: a function that does not wait, in a module that could. call.mjs calls it.
 */
#include <emscripten.h>
#include <greenio/greenio.h>

EMSCRIPTEN_KEEPALIVE int add(int a, int b) {
  return a + b;
}

/* What such a module is built with greenio for. */
EMSCRIPTEN_KEEPALIVE int add_later(int a) {
  int rc = green_yield();
  return rc < 0 ? rc : a + 7;
}
