/* A handle of libuv's that watches a signal, and what that means to the program: signal_posix.c,
 * windows/signal.c. */
#ifndef GREENIO_SRC_NATIVE_SIGNAL_WATCH_H
#define GREENIO_SRC_NATIVE_SIGNAL_WATCH_H

#include <uv.h>

struct green__signal {
  uv_signal_t handle;
  struct green__signal *next, *previous; /* among those that watch the same */
};

/* The signal by which a terminal's user ends a program with a core dump; 0: there is none. */
extern const int green__signal_quit;

/* Of SIGINT, SIGTERM, SIGHUP, green__signal_quit; as uv_signal_start(). */
int green__signal_start(struct green__signal *signal, uv_signal_cb on_signal, int number);

/* Nothing, if it was not started. */
void green__signal_stop(struct green__signal *signal);

/* signal.c: in a child of fork() the parent's watch for reports is left alone. */
void green__report_forget(void);

#endif
