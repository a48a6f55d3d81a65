/* Calls from other threads: the one part of the core that is shared between threads. The mutex
 * guards the list, `closed`, and with it the host's life as seen from outside. */
#include <greenio/status.h>
#include "host.h"
#include "memory.h"
#include "runtime.h"
#include "quiet.h"

struct green__posted {
  struct green__posted *next;
  void (*function)(void *);
  void *arg;
};

int green_post(green_runtime *runtime, void (*function)(void *), void *arg) {
  struct green__posted *posted = green__alloc(sizeof *posted);
  if (!posted) return GREEN_ENOMEM;
  *posted = (struct green__posted){NULL, function, arg};
  pthread_mutex_lock(&runtime->mutex);
  bool closed = runtime->closed;
  if (!closed) {
    green__fifo_add(runtime->posted_head, runtime->posted_tail, posted, next);
    atomic_store(&runtime->posted, true);
    green__host_post(runtime->host);
  }
  pthread_mutex_unlock(&runtime->mutex);
  if (!closed) return 0;
  green__free(posted);
  return GREEN_ECLOSED;
}

GREEN__QUIET void green__posted_run(struct green_runtime *runtime) {
  GREEN__QUIETLY;
  if (!runtime->posting && atomic_load(&runtime->posted)) {
    pthread_mutex_lock(&runtime->mutex);
    runtime->posting = runtime->posted_head;
    runtime->posted_head = runtime->posted_tail = NULL;
    atomic_store(&runtime->posted, false);
    pthread_mutex_unlock(&runtime->mutex);
  }
  while (runtime->posting) {
    struct green__posted call = *runtime->posting;
    green__free(runtime->posting);
    runtime->posting = call.next;
    green__callback_begin(runtime);
    call.function(call.arg);
    if (green__thread.runtime != runtime) return;
    green__callback_end(runtime);
  }
}
