/* libuv's handler is behind the program's in the console's list while a signal is watched, and in no list
 * when none is. */
#include "signal_watch.h"

const int green__signal_quit = 0;

int green__signal_start(struct green__signal *signal, uv_signal_cb on_signal, int number) {
  return uv_signal_start(&signal->handle, on_signal, number);
}

void green__signal_stop(struct green__signal *signal) {
  uv_signal_stop(&signal->handle);
}
