/* Pools: a FIFO queue of jobs and the workers that take them.
 *
 * Invariants: a job is in the queue exactly while `queued`; an idle worker is one in `idlers`, and
 * it is taken out when it is woken, for whatever reason; while a job is queued and a worker is
 * idle, one has been woken for it. The pool lives until its handle is released and its last worker
 * has gone. Lent workers (pool.h says why) run one job and leave; they are not counted as workers.
 * One whose job was detached becomes one.
 */
#include <greenio/pool.h>

#include <string.h>
#include <greenio/status.h>
#include "memory.h"
#include "observe.h"
#include "pool.h"
#include "task.h"
#include "traceparent.h"

/* Recycled jobs that a pool keeps at most. */
#define SPARE_JOBS 1024

#define COPY_MAX ((size_t)64 << 10)

struct green__job {
  struct green__job *next, *previous;
  green_pool *pool;
  struct green__task *worker; /* NULL while queued */
  struct green_future *future;
  green_function function;
  void *arg;
  unsigned long spawned_by;
  struct green__place place;
  struct green__trace_place trace; /* with a reference */
  void (*ended)(void *arg);        /* or NULL */
  bool queued, copied;
  _Alignas(16) char copy[];
};

struct green_pool {
  struct green__job *head, *tail, *spare;
  struct green__queue idlers;
  struct green_future *shutdown; /* NULL until it is called */
  size_t queued, stack_size;
  int max_workers, workers, lent;
  unsigned spares;
  bool released;
};

static void jobs_push(green_pool *pool, struct green__job *job) {
  green__deque_add(pool->head, pool->tail, job, next, previous);
  job->queued = true;
  pool->queued++;
}

static void jobs_remove(green_pool *pool, struct green__job *job) {
  green__deque_remove(pool->head, pool->tail, job, next, previous);
  job->queued = false;
  pool->queued--;
}

static void job_recycle(struct green__job *job) {
  green_pool *pool = job->pool;
  if (job->copied || pool->spares == SPARE_JOBS) {
    green__free(job);
    return;
  }
  job->next = pool->spare;
  pool->spare = job;
  pool->spares++;
}

/* Gives the job's record back, and calls the function that asked to hear of its end. That function
 * may release the pool; a count of one more lent worker keeps the pool there until it has returned.
 * pool_settle() is then called by the caller, or later by a worker that is left. */
static void job_free(struct green__job *job) {
  green_pool *pool = job->pool;
  void (*ended)(void *) = job->ended;
  void *arg = job->arg;
  green__trace_drop(&job->trace);
  job_recycle(job);
  if (!ended) return;
  pool->lent++;
  ended(arg);
  pool->lent--;
}

static struct green__job *job_new(green_pool *pool, size_t copy_size) {
  struct green__job *job = pool->spare;
  if (job && !copy_size) {
    pool->spare = job->next;
    pool->spares--;
  } else {
    job = green__alloc(sizeof *job + copy_size);
    if (!job) return NULL;
  }
  memset(job, 0, sizeof *job);
  job->pool = pool;
  job->copied = copy_size != 0;
  return job;
}

/* Ends a queued job that will not run. */
static void job_refuse(struct green__job *job, int status) {
  struct green_future *future = job->future;
  const char *why = green__task_refusal(status);
  char *message = why ? green__copy_string(why, SIZE_MAX - 1) : NULL;
  jobs_remove(job->pool, job);
  job_free(job);
  green__future_complete(future, status, NULL, NULL, message);
  green_future_release(future);
}

static void cancel_job(struct green_future *future, void *arg) {
  struct green__job *job = arg;
  (void)future;
  if (job->queued)
    job_refuse(job, GREEN_ECANCELED);
  else
    green__task_cancel(job->worker);
}

/* If the last worker has gone: completes the shutdown, and frees the pool if it was released. */
static void pool_settle(green_pool *pool) {
  if (pool->workers || pool->lent || pool->head) return;
  if (pool->shutdown && !pool->shutdown->done)
    green__future_complete(pool->shutdown, 0, NULL, NULL, NULL);
  if (!pool->released) return;
  green_future_release(pool->shutdown);
  while (pool->spare) {
    struct green__job *job = pool->spare;
    pool->spare = job->next;
    green__free(job);
  }
  green__free(pool);
}

/* Runs a job; also the whole of a lent worker, so that no other function lies below its job. By
 * this name, and not inlined, because a narrowed wasm program lists it (wasm/asyncify.cmake). */
int green__job_run(void *arg);

__attribute__((noinline)) int green__job_run(void *arg) {
  struct green__task *self = green__self();
  struct green__job *job = arg;
  job->worker = self;
  self->job = job;
  self->future = job->future;
  self->spawned_by = job->spawned_by;
  self->place = job->place;
  if (job->trace.trace) green__trace_give(self, &job->trace);
  self->in_job = true;
  if (self->runtime->observations) green__seen_job(self);
  int status = job->function(job->arg);
  green__task_settle(self, status, NULL);
  if (self->runtime->observations) green__seen_job_end(self, status);
  self->job = NULL;
  self->in_job = false;
  self->spawned_by = 0;
  self->place.file = NULL;
  job_free(job);
  return 0;
}

/* Waits for a job. False: the worker is to leave. */
static bool worker_idle(struct green__task *self, green_pool *pool) {
  if (pool->shutdown || pool->workers > pool->max_workers) return false;
  if (green__wait_begin(&self) < 0) return false;
  green__queue_push(&pool->idlers, green__waiter(self));
  return green__wait_park(self, "a job", pool) == 0;
}

static void worker_ended(struct green__task *task);

static int worker_main(void *arg) {
  struct green__task *self = green__self();
  green_pool *pool = arg;
  do {
    while (pool->head && pool->workers <= pool->max_workers) {
      struct green__job *job = pool->head;
      jobs_remove(pool, job);
      green__job_run(job);
      if (self->ended != worker_ended) return 0; /* detached */
    }
  } while (worker_idle(self, pool));
  return 0;
}

static int worker_new(green_pool *pool, bool first);

/* A worker's task has ended, in whatever way. If its stack was lost in the middle of a job, the job
 * is still the task's, and the job's future is complete already. */
static void worker_ended(struct green__task *task) {
  green_pool *pool = task->pool;
  pool->workers--;
  if (task->job) job_free(task->job);
  int rc = pool->head && pool->workers < pool->max_workers ? worker_new(pool, false) : 0;
  while (rc < 0 && !pool->workers && pool->head) job_refuse(pool->head, rc);
  pool_settle(pool);
}

static void lent_ended(struct green__task *task) {
  green_pool *pool = task->pool;
  pool->lent--;
  if (task->job) job_free(task->job);
  pool_settle(pool);
}

/* `first`: before the tasks that are ready. */
static int worker_new(green_pool *pool, bool first) {
  struct green__task *task;
  int rc = green__task_new(&task, worker_main, pool, pool->stack_size, 0);
  if (rc < 0) return rc;
  task->pool = pool;
  task->spawned_by = 0;
  task->ended = worker_ended;
  pool->workers++;
  if (first)
    green__task_ready_first(task);
  else
    green__task_ready(task);
  return 0;
}

/* The last one that was at work, whose stack is in the processor's cache. False: none is idle. */
static bool idler_wake(green_pool *pool, bool first) {
  struct green__waiter *idler = pool->idlers.tail;
  if (!idler) return false;
  if (first)
    green__wait_end_first(idler->task, 0);
  else
    green__wake(idler, 0);
  return true;
}

int green__pool_lend(struct green__task *self, struct green_future *future) {
  if (future->cancel != cancel_job) return 0;
  struct green__job *job = future->cancel_arg;
  if (!job->queued || job->pool != self->pool) return 0;
  struct green__task *task;
  int rc = green__task_new(&task, green__job_run, job, job->pool->stack_size, 0);
  if (rc < 0) return green__task_refuse(rc);
  jobs_remove(job->pool, job);
  job->worker = task;
  task->job = job;
  task->future = job->future;
  task->spawned_by = job->spawned_by;
  task->pool = job->pool;
  task->ended = lent_ended;
  task->pool->lent++;
  green__task_ready_first(task);
  return 1;
}

static int check_max(int *max_workers) {
  if (*max_workers == 0) *max_workers = GREEN_POOL_DEFAULT_WORKERS;
  if (*max_workers > 0 && *max_workers <= GREEN_POOL_MAX_WORKERS) return 0;
  return green_fail(GREEN_EINVAL, "max_workers of a pool is from 1 to %d, or 0 for %d, not %d",
                    GREEN_POOL_MAX_WORKERS, GREEN_POOL_DEFAULT_WORKERS, *max_workers);
}

int green_pool_new(green_pool **out, const green_pool_options *options) {
  int max_workers = options ? options->max_workers : 0;
  size_t stack_size = options ? options->stack_size : 0;
  *out = NULL;
  int rc = check_max(&max_workers);
  if (rc < 0) return rc;
  if (stack_size > GREEN__STACK_MAX)
    return green_fail(GREEN_EINVAL, "stack_size of a pool is at most 1 GiB");
  green_pool *pool = green__alloc(sizeof *pool);
  if (!pool) return GREEN_ENOMEM;
  memset(pool, 0, sizeof *pool);
  pool->max_workers = max_workers;
  pool->stack_size = stack_size;
  *out = pool;
  return 0;
}

/* Sees to it that somebody will take the job just queued. */
static int find_worker(green_pool *pool, bool first) {
  if (idler_wake(pool, first) || pool->workers >= pool->max_workers) return 0;
  int rc = worker_new(pool, first);
  return pool->workers ? 0 : rc;
}

static inline green_future *job_submit(green_pool *pool, green_function function, const void *args,
                                       size_t size, bool first) {
  if (pool->shutdown)
    return green__future_failed(GREEN_ECLOSED, "green_pool_submit: the pool was shut down");
  if (!function) return green__future_failed(GREEN_EINVAL, "green_pool_submit: no function");
  if (size > COPY_MAX)
    return green__future_failed(GREEN_EINVAL, "green_pool_submit_copy: the copy is at most 64 KiB");
  struct green_future *future = green__future_make(2);
  struct green__job *job = future ? job_new(pool, size) : NULL;
  if (!job) {
    if (!future) return green__future_failed(GREEN_ENOMEM, NULL);
    future->references = 1;
    green__future_complete(future, GREEN_ENOMEM, NULL, NULL, NULL);
    return future;
  }
  const struct green__task *self = green__self();
  job->place = green__place_take();
  job->future = future;
  job->spawned_by = self ? self->id : 0;
  if (self && self->locals) job->trace = green__trace_retain(green__trace_here(self));
  job->function = function;
  job->arg = size ? memcpy(job->copy, args, size) : (void *)args;
  future->owned = true;
  future->cancel = cancel_job;
  future->cancel_arg = job;
  jobs_push(pool, job);
  int rc = find_worker(pool, first);
  if (rc < 0) job_refuse(job, rc);
  return future;
}

green_future *green_pool_submit_copy(green_pool *pool, green_function function, const void *args,
                                     size_t size) {
  return job_submit(pool, function, args, size, false);
}

green_future *green_pool_submit(green_pool *pool, green_function function, void *arg) {
  return green_pool_submit_copy(pool, function, arg, 0);
}

int green__pool_begin(green_pool *pool, green_function function, void *arg,
                      void (*ended)(void *arg), green_future **out) {
  struct green_runtime *runtime = green__runtime();
  bool at_once = runtime && green__turn_enter(runtime);
  green_future *future = job_submit(pool, function, arg, 0, green__self() != NULL);
  struct green__job *job = future->done ? NULL : future->cancel_arg;
  if (job) {
    job->ended = ended;
    *out = future;
  }
  int rc = job ? 0 : green_future_status(future);
  if (!job) green_future_release(future);
  if (at_once) green__turn_leave(runtime);
  return rc;
}

int green__pool_detach(struct green__task *worker) {
  green_pool *pool = worker->pool;
  if (!pool || !worker->job || worker->ended != worker_ended) return 0;
  int rc = pool->head && pool->workers <= pool->max_workers ? worker_new(pool, false) : 0;
  if (rc < 0) return rc;
  pool->workers--;
  pool->lent++;
  worker->ended = lent_ended;
  return 0;
}

bool green__pool_working(const green_pool *pool) {
  struct green__task *self = green__self();
  return self && self->job && self->pool == pool;
}

int green_pool_set_max_workers(green_pool *pool, int max_workers) {
  int rc = check_max(&max_workers);
  if (rc < 0) return rc;
  pool->max_workers = max_workers;
  for (int surplus = pool->workers - max_workers; surplus > 0 && idler_wake(pool, false); surplus--)
    continue;
  for (size_t wanted = pool->queued; wanted && pool->workers < max_workers; wanted--)
    if (worker_new(pool, false) < 0) break;
  return 0;
}

int green_pool_max_workers(const green_pool *pool) {
  return pool->max_workers;
}

int green_pool_worker_count(const green_pool *pool) {
  return pool->workers;
}

int green_pool_idle_count(const green_pool *pool) {
  int idle = 0;
  for (const struct green__waiter *idler = pool->idlers.head; idler; idler = idler->next) idle++;
  return idle;
}

size_t green_pool_queued_count(const green_pool *pool) {
  return pool->queued;
}

bool green_pool_is_shutdown(const green_pool *pool) {
  return pool->shutdown != NULL;
}

green_future *green_pool_shutdown(green_pool *pool) {
  if (!pool->shutdown) {
    pool->shutdown = green__future_make(1);
    if (!pool->shutdown) pool->shutdown = green__future_failed(GREEN_ENOMEM, NULL);
    while (idler_wake(pool, false)) continue;
    pool_settle(pool);
  }
  return green_future_retain(pool->shutdown);
}

void green_pool_release(green_pool *pool) {
  if (!pool) return;
  green__handle_released(pool, __func__);
  green_future_release(green_pool_shutdown(pool));
  pool->released = true;
  pool_settle(pool);
}

bool green_in_worker(void) {
  struct green__task *self = green__self();
  return self && self->job;
}
