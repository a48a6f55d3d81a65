/* There is no fork(). */
#include <stdlib.h>
#include "native.h"

void green__fork_watch(void) {}

void green__fork_misused(void) {
  abort(); /* a thread's runtime is that of its loop */
}
