/* There is no fork(). */
#include "request.h"

void green__pool_used(void) {}
