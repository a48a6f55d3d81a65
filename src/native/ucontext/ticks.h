/* The processor's counter, which goes on at one rate and is read in a few nanoseconds; 0: there is none,
 * as here. An architecture's folder has one in the place of this. */
#ifndef GREENIO_SRC_NATIVE_TICKS_H
#define GREENIO_SRC_NATIVE_TICKS_H

#include <stdint.h>

static inline uint64_t green__ticks(void) {
  return 0;
}

#endif
