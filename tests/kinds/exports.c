/* A hundred exports, number_00 to number_99: linked at -O3, where each has a short name, they have all that there are. Each
 * waits, and returns its number more than it was given. And exit(), with a handler that fails. */
#include <emscripten.h>
#include <greenio/greenio.h>
#include <stdlib.h>

#define NUMBER(tens, ones)                                                                         \
  EMSCRIPTEN_KEEPALIVE int number_##tens##ones(int given) {                                        \
    int rc = green_yield();                                                                        \
    return rc < 0 ? rc : given + tens * 10 + ones;                                                 \
  }
#define TEN(tens)                                                                                  \
  NUMBER(tens, 0)                                                                                  \
  NUMBER(tens, 1)                                                                                  \
  NUMBER(tens, 2)                                                                                  \
  NUMBER(tens, 3)                                                                                  \
  NUMBER(tens, 4) NUMBER(tens, 5) NUMBER(tens, 6) NUMBER(tens, 7) NUMBER(tens, 8) NUMBER(tens, 9)

TEN(0)
TEN(1)
TEN(2)
TEN(3)
TEN(4)
TEN(5)
TEN(6)
TEN(7)
TEN(8)
TEN(9)

EM_JS(void, fail, (void), { throw new Error("from a handler"); })

EMSCRIPTEN_KEEPALIVE int leave(int status) {
  atexit(fail);
  exit(status);
}
