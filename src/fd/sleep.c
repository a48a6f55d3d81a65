/* The C library's sleeps, to the millisecond and rounded up. */
#include <greenio/task.h>
#include "fd.h"

int green__call_sleep(uint64_t duration, uint64_t *left) {
  uint64_t due = green_now() + duration;
  int rc = green_sleep(duration / 1000000 + (duration % 1000000 != 0));
  uint64_t now = green_now();
  *left = due > now ? due - now : 0;
  return green__fd_errno(rc);
}
