/* The libpq that there is in WebAssembly: in the program itself, as new as its header, on sockets that
 * are greenio::posix's. */
#include "cancel.h"
#include "pq.h"

#include <greenio/posix.h>

#ifdef GREEN__PQ_MODERN
static const struct green__pq_modern modern = GREEN__PQ_MODERN;
#define MODERN &modern
#else
#define MODERN NULL
#endif

const struct green__pq_modern *green__pq_find_modern(void) {
  return MODERN;
}

int green__pq_enable_sockets(void) {
  return green_posix_enable();
}
