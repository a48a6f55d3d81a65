/* Has a program of ../posix make libpq green. */
#include <greenio/pq.h>
#include "../posix/library.h"

int enable(void) {
  return green_pq_make_asynchronous();
}
