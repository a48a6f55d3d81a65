/* The processor's counter: see ../ucontext/ticks.h. */
#ifndef GREENIO_SRC_NATIVE_TICKS_H
#define GREENIO_SRC_NATIVE_TICKS_H

#include <stdint.h>

static inline uint64_t green__ticks(void) {
  uint64_t ticks;
  __asm__ volatile("mrs %0, cntvct_el0" : "=r"(ticks));
  return ticks;
}

#endif
