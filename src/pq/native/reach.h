/* How a function of greenio's that stands in front of one of libpq's reaches libpq's own. Natively it
 * has the same name in the program, which comes before the shared libpq, and libpq's is the next in
 * line. */
#ifndef GREENIO_SRC_PQ_REACH_H
#define GREENIO_SRC_PQ_REACH_H

#include <dlfcn.h>
#include <stdatomic.h>
#include <greenio/base.h>

static void *libpq_find(const char *name) {
  return dlsym(RTLD_NEXT, name);
}

/* real_NAME() gives libpq's own function; the definition of greenio's follows. */
#define FUNCTION(type, name, parameters)                                                           \
  typedef type(*function_##name) parameters;                                                       \
  static function_##name real_##name(void) {                                                       \
    static _Atomic(function_##name) found;                                                         \
    function_##name function = atomic_load_explicit(&found, memory_order_relaxed);                 \
    if (!function) {                                                                               \
      function = (function_##name)libpq_find(#name);                                               \
      atomic_store_explicit(&found, function, memory_order_relaxed);                               \
    }                                                                                              \
    return function;                                                                               \
  }                                                                                                \
  GREEN_API type green__pq_##name parameters __asm__(#name);                                       \
  type green__pq_##name parameters

/* Whether greenio's functions are those that all libraries find. To be used behind PQexec's. */
#define STANDS_IN_FRONT()                                                                          \
  (dlsym(RTLD_DEFAULT, "PQexec") == (void *)green__pq_PQexec && libpq_find("PQexec"))

#endif
