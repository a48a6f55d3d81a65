/* What every public header of greenio relies on: linkage, visibility, and compiler attributes.
 *
 * Compilers: GCC 8 and up, Clang 10 and up, Emscripten 3.1.6 and up; C11, or C++11 for the headers.
 *
 * What holds for all of them:
 *   - A thing is made by one function, green_x_new() or, where it is open from then on,
 *     green_x_open(): the handle that it makes comes first (behind the thing that it is made from,
 *     if there is one), what it is made of next, counts and sizes that are given back last.
 *   - Options are a struct, and NULL for it is a zeroed one: every field that is 0, NULL or false
 *     has its default. Name the fields, as in `(green_spawn_options){.name = "reader"}`, since
 *     structs grow: a version that adds a field has a new soname (before 1.0 a minor version does,
 *     see docs/versions.md), so that a program never hands a shorter struct to a library that reads
 *     a longer one.
 *   - `..._close()` ends what is open to the outside, and may wait where its header says so;
 *     `..._release()` gives a reference or memory back, takes NULL, and never waits; but
 *     green_group_release() does, for the group's tasks.
 *   - A duration is a uint64_t of milliseconds, unless its name has another unit. 0 means what
 *     stands beside it, and UINT64_MAX is as good as for ever: what no timer of a host can hold is
 *     never cut down to something shorter.
 *   - A format of NULL, where a message is made, leaves the sentence of the status.
 */
#ifndef GREENIO_BASE_H
#define GREENIO_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef _WIN32 /* where a DLL of greenio is not made yet */
#define GREEN_API
#else
#define GREEN_API __attribute__((visibility("default")))
#endif

/* Formats are those of C11 everywhere, %zu and all. */
#if defined _WIN32 && !defined __clang__
#define GREEN_PRINTF(string, first) __attribute__((__format__(__gnu_printf__, string, first)))
#else
#define GREEN_PRINTF(string, first) __attribute__((__format__(__printf__, string, first)))
#endif

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
#define GREEN_END   }
#else
#define GREEN_BEGIN
#define GREEN_END
#endif

/* A name of its own for each use, so that scopes can be nested without one shadowing the other. */
#define GREEN__UNIQUE(prefix)        GREEN__JOIN(prefix, __COUNTER__)
#define GREEN__JOIN(prefix, number)  GREEN__JOIN_(prefix, number)
#define GREEN__JOIN_(prefix, number) prefix##number

/* The version of these headers, as parts, as a text ("0.1.0") and as a number that grows (1000 for
 * 0.1.0: a million a major version, a thousand a minor one); docs/versions.md says what may change
 * with which part. */
#define GREEN_VERSION_MAJOR 0
#define GREEN_VERSION_MINOR 1
#define GREEN_VERSION_PATCH 0
#define GREEN_VERSION                                                                              \
  GREEN__TEXT(GREEN_VERSION_MAJOR)                                                                 \
  "." GREEN__TEXT(GREEN_VERSION_MINOR) "." GREEN__TEXT(GREEN_VERSION_PATCH)
#define GREEN_VERSION_NUMBER                                                                       \
  (GREEN_VERSION_MAJOR * 1000000 + GREEN_VERSION_MINOR * 1000 + GREEN_VERSION_PATCH)
#define GREEN__TEXT(macro)  GREEN__TEXT_(macro)
#define GREEN__TEXT_(value) #value

GREEN_BEGIN

/* The version of the library that the program runs with, as GREEN_VERSION and GREEN_VERSION_NUMBER
 * of its headers; a shared one may be newer than those that the program was compiled with. Any
 * stack, any thread; never parks. */
GREEN_API const char *green_version(void);
GREEN_API int green_version_number(void);

GREEN_END

#endif
