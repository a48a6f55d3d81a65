/* The floor of wasm.promise by JSPI, the C part: as GREEN_JS() and green_wait(), a call that begins and one that
 * waits, of which jspi_ideal.mjs gives both. Built standalone, without Asyncify. */
#include <emscripten.h>

__attribute__((import_module("env"), import_name("begin"))) void begin(void);
__attribute__((import_module("env"), import_name("wait"))) int wait_for_it(void);

EMSCRIPTEN_KEEPALIVE int wait_times(int count) {
  int sum = 0;
  for (int n = 0; n < count; n++) {
    begin();
    sum += wait_for_it();
  }
  return sum;
}
