/* A pseudo terminal: `user` is the side of who types and looks. */
#ifndef GREENIO_TESTS_PAIR_H
#define GREENIO_TESTS_PAIR_H

#include <stdbool.h>
#include <termios.h>
#include <greenio/stream.h>

struct pair {
  int user, kept; /* `kept` keeps it from hanging up */
  char name[64];
  struct termios before;
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

bool pair_is_raw(const struct pair *pair);
/* Whether the mode is the one from before. */
bool pair_is_as_before(const struct pair *pair);

#endif
