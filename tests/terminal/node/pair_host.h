/* What a pair of pair.h is in Node, which has none of its own: pairs.py has it. */
#ifndef GREENIO_TESTS_PAIR_HOST_H
#define GREENIO_TESTS_PAIR_HOST_H

struct pair_mode {
  char nothing;
};

/* What "\n" is on a terminal that is raw: Node leaves that to the terminal. */
#define PAIR_RAW_NEWLINE "\r\n"

#endif
