/* JSPI's side of wasm.asyncify: sqlite_jspi.mjs gives `bench_wait` as a suspending import and calls
 * this as a promising export. */
#include <emscripten.h>
#include "../sqlite.h"

EMSCRIPTEN_KEEPALIVE double bench_main(int rows) {
  return bench_waiting(50) ? -1 : bench_queries(rows);
}
