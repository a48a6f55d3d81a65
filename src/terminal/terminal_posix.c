/* A terminal natively: a descriptor of its own, polled as a pipe's is (net/plain_uv.c). libuv's uv_tty would read ahead
 * of who reads, and finish writes that nobody waits for any more. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <greenio/status.h>
#include <greenio/task.h>
#include <greenio/terminal.h>
#include "native.h"
#include "net/net.h"
#include "raw.h"
#include "terminal.h"

/* Before its descriptor is closed. */
static void on_closing(struct green__socket *socket) {
  if (socket->raw) green__raw_end(socket->fd);
  socket->raw = false;
}

int green__terminal_check(const green_stream *terminal) {
  if (terminal->endpoint.closed) return GREEN_ECLOSED;
  return terminal->endpoint.socket.closing == on_closing ? 0 : GREEN_EINVAL;
}

/* ---- opening --------------------------------------------------------------------------------- */

static int open_failed(const char *path, int error) {
  if (!path && (error == ENXIO || error == ENOENT))
    return green_fail(GREEN_ENOENT, "the program has no terminal");
  return green_fail(green_status_from_errno(error), "the terminal %s: %s", path ? path : "/dev/tty",
                    strerror(error));
}

static int terminal_adopt(green_stream **out, int fd) {
  green_stream *stream = (green_stream *)green__endpoint_new(sizeof *stream);
  if (!stream) {
    close(fd);
    return GREEN_ENOMEM;
  }
  stream->endpoint.local = stream->endpoint.socket.plain = true;
  stream->endpoint.socket.closing = on_closing;
  int rc = green__socket_adopt(&stream->endpoint, fd);
  if (rc == 0)
    *out = stream;
  else
    green__endpoint_release(&stream->endpoint);
  return rc;
}

int green_terminal_open(green_stream **out, const char *path) {
  *out = NULL;
  int fd = open(path ? path : "/dev/tty", O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return open_failed(path, errno);
  if (!isatty(fd)) {
    close(fd);
    return green_fail(GREEN_EINVAL, "%s is no terminal", path ? path : "/dev/tty");
  }
  int rc = terminal_adopt(out, fd);
  return rc < 0
             ? green_fail(rc, "the terminal %s: %s", path ? path : "/dev/tty", green_strerror(rc))
             : 0;
}

/* ---- the mode, and the window ---------------------------------------------------------------- */

int green_terminal_set_raw(green_stream *terminal, bool on) {
  struct green__socket *socket = &terminal->endpoint.socket;
  int rc = green__terminal_check(terminal);
  if (rc < 0) return rc;
  if (on)
    rc = green__raw_begin(socket->fd, socket->raw);
  else if (socket->raw)
    green__raw_end(socket->fd);
  if (rc == 0) socket->raw = on;
  return rc;
}

int green_terminal_size(const green_stream *terminal, green_terminal_window *out) {
  struct winsize size;
  *out = (green_terminal_window){0, 0};
  int rc = green__terminal_check(terminal);
  if (rc < 0) return rc;
  if (ioctl(terminal->endpoint.socket.fd, TIOCGWINSZ, &size) < 0)
    return green_status_from_errno(errno);
  *out = (green_terminal_window){size.ws_col, size.ws_row};
  return 0;
}
