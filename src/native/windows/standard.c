/* A loop has no descriptors here. */
#include "native.h"

void green__standard_open(void) {}
