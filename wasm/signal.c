/* green_signal() by process.on(), where there is one. */
#include <greenio/signal.h>
#include <greenio/status.h>
#include "core/memory.h"
#include "core/wait.h"
#include "loop.h"
#include "signals.h"

struct green__watch {
  struct green__closer closer;
  struct green_runtime *runtime;
  green_future *future; /* with a reference */
};

static const char *signal_name(int signal) {
  switch (signal) {
  case SIGINT:
    return "SIGINT";
  case SIGTERM:
    return "SIGTERM";
  case SIGHUP:
    return "SIGHUP";
  case SIGWINCH:
    return "SIGWINCH";
  default:
    return NULL;
  }
}

static void watch_end(struct green__watch *watch, int status) {
  green_future *future = watch->future;
  green__js_signal_off(watch);
  green__free(watch);
  if (status < 0)
    green_reject(future, status, NULL);
  else
    green_resolve(future, NULL, NULL);
  green_future_release(future);
}

static void cancelled(green_future *future, void *watch) {
  (void)future;
  green__at_close_remove(((struct green__watch *)watch)->runtime,
                         &((struct green__watch *)watch)->closer);
  watch_end(watch, GREEN_ECANCELED);
}

static void watch_closed(struct green__closer *closer) {
  struct green__watch *watch = (struct green__watch *)closer;
  green__future_looked(watch->future); /* nobody is left to look */
  watch_end(watch, GREEN_ECLOSED);
}

int green__js_signalled(struct green__watch *watch) {
  green__loop_entered();
  green__at_close_remove(watch->runtime, &watch->closer);
  watch_end(watch, 0);
  return green__loop_left();
}

int green_signal(green_future **out, int signal) {
  *out = NULL;
  if (!signal_name(signal) || signal == SIGWINCH)
    return green_fail(GREEN_EINVAL, "green_signal: SIGINT, SIGTERM and SIGHUP alone");
  return green__signal_future(out, signal);
}

int green__signal_future(green_future **out, int signal) {
  *out = NULL;
  const char *name = signal_name(signal);
  struct green_runtime *runtime = green__runtime();
  struct green__watch *watch = runtime ? green__alloc(sizeof *watch) : NULL;
  struct green_future *future = watch ? green__future_make(2) : NULL;
  if (!future) {
    green__free(watch);
    return GREEN_ENOMEM;
  }
  *watch =
      (struct green__watch){.closer.close = watch_closed, .runtime = runtime, .future = future};
  if (!green__js_signal(name, watch)) {
    green__free(watch);
    green_resolve(future, NULL, NULL);
    green_future_release(future);
    green_future_release(future);
    return green_fail(GREEN_ENOTSUP, "green_signal: this host has no signals");
  }
  green__at_close(runtime, &watch->closer);
  green_future_on_cancel(future, cancelled, watch);
  green_future_set_name(future, "a signal");
  *out = future;
  return 0;
}

int green_report_on_quit(bool on) {
  return on ? green_fail(GREEN_ENOTSUP, "green_report_on_quit: natively alone") : 0;
}
