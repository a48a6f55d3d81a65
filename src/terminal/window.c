/* The wait for a window of another size, wherever there are terminals: the system tells of one by SIGWINCH. */
#include <signal.h>
#include <greenio/future.h>
#include <greenio/runtime.h>
#include <greenio/status.h>
#include <greenio/task.h>
#include <greenio/terminal.h>
#include "core/wait.h"
#include "net/net.h"
#include "signals.h"
#include "terminal.h"

/* A signal alone would not keep the program from ending. */
static int wait_held(green_future *changed) {
  int rc = green_hold();
  if (rc < 0) return rc;
  rc = green_wait(changed);
  green_unhold();
  return rc;
}

/* 1: it is another one. */
static int size_differs(const green_stream *terminal, green_terminal_window *window) {
  green_terminal_window now;
  int rc = green_terminal_size(terminal, &now);
  if (rc < 0 || (now.columns == window->columns && now.rows == window->rows)) return rc;
  *window = now;
  return 1;
}

int green_terminal_wait_size(green_stream *terminal, green_terminal_window *window) {
  int rc = green__wait_possible();
  if (rc == 0) rc = green__terminal_check(terminal);
  if (rc < 0) return rc;
  green__endpoint_retain(&terminal->endpoint);
  while (rc == 0) {
    green_future *changed;
    rc = green__signal_future(&changed, SIGWINCH);
    if (rc < 0) break;
    rc = size_differs(terminal, window);
    if (rc == 0) rc = wait_held(changed);
    green_cancel(changed);
    green_future_release(changed);
  }
  green__endpoint_release(&terminal->endpoint);
  return rc > 0 ? 0 : rc;
}
