/* Has a program that knows nothing of it begin with greenio_posix enabled. */
#include <stdlib.h>
#include <greenio/posix.h>

__attribute__((constructor)) static void enable(void) {
  if (green_posix_enable() < 0) abort();
}
