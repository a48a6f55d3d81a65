/* The clock on the wall. */
#include "clock.h"
#include <greenio/greenio.h>

double bench_clock(void) {
  return (double)green_now();
}
