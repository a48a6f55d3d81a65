/* How the program of emcc -sASYNCIFY waits. */
#include <emscripten.h>
#include "../sqlite.h"

void bench_wait(void) {
  emscripten_sleep(1);
}
