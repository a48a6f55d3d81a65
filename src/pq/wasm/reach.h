/* How a function of greenio's that stands in front of one of libpq's reaches libpq's own. In
 * WebAssembly both are in one program, and its link (wasm/pq.cmake: --wrap) has whoever calls libpq's,
 * libpq included, call greenio's. A function without that option does not link. */
#ifndef GREENIO_SRC_PQ_REACH_H
#define GREENIO_SRC_PQ_REACH_H

/* real_NAME() gives libpq's own function; the definition of greenio's follows. */
#define FUNCTION(type, name, parameters)                                                           \
  typedef type(*function_##name) parameters;                                                       \
  type __real_##name parameters;                                                                   \
  static function_##name real_##name(void) {                                                       \
    return __real_##name;                                                                          \
  }                                                                                                \
  type __wrap_##name parameters;                                                                   \
  type __wrap_##name parameters

#define STANDS_IN_FRONT() true

#endif
