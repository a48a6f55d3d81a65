/* JSPI's side of wasm.promise, the C part: jspi.mjs gives `answer` as a suspending import and wraps
 * wait_times as a promising export. Built standalone, without Asyncify. */
#include <emscripten.h>

__attribute__((import_module("env"), import_name("answer"))) int answer(void);

EMSCRIPTEN_KEEPALIVE int wait_times(int count) {
  int sum = 0;
  for (int n = 0; n < count; n++) sum += answer();
  return sum;
}
