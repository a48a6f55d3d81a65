/* Random bytes: crypto.getRandomValues(), by Emscripten's getentropy(). */
#include <unistd.h>
#include "host.h"

bool green__host_random(void *bytes, size_t size) {
  return getentropy(bytes, size) == 0;
}
