/* What greenio's own libraries share beyond the public headers.
 *
 * greenio::server and greenio::pg are libraries beside greenio::greenio, and call functions of it
 * that are not for programs: the core's door (core/wait.h) and what features show each other. In a
 * static library all of them are there. A shared one exports what is declared between these two; it
 * may change with every version, so its libraries are installed together, and each asks the loader
 * for the one name that says which version they are of: a mixture is refused when the program
 * starts, with that name in the loader's message.
 */
#ifndef GREENIO_SRC_SHARED_H
#define GREENIO_SRC_SHARED_H

#include <greenio/base.h>

#ifdef GREENIO_SHARED
#define GREEN__SHARED_BEGIN _Pragma("GCC visibility push(default)")
#define GREEN__SHARED_END   _Pragma("GCC visibility pop")
#else
#define GREEN__SHARED_BEGIN
#define GREEN__SHARED_END
#endif

/* green__libraries_of_0_1_0 */
#define GREEN__LIBRARIES_NAME_(major, minor, patch) green__libraries_of_##major##_##minor##_##patch
#define GREEN__LIBRARIES_NAME(major, minor, patch)  GREEN__LIBRARIES_NAME_(major, minor, patch)
#define GREEN__LIBRARIES                                                                           \
  GREEN__LIBRARIES_NAME(GREEN_VERSION_MAJOR, GREEN_VERSION_MINOR, GREEN_VERSION_PATCH)

GREEN__SHARED_BEGIN
extern const char GREEN__LIBRARIES;
GREEN__SHARED_END

/* Once in each library that calls what another one shares. */
#define GREEN__SHARED_USE                                                                          \
  __attribute__((used)) static const char *const green__libraries = &GREEN__LIBRARIES

#endif
