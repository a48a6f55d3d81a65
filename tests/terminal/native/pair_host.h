/* What a pair of pair.h is natively. */
#ifndef GREENIO_TESTS_PAIR_HOST_H
#define GREENIO_TESTS_PAIR_HOST_H

#include <termios.h>

struct pair_mode {
  struct termios termios;
};

/* What "\n" is on a terminal that is raw. */
#define PAIR_RAW_NEWLINE "\n"

#endif
