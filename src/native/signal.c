/* Signals as futures, and the one that asks for a report: one libuv handle each, which does not keep the
 * loop alive. libuv would leave a signal that nobody watches any more with the default action; the
 * program's own comes back here.
 */
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <greenio/runtime.h>
#include <greenio/signal.h>
#include <greenio/status.h>
#include <greenio/uv.h>
#include "memory.h"
#include "log.h"
#include "native.h"
#include "core/wait.h"

/* The program's own handler of each signal, from before it was watched; for all threads. */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct meaning {
  int signal, watches;
  struct sigaction before;
} meanings[] = {{.signal = SIGINT}, {.signal = SIGTERM}, {.signal = SIGHUP}, {.signal = SIGQUIT}};

struct watch {
  uv_signal_t handle;
  struct green__closer closer;
  struct green_runtime *runtime;
  green_future *future; /* NULL: it asks for a report */
};

/* The calling thread's, for reports. */
static _Thread_local struct watch *reporting;

static struct meaning *meaning_find(int signal) {
  for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++)
    if (meanings[i].signal == signal) return &meanings[i];
  return NULL;
}

static void on_signal(uv_signal_t *handle, int number);

static int watch_start(struct watch *watch, struct meaning *meaning) {
  struct sigaction before, now;
  pthread_mutex_lock(&mutex);
  sigaction(meaning->signal, NULL, &before);
  int rc = uv_signal_start(&watch->handle, on_signal, meaning->signal);
  sigaction(meaning->signal, NULL, &now);
  if (rc == 0 && meaning->watches++ == 0) {
    meaning->before = before;
    if (now.sa_handler == before.sa_handler) /* libuv's, for a handle of the program's */
      meaning->before = (struct sigaction){.sa_handler = SIG_DFL};
  }
  pthread_mutex_unlock(&mutex);
  return rc;
}

static void watch_stop(struct watch *watch) {
  struct meaning *meaning = meaning_find(watch->handle.signum);
  if (!meaning) return;
  struct sigaction now;
  pthread_mutex_lock(&mutex);
  uv_signal_stop(&watch->handle);
  sigaction(meaning->signal, NULL, &now);
  if (--meaning->watches == 0 && now.sa_handler == SIG_DFL)
    sigaction(meaning->signal, &meaning->before, NULL);
  pthread_mutex_unlock(&mutex);
}

void green__signals_fork_begin(void) {
  pthread_mutex_lock(&mutex);
}

/* In the child the signals mean what they did before: libuv's handler would tell the parent. */
void green__signals_fork_end(bool child) {
  for (size_t i = 0; child && i < sizeof meanings / sizeof *meanings; i++) {
    if (meanings[i].watches) sigaction(meanings[i].signal, &meanings[i].before, NULL);
    meanings[i].watches = 0;
  }
  pthread_mutex_unlock(&mutex);
}

static void watch_on_closed(uv_handle_t *handle) {
  green__free(handle->data);
}

static void watch_end(struct watch *watch) {
  watch_stop(watch);
  if (watch == reporting) reporting = NULL;
  green_future_release(watch->future);
  uv_close((uv_handle_t *)&watch->handle, watch_on_closed);
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
static int watch_open(struct watch **out, struct meaning *meaning, green_future *future) {
  struct green_runtime *runtime = green__runtime();
  struct watch *watch = runtime ? green__alloc(sizeof *watch) : NULL;
  if (!watch) {
    green_future_release(future);
    return GREEN_ENOMEM;
  }
  *watch = (struct watch){.runtime = runtime, .closer.close = on_close, .future = future};
  watch->handle.data = watch;
  int rc = uv_signal_init(green_uv_loop(), &watch->handle);
  if (rc < 0) {
    green_future_release(future);
    green__free(watch);
    return green_status_from_uv(rc);
  }
  rc = watch_start(watch, meaning);
  if (rc < 0) {
    watch_end(watch);
    return green_status_from_uv(rc);
  }
  uv_unref((uv_handle_t *)&watch->handle);
  green__at_close(runtime, &watch->closer);
  *out = watch;
  return 0;
}

int green_signal(green_future **out, int signal) {
  *out = NULL;
  struct meaning *meaning = signal == SIGQUIT ? NULL : meaning_find(signal);
  if (!meaning) return green_fail(GREEN_EINVAL, "green_signal: SIGINT, SIGTERM and SIGHUP alone");
  green_future *future;
  struct watch *watch;
  if (green_future_new(&future) < 0) return GREEN_ENOMEM;
  int rc = watch_open(&watch, meaning, future);
  if (rc < 0) return rc;
  green_future_on_cancel(future, on_cancel, watch);
  green_future_set_name(future, "a signal");
  *out = green_future_retain(future);
  return 0;
}

int green_report_on_quit(bool on) {
  if (on) return reporting ? 0 : watch_open(&reporting, meaning_find(SIGQUIT), NULL);
  if (!reporting) return 0;
  green__at_close_remove(reporting->runtime, &reporting->closer);
  watch_end(reporting);
  return 0;
}

void green__report_by_environment(void) {
  const char *asked = getenv("GREENIO_REPORT_ON_QUIT");
  if (!asked || !*asked || strcmp(asked, "0") == 0) return;
  int rc = green_report_on_quit(true);
  if (rc < 0) green__say("greenio: GREENIO_REPORT_ON_QUIT: %s", green_strerror(rc));
}
