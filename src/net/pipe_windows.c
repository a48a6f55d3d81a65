/* Named pipes as local streams and listeners. See system_pipe.h.
 *
 * A pipe's record is its own, not the endpoint's, which it outlives: while what was written is on its way,
 * and until libuv has closed the handle. `endpoint` is NULL from the end of that on. */
#include "system_pipe.h"

#include <stdio.h>
#include <string.h>
#include <greenio/status.h>
#include <greenio/uv.h>
#include "core/memory.h"

#define ROOM ((size_t)64 << 10) /* of what is written and not sent yet */
#define READ ((size_t)64 << 10)

#define NAME_ROOM sizeof((green_address){0}.host)

struct green__pipe {
  uv_pipe_t uv; /* first */
  uv_connect_t connect;
  struct green__endpoint *endpoint;
  struct green_runtime *runtime;
  struct green__closer closer; /* while it sends behind its end */
  int connected;               /* 0, GREEN_EAGAIN: it is under way, a status */
  unsigned waiting;            /* of a listener: connections that are not accepted yet */
  char *input;                 /* of READ bytes, or NULL */
  size_t start, size;          /* what is there */
  bool reading, ended;
  int read_failure, write_failure;
  size_t unsent; /* bytes */
  unsigned writes;
  char own[NAME_ROOM], peer[NAME_ROOM];
};

struct piece {
  uv_write_t request; /* first */
  size_t size;
  char data[];
};

static void pipe_on_closed(uv_handle_t *handle) {
  struct green__pipe *pipe = (struct green__pipe *)handle;
  green__free(pipe->input);
  green__free(pipe);
}

static void pipe_end(struct green__pipe *pipe) {
  uv_close((uv_handle_t *)&pipe->uv, pipe_on_closed);
}

static struct green__pipe *pipe_new(struct green__endpoint *endpoint) {
  struct green__pipe *pipe = green__alloc(sizeof *pipe);
  if (!pipe) return NULL;
  memset(pipe, 0, sizeof *pipe);
  if (uv_pipe_init(green_uv_loop(), &pipe->uv, 0) < 0) {
    green__free(pipe);
    return NULL;
  }
  pipe->endpoint = endpoint;
  pipe->runtime = endpoint->runtime;
  uv_unref((uv_handle_t *)&pipe->uv);
  endpoint->socket.pipe = pipe;
  green__endpoint_opened(endpoint);
  return pipe;
}

uv_handle_t *green__pipe_handle(struct green__pipe *pipe) {
  return (uv_handle_t *)&pipe->uv;
}

static void pipe_told(struct green__pipe *pipe, int events) {
  if (pipe->endpoint) green__socket_told(pipe->endpoint, events);
}

/* No stream is a descriptor of another kind. */
int green__plain_read(uv_os_sock_t fd, void *data, size_t size) {
  (void)fd, (void)data, (void)size;
  return GREEN_ENOTSUP;
}

int green__plain_write(uv_os_sock_t fd, const void *data, size_t size) {
  (void)fd, (void)data, (void)size;
  return GREEN_ENOTSUP;
}

/* ---- its beginning --------------------------------------------------------------------------- */

static bool is_name(const char *name) {
  return strncmp(name, "\\\\.\\pipe\\", 9) == 0 || strncmp(name, "\\\\?\\pipe\\", 9) == 0;
}

static void on_connection(uv_stream_t *stream, int status) {
  struct green__pipe *pipe = (struct green__pipe *)stream;
  if (status == 0) pipe->waiting++;
  pipe_told(pipe, UV_READABLE);
}

int green__pipe_listen(struct green__endpoint *listener, const char *name, int backlog) {
  if (!is_name(name)) return GREEN_EINVAL;
  struct green__pipe *pipe = pipe_new(listener);
  if (!pipe) return GREEN_ENOMEM;
  snprintf(pipe->own, sizeof pipe->own, "%s", name);
  int rc = uv_pipe_bind(&pipe->uv, name);
  if (rc == 0) rc = uv_listen((uv_stream_t *)&pipe->uv, backlog, on_connection);
  return green_status_from_uv(rc);
}

int green__pipe_accept(struct green__pipe *listener, struct green__endpoint *stream) {
  if (!listener->waiting) return GREEN_EAGAIN;
  struct green__pipe *pipe = pipe_new(stream);
  if (!pipe) return GREEN_ENOMEM;
  listener->waiting--;
  memcpy(pipe->own, listener->own, sizeof pipe->own);
  return green_status_from_uv(uv_accept((uv_stream_t *)&listener->uv, (uv_stream_t *)&pipe->uv));
}

static void on_connected(uv_connect_t *request, int status) {
  struct green__pipe *pipe = request->data;
  pipe->connected = green_status_from_uv(status);
  pipe_told(pipe, UV_WRITABLE);
}

int green__pipe_connect(struct green__endpoint *stream, const char *name) {
  if (!is_name(name)) return GREEN_EINVAL;
  struct green__pipe *pipe = pipe_new(stream);
  if (!pipe) return GREEN_ENOMEM;
  snprintf(pipe->peer, sizeof pipe->peer, "%s", name);
  pipe->connect.data = pipe;
  pipe->connected = GREEN_EAGAIN;
  uv_pipe_connect(&pipe->connect, &pipe->uv, name, on_connected);
  return GREEN_EAGAIN;
}

int green__pipe_connected(const struct green__pipe *pipe) {
  return pipe->connected;
}

void green__pipe_address(const struct green__pipe *pipe, bool peer, green_address *out) {
  memset(out, 0, sizeof *out);
  out->family = GREEN_UNIX;
  memcpy(out->host, peer ? pipe->peer : pipe->own, sizeof pipe->own);
}

/* ---- reading --------------------------------------------------------------------------------- */

static void on_room(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer) {
  struct green__pipe *pipe = (struct green__pipe *)handle;
  (void)suggested;
  *buffer = uv_buf_init(pipe->input, (unsigned)READ);
}

/* One piece, then no more until somebody asks. */
static void on_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *buffer) {
  struct green__pipe *pipe = (struct green__pipe *)stream;
  (void)buffer;
  if (count == 0) return;
  uv_read_stop(stream);
  pipe->reading = false;
  if (count > 0) {
    pipe->start = 0;
    pipe->size = (size_t)count;
    pipe_told(pipe, UV_READABLE);
    return;
  }
  pipe->ended = true;
  if (count != UV_EOF) pipe->read_failure = green_status_from_uv((int)count);
  pipe_told(pipe, UV_READABLE | UV_WRITABLE | UV_DISCONNECT);
}

/* That the other side has gone is seen by reading, so not while something is there that nobody reads. */
int green__pipe_arm(struct green__pipe *pipe, int events) {
  bool reads = events & (UV_READABLE | UV_DISCONNECT) && uv_is_readable((uv_stream_t *)&pipe->uv);
  if (!reads || pipe->reading || pipe->size || pipe->ended) return 0;
  if (!pipe->input) pipe->input = green__alloc(READ);
  if (!pipe->input) return GREEN_ENOMEM;
  int rc = uv_read_start((uv_stream_t *)&pipe->uv, on_room, on_read);
  pipe->reading = rc == 0;
  return green_status_from_uv(rc);
}

int green__pipe_read(struct green__pipe *pipe, void *data, size_t size) {
  if (!pipe->size) {
    if (pipe->read_failure) return pipe->read_failure;
    return pipe->ended ? 0 : GREEN_EAGAIN;
  }
  if (size > pipe->size) size = pipe->size;
  memcpy(data, pipe->input + pipe->start, size);
  pipe->start += size;
  pipe->size -= size;
  return (int)size;
}

size_t green__pipe_unread(const struct green__pipe *pipe) {
  return pipe->size;
}

bool green__pipe_is_cut(const struct green__pipe *pipe) {
  return pipe->ended;
}

bool green__pipe_is_over(const struct green__pipe *pipe) {
  return pipe->ended && !pipe->size;
}

/* ---- writing, and the end -------------------------------------------------------------------- */

static void on_written(uv_write_t *request, int status) {
  struct green__pipe *pipe = request->data;
  struct piece *piece = (struct piece *)request;
  pipe->unsent -= piece->size;
  pipe->writes--;
  green__free(piece);
  if (status < 0)
    pipe->write_failure = status == UV_EOF ? GREEN_EPIPE : green_status_from_uv(status);
  if (pipe->endpoint) {
    pipe_told(pipe, UV_WRITABLE);
  } else if (!pipe->writes && !uv_is_closing((uv_handle_t *)&pipe->uv)) {
    green__at_close_remove(pipe->runtime, &pipe->closer);
    pipe_end(pipe);
  }
}

int green__pipe_write(struct green__pipe *pipe, const void *data, size_t size) {
  if (pipe->write_failure) return pipe->write_failure;
  if (pipe->ended) return GREEN_EPIPE;
  if (pipe->unsent >= ROOM) return GREEN_EAGAIN;
  if (size > ROOM - pipe->unsent) size = ROOM - pipe->unsent;
  struct piece *piece = green__alloc(sizeof *piece + size);
  if (!piece) return GREEN_ENOMEM;
  memcpy(piece->data, data, size);
  piece->size = size;
  piece->request.data = pipe;
  uv_buf_t buffer = uv_buf_init(piece->data, (unsigned)size);
  int rc = uv_write(&piece->request, (uv_stream_t *)&pipe->uv, &buffer, 1, on_written);
  if (rc < 0) {
    green__free(piece);
    return rc == UV_EOF ? GREEN_EPIPE : green_status_from_uv(rc);
  }
  pipe->unsent += size;
  pipe->writes++;
  return (int)size;
}

static void pipe_on_runtime_close(struct green__closer *closer) {
  pipe_end(green__container_of(closer, struct green__pipe, closer));
}

void green__pipe_close(struct green__pipe *pipe, bool reset) {
  pipe->endpoint = NULL;
  if (!pipe->writes || reset) {
    pipe_end(pipe);
    return;
  }
  if (pipe->reading) uv_read_stop((uv_stream_t *)&pipe->uv);
  pipe->closer.close = pipe_on_runtime_close;
  green__at_close(pipe->runtime, &pipe->closer);
}
