/* A host without a terminal as a stream: Windows, whose console is no descriptor. */
#include <greenio/status.h>
#include <greenio/task.h>
#include <greenio/terminal.h>

int green_terminal_open(green_stream **out, const char *path) {
  (void)path;
  *out = NULL;
  return green_fail(GREEN_ENOTSUP, "there is no terminal as a stream on this host");
}

int green_terminal_set_raw(green_stream *terminal, bool on) {
  (void)terminal, (void)on;
  return GREEN_ENOTSUP;
}

int green_terminal_size(const green_stream *terminal, green_terminal_window *out) {
  (void)terminal;
  *out = (green_terminal_window){0, 0};
  return GREEN_ENOTSUP;
}

int green_terminal_wait_size(green_stream *terminal, green_terminal_window *window) {
  (void)terminal, (void)window;
  return GREEN_ENOTSUP;
}
