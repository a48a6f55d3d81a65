/* TLS in Node, by node:tls: what JavaScript keeps of it is in tls.mjs. A session is the same connection
 * for socket_js.c's functions, which then read and write through TLS. */
#include <string.h>
#include <greenio/status.h>
#include <greenio/task.h>
#include "core/memory.h"
#include "tls.h"
#include "tls_js.h"

#define TEXT 400 /* bytes of a message of Node's */

/* Numbers of contexts are above 0. */
int green__js_net_tls_context(const struct green__js_tls *options);
void green__js_net_tls_message(char *text, int size);
void green__js_net_tls_forget(int context);
int green__js_net_tls_begin(struct green__endpoint *stream, int context, const char *name,
                            int numeric, int accepts);
/* The code, a line end, the words. */
void green__js_net_tls_why(const struct green__endpoint *stream, char *text, int size);
int green__js_net_tls_fact(const struct green__endpoint *stream, int fact, char *text, int size);
int green__js_net_opened(struct green__endpoint *endpoint);

struct context {
  unsigned references;
  int number;
  bool certificate, insecure;
};

int green__tls_context_new(const green_tls_options *options, void **out) {
  const struct green__js_tls given = {.certificate = options->certificate,
                                      .certificate_pem = options->certificate_pem,
                                      .key = options->key,
                                      .key_pem = options->key_pem,
                                      .ca = options->ca,
                                      .ca_pem = options->ca_pem,
                                      .crl = options->crl,
                                      .crl_pem = options->crl_pem,
                                      .alpn = options->alpn,
                                      .ciphers = GREEN__TLS_CIPHERS_1_3 ":" GREEN__TLS_CIPHERS,
                                      .insecure = options->insecure,
                                      .only_1_3 = options->only_1_3,
                                      .clients = options->clients};
  char text[TEXT];
  struct context *context = green__alloc(sizeof *context);
  if (!context) return GREEN_ENOMEM;
  int number = green__js_net_tls_context(&given);
  if (number < 0) {
    green__free(context);
    green__js_net_tls_message(text, sizeof text);
    return green_fail(number, "%s", text);
  }
  *context = (struct context){.references = 1,
                              .number = number,
                              .certificate = options->certificate || options->certificate_pem,
                              .insecure = options->insecure};
  *out = context;
  return 0;
}

void green__tls_context_release(void *given) {
  struct context *context = given;
  if (--context->references) return;
  green__js_net_tls_forget(context->number);
  green__free(context);
}

/* ---- a session ------------------------------------------------------------------------------- */

struct session {
  struct green__tls_session base;
  struct context *context;
};

int green__tls_session_new(green_stream *stream, void *given, bool accepts,
                           struct green__tls_session **out) {
  struct context *context = given;
  (void)stream;
  if (accepts && !context->certificate)
    return green_fail(GREEN_EINVAL, "to accept TLS takes a green_tls with a certificate");
  struct session *session = green__alloc(sizeof *session);
  if (!session) return GREEN_ENOMEM;
  *session = (struct session){.base.accepts = accepts, .context = context};
  context->references++;
  *out = &session->base;
  return 0;
}

/* Node says the end when the stream is closed. */
void green__tls_session_free(green_stream *stream, struct green__tls_session *base, bool say) {
  struct session *session = (struct session *)base;
  (void)stream, (void)say;
  green__tls_context_release(session->context);
  green__free(session);
}

int green__tls_begin(green_stream *stream) {
  struct session *session = (struct session *)stream->tls;
  const char *name = session->base.name;
  if (stream->endpoint.socket.terminal) return GREEN_ENOTSOCK;
  const char *lacks = green__net_lacks(GREEN__TLS_ON_STREAMS);
  if (lacks) return green_fail(GREEN_ENOTSUP, "%s", lacks);
  if (!session->base.accepts && !name && !session->context->insecure)
    return green_fail(GREEN_EINVAL, "a certificate is for a name, which is missing; `insecure` "
                                    "takes any");
  return green__js_net_tls_begin(&stream->endpoint, session->context->number, name ? name : "",
                                 session->base.numeric, session->base.accepts);
}

/* A failure of TLS gets its words. */
static int tls_told(green_stream *stream, int status) {
  char text[TEXT];
  if (status != GREEN_ETLS) return status;
  green__js_net_tls_why(&stream->endpoint, text, sizeof text);
  char *words = strchr(text, '\n');
  if (words) *words++ = 0;
  return green__tls_fail(stream, text, words ? words : "");
}

int green__tls_handshake(green_stream *stream) {
  return tls_told(stream, green__js_net_opened(&stream->endpoint));
}

int green__tls_read(green_stream *stream, void *data, size_t size) {
  return tls_told(stream, green__socket_read(&stream->endpoint, data, size));
}

int green__tls_write(green_stream *stream, const void *data, size_t size) {
  return tls_told(stream, green__socket_write(&stream->endpoint, data, size));
}

int green__tls_flush(green_stream *stream) {
  (void)stream;
  return 0;
}

int green__tls_shutdown(green_stream *stream) {
  return tls_told(stream, green__socket_shutdown(&stream->endpoint));
}

int green__tls_fact(const green_stream *stream, enum green_tls_fact fact, char *text, size_t size) {
  int limit = size < INT32_MAX ? (int)size : INT32_MAX;
  return green__js_net_tls_fact(&stream->endpoint, (int)fact, text, limit);
}
