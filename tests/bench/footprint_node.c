/* All that the process has resident: JSPI's stacks are the engine's, and not in linear memory. */
#include "footprint.h"
#include <emscripten.h>

EM_JS(double, resident, (void), { return process.memoryUsage.rss(); })

size_t footprint(void) {
  return (size_t)resident();
}
