// The same in C++.
#include "headers.c"
