/* What the TLS tests share: the certificates that certificates.mjs has made, and two ends of one
 * connection that have begun TLS. */
#ifndef GREENIO_TESTS_TLS_TEST_H
#define GREENIO_TESTS_TLS_TEST_H

#include "harness.h"

#define AUTO_STREAM   __attribute__((unused, cleanup(auto_stream)))
#define AUTO_LISTENER __attribute__((unused, cleanup(auto_listener)))
#define AUTO_TLS      __attribute__((unused, cleanup(auto_tls)))
void auto_stream(green_stream **stream);
void auto_listener(green_listener **listener);
void auto_tls(green_tls **tls);

/* In a page, or a build without TLS. */
bool without_tls(void);
#define SKIP_WITHOUT_TLS()                                                                         \
  do {                                                                                             \
    if (without_tls()) SKIP("this host or build has no TLS");                                      \
  } while (0)

/* The path of "good.pem"; good until eight more were asked for. */
const char *file_of(const char *name);
/* The port of one of run.mjs's peers, 0: it could not be started. */
unsigned port_of(const char *peer);

/* A side that trusts root.pem, and one that has NAME.pem. */
int trusting(green_tls **out);
int having(green_tls **out, const char *name);

/* Two ends of one TCP connection, plain. */
struct pair {
  green_stream *client, *server;
};
int pair_open(struct pair *pair);
void auto_pair(struct pair *pair);
#define OPEN_PAIR(name)                                                                            \
  __attribute__((cleanup(auto_pair))) struct pair name = {0};                                      \
  CHECK_STATUS(pair_open(&name), 0)

/* Has both begin TLS at once; what each said of it, and its message. */
struct shaken {
  int client, server;
  char client_message[300], server_message[300];
};
int shake(struct pair *pair, green_tls *client, const char *name, green_tls *server,
          struct shaken *out);

/* A pair with TLS, of a client that trusts root.pem and a server with good.pem. */
int secure_pair(struct pair *pair);
#define OPEN_SECURE_PAIR(name)                                                                     \
  __attribute__((cleanup(auto_pair))) struct pair name = {0};                                      \
  CHECK_STATUS(secure_pair(&name), 0)

/* Checks a status that a test allows to be one of memory's. */
bool is_memory(int status);

unsigned char pattern(size_t at);

#endif
