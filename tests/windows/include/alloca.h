/* As elsewhere. */
#include <malloc.h>
