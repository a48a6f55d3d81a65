/* Wants the library jumps. */
#include <emscripten.h>

int jumps(int value);

EMSCRIPTEN_KEEPALIVE int jumping(int value) {
  return jumps(value);
}
