/* What every public header of greenio relies on: linkage, visibility, and compiler attributes.
 *
 * Compilers: GCC 8 and up, Clang 10 and up, Emscripten 3.1.6 and up; C11, or C++11 for the headers.
 */
#ifndef GREENIO_BASE_H
#define GREENIO_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GREEN_API __attribute__((visibility("default")))
#define GREEN_PRINTF(string, first) __attribute__((__format__(__printf__, string, first)))

/* A function that this build of greenio was asked to leave out: to call it is an error. */
#ifdef __has_attribute
#if __has_attribute(unavailable)
#define GREEN__ABSENT(why) __attribute__((unavailable(why)))
#endif
#endif
#ifndef GREEN__ABSENT
#define GREEN__ABSENT(why) __attribute__((error(why)))
#endif

#ifdef __cplusplus
#define GREEN_BEGIN extern "C" {
#define GREEN_END }
#else
#define GREEN_BEGIN
#define GREEN_END
#endif

/* A name of its own for each use, so that scopes can be nested without one shadowing the other. */
#define GREEN__UNIQUE(prefix)        GREEN__JOIN(prefix, __COUNTER__)
#define GREEN__JOIN(prefix, number)  GREEN__JOIN_(prefix, number)
#define GREEN__JOIN_(prefix, number) prefix##number

/* The version of these headers; docs/versions.md says what may change with which part. */
#define GREEN_VERSION_MAJOR 0
#define GREEN_VERSION_MINOR 1
#define GREEN_VERSION_PATCH 0

#endif
