/* A native build without OpenSSL: nothing of TLS can be begun. */
#include <greenio/status.h>
#include <greenio/task.h>
#include "tls.h"

int green__tls_context_new(const green_tls_options *options, void **out) {
  (void)options;
  *out = NULL;
  return green_fail(GREEN_ENOTSUP, "this greenio was built without TLS (GREENIO_TLS=OFF)");
}

void green__tls_context_release(void *context) {
  (void)context;
}

int green__tls_session_new(green_stream *stream, void *context, bool accepts,
                           struct green__tls_session **out) {
  (void)stream, (void)context, (void)accepts;
  *out = NULL;
  return GREEN_ENOTSUP;
}

/* No stream has a session, so none of these is called. */

int green__tls_begin(green_stream *stream) {
  (void)stream;
  return GREEN_ENOTSUP;
}

int green__tls_handshake(green_stream *stream) {
  (void)stream;
  return GREEN_ENOTSUP;
}

int green__tls_read(green_stream *stream, void *data, size_t size) {
  (void)stream, (void)data, (void)size;
  return GREEN_ENOTSUP;
}

int green__tls_write(green_stream *stream, const void *data, size_t size) {
  (void)stream, (void)data, (void)size;
  return GREEN_ENOTSUP;
}

int green__tls_flush(green_stream *stream) {
  (void)stream;
  return GREEN_ENOTSUP;
}

int green__tls_shutdown(green_stream *stream) {
  (void)stream;
  return GREEN_ENOTSUP;
}

void green__tls_session_free(green_stream *stream, struct green__tls_session *session, bool say) {
  (void)stream, (void)session, (void)say;
}

int green__tls_fact(const green_stream *stream, enum green_tls_fact fact, char *text, size_t size) {
  (void)stream, (void)fact, (void)text, (void)size;
  return GREEN_ENOTSUP;
}
