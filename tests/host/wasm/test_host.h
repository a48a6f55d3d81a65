/* What tests ask of the host that they are built for; the build picks the folder. WebAssembly. */
#ifndef GREENIO_TESTS_HOST_H
#define GREENIO_TESTS_HOST_H

#include <stdbool.h>

/* Whether JavaScript is the host. */
static const bool test_in_wasm = true;

/* Whether it is Windows, and whether that is Wine, which is not like it everywhere. */
static const bool test_in_windows = false;
static const bool test_in_wine = false;

/* Whether what an event begins runs at once, and not in a microtask behind it. */
static const bool test_at_once = true;

/* Freed blocks that the allocator keeps, to see what is written to them. */
#define TEST_KEPT 64

/* Parked at once. */
#define TEST_MANY_TASKS 10000

/* Where files may be made. */
#define TEST_FOLDER "/tmp"

#endif
