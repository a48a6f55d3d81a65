/* Memory of the core and its features: the program's allocator, or the C library's. */
#ifndef GREENIO_SRC_CORE_MEMORY_H
#define GREENIO_SRC_CORE_MEMORY_H

#include <stddef.h>

void *green__alloc(size_t size); /* NULL when there is none */
void *green__realloc(void *memory, size_t size);
void green__free(void *memory);
char *green__copy_string(const char *string, size_t most); /* cut to `most` bytes; NULL: no memory */

#endif
