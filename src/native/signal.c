/* Signals as futures, and the one that asks for a report: one libuv handle each, which does not keep the loop alive. */
#include <stdlib.h>
#include <string.h>
#include <greenio/runtime.h>
#include <greenio/signal.h>
#include <greenio/status.h>
#include <greenio/uv.h>
#include "memory.h"
#include "log.h"
#include "native.h"
#include "signal_watch.h"
#include "signals.h"
#include "core/wait.h"

struct watch {
  struct green__signal signal;
  struct green__closer closer;
  struct green_runtime *runtime;
  green_future *future; /* NULL: it asks for a report */
};

/* The calling thread's, for reports. */
static _Thread_local struct watch *reporting;

static void watch_on_closed(uv_handle_t *handle) {
  green__free(handle->data);
}

static void watch_end(struct watch *watch) {
  green__signal_stop(&watch->signal);
  if (watch == reporting) reporting = NULL;
  green_future_release(watch->future);
  uv_close((uv_handle_t *)&watch->signal.handle, watch_on_closed);
}

static void on_signal(uv_signal_t *handle, int number) {
  (void)number;
  struct watch *watch = handle->data;
  if (!watch->future) {
    green__say("greenio: SIGQUIT: the tasks are");
    green_report(NULL);
    return;
  }
  green__at_close_remove(watch->runtime, &watch->closer);
  green_resolve(watch->future, NULL, NULL);
  watch_end(watch);
}

static void on_cancel(green_future *future, void *arg) {
  struct watch *watch = arg;
  green__at_close_remove(watch->runtime, &watch->closer);
  green_reject(future, GREEN_ECANCELED, NULL);
  watch_end(watch);
}

static void on_close(struct green__closer *closer) {
  struct watch *watch = green__container_of(closer, struct watch, closer);
  if (watch->future) {
    green_reject(watch->future, GREEN_ECLOSED, NULL);
    green_future_status(watch->future); /* nobody needs to look at that one */
  }
  watch_end(watch);
}

/* Begins to watch; the future may be NULL, and is the watch's in any case. */
static int watch_open(struct watch **out, int signal, green_future *future) {
  struct green_runtime *runtime = green__runtime();
  struct watch *watch = runtime ? green__alloc(sizeof *watch) : NULL;
  if (!watch) {
    green_future_release(future);
    return GREEN_ENOMEM;
  }
  *watch = (struct watch){.runtime = runtime, .closer.close = on_close, .future = future};
  watch->signal.handle.data = watch;
  int rc = uv_signal_init(green_uv_loop(), &watch->signal.handle);
  if (rc < 0) {
    green_future_release(future);
    green__free(watch);
    return green_status_from_uv(rc);
  }
  rc = green__signal_start(&watch->signal, on_signal, signal);
  if (rc < 0) {
    watch_end(watch);
    return green_status_from_uv(rc);
  }
  uv_unref((uv_handle_t *)&watch->signal.handle);
  green__at_close(runtime, &watch->closer);
  *out = watch;
  return 0;
}

int green_signal(green_future **out, int signal) {
  *out = NULL;
  if (signal != SIGINT && signal != SIGTERM && signal != SIGHUP)
    return green_fail(GREEN_EINVAL, "green_signal: SIGINT, SIGTERM and SIGHUP alone");
  return green__signal_future(out, signal);
}

int green__signal_future(green_future **out, int signal) {
  green_future *future;
  struct watch *watch;
  if (green_future_new(&future) < 0) return GREEN_ENOMEM;
  int rc = watch_open(&watch, signal, future);
  if (rc < 0) return rc;
  green_future_on_cancel(future, on_cancel, watch);
  green_future_set_name(future, "a signal");
  *out = green_future_retain(future);
  return 0;
}

int green_report_on_quit(bool on) {
  if (on && !green__signal_quit)
    return green_fail(GREEN_ENOTSUP, "green_report_on_quit: this system has no SIGQUIT");
  if (on) return reporting ? 0 : watch_open(&reporting, green__signal_quit, NULL);
  if (!reporting) return 0;
  green__at_close_remove(reporting->runtime, &reporting->closer);
  watch_end(reporting);
  return 0;
}

void green__report_forget(void) {
  reporting = NULL;
}

void green__report_by_environment(void) {
  const char *asked = getenv("GREENIO_REPORT_ON_QUIT");
  if (!asked || !*asked || strcmp(asked, "0") == 0) return;
  int rc = green_report_on_quit(true);
  if (rc < 0) green__say("greenio: GREENIO_REPORT_ON_QUIT: %s", green_strerror(rc));
}
