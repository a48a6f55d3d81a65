/* The runtime's life: opened on demand, run, ended. */
#include "runtime.h"

#include <string.h>
#include <greenio/status.h>
#include "host.h"
#include "log.h"
#include "memory.h"
#include "observe.h"
#include "task.h"

_Thread_local struct green__thread green__thread;

/* All runtimes of the process, for debuggers and fork(); and in a child of fork() its parent's. */
static pthread_mutex_t runtimes_mutex = PTHREAD_MUTEX_INITIALIZER;
struct green_runtime *green__runtimes, *green__runtimes_of_parent;

static void runtimes_add(struct green_runtime *runtime) {
  pthread_mutex_lock(&runtimes_mutex);
  runtime->other = green__runtimes;
  green__runtimes = runtime;
  pthread_mutex_unlock(&runtimes_mutex);
}

static void runtimes_remove(struct green_runtime *runtime) {
  pthread_mutex_lock(&runtimes_mutex);
  struct green_runtime **link = &green__runtimes;
  while (*link != runtime) link = &(*link)->other;
  *link = runtime->other;
  pthread_mutex_unlock(&runtimes_mutex);
}

void green__fork_begin(void) {
  pthread_mutex_lock(&runtimes_mutex);
}

/* The threads that could hold the other mutexes are not in the child. What belonged to the parent
 * stays where it is, since the child may run on the stack of a task. */
void green__fork_end(bool child) {
  while (child && green__runtimes) {
    struct green_runtime *runtime = green__runtimes;
    green__runtimes = runtime->other;
    runtime->other = green__runtimes_of_parent;
    green__runtimes_of_parent = runtime;
    pthread_mutex_init(&runtime->mutex, NULL);
    runtime->closed = true;
  }
  if (child) memset(&green__thread, 0, sizeof green__thread);
  pthread_mutex_unlock(&runtimes_mutex);
}

int green__runtime_open(struct green_runtime **out) {
  struct green_runtime *runtime = green__alloc(sizeof *runtime);
  if (!runtime) return GREEN_ENOMEM;
  memset(runtime, 0, sizeof *runtime);
  runtime->timer_asked = GREEN__NEVER;
  atomic_init(&runtime->references, 1);
  int rc = green__host_open(&runtime->host, runtime);
  if (rc < 0) {
    green__free(runtime);
    return rc;
  }
  pthread_mutex_init(&runtime->mutex, NULL);
  runtime->now = green__host_now();
  runtimes_add(runtime);
  *out = green__thread.runtime = runtime;
  if (green__host_opened) green__host_opened();
  return 0;
}

struct green_runtime *green__runtime(void) {
  struct green_runtime *runtime = green__thread.runtime;
  if (!runtime && green__runtime_open(&runtime) < 0) return NULL;
  return runtime;
}

green_runtime *green_runtime_current(void) {
  return green__runtime();
}

green_runtime *green_runtime_retain(green_runtime *runtime) {
  if (runtime) atomic_fetch_add(&runtime->references, 1);
  return runtime;
}

void green_runtime_release(green_runtime *runtime) {
  if (!runtime || atomic_fetch_sub(&runtime->references, 1) != 1) return;
  pthread_mutex_destroy(&runtime->mutex);
  green__free(runtime);
}

void green__runtime_wake(struct green_runtime *runtime) {
  if (runtime->turning || runtime->wake_asked) return;
  runtime->wake_asked = true;
  green__host_wake(runtime->host, false);
}

void green__runtime_timer_changed(struct green_runtime *runtime) {
  if (runtime->turning) return; /* once, at its end */
  uint64_t next = green__timers_next(runtime);
  if (next == runtime->timer_asked) return;
  runtime->timer_asked = next;
  green__host_timer(runtime->host, next);
}

void green__at_close(struct green_runtime *runtime, struct green__closer *closer) {
  green__list_add(runtime->closers, closer, next, previous);
}

void green__at_close_remove(struct green_runtime *runtime, struct green__closer *closer) {
  green__list_remove(runtime->closers, closer, next, previous);
}

static bool to_be_called(struct green_runtime *runtime) {
  return runtime->callbacks_head || green__posted_left(runtime);
}

bool green__runtime_close(struct green_runtime *runtime) {
  if (to_be_called(runtime)) return false;
  while (runtime->closers) {
    struct green__closer *closer = runtime->closers;
    green__at_close_remove(runtime, closer);
    closer->close(closer);
  }
  pthread_mutex_lock(&runtime->mutex);
  bool close = !runtime->posting && !runtime->posted_head && !runtime->callbacks_head;
  if (close) runtime->closed = true;
  pthread_mutex_unlock(&runtime->mutex);
  if (!close) return false;
  green__unseen_tell();
  runtimes_remove(runtime);
  green__host_close(runtime->host);
  green__context_trim();
  green__futures_trim(runtime);
  if (runtime->observations) green__observations_end(runtime);
  green__thread.runtime = NULL;
  green_runtime_release(runtime);
  return true;
}

int green__runtime_attach(void) {
  struct green_runtime *runtime;
  if (green__thread.runtime) return GREEN_EBUSY;
  int rc = green__runtime_open(&runtime);
  if (rc == 0) runtime->attached = true;
  return rc;
}

int green__runtime_detach(struct green_runtime *runtime) {
  if (!runtime || !runtime->attached) return GREEN_EINVAL;
  if (runtime->detaching) return GREEN_EBUSY;
  while (!runtime->turning && !runtime->live) {
    if (green__runtime_close(runtime)) return 0;
    runtime->detaching = true;
    if (green__posted_left(runtime)) green__posted_run(runtime);
    if (green__thread.runtime == runtime) green__callbacks_run(runtime);
    if (green__thread.runtime != runtime) return GREEN_EBUSY;
    runtime->detaching = false;
  }
  return GREEN_EBUSY;
}

int green_hold(void) {
  struct green_runtime *runtime = green__runtime();
  if (!runtime) return GREEN_ENOMEM;
  if (!runtime->holds++) green__host_keep(runtime->host, true);
  return 0;
}

void green_unhold(void) {
  struct green_runtime *runtime = green__thread.runtime;
  if (!runtime || !runtime->holds || --runtime->holds) return;
  green__host_keep(runtime->host, false);
  green__runtime_wake(runtime); /* a turn finds out whether that was the last */
}

/* Nothing in the loop is alive and tasks are parked: first they are cancelled, so that each can
 * clean up; those that then wait for ever again lose their stacks. What that makes ready, or new
 * workers for the jobs of a pool, goes on. */
void green__end_deadlock(struct green_runtime *runtime, bool again) {
  if (!again) green__deadlock_report();
  for (struct green__task *task = runtime->all_head, *next; task; task = next) {
    next = task->all_next;
    if (!again)
      green__task_cancel(task);
    else if (task->state == GREEN__WAITING)
      green__task_end(task, GREEN_EDEADLK, NULL);
  }
}

/* Runs the loop until no task and no callback is left. One that began between green__host_stop() and
 * the return is no deadlock. */
static bool run_tasks(struct green_runtime *runtime) {
  int deadlocks = 0;
  while (runtime->live || runtime->holds || runtime->callbacks_head) {
    runtime->stopping = false;
    green__host_run(runtime->host);
    if (runtime->live && !runtime->stopping) green__end_deadlock(runtime, deadlocks++ > 0);
  }
  return deadlocks == 0;
}

/* In a task the sentence becomes its message; elsewhere nobody would see that, and the log has it. */
static int refuse_run(const struct green_runtime *runtime) {
  const char *why = runtime->attached
                        ? "this thread's runtime is attached to the program's own loop"
                        : "this thread's runtime runs already";
  if (green__self())
    return green_fail(GREEN_EBUSY, "green_run: %s; start tasks with green_spawn()", why);
  green__say("greenio: green_run: %s; start tasks with green_spawn()", why);
  return GREEN_EBUSY;
}

void green__runtime_tell_unrun(void) {
  struct green_runtime *runtime = green__thread.runtime;
  if (!runtime || !runtime->live || runtime->attached || atomic_load(&runtime->beat)) return;
  green__say("greenio: %zu task%s never ran: green_run() runs tasks", runtime->live,
             runtime->live == 1 ? "" : "s");
}

int green_run(green_function function, void *arg) {
  struct green_runtime *runtime = green__runtime();
  if (!runtime) return GREEN_ENOMEM;
  if (runtime->turning || runtime->in_run || runtime->attached) return refuse_run(runtime);
  int rc = green__host_can_run(runtime->host);
  if (rc < 0) return rc;
  green_future *first = green_spawn(function, arg);
  green__future_look(first); /* its failure is what green_run() returns */
  bool woken = true;
  runtime->in_run = true;
  runtime->first = first;
  while (woken &= run_tasks(runtime), !green__runtime_close(runtime)) {
    if (green__posted_left(runtime)) green__posted_run(runtime);
    /* In a child of fork() this says so, and aborts. */
    if (green__thread.runtime != runtime) green__host_run(runtime->host);
  }
  rc = green_future_status(first);
  /* A deadline that is over before its wait leaves no message, since it allocates nothing. */
  if (rc < 0 && (first->message || rc == GREEN_ETIMEDOUT))
    green__say("greenio: %s: %s", green_status_name(rc),
               first->message ? first->message : green_strerror(rc));
  green_future_release(first);
  return woken ? rc : GREEN_EDEADLK;
}
