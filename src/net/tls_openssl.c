/* TLS natively: connections by OpenSSL 3, on a BIO that reads and writes the stream's socket.
 *
 * OpenSSL is never made to wait for output: what the system has no room for is kept here and sent when
 * there is (green__tls_flush(), or by endpoint->flush when the socket says so). So a record once
 * encrypted is never begun again, a reader that has to answer something and a writer do not get into
 * each other's way, and no call of OpenSSL is left half done when its task parks: all of it, with what
 * is asked of its error queue, which is the thread's, happens between two waits.
 *
 * A connection whose output has failed can still be read: who connects, sends and closes need not take
 * the session tickets that OpenSSL sends behind the handshake. */
#include <ctype.h>
#include <string.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <greenio/status.h>
#include <greenio/task.h>
#include "core/memory.h"
#include "tls_openssl.h"

#define UNSENT_MOST ((size_t)128 << 10) /* a record of data is at most 16 KiB and a little */
#define RECORD      16384
#define INPUT_MOST                                                                                 \
  ((size_t)64 << 10) /* of one call of OpenSSL, which goes on while there is input */

struct session {
  struct green__tls_session base;
  green_stream *stream;
  struct green__tls_context *context;
  SSL *ssl;
  int input_failure, output_failure; /* the socket's, for ever */
  bool ended;                        /* the socket's input */
  size_t input_left;                 /* what this call of OpenSSL may still read */
  bool wrote;                        /* something of the program's */
  bool told;                         /* the other side was told this side's end */
  char *unsent;                      /* NULL: nothing */
  size_t unsent_start, unsent_size, unsent_room;
};

static struct session *session_of(const green_stream *stream) {
  return (struct session *)stream->tls;
}

const SSL *green__tls_ssl(const green_stream *stream) {
  return session_of(stream)->ssl;
}

/* ---- what the system had no room for --------------------------------------------------------- */

static void unsent_free(struct session *session) {
  green__free(session->unsent);
  session->unsent = NULL;
  session->unsent_start = session->unsent_size = session->unsent_room = 0;
}

static int unsent_flush(struct session *session) {
  struct green__endpoint *endpoint = &session->stream->endpoint;
  while (session->unsent_size && !session->output_failure) {
    int rc = green__socket_write(endpoint, session->unsent + session->unsent_start,
                                 session->unsent_size);
    if (rc == GREEN_EAGAIN) return rc;
    if (rc < 0) {
      session->output_failure = rc;
      break;
    }
    session->unsent_start += (size_t)rc;
    session->unsent_size -= (size_t)rc;
  }
  unsent_free(session);
  endpoint->flush = NULL;
  return session->output_failure;
}

/* The socket has room again. */
static bool session_on_room(struct green__endpoint *endpoint) {
  green_stream *stream = green__container_of(endpoint, green_stream, endpoint);
  if (unsent_flush(session_of(stream)) == GREEN_EAGAIN) return true;
  if (!endpoint->kept) green__socket_unwatched(endpoint, GREEN__OUTPUT);
  return false;
}

static int unsent_keep(struct session *session, const char *data, size_t size) {
  size_t end = session->unsent_start + session->unsent_size;
  if (end + size > UNSENT_MOST) return GREEN_ENOBUFS; /* it asks and asks, and does not read */
  if (end + size > session->unsent_room) {
    char *more = green__realloc(session->unsent, end + size);
    if (!more) return GREEN_ENOMEM;
    session->unsent = more;
    session->unsent_room = end + size;
  }
  memcpy(session->unsent + end, data, size);
  session->unsent_size += size;
  session->stream->endpoint.flush = session_on_room;
  return green__socket_watch(&session->stream->endpoint, GREEN__OUTPUT);
}

/* ---- the BIO --------------------------------------------------------------------------------- */

static int bio_read(BIO *bio, char *data, int size) {
  struct session *session = BIO_get_data(bio);
  struct green__endpoint *endpoint = &session->stream->endpoint;
  BIO_clear_retry_flags(bio);
  bool wait = endpoint->drained || !session->input_left;
  int rc = wait ? GREEN_EAGAIN : green__socket_read(endpoint, data, (size_t)size);
  if (rc > 0) {
    session->input_left -= (size_t)rc < session->input_left ? (size_t)rc : session->input_left;
    return rc;
  }
  if (rc == GREEN_EAGAIN) {
    endpoint->drained = true;
    BIO_set_retry_read(bio);
    return -1;
  }
  if (rc == 0) session->ended = true;
  session->input_failure = rc;
  return rc == 0 ? 0 : -1;
}

static int bio_write(BIO *bio, const char *data, int size) {
  struct session *session = BIO_get_data(bio);
  int sent = 0;
  BIO_clear_retry_flags(bio);
  if (session->output_failure) return size;
  if (!session->unsent_size)
    sent = green__socket_write(&session->stream->endpoint, data, (size_t)size);
  if (sent == GREEN_EAGAIN) sent = 0;
  if (sent >= 0 && sent < size)
    session->output_failure = unsent_keep(session, data + sent, (size_t)(size - sent));
  else if (sent < 0)
    session->output_failure = sent;
  return size;
}

static long bio_control(BIO *bio, int command, long number, void *pointer) {
  struct session *session = BIO_get_data(bio);
  (void)number, (void)pointer;
  if (command == BIO_CTRL_FLUSH) return 1;
  return command == BIO_CTRL_EOF && session->ended;
}

static BIO_METHOD *bio_method(void) {
  static BIO_METHOD *made;
  BIO_METHOD *method = __atomic_load_n(&made, __ATOMIC_ACQUIRE), *other = NULL;
  if (method) return method;
  method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "green_stream");
  if (!method) return NULL;
  BIO_meth_set_read(method, bio_read);
  BIO_meth_set_write(method, bio_write);
  BIO_meth_set_ctrl(method, bio_control);
  if (__atomic_compare_exchange_n(&made, &other, method, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
    return method;
  BIO_meth_free(method); /* another thread's runtime was faster */
  return other;
}

/* ---- failures -------------------------------------------------------------------------------- */

static const char *code_of_verification(long result) {
  static const struct {
    long result;
    const char *code;
  } codes[] = {
#define CODE(name) {X509_V_ERR_##name, #name}
      CODE(HOSTNAME_MISMATCH),
      CODE(IP_ADDRESS_MISMATCH),
      CODE(CERT_HAS_EXPIRED),
      CODE(CERT_NOT_YET_VALID),
      CODE(DEPTH_ZERO_SELF_SIGNED_CERT),
      CODE(SELF_SIGNED_CERT_IN_CHAIN),
      CODE(UNABLE_TO_GET_ISSUER_CERT),
      CODE(UNABLE_TO_GET_ISSUER_CERT_LOCALLY),
      CODE(UNABLE_TO_VERIFY_LEAF_SIGNATURE),
      CODE(CERT_UNTRUSTED),
      CODE(INVALID_PURPOSE),
      CODE(CERT_REVOKED),
      CODE(UNABLE_TO_GET_CRL),
      CODE(UNABLE_TO_DECRYPT_CRL_SIGNATURE),
      {X509_V_ERR_CRL_SIGNATURE_FAILURE, "CRL_SIGNATURE_FAILURE"},
      CODE(CRL_NOT_YET_VALID),
      CODE(CRL_HAS_EXPIRED),
      CODE(EE_KEY_TOO_SMALL),
      CODE(CA_KEY_TOO_SMALL),
      CODE(CA_MD_TOO_WEAK),
#undef CODE
  };
  for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
    if (codes[i].result == result) return codes[i].code;
  return "CERT_BROKEN";
}

/* "unsupported protocol" as ERR_SSL_UNSUPPORTED_PROTOCOL, which is how Node writes it. */
static void code_of_reason(const char *reason, char *code, size_t size) {
  size_t used = strlen(strcpy(code, "ERR_SSL_"));
  for (; *reason && used < size - 1; reason++)
    code[used++] = *reason == ' ' ? '_' : (char)toupper((unsigned char)*reason);
  code[used] = 0;
}

static int openssl_failed(struct session *session) {
  unsigned long error = ERR_get_error();
  const char *reason = ERR_reason_error_string(error);
  int number = ERR_GET_REASON(error);
  char code[100];
  ERR_clear_error();
  if (number == ERR_R_MALLOC_FAILURE) {
    session->base.failure = GREEN_ENOMEM;
    return green__tls_failed(session->stream);
  }
  if (ERR_GET_LIB(error) == ERR_LIB_SSL && number == SSL_R_CERTIFICATE_VERIFY_FAILED) {
    long result = SSL_get_verify_result(session->ssl);
    return green__tls_fail(session->stream, code_of_verification(result),
                           X509_verify_cert_error_string(result));
  }
  code_of_reason(reason ? reason : "unknown", code, sizeof code);
  return green__tls_fail(session->stream, code, reason ? reason : "unknown reason");
}

/* What a call of OpenSSL that gave no more than 0 means: 0 at the end. */
static int session_outcome(struct session *session, int result) {
  switch (SSL_get_error(session->ssl, result)) {
  case SSL_ERROR_ZERO_RETURN:
    return 0;
  case SSL_ERROR_WANT_READ:
  case SSL_ERROR_WANT_WRITE:
    return GREEN_EAGAIN;
  case SSL_ERROR_SYSCALL:
    if (session->input_failure < 0) return session->input_failure;
    return green__tls_fail(session->stream, "TRUNCATED", "the connection has ended");
  default:
    if (session->input_failure < 0) return session->input_failure;
    return openssl_failed(session);
  }
}

/* Before a call of OpenSSL: what others have left in the queue of errors would be taken for its own. */
static inline void forget_errors(void) {
  if (ERR_peek_error()) ERR_clear_error();
}

/* The same before one that reads. OpenSSL goes on behind what is no data, such as new keys, of which the
 * other side may send any number: after INPUT_MOST there seems to be no more, and the task waits for input,
 * which is there, so that others get their turn and deadlines are seen. */
static void input_begin(struct session *session) {
  forget_errors();
  session->input_left = INPUT_MOST;
}

/* ---- a session ------------------------------------------------------------------------------- */

int green__tls_session_new(green_stream *stream, void *given, bool accepts,
                           struct green__tls_session **out) {
  struct green__tls_context *context = given;
  if (accepts && !context->certificate)
    return green_fail(GREEN_EINVAL, "to accept TLS takes a green_tls with a certificate");
  struct session *session = green__alloc(sizeof *session);
  if (!session) return GREEN_ENOMEM;
  *session = (struct session){.base.accepts = accepts, .stream = stream, .context = context};
  context->references++;
  *out = &session->base;
  return 0;
}

/* Whether a close now could lose something: see tls_linger.c. */
static bool session_lingers(const struct session *session) {
  if (session->output_failure) return false;
  if (session->unsent_size) return true;
  if (!session->wrote) return false;
  bool tickets = !session->base.accepts && SSL_version(session->ssl) == TLS1_3_VERSION &&
                 !SSL_SESSION_has_ticket(SSL_get0_session(session->ssl));
  return tickets || green__stream_unread(session->stream);
}

void green__tls_session_free(green_stream *stream, struct green__tls_session *base, bool say) {
  struct session *session = (struct session *)base;
  forget_errors();
  if (say && !session->told) SSL_shutdown(session->ssl);
  forget_errors();
  stream->endpoint.flush = NULL;
  bool lingers = say && session_lingers(session);
  SSL_free(session->ssl);
  if (lingers)
    green__tls_linger(stream->endpoint.socket.fd, session->unsent, session->unsent_start,
                      session->unsent_size);
  else
    unsent_free(session);
  green__tls_context_release(session->context);
  green__free(session);
}

/* Whose certificate the other side must show. */
static bool session_expect(struct session *session) {
  struct green__tls_session *base = &session->base;
  SSL *ssl = session->ssl;
  if (base->accepts) {
    int mode = session->context->clients ? SSL_VERIFY_PEER : SSL_VERIFY_NONE;
    if (session->context->clients == GREEN_TLS_KNOWN_CLIENTS)
      mode |= SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
    SSL_set_verify(ssl, mode, NULL);
    SSL_set_accept_state(ssl);
    return true;
  }
  SSL_set_connect_state(ssl);
  if (!session->context->insecure && !green__tls_trust(session->context, ssl)) return false;
  SSL_set_verify(ssl, session->context->insecure ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, NULL);
  SSL_set_hostflags(ssl,
                    X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
  if (!base->name) return true;
  if (base->numeric) return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), base->name) == 1;
  /* SSL_set1_host() would take some names for addresses. */
  return X509_VERIFY_PARAM_set1_host(SSL_get0_param(ssl), base->name, 0) == 1 &&
         SSL_set_tlsext_host_name(ssl, base->name) == 1;
}

int green__tls_begin(green_stream *stream) {
  struct session *session = session_of(stream);
  if (!session->base.accepts && !session->base.name && !session->context->insecure)
    return green_fail(GREEN_EINVAL, "a certificate is for a name, which is missing; `insecure` "
                                    "takes any");
  BIO_METHOD *method = bio_method();
  BIO *bio = method ? BIO_new(method) : NULL;
  if (!bio) return GREEN_ENOMEM;
  BIO_set_data(bio, session);
  BIO_set_init(bio, 1);
  session->ssl = SSL_new(session->context->ctx);
  if (!session->ssl) {
    BIO_free(bio);
    return GREEN_ENOMEM;
  }
  SSL_set_bio(session->ssl, bio, bio);
  return session_expect(session) ? 0 : GREEN_ENOMEM;
}

int green__tls_handshake(green_stream *stream) {
  struct session *session = session_of(stream);
  input_begin(session);
  int result = SSL_do_handshake(session->ssl);
  if (result == 1) return 0;
  int rc = session_outcome(session, result);
  return rc ? rc : green__tls_fail(stream, "TRUNCATED", "ended in the handshake");
}

int green__tls_read(green_stream *stream, void *data, size_t size) {
  struct session *session = session_of(stream);
  if (stream->endpoint.drained && !SSL_has_pending(session->ssl)) return GREEN_EAGAIN;
  input_begin(session);
  int got = SSL_read(session->ssl, data, (int)size);
  return got > 0 ? got : session_outcome(session, got);
}

int green__tls_write(green_stream *stream, const void *data, size_t size) {
  struct session *session = session_of(stream);
  if (session->told) return GREEN_EPIPE; /* by a shutdown that was interrupted */
  int rc = unsent_flush(session);
  if (rc < 0) return rc;
  forget_errors();
  int taken = SSL_write(session->ssl, data, size < RECORD ? (int)size : RECORD);
  if (taken <= 0) return session_outcome(session, taken);
  session->wrote = true;
  return session->output_failure ? session->output_failure : taken;
}

int green__tls_flush(green_stream *stream) {
  return unsent_flush(session_of(stream));
}

int green__tls_shutdown(green_stream *stream) {
  struct session *session = session_of(stream);
  if (!session->told) {
    forget_errors();
    int result = SSL_shutdown(session->ssl);
    if (result < 0) {
      int rc = session_outcome(session, result);
      if (rc < 0 && rc != GREEN_EAGAIN) return rc;
    }
    session->told = true;
  }
  int rc = unsent_flush(session);
  return rc < 0 ? rc : green__socket_shutdown(&stream->endpoint);
}
