/* The processor's counter, as on other systems. */
#include "../x86_64/ticks.h"
