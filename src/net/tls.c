/* TLS on streams, the portable half: options are checked, a handshake waits, a failure gets its words.
 * tls.h says what a host's half does. */
#include <stdio.h>
#include <string.h>
#include <greenio/status.h>
#include <greenio/task.h>
#include "core/memory.h"
#include "names.h"
#include "tls.h"

/* ---- options --------------------------------------------------------------------------------- */

static bool alpn_is_fine(const char *names) {
  for (;; names++) {
    size_t size = strcspn(names, ",");
    if (!size || size > 255) return false;
    names += size;
    if (!*names) return true;
  }
}

static const char *wrong_with(const green_tls_options *options) {
  if (options->certificate && options->certificate_pem)
    return "certificate and certificate_pem are the same thing";
  if (options->key && options->key_pem) return "key and key_pem are the same thing";
  if (options->ca && options->ca_pem) return "ca and ca_pem are the same thing";
  if (options->crl && options->crl_pem) return "crl and crl_pem are the same thing";
  if ((options->key || options->key_pem) && !options->certificate && !options->certificate_pem)
    return "a key without a certificate";
  if (options->clients && !options->ca && !options->ca_pem)
    return "clients are asked for certificates, and `ca`, which issues them, is not there";
  if (options->clients > GREEN_TLS_KNOWN_CLIENTS) return "clients is none of its values";
  if (options->alpn && !alpn_is_fine(options->alpn))
    return "alpn has names of 1 to 255 bytes, with one comma between two";
  return NULL;
}

static int context_of(const green_tls_options *options, void **out) {
  static const green_tls_options plain;
  if (!options) options = &plain;
  const char *wrong = wrong_with(options);
  *out = NULL;
  return wrong ? green_fail(GREEN_EINVAL, "%s", wrong) : green__tls_context_new(options, out);
}

int green_tls_new(green_tls **out, const green_tls_options *options) {
  void *context;
  *out = NULL;
  int rc = context_of(options, &context);
  if (rc < 0) return rc;
  green_tls *tls = green__alloc(sizeof *tls);
  if (!tls) {
    green__tls_context_release(context);
    return GREEN_ENOMEM;
  }
  tls->context = context;
  *out = tls;
  return 0;
}

int green_tls_set_options(green_tls *tls, const green_tls_options *options) {
  void *context;
  int rc = context_of(options, &context);
  if (rc < 0) return rc;
  green__tls_context_release(tls->context);
  tls->context = context;
  return 0;
}

void green_tls_release(green_tls *tls) {
  if (!tls) return;
  green__handle_released(tls, __func__);
  green__tls_context_release(tls->context);
  green__free(tls);
}

/* ---- whom the other side is to be ------------------------------------------------------------ */

/* Of an address in another notation: 010.0.0.1, 127.1. No name ends in a number. */
static bool name_is_number(const char *name) {
  const char *dot = strrchr(name, '.'), *last = dot ? dot + 1 : name;
  return strspn(last, "0123456789") == strlen(last);
}

/* A host's name as certificates have it: in ASCII and without the dot at its end. */
static bool name_is_host(const char *name) {
  static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
  size_t size = strlen(name);
  return size && size <= GREEN__TLS_NAME_MOST && strspn(name, letters) == size && name[0] != '.' &&
         !strstr(name, "..") && !name_is_number(name); /* nor is the last label empty */
}

struct whom {
  bool numeric;
  char name[GREEN__TLS_NAME_MOST + 75];
};

static int whom_read(struct whom *whom, const char *name) {
  green_address address;
  size_t size = strlen(name);
  whom->numeric = green__address_parse(name, 0, &address);
  if (whom->numeric) { /* a zone says where on this machine */
    snprintf(whom->name, sizeof whom->name, "%.*s", (int)strcspn(name, "%"), name);
    return 0;
  }
  bool fits = size <= 4 * GREEN__TLS_NAME_MOST &&
              green__name_to_ascii(name, whom->name, sizeof whom->name - 2) == 0;
  if (fits && *whom->name && whom->name[strlen(whom->name) - 1] == '.')
    whom->name[strlen(whom->name) - 1] = 0;
  return fits && name_is_host(whom->name)
             ? 0
             : green_fail(GREEN_EINVAL, "%.200s: not the name of a host", name);
}

/* ---- a session ------------------------------------------------------------------------------- */

static void session_free(green_stream *stream, struct green__tls_session *session, bool say) {
  char *name = session->name, *message = session->message;
  green__tls_session_free(stream, session, say);
  green__free(name);
  green__free(message);
}

static int session_make(green_stream *stream, void *context, const struct whom *whom) {
  struct green__tls_session *session;
  int rc = green__tls_session_new(stream, context, !whom, &session);
  if (rc < 0) return rc;
  if (whom && *whom->name) {
    session->name = green__copy_string(whom->name, SIZE_MAX - 1);
    session->numeric = whom->numeric;
    if (!session->name) rc = GREEN_ENOMEM;
  }
  stream->tls = session;
  if (rc == 0) rc = green__tls_begin(stream);
  if (rc == 0) return 0;
  stream->tls = NULL;
  session_free(stream, session, false);
  return rc;
}

void green__tls_close(green_stream *stream, bool say) {
  struct green__tls_session *session = stream->tls;
  stream->tls = NULL;
  session_free(stream, session, say && session->open && !session->failure);
}

static const char *other_side(const green_stream *stream, char *text, size_t size) {
  green_address address;
  if (stream->tls->name) return stream->tls->name;
  if (green_stream_peer(stream, &address) < 0 || !*address.host) return "the other side";
  return green_address_text(&address, text, size);
}

/* Keeps the failure for what is called behind it. */
static int session_fail(green_stream *stream, const char *word, const char *detail) {
  struct green__tls_session *session = stream->tls;
  char text[GREEN_ADDRESS_TEXT];
  session->failure = GREEN_ETLS;
  if (!session->message)
    session->message =
        green__print("%s: %s: %s", other_side(stream, text, sizeof text), word, detail);
  return green__tls_failed(stream);
}

int green__tls_fail(green_stream *stream, const char *code, const char *detail) {
  return session_fail(stream, green__tls_reason(code), detail);
}

int green__tls_failed(const green_stream *stream) {
  const struct green__tls_session *session = stream->tls;
  const char *message = session->message;
  return green_fail(session->failure, "%s", message ? message : green_strerror(session->failure));
}

/* ---- the handshake --------------------------------------------------------------------------- */

static int handshake_step(green_stream *stream, enum green__side *side) {
  struct green__tls_session *session = stream->tls;
  *side = GREEN__INPUT;
  if (!session->open) {
    int rc = green__tls_handshake(stream);
    if (rc < 0) return rc;
    session->open = true;
  }
  *side = GREEN__OUTPUT; /* which may have failed: who sends and goes is heard all the same */
  return green__tls_flush(stream) == GREEN_EAGAIN ? GREEN_EAGAIN : 0;
}

static int handshake_run(green_stream *stream) {
  struct green__endpoint *endpoint = &stream->endpoint;
  while (!endpoint->closed) {
    enum green__side side;
    int rc = handshake_step(stream, &side);
    if (rc != GREEN_EAGAIN) return rc;
    rc = green__endpoint_wait(endpoint, side, "a TLS handshake");
    if (rc < 0) return rc;
  }
  return GREEN_ECLOSED;
}

/* What has gone wrong in the middle of a handshake leaves nothing that could be gone on with. */
static int handshake_ended(green_stream *stream, int rc) {
  if (rc == 0 || !stream->tls || stream->tls->failure) return rc;
  struct green__tls_session *session = stream->tls;
  char text[GREEN_ADDRESS_TEXT];
  const char *who = other_side(stream, text, sizeof text);
  bool interrupted = rc == GREEN_ECANCELED || rc == GREEN_ETIMEDOUT;
  session->failure = interrupted ? GREEN_ETLS : rc;
  session->message = interrupted
                         ? green__print("%s: broken: the handshake was given up", who)
                         : green__print("%s: the TLS handshake: %s", who, green_strerror(rc));
  return interrupted ? rc : green__tls_failed(stream);
}

static int begin_checked(green_stream *stream, void *context, const struct whom *whom) {
  if (stream->endpoint.closed) return GREEN_ECLOSED;
  if (stream->tls) return green_fail(GREEN_EALREADY, "there is TLS on this stream");
  if (stream->shut) return GREEN_EPIPE;
  int rc = session_make(stream, context, whom);
  if (rc < 0) return rc;
  if (stream->ahead_size) {
    stream->ahead_start = stream->ahead_size = 0; /* nobody is to get them */
    return green__tls_fail(stream, "PLAIN_BYTES", "more came before TLS than was asked for");
  }
  return handshake_ended(stream, handshake_run(stream));
}

static int half_try(green_lock *half) {
  int rc = green_lock_try(half);
  if (rc == GREEN_EOWNERDEAD) return 0;
  return rc == GREEN_EAGAIN || rc == GREEN_EDEADLK
             ? green_fail(GREEN_EBUSY, "another task reads or writes this stream")
             : rc;
}

/* With both halves, so that nobody reads or writes while it is neither plain nor TLS. */
static int begin_on(green_stream *stream, void *context, const struct whom *whom) {
  green__endpoint_retain(&stream->endpoint);
  int rc = half_try(&stream->reading);
  if (rc == 0) {
    rc = half_try(&stream->writing);
    if (rc == 0) {
      rc = begin_checked(stream, context, whom);
      green_lock_release(&stream->writing);
    }
    green_lock_release(&stream->reading);
  }
  green__endpoint_release(&stream->endpoint);
  return rc;
}

/* With a context for this call alone where there is none. */
static int begin_with(green_stream *stream, green_tls *tls, const struct whom *whom) {
  void *context = tls ? tls->context : NULL;
  int rc = tls ? 0 : context_of(NULL, &context);
  if (rc < 0) return rc;
  rc = begin_on(stream, context, whom);
  if (!tls) green__tls_context_release(context);
  return rc;
}

int green_stream_start_tls(green_stream *stream, green_tls *tls, const char *name) {
  struct whom whom = {false, ""};
  int rc = green__wait_possible();
  if (rc == 0 && name) rc = whom_read(&whom, name);
  return rc < 0 ? rc : begin_with(stream, tls, &whom);
}

int green_stream_accept_tls(green_stream *stream, green_tls *tls) {
  int rc = green__wait_possible();
  if (rc < 0) return rc;
  return tls ? begin_on(stream, tls->context, NULL)
             : green_fail(GREEN_EINVAL, "to accept TLS takes a green_tls with a certificate");
}

int green_stream_connect_tls(green_stream **out, const char *host, unsigned port, green_tls *tls) {
  *out = NULL;
  struct whom whom;
  int rc = green__wait_possible();
  if (rc == 0) rc = whom_read(&whom, host && *host ? host : "localhost");
  green_stream *stream = NULL;
  if (rc == 0) rc = green_stream_connect(&stream, host, port);
  if (rc == 0) rc = begin_with(stream, tls, &whom);
  if (rc == 0)
    *out = stream;
  else
    green_stream_release(stream);
  return rc;
}

int green_stream_tls(const green_stream *stream, enum green_tls_fact fact, char *text,
                     size_t size) {
  if (size) *text = 0;
  if (stream->endpoint.closed) return GREEN_ECLOSED;
  if (!stream->tls || !stream->tls->open) return GREEN_ENOTCONN;
  if (fact < GREEN_TLS_VERSION || fact > GREEN_TLS_PEER_CERTIFICATE) return GREEN_EINVAL;
  return green__tls_fact(stream, fact, text, size);
}
