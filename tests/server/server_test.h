/* What the tests of the native server share: an application behind a server of the test's own, and
 * raw connections to it. */
#ifndef GREENIO_TESTS_SERVER_TEST_H
#define GREENIO_TESTS_SERVER_TEST_H

#include <greenio/server.h>
#include <greenio/stream.h>
#include "harness.h"

/* A server on a port of its own, with the application of server_test.c:
 *
 *   AUTO_SITE struct site site = {0};
 *   CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
 */
struct site {
  green_app_options with; /* of the application */
  green_app *app;
  green_server *server;
  green_address address;
  char base[GREEN_ADDRESS_TEXT + 16]; /* "http://127.0.0.1:1234" */
  unsigned begun, cancelled;          /* requests for /forever and /events */
  green_future *begun_one;            /* completed at each, if it is there */
  green_future *gate;                 /* /gate and /late wait for it, if it is there */
};
#define AUTO_SITE __attribute__((unused, cleanup(auto_site)))
int site_open(struct site *site, const green_server_options *options);
void auto_site(struct site *site);

/* Requests whose tasks have begun. */
int site_await_begun(struct site *site, unsigned count);
/* Requests whose tasks have been cancelled. */
int site_await_cancelled(struct site *site, unsigned count);

#define AUTO_STREAM __attribute__((unused, cleanup(auto_stream)))
void auto_stream(green_stream **stream);
int site_connect(const struct site *site, green_stream **out);

/* An answer as it was read from a connection. */
struct reply {
  int status; /* 0: the connection was closed before there was one */
  bool chunked, close;
  long long length; /* -1: not announced */
  char head[4096];
  size_t size;     /* of the body that was read */
  char body[4096]; /* its beginning, with a 0 behind it */
};

/* Reads the next answer. `head`: it is to HEAD, and has no body. 0, or what reading failed with; a
 * connection that ends before an answer, or in it, is no failure: status is 0, or size is short. */
int read_reply(green_stream *stream, struct reply *reply, bool head);

/* Sends bytes on a new connection, and reads the first answer. */
int ask(const struct site *site, const void *bytes, size_t size, struct reply *reply);
#define ASK(site, text, reply) ask(site, text, sizeof(text) - 1, reply)

/* Reads a line. A connection that ends before it gives "". */
int read_line(green_stream *stream, char *line, size_t size);

/* Has at least so many descriptors, if that may be; how many there may be. */
size_t site_want_descriptors(size_t count);

/* Sends text. */
int say(green_stream *stream, const char *text);

/* An answer's status. One that is missing or 503 because memory ran out gives up. */
#define CHECK_REPLY(reply, expected)                                                               \
  do {                                                                                             \
    if ((reply).status != (expected) && test_allocator_failed()) return test_saw(GREEN_ENOMEM);    \
    CHECK_NUMBER((reply).status, (expected));                                                      \
  } while (0)

/* After what may have gone wrong without a status for want of memory. */
#define GIVE_UP_WITHOUT_MEMORY()                                                                   \
  do {                                                                                             \
    if (test_allocator_failed()) return test_saw(GREEN_ENOMEM);                                    \
  } while (0)

#endif
