/* A turn is over when green__turn() returns. */
#include "virtual_host.h"

void virtual_turn_end(void *runtime) {
  (void)runtime;
}
