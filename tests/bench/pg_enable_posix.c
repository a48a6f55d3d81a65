/* libpq as it is, and libc's calls below it made green. */
#include <greenio/posix.h>
#include "pg.h"

int enable(void) {
  return green_posix_enable();
}
