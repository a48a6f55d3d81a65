/* Signals as futures: one libuv handle each, which does not keep the loop alive. */
#include <greenio/signal.h>
#include <greenio/status.h>
#include <greenio/uv.h>
#include "memory.h"
#include "runtime.h"

struct watch {
  uv_signal_t handle;
  struct green__closer closer;
  struct green_runtime *runtime;
  green_future *future;
};

static void on_closed(uv_handle_t *handle) { green__free(handle->data); }

static void end(struct watch *watch) {
  green_future_release(watch->future);
  uv_close((uv_handle_t *)&watch->handle, on_closed);
}

static void on_signal(uv_signal_t *handle, int number) {
  (void)number;
  struct watch *watch = handle->data;
  green__at_close_remove(watch->runtime, &watch->closer);
  green_resolve(watch->future, NULL, NULL);
  end(watch);
}

static void on_cancel(green_future *future, void *arg) {
  struct watch *watch = arg;
  green__at_close_remove(watch->runtime, &watch->closer);
  green_reject(future, GREEN_ECANCELED, NULL);
  end(watch);
}

static void on_close(struct green__closer *closer) {
  struct watch *watch = (struct watch *)((char *)closer - offsetof(struct watch, closer));
  green_future_on_cancel(watch->future, NULL, NULL);
  green_cancel(watch->future);
  end(watch);
}

int green_signal(int signal, green_future **out) {
  *out = NULL;
  if (signal != SIGINT && signal != SIGTERM && signal != SIGHUP) return GREEN_EINVAL;
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
  uv_signal_init(green_uv_loop(), &watch->handle);
  int rc = uv_signal_start(&watch->handle, on_signal, signal);
  if (rc < 0) {
    end(watch);
    return rc; /* libuv's are Linux's numbers, as ours */
  }
  uv_unref((uv_handle_t *)&watch->handle);
  green_future_on_cancel(watch->future, on_cancel, watch);
  green_future_set_name(watch->future, "a signal");
  green__at_close(runtime, &watch->closer);
  *out = green_future_retain(watch->future);
  return 0;
}
