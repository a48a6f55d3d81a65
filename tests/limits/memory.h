/* An end of memory that comes soon, by the means of each host. */
#ifndef GREENIO_TESTS_LIMITS_MEMORY_H
#define GREENIO_TESTS_LIMITS_MEMORY_H

#include <stddef.h>

/* The process gets at most so many more bytes of addresses; 0: no limit again. In wasm linear
 * memory has an end of its own. */
void memory_limit(size_t bytes);

#endif
