/* The memory that this program holds, as its host counts it; one file a host. */
#ifndef GREENIO_BENCH_FOOTPRINT_H
#define GREENIO_BENCH_FOOTPRINT_H

#include <stddef.h>

/* Bytes: natively those resident, in wasm those of linear memory that the C library has taken.
 * 0: cannot be told. */
size_t footprint(void);

#endif
