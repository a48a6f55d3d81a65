/* Where C++ keeps the exceptions that a thread handles, if the program has C++: linked into it, or a library
 * of its own, from which the linker takes no weak symbol. */
#ifndef GREENIO_SRC_NATIVE_EXCEPTIONS_H
#define GREENIO_SRC_NATIVE_EXCEPTIONS_H

#include <stdbool.h>
#include <windows.h>

extern void *__cxa_get_globals(void) __attribute__((weak));

static inline void *green__exceptions(void) {
  static _Thread_local bool looked;
  void *(*get)(void) = __cxa_get_globals;
  if (get) return get();
  if (looked) return NULL;
  looked = true;
  static const char *const libraries[] = {"libstdc++-6.dll", "libc++abi.dll", "libc++.dll"};
  for (size_t i = 0; i < sizeof libraries / sizeof *libraries; i++) {
    HMODULE library = GetModuleHandleA(libraries[i]);
    FARPROC found = library ? GetProcAddress(library, "__cxa_get_globals") : NULL;
    if (found) return ((void *(*)(void))(void (*)(void))found)();
  }
  return NULL;
}

#endif
