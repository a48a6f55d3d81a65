/* TLS inside: what tls.c shares with a host's half (tls_openssl.c, tls_js.c), and what that owes.
 *
 * A stream with TLS on it has a session. Its reads and writes go to the host's functions here in the
 * place of the socket's; whoever waits for what, and for how long, is decided in stream.c as without.
 *
 * Invariants: the session is there from when TLS was begun until the stream is closed. `failure` is set
 * once; from then on the host is not asked any more.
 */
#ifndef GREENIO_SRC_NET_TLS_H
#define GREENIO_SRC_NET_TLS_H

#include <greenio/tls.h>
#include "net.h"

/* Ciphers by OpenSSL's names, of TLS 1.3 and of TLS 1.2: those with forward secrecy that authenticate. The
 * side that is connected to picks the first that the other has too (ChaCha20 if that is its first). */
#define GREEN__TLS_CIPHERS_1_3                                                                     \
  "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256"
#define GREEN__TLS_CIPHERS                                                                         \
  "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"                                     \
  "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"                                     \
  "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305"

#define GREEN__TLS_NAME_MOST 253

struct green_tls {
  void *context; /* the host's */
};

struct green__tls_session {
  int failure;   /* GREEN_ETLS or another status, for ever */
  char *message; /* its message, or NULL: there was no memory for it */
  bool accepts;  /* it is the side that is connected to */
  bool numeric;  /* `name` is an address */
  bool open;     /* the handshake is over */
  char *name;    /* whom the other side is to be; NULL: anybody */
};

/* ---- tls.c, tls_reason.c --------------------------------------------------------------------- */

/* Of a failure by the host's code, Node's name of it: "CERT_HAS_EXPIRED", "ERR_SSL_..."; and in its
 * words. Leaves the message, keeps it for the session, and gives GREEN_ETLS. */
int green__tls_fail(green_stream *stream, const char *code, const char *detail);

/* Leaves the message again: session->failure. */
int green__tls_failed(const green_stream *stream);

/* The word of the header for a code. */
const char *green__tls_reason(const char *code);

/* Ends the session; with `say` the other side is told the end. */
void green__tls_close(green_stream *stream, bool say);

/* ---- the host's ------------------------------------------------------------------------------
 * None of them waits, nor parks. GREEN_EAGAIN: not now; of a handshake, a read: until there is input;
 * of a write, a flush, a shutdown: until there is room for output. */

/* Makes a context of options that have been checked. A failure leaves a message. */
int green__tls_context_new(const green_tls_options *options, void **out);
void green__tls_context_release(void *context);

/* Makes the session of stream->tls's place, of which tls.c fills in the fields above; it keeps what it
 * needs of the context. 0, GREEN_ENOMEM, GREEN_EINVAL: a side that is connected to and has no
 * certificate. */
int green__tls_session_new(green_stream *stream, void *context, bool accepts,
                           struct green__tls_session **out);
/* The names and so on are known: 0, a status. */
int green__tls_begin(green_stream *stream);
int green__tls_handshake(green_stream *stream);
int green__tls_read(green_stream *stream, void *data, size_t size);
/* Takes what it can of `size` bytes, which then need not be written again; the count. */
int green__tls_write(green_stream *stream, const void *data, size_t size);
/* Whether all that was taken is with the system. */
int green__tls_flush(green_stream *stream);
int green__tls_shutdown(green_stream *stream);
/* Frees it; with `say` the other side is told the end first, as far as that can be done at once. */
void green__tls_session_free(green_stream *stream, struct green__tls_session *session, bool say);
int green__tls_fact(const green_stream *stream, enum green_tls_fact fact, char *text, size_t size);

#endif
