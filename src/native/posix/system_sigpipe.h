/* SIGPIPE held back while a library runs that may write to a socket which nobody reads, in ways that raise it: a program
 * must not die of that, and its handler is not ours to set. So the signal is blocked meanwhile, and taken if it came.
 *
 * ../windows/system_sigpipe.h has the same functions. */
#ifndef GREENIO_SRC_NATIVE_SYSTEM_SIGPIPE_H
#define GREENIO_SRC_NATIVE_SYSTEM_SIGPIPE_H

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <time.h>

struct green__sigpipe {
  sigset_t before;
  bool armed;
};

static inline struct green__sigpipe green__sigpipe_block(void) {
  struct green__sigpipe guard = {.armed = false};
  sigset_t pipe, pending;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  if (sigpending(&pending) == 0 && sigismember(&pending, SIGPIPE)) return guard;
  guard.armed = pthread_sigmask(SIG_BLOCK, &pipe, &guard.before) == 0;
  return guard;
}

static inline void green__sigpipe_restore(const struct green__sigpipe *guard) {
  if (!guard->armed) return;
  sigset_t pipe;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  sigtimedwait(&pipe, NULL, &(struct timespec){0, 0});
  pthread_sigmask(SIG_SETMASK, &guard->before, NULL);
}

#endif
