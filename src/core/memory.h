/* Memory of the core and its features: the program's allocator, or the C library's. */
#ifndef GREENIO_SRC_CORE_MEMORY_H
#define GREENIO_SRC_CORE_MEMORY_H

#include <stddef.h>
#include "shared.h"

GREEN__SHARED_BEGIN

/* NULL when there is none. */
void *green__alloc(size_t size);
void *green__realloc(void *memory, size_t size);
void green__free(void *memory);
/* Cut to `most` bytes. */
char *green__copy_string(const char *string, size_t most);

/* Handles, which are memory of green__alloc(). A debug build remembers those that were released
 * last, until their memory is used again, and aborts with a sentence that names the call (__func__)
 * if one is used or released behind that. Other builds do nothing, and a second release is one of
 * free memory.
 *
 * The program has given the handle up; the record may live on for a while. */
void green__handle_released(const void *handle, const char *call);
/* The program uses it. */
void green__handle_used(const void *handle, const char *call);

GREEN__SHARED_END

#endif
