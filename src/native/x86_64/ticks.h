/* The processor's counter: see ../ucontext/ticks.h. */
#ifndef GREENIO_SRC_NATIVE_TICKS_H
#define GREENIO_SRC_NATIVE_TICKS_H

#include <stdint.h>

static inline uint64_t green__ticks(void) {
  return __builtin_ia32_rdtsc();
}

#endif
