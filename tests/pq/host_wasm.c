#include <malloc.h>
#include <stdlib.h>
#include <greenio/posix.h>
#include "pq_test.h"

size_t pq_resident(void) {
  return (size_t)mallinfo().uordblks;
}

/* libpq needs more than tasks have there. */
void pq_prepare(void) {
  green_set_stack_size((size_t)256 << 10);
  if (green_posix_enable() < 0) abort();
}
