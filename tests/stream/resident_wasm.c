#include "resident.h"

#include <emscripten.h>

const size_t resident_slack = (size_t)128 << 20;

EM_JS(double, resident_bytes, (void), { return process.memoryUsage().rss; });

size_t resident(void) {
  return (size_t)resident_bytes();
}
