/* Reading and writing, for every host. Each call holds its half's lock while it runs, so that the
 * halves are used by one task at a time, and a reference, since another task may close and release
 * the stream meanwhile. */
#include <string.h>
#include <greenio/status.h>
#include "core/memory.h"
#include "net.h"
#include "tls.h"

#define SIZE_MOST   ((size_t)1 << 30)
#define AHEAD_FIRST 4096 /* bytes of the first read for a line */

/* Begins a call on one half; 0 or why it cannot be. */
static int half_enter(green_stream *stream, green_lock *half) {
  green__endpoint_retain(&stream->endpoint);
  int rc = green_lock_acquire(half);
  if (rc == 0 || rc == GREEN_EOWNERDEAD) {
    if (!stream->endpoint.closed) return 0;
    green_lock_release(half);
    rc = GREEN_ECLOSED;
  }
  green__endpoint_release(&stream->endpoint);
  return rc;
}

static void stream_free_ahead(green_stream *stream) {
  green__free(stream->ahead);
  stream->ahead = NULL;
  stream->ahead_start = stream->ahead_size = stream->ahead_room = 0;
}

static void half_leave(green_stream *stream, green_lock *half) {
  green_lock_release(half);
  green__endpoint_release(&stream->endpoint);
}

/* ---- reading --------------------------------------------------------------------------------- */

static int take_ahead(green_stream *stream, void *data, size_t size) {
  if (size > stream->ahead_size) size = stream->ahead_size;
  memcpy(data, stream->ahead + stream->ahead_start, size);
  stream->ahead_start += size;
  stream->ahead_size -= size;
  if (!stream->ahead_size) stream->ahead_start = 0;
  return (int)size;
}

/* TLS may have more where the socket has not. */
static bool nothing_to_read(const green_stream *stream) {
  return stream->endpoint.drained && !stream->tls;
}

static int try_read(green_stream *stream, void *data, size_t size) {
  return stream->tls ? green__tls_read(stream, data, size)
                     : green__socket_read(&stream->endpoint, data, size);
}

/* From the socket. */
static int stream_receive(green_stream *stream, void *data, size_t size) {
  struct green__endpoint *endpoint = &stream->endpoint;
  if (endpoint->lacks[GREEN__INPUT]) return GREEN_EBADF;
  if (size > SIZE_MOST) size = SIZE_MOST;
  while (!endpoint->closed) {
    if (stream->tls && stream->tls->failure) return green__tls_failed(stream);
    if (endpoint->failure) return endpoint->failure;
    int rc = 0;
    if (!nothing_to_read(stream)) {
      rc = green__endpoint_be_fair(endpoint);
      if (rc < 0) return rc;
      if (endpoint->closed) break;
      rc = try_read(stream, data, size);
      if (rc >= 0) return rc;
      if (rc != GREEN_EAGAIN) return endpoint->failure = rc;
      endpoint->drained = true;
    }
    rc = green__endpoint_wait(endpoint, GREEN__INPUT, "data on a stream");
    if (rc < 0) return rc;
  }
  return GREEN_ECLOSED;
}

static int read_some(green_stream *stream, void *data, size_t size) {
  return stream->ahead_size ? take_ahead(stream, data, size) : stream_receive(stream, data, size);
}

int green_stream_read(green_stream *stream, void *data, size_t size) {
  if (!size) return GREEN_EINVAL;
  int rc = half_enter(stream, &stream->reading);
  if (rc < 0) return rc;
  rc = read_some(stream, data, size);
  half_leave(stream, &stream->reading);
  return rc;
}

int green_stream_read_exactly(green_stream *stream, void *data, size_t size, size_t *done) {
  size_t got = 0;
  if (done) *done = 0;
  int rc = half_enter(stream, &stream->reading);
  if (rc < 0) return rc;
  while (got < size) {
    rc = read_some(stream, (char *)data + got, size - got);
    if (rc <= 0) break;
    got += (size_t)rc;
  }
  if (done) *done = got;
  half_leave(stream, &stream->reading);
  if (got == size) return 0;
  return rc == 0 ? GREEN_EPIPE : rc;
}

/* Room for `size` bytes ahead, and for reading at least one more. */
static int ahead_make_room(green_stream *stream, size_t size) {
  size_t end = stream->ahead_start + stream->ahead_size;
  if (end < stream->ahead_room) return 0;
  if (stream->ahead_start) {
    memmove(stream->ahead, stream->ahead + stream->ahead_start, stream->ahead_size);
    stream->ahead_start = 0;
    return 0;
  }
  size_t room = stream->ahead_room ? stream->ahead_room * 2 : AHEAD_FIRST;
  if (room > size && stream->ahead_room) room = size > stream->ahead_room ? size : room;
  char *ahead = green__realloc(stream->ahead, room);
  if (!ahead) return GREEN_ENOMEM;
  stream->ahead = ahead;
  stream->ahead_room = room;
  return 0;
}

/* Reads ahead until there is a line or `size` bytes are there: the count up to and with the "\n", 0
 * at the end of the stream. */
static int find_line(green_stream *stream, size_t size) {
  size_t seen = 0;
  for (;;) {
    char *start = stream->ahead + stream->ahead_start;
    size_t look = stream->ahead_size < size ? stream->ahead_size : size;
    char *end = look > seen ? memchr(start + seen, '\n', look - seen) : NULL;
    if (end) return (int)(end + 1 - start);
    if (look == size) return GREEN_EMSGSIZE;
    seen = look;
    int rc = ahead_make_room(stream, size);
    if (rc < 0) return rc;
    size_t at = stream->ahead_start + stream->ahead_size;
    rc = stream_receive(stream, stream->ahead + at, stream->ahead_room - at);
    if (rc <= 0) return rc;
    stream->ahead_size += (size_t)rc;
  }
}

static int read_line(green_stream *stream, char *line, size_t size) {
  int found = find_line(stream, size + 1); /* a "\r\n" beside what fits */
  if (found < 0) return found;
  size_t raw = found ? (size_t)found : stream->ahead_size, length = raw;
  if (!raw) return GREEN_EPIPE;
  const char *start = stream->ahead + stream->ahead_start;
  if (found) length--;
  if (found && length && start[length - 1] == '\r') length--;
  if (length >= size) return GREEN_EMSGSIZE;
  memcpy(line, start, length);
  line[length] = 0;
  stream->ahead_start += raw;
  stream->ahead_size -= raw;
  if (!stream->ahead_size) stream->ahead_start = 0;
  return (int)length;
}

int green_stream_read_line(green_stream *stream, char *line, size_t size) {
  if (!size || size > SIZE_MOST) return GREEN_EINVAL;
  int rc = half_enter(stream, &stream->reading);
  if (rc < 0) return rc;
  rc = read_line(stream, line, size);
  half_leave(stream, &stream->reading);
  return rc;
}

/* ---- writing --------------------------------------------------------------------------------- */

static int try_write(green_stream *stream, const char *data, size_t size) {
  if (!stream->tls) return green__socket_write(&stream->endpoint, data, size);
  if (stream->tls->failure) return green__tls_failed(stream);
  return size ? green__tls_write(stream, data, size) : green__tls_flush(stream);
}

/* Once, as much as there is room for; nothing: what TLS has kept of what was written before. */
static int send_some(green_stream *stream, const char *data, size_t size) {
  struct green__endpoint *endpoint = &stream->endpoint;
  if (endpoint->lacks[GREEN__OUTPUT]) return GREEN_EBADF;
  if (size > SIZE_MOST) size = SIZE_MOST;
  while (!endpoint->closed) {
    int rc = size ? green__endpoint_be_fair(endpoint) : 0;
    if (rc < 0) return rc;
    if (endpoint->closed) break;
    rc = try_write(stream, data, size);
    if (rc != GREEN_EAGAIN) return rc;
    rc = green__endpoint_wait(endpoint, GREEN__OUTPUT, "room on a stream");
    if (rc < 0) return rc;
  }
  return GREEN_ECLOSED;
}

int green_stream_write(green_stream *stream, const void *data, size_t size, size_t *done) {
  size_t sent = 0;
  if (done) *done = 0;
  int rc = half_enter(stream, &stream->writing);
  if (rc < 0) return rc;
  if (stream->shut) rc = GREEN_EPIPE;
  while (rc >= 0 && sent < size) {
    rc = send_some(stream, (const char *)data + sent, size - sent);
    if (rc > 0) sent += (size_t)rc;
  }
  if (rc >= 0 && stream->tls) rc = send_some(stream, NULL, 0);
  if (done) *done = sent;
  half_leave(stream, &stream->writing);
  return rc < 0 ? rc : 0;
}

static int end_half(green_stream *stream) {
  struct green__endpoint *endpoint = &stream->endpoint;
  if (endpoint->lacks[GREEN__OUTPUT]) return GREEN_EBADF;
  if (endpoint->lacks[GREEN__INPUT]) { /* it has no other half */
    green__endpoint_close(endpoint, false);
    return 0;
  }
  if (!stream->tls) return green__socket_shutdown(endpoint);
  while (!endpoint->closed) {
    int rc = stream->tls->failure ? green__tls_failed(stream) : green__tls_shutdown(stream);
    if (rc != GREEN_EAGAIN) return rc;
    rc = green__endpoint_wait(endpoint, GREEN__OUTPUT, "room on a stream");
    if (rc < 0) return rc;
  }
  return GREEN_ECLOSED;
}

int green_stream_shutdown(green_stream *stream) {
  int rc = half_enter(stream, &stream->writing);
  if (rc < 0) return rc;
  if (!stream->shut) {
    rc = end_half(stream);
    stream->shut = rc == 0;
  }
  half_leave(stream, &stream->writing);
  return rc;
}

/* ---- the end, and what it is ----------------------------------------------------------------- */

void green_stream_close(green_stream *stream) {
  if (stream->tls) green__tls_close(stream, !stream->endpoint.closed);
  green__endpoint_close(&stream->endpoint, false);
}

void green_stream_reset(green_stream *stream) {
  if (stream->tls) green__tls_close(stream, false);
  green__endpoint_close(&stream->endpoint, true);
}

void green_stream_release(green_stream *stream) {
  if (!stream) return;
  green__handle_released(stream, __func__);
  green_stream_close(stream);
  stream_free_ahead(stream);
  green__endpoint_release(&stream->endpoint);
}

static int address(const green_stream *stream, bool peer, green_address *out) {
  memset(out, 0, sizeof *out);
  if (stream->endpoint.lacks[GREEN__INPUT] || stream->endpoint.lacks[GREEN__OUTPUT])
    return GREEN_ENOTSOCK;
  return stream->endpoint.closed ? GREEN_ECLOSED
                                 : green__socket_address(&stream->endpoint, peer, out);
}

int green_stream_address(const green_stream *stream, green_address *out) {
  return address(stream, false, out);
}

int green_stream_peer(const green_stream *stream, green_address *out) {
  return address(stream, true, out);
}

int green_stream_set_no_delay(green_stream *stream, bool on) {
  if (stream->endpoint.closed) return GREEN_ECLOSED;
  return stream->endpoint.local ? 0 : green__socket_no_delay(&stream->endpoint, on);
}

int green_stream_set_keep_alive(green_stream *stream, uint64_t milliseconds) {
  uint64_t seconds = milliseconds / 1000 + (milliseconds % 1000 != 0);
  if (seconds > INT16_MAX)
    return green_fail(GREEN_EINVAL, "green_stream_set_keep_alive: above 32,767,000 ms");
  if (stream->endpoint.closed) return GREEN_ECLOSED;
  return stream->endpoint.local ? 0
                                : green__socket_keep_alive(&stream->endpoint, (unsigned)seconds);
}
