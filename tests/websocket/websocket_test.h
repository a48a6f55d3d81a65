/* What the tests of WebSocket share: an application behind a server of the test's own, our client, and
 * raw connections to it. The same natively and in Node. */
#ifndef GREENIO_TESTS_WEBSOCKET_TEST_H
#define GREENIO_TESTS_WEBSOCKET_TEST_H

#include <greenio/server.h>
#include <greenio/websocket.h>
#include "harness.h"

#define BULK ((size_t)20 << 20)

/*   AUTO_SITE struct site site = {0};
 *   CHECK_STATUS(site_open(&site, NULL), GREEN_OK); */
struct site {
  green_app *app;
  green_server *server;
  green_address address;
  char base[GREEN_ADDRESS_TEXT + 16]; /* "ws://127.0.0.1:1234" */
  green_websocket_options with;       /* of the connections, but those to /small */
  green_future *gate;                 /* what waits goes on then; or NULL */
  green_websocket *ws;                /* of the last handler that has begun; its own */
  unsigned begun, ended;              /* handlers */
  int outcome;                        /* of the last one that ended */
  unsigned code;                      /* and what its client closed with */
  uint64_t sent;                      /* messages by /push */
  uint64_t slow;                      /* ms until /count begins to read */
};
#define AUTO_SITE __attribute__((unused, cleanup(auto_site)))
int site_open(struct site *site, const green_server_options *options);
void auto_site(struct site *site);

/* Waits until so many handlers have ended, or begun. */
int site_await_ended(struct site *site, unsigned count);
int site_await_begun(struct site *site, unsigned count);

/* Our client, at a path. */
int site_connect(const struct site *site, green_websocket **out, const char *path,
                 const green_websocket_options *options);
#define AUTO_WEBSOCKET __attribute__((unused, cleanup(auto_websocket)))
void auto_websocket(green_websocket **ws);
#define AUTO_MESSAGE __attribute__((unused, cleanup(green_websocket_message_release)))

/* A raw connection behind its handshake, which it has sent and read the answer to. */
#define AUTO_STREAM __attribute__((unused, cleanup(auto_stream)))
void auto_stream(green_stream **stream);
int site_connect_raw(const struct site *site, green_stream **out, const char *path);

/* What stands in an answer to a handshake that is sent as it is: its status; 0: none came. */
int site_ask(const struct site *site, const char *request, char *answer, size_t size);

/* Reads a client's handshake, and makes the answer that agrees to it. */
int handshake_answer(green_stream *stream, char *answer, size_t size);

/* One of a handler's that the test looks into, though it may have ended. */
#define AUTO_KEPT __attribute__((unused, cleanup(auto_kept)))
green_websocket *kept(green_websocket *ws);
void auto_kept(green_websocket **ws);

int send_text(green_websocket *ws, const char *text);

/* What takes long, or waits for what fails elsewhere, where each allocation fails once. */
#define NOT_WITHOUT_MEMORY()                                                                       \
  if (!test_scale(1, 0)) SKIP("its many connections are those of other tests")

/* After what may have gone wrong without a status for want of memory. */
#define GIVE_UP_WITHOUT_MEMORY()                                                                   \
  do {                                                                                             \
    if (test_allocator_failed()) return test_saw(GREEN_ENOMEM);                                    \
  } while (0)

/* Both sides are in this program, and the other one may be without memory: what then ends, or says
 * something else, is no failure. */
#undef CHECK_STATUS
#define CHECK_STATUS(expression, expected)                                                         \
  do {                                                                                             \
    int status_got = test_saw(expression);                                                         \
    if (status_got != (expected)) GIVE_UP_WITHOUT_MEMORY();                                        \
    TEST__CHECK(test_check_status(__FILE__, __LINE__, #expression, status_got, (expected)));       \
  } while (0)
#undef CHECK_NUMBER
#define CHECK_NUMBER(expression, expected)                                                         \
  do {                                                                                             \
    long long number_got = (long long)(expression), number_expected = (long long)(expected);       \
    if (number_got != number_expected) GIVE_UP_WITHOUT_MEMORY();                                   \
    TEST__CHECK(test_check_number(__FILE__, __LINE__, #expression, number_got, number_expected));  \
  } while (0)
#undef CHECK
#define CHECK(condition)                                                                           \
  do {                                                                                             \
    bool condition_holds = (condition);                                                            \
    if (!condition_holds) GIVE_UP_WITHOUT_MEMORY();                                                \
    TEST__CHECK(test_check(__FILE__, __LINE__, #condition, condition_holds));                      \
  } while (0)

#endif
