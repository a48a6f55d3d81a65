/* Memory of the core and its features: the program's allocator, or the C library's. */
#ifndef GREENIO_SRC_CORE_MEMORY_H
#define GREENIO_SRC_CORE_MEMORY_H

#include <stddef.h>

/* NULL when there is none. */
void *green__alloc(size_t size);
void *green__realloc(void *memory, size_t size);
void green__free(void *memory);
/* Cut to `most` bytes. */
char *green__copy_string(const char *string, size_t most);

#endif
