/* Between the native files of TLS: what a side has and wants, which its connections share. */
#ifndef GREENIO_SRC_NET_TLS_OPENSSL_H
#define GREENIO_SRC_NET_TLS_OPENSSL_H

#include <openssl/ssl.h>
#include "tls.h"

/* Counted: by the green_tls that has it, and by each session that began with it. */
struct green__tls_context {
  unsigned references;
  SSL_CTX *ctx;
  bool certificate; /* there is one, so that clients can be accepted */
  bool insecure;
  bool system; /* who connects trusts whom the system does */
  enum green_tls_clients clients;
  unsigned alpn_size;
  unsigned char alpn[]; /* each name behind its length, as on the wire */
};

/* tls_context.c: has a side that connects trust whom the context does.  False: there is no memory. */
bool green__tls_trust(const struct green__tls_context *context, SSL *ssl);

/* A stream's, which has a session. tls_openssl.c's, for tls_facts.c. */
const SSL *green__tls_ssl(const green_stream *stream);

/* Sends `size` bytes behind data + start, memory that is its own from here on, and ends, on a copy of a
 * descriptor that is about to be closed. */
void green__tls_linger(int fd, char *data, size_t start, size_t size);

#endif
