/* What the tests of given sockets share: the peers of run.mjs, by their names. */
#ifndef GREENIO_TESTS_SOCKETS_TEST_H
#define GREENIO_TESTS_SOCKETS_TEST_H

#include "harness.h"

#define AUTO_STREAM __attribute__((unused, cleanup(auto_stream)))
void auto_stream(green_stream **stream);

/* How the module came by its sockets. */
bool are_given(void);   /* greenSockets; otherwise they are the host's own */
bool by_gateway(void);  /* of these, by a gateway */
bool never_given(void); /* it has been given none, in a page */

#define SKIP_UNLESS_GIVEN()                                                                        \
  do {                                                                                             \
    if (!are_given()) SKIP("this host has sockets of its own");                                    \
  } while (0)
#define SKIP_UNLESS_BY_GATEWAY()                                                                   \
  do {                                                                                             \
    if (!by_gateway()) SKIP("there is no gateway");                                                \
  } while (0)
#define SKIP_WITHOUT_SOCKETS()                                                                     \
  do {                                                                                             \
    if (never_given()) SKIP("this run has no sockets");                                            \
  } while (0)

/* The port of one of the peers of peers.mjs; 0: it could not be started. */
unsigned port_of(const char *peer);
/* Connects to one. */
int connect_to(green_stream **out, const char *peer);

/* Byte number `at` of what peers send. */
unsigned char pattern(size_t at);
/* Reads to the end, and compares: how many bytes, or a status. -1: others were expected. */
int read_pattern(green_stream *stream, size_t *count);

/* Sends a word to an echo, and expects it back. */
int exchange(green_stream *stream, const char *word);

#endif
