/* ccall's side of wasm.call, the C part: a function that does not wait, in a module that could.
 * ccall.mjs calls it. Relies on emcc -sASYNCIFY. */
#include <emscripten.h>

EM_ASYNC_JS(int, answer, (void), { return 7; });

EMSCRIPTEN_KEEPALIVE int add(int a, int b) {
  return a + b;
}

/* What a module is built with Asyncify for; without it the build would hold no Asyncify at all. */
EMSCRIPTEN_KEEPALIVE int add_answer(int a) {
  return a + answer();
}
