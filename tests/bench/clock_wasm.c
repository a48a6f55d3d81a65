/* As clock.mjs. */
#include "clock.h"
#include <emscripten.h>

EM_JS(double, processor_time, (void), {
  if (!process.threadCpuUsage) return performance.now() * 1e6;
  var usage = process.threadCpuUsage();
  return (usage.user + usage.system) * 1e3;
})

double bench_clock(void) {
  return processor_time();
}
