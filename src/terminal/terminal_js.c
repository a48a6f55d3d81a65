/* A terminal in Node, by node:tty: what JavaScript keeps of it is in terminal.mjs, by the endpoint's address. It is read
 * and written as a socket of Node's is (net/socket_js.c). */
#include <greenio/status.h>
#include <greenio/task.h>
#include <greenio/terminal.h>
#include "net/net.h"
#include "terminal.h"

int green__js_terminal_open(struct green__endpoint *endpoint, const char *path);
int green__js_terminal_raw(const struct green__endpoint *terminal, bool on);
/* Columns times 65536, and rows; or a status. */
double green__js_terminal_size(const struct green__endpoint *terminal);

int green__terminal_check(const green_stream *terminal) {
  if (terminal->endpoint.closed) return GREEN_ECLOSED;
  return terminal->endpoint.socket.terminal ? 0 : GREEN_EINVAL;
}

static int open_failed(int status, const char *path) {
  if (status == GREEN_ENOTSUP)
    return green_fail(status,
                      "there is no terminal as a stream but in Node, and in its main thread");
  if (!path && status == GREEN_ENOENT) return green_fail(status, "the program has no terminal");
  if (path && status == GREEN_EINVAL) return green_fail(status, "%s is no terminal", path);
  return green_fail(status, "the terminal %s: %s", path ? path : "/dev/tty",
                    green_strerror(status));
}

int green_terminal_open(green_stream **out, const char *path) {
  *out = NULL;
  green_stream *stream = (green_stream *)green__endpoint_new(sizeof *stream);
  if (!stream) return GREEN_ENOMEM;
  stream->endpoint.local = stream->endpoint.socket.terminal = true;
  int rc = green__js_terminal_open(&stream->endpoint, path ? path : "/dev/tty");
  if (rc < 0) {
    green__endpoint_release(&stream->endpoint);
    return open_failed(rc, path);
  }
  green__endpoint_opened(&stream->endpoint);
  *out = stream;
  return 0;
}

int green_terminal_set_raw(green_stream *terminal, bool on) {
  int rc = green__terminal_check(terminal);
  return rc < 0 ? rc : green__js_terminal_raw(&terminal->endpoint, on);
}

int green_terminal_size(const green_stream *terminal, green_terminal_window *out) {
  *out = (green_terminal_window){0, 0};
  int rc = green__terminal_check(terminal);
  if (rc < 0) return rc;
  double size = green__js_terminal_size(&terminal->endpoint);
  if (size < 0) return (int)size;
  *out = (green_terminal_window){(unsigned)size >> 16, (unsigned)size & 0xffff};
  return 0;
}
