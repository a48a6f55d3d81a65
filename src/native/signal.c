/* Signals as futures: one libuv handle each, which does not keep the loop alive. */
#include <greenio/signal.h>
#include <greenio/status.h>
#include <greenio/uv.h>
#include "memory.h"
#include "signal_watch.h"
#include "core/wait.h"

struct watch {
  uv_signal_t handle;
  struct green__closer closer;
  struct green_runtime *runtime;
  green_future *future;
};

static void watch_on_closed(uv_handle_t *handle) {
  green__free(handle->data);
}

static void watch_end(struct watch *watch) {
  green__signal_stop(&watch->handle);
  green_future_release(watch->future);
  uv_close((uv_handle_t *)&watch->handle, watch_on_closed);
}

static void on_signal(uv_signal_t *handle, int number) {
  (void)number;
  struct watch *watch = handle->data;
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
  green_reject(watch->future, GREEN_ECLOSED, NULL);
  green_future_status(watch->future); /* nobody needs to look at that one */
  watch_end(watch);
}

int green_signal(green_future **out, int signal) {
  *out = NULL;
  if (signal != SIGINT && signal != SIGTERM && signal != SIGHUP)
    return green_fail(GREEN_EINVAL, "green_signal: SIGINT, SIGTERM and SIGHUP alone");
  struct green_runtime *runtime = green__runtime();
  struct watch *watch = runtime ? green__alloc(sizeof *watch) : NULL;
  if (!watch) return GREEN_ENOMEM;
  if (green_future_new(&watch->future) < 0) {
    green__free(watch);
    return GREEN_ENOMEM;
  }
  watch->runtime = runtime;
  watch->closer.close = on_close;
  watch->handle.data = watch;
  int rc = uv_signal_init(green_uv_loop(), &watch->handle);
  if (rc < 0) {
    green_future_release(watch->future);
    green__free(watch);
    return green_status_from_uv(rc);
  }
  rc = green__signal_start(&watch->handle, on_signal, signal);
  if (rc < 0) {
    watch_end(watch);
    return green_status_from_uv(rc);
  }
  uv_unref((uv_handle_t *)&watch->handle);
  green_future_on_cancel(watch->future, on_cancel, watch);
  green_future_set_name(watch->future, "a signal");
  green__at_close(runtime, &watch->closer);
  *out = green_future_retain(watch->future);
  return 0;
}
