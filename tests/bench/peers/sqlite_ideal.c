/* The program that does not wait at all. */
#include "../sqlite.h"

void bench_wait(void) {}
