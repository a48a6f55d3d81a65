/* Both halves of a stream in one task, natively: the same socket and poll as in stream.c, without that
 * part's locks, and with an observer in the place of tasks that wait. See net.h. */
#include <greenio/status.h>
#include "net.h"
#include "system_pipe.h"
#include "system_socket.h"
#include "tls.h"

_Static_assert((int)GREEN__READABLE == UV_READABLE && (int)GREEN__WRITABLE == UV_WRITABLE &&
                   (int)GREEN__HUNG == UV_DISCONNECT,
               "events are libuv's");

void green__stream_observe(green_stream *stream, green__observer observe, void *arg) {
  stream->endpoint.observe = observe;
  stream->endpoint.observer = arg;
}

int green__stream_arm(green_stream *stream, unsigned events) {
  if (stream->endpoint.closed) return GREEN_ECLOSED;
  return green__socket_arm(&stream->endpoint, (int)events);
}

int green__stream_try_read(green_stream *stream, void *data, size_t size, bool *drained) {
  struct green__endpoint *endpoint = &stream->endpoint;
  *drained = true;
  if (endpoint->closed) return GREEN_ECLOSED;
  if (stream->tls) {
    int rc = stream->tls->failure ? stream->tls->failure : green__tls_read(stream, data, size);
    *drained = rc == GREEN_EAGAIN;
    return rc;
  }
  int rc = green__socket_read(endpoint, data, size);
  *drained = rc == GREEN_EAGAIN || endpoint->drained;
  return rc;
}

/* Some of the first that has anything. */
static int write_tls(green_stream *stream, const struct iovec *parts, int count) {
  while (count > 1 && !parts->iov_len) parts++, count--;
  if (stream->tls->failure) return stream->tls->failure;
  return green__tls_write(stream, parts->iov_base, parts->iov_len);
}

int green__stream_try_write(green_stream *stream, const struct iovec *parts, int count) {
  if (stream->endpoint.closed) return GREEN_ECLOSED;
  if (stream->tls) return write_tls(stream, parts, count);
  struct green__pipe *pipe = green__pipe_of(&stream->endpoint);
  while (pipe && count > 1 && !parts->iov_len) parts++, count--;
  return pipe ? green__pipe_write(pipe, parts->iov_base, parts->iov_len)
              : green__system_write_parts(stream->endpoint.socket.fd, parts, count);
}

int green__stream_try_flush(green_stream *stream) {
  if (!stream->tls || stream->endpoint.closed) return 0;
  return green__tls_flush(stream);
}

size_t green__stream_unread(const green_stream *stream) {
  struct green__pipe *pipe = green__pipe_of(&stream->endpoint);
  if (stream->endpoint.closed) return 0;
  return pipe ? green__pipe_unread(pipe) : green__system_unread(stream->endpoint.socket.fd);
}

size_t green__stream_untaken(const green_stream *stream) {
  if (stream->endpoint.closed || green__pipe_of(&stream->endpoint)) return 0;
  return green__system_untaken(stream->endpoint.socket.fd);
}

bool green__stream_is_over(const green_stream *stream) {
  struct green__pipe *pipe = green__pipe_of(&stream->endpoint);
  if (stream->endpoint.closed) return true;
  return pipe ? green__pipe_is_over(pipe) : green__system_is_over(stream->endpoint.socket.fd);
}

bool green__stream_is_cut(const green_stream *stream) {
  struct green__pipe *pipe = green__pipe_of(&stream->endpoint);
  if (stream->endpoint.closed) return true;
  return pipe ? green__pipe_is_cut(pipe) : green__system_is_cut(stream->endpoint.socket.fd);
}

void green__stream_finish(green_stream *stream) {
  if (stream->endpoint.closed) return;
  if (stream->tls && !stream->tls->failure)
    green__tls_shutdown(stream);
  else
    green__socket_shutdown(&stream->endpoint);
}
