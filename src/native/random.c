/* Random bytes: the system's, by libuv, which asks getrandom(), BCryptGenRandom() or what there is. */
#include <uv.h>
#include "host.h"

bool green__host_random(void *bytes, size_t size) {
  return uv_random(NULL, NULL, bytes, size, 0, NULL) == 0;
}
