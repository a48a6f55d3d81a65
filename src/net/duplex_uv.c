/* Both halves of a stream in one task, natively: the same socket and poll as in stream.c, without that
 * part's locks, and with an observer in the place of tasks that wait. See net.h. */
#include <errno.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <greenio/status.h>
#include "net.h"
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

static int write_plain(int fd, const struct iovec *parts, int count) {
  struct msghdr message = {.msg_iov = (struct iovec *)parts, .msg_iovlen = (size_t)count};
  ssize_t sent;
  do
    sent = count == 1 ? send(fd, parts->iov_base, parts->iov_len, MSG_NOSIGNAL)
                      : sendmsg(fd, &message, MSG_NOSIGNAL);
  while (sent < 0 && errno == EINTR);
  if (sent >= 0) return (int)sent;
  return errno == EWOULDBLOCK ? GREEN_EAGAIN : green_status_from_errno(errno);
}

/* Some of the first that has anything. */
static int write_tls(green_stream *stream, const struct iovec *parts, int count) {
  while (count > 1 && !parts->iov_len) parts++, count--;
  if (stream->tls->failure) return stream->tls->failure;
  return green__tls_write(stream, parts->iov_base, parts->iov_len);
}

int green__stream_try_write(green_stream *stream, const struct iovec *parts, int count) {
  if (stream->endpoint.closed) return GREEN_ECLOSED;
  return stream->tls ? write_tls(stream, parts, count)
                     : write_plain(stream->endpoint.socket.fd, parts, count);
}

int green__stream_try_flush(green_stream *stream) {
  if (!stream->tls || stream->endpoint.closed) return 0;
  return green__tls_flush(stream);
}

size_t green__stream_unread(const green_stream *stream) {
  int unread = 0;
  if (stream->endpoint.closed || ioctl(stream->endpoint.socket.fd, FIONREAD, &unread) < 0) return 0;
  return (size_t)unread;
}

bool green__stream_is_over(const green_stream *stream) {
  char byte;
  if (stream->endpoint.closed) return true;
  ssize_t got = recv(stream->endpoint.socket.fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return got == 0 || (got < 0 && errno != EWOULDBLOCK && errno != EINTR);
}

bool green__stream_is_cut(const green_stream *stream) {
  struct pollfd asked = {.fd = stream->endpoint.socket.fd};
  return stream->endpoint.closed || (poll(&asked, 1, 0) > 0 && asked.revents & POLLERR);
}

void green__stream_finish(green_stream *stream) {
  if (stream->endpoint.closed) return;
  if (stream->tls && !stream->tls->failure)
    green__tls_shutdown(stream);
  else
    green__socket_shutdown(&stream->endpoint);
}
