/* What tests ask of the host that they are built for; the build picks the folder. Natively. */
#ifndef GREENIO_TESTS_HOST_H
#define GREENIO_TESTS_HOST_H

#include <stdbool.h>

/* Whether JavaScript is the host. */
static const bool test_in_wasm = false;

/* Freed blocks that the allocator keeps, to see what is written to them: sanitizers see it here. */
#define TEST_KEPT 0

#endif
