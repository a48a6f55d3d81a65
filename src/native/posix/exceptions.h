/* Where C++ keeps the exceptions that a thread handles, if the program has C++. */
#ifndef GREENIO_SRC_NATIVE_EXCEPTIONS_H
#define GREENIO_SRC_NATIVE_EXCEPTIONS_H

#include <stddef.h>

extern void *__cxa_get_globals(void) __attribute__((weak));

static inline void *green__exceptions(void) {
  return __cxa_get_globals ? __cxa_get_globals() : NULL;
}

#endif
