/* A pseudo terminal: `user` is the side of who types and looks. */
#ifndef GREENIO_TESTS_PAIR_H
#define GREENIO_TESTS_PAIR_H

#include <stdbool.h>
#include <greenio/stream.h>
#include "pair_host.h"

struct pair {
  int user, kept; /* `kept` keeps it from hanging up */
  char name[64];
  struct pair_mode before;
};

#define AUTO_PAIR   __attribute__((unused, cleanup(auto_pair)))
#define AUTO_STREAM __attribute__((unused, cleanup(auto_stream)))
void auto_pair(struct pair *pair);
void auto_stream(green_stream **stream);

/* 0, or a status. */
int pair_open(struct pair *pair);

/* Types. */
void pair_type(const struct pair *pair, const char *text);

/* What is shown next, as far as it fits; blocks until there is something. */
void pair_shown(const struct pair *pair, char *text, size_t size);

/* The side of who types goes. */
void pair_hang_up(struct pair *pair);

/* The window gets another size; and the program is told of one, as of a terminal that is its own. */
void pair_resize(const struct pair *pair, unsigned short columns, unsigned short rows);
void pair_tell_of_window(void);

/* Sets the mode from before, as a shell does while the program is stopped. */
void pair_set_before(const struct pair *pair);

bool pair_is_raw(const struct pair *pair);
/* Whether the mode is the one from before. */
bool pair_is_as_before(const struct pair *pair);

#endif
