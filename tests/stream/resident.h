/* The resident memory of the whole process; one file a host. */
#ifndef GREENIO_TESTS_RESIDENT_H
#define GREENIO_TESTS_RESIDENT_H

#include <stddef.h>

/* Bytes; in Node with what JavaScript holds. */
size_t resident(void);

/* What a process may grow by of itself in a test that moves much data: garbage, and the records of
 * a checker of memory. */
extern const size_t resident_slack;

#endif
