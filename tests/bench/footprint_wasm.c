/* The end of the heap: all of linear memory that was taken, never given back. */
#include "footprint.h"
#include <stdint.h>
#include <unistd.h>

size_t footprint(void) {
  return (size_t)(uintptr_t)sbrk(0);
}
