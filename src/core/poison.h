/* Tells AddressSanitizer that a recycled record must not be touched; nothing in other builds. Also
 * says which sanitizer the build has. */
#ifndef GREENIO_SRC_CORE_POISON_H
#define GREENIO_SRC_CORE_POISON_H

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define GREEN__ADDRESS_SANITIZER 1
#endif
#if __has_feature(thread_sanitizer)
#define GREEN__THREAD_SANITIZER 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define GREEN__ADDRESS_SANITIZER 1
#endif
#if defined(__SANITIZE_THREAD__)
#define GREEN__THREAD_SANITIZER 1
#endif

#ifdef GREEN__ADDRESS_SANITIZER
#include <sanitizer/asan_interface.h>
#define green__poison(memory, size)   __asan_poison_memory_region(memory, size)
#define green__unpoison(memory, size) __asan_unpoison_memory_region(memory, size)
#else
#define green__poison(memory, size)   ((void)(memory), (void)(size))
#define green__unpoison(memory, size) ((void)(memory), (void)(size))
#endif

#endif
