/* A pool: jobs in a FIFO queue, run by at most so many workers, each a task.
 *
 * Workers are made when needed, one in a submit if none is idle and the maximum is not reached, and
 * stay until the pool is shut down or the maximum lowered. A job is like a task: it has a future,
 * may wait, and green_fail, green_return, green_local, green_cancelled in it are the job's own.
 *
 * A job that waits (green_wait, green_join, green_wait_any, green_wait_all, green_select) on a job
 * still queued in its own pool gets that one started at once on a worker lent for it, since its own
 * stands still meanwhile: so jobs that wait on jobs never deadlock, whatever the maximum. Of
 * several that it waits for at once (green_wait_any, green_select) the first queued one is started
 * so.
 *
 * An idle worker is a task that waits: shut the pool down before the program's last task ends, or
 * green_run() finds that nothing can wake the workers (GREEN_EDEADLK; see runtime.h).
 */
#ifndef GREENIO_POOL_H
#define GREENIO_POOL_H

#include <greenio/task.h>

GREEN_BEGIN

/* A pool; it belongs to who made it. */
typedef struct green_pool green_pool;

/* How many workers: unless said otherwise, and at most. */
#define GREEN_POOL_DEFAULT_WORKERS 100
#define GREEN_POOL_MAX_WORKERS     1000000

/* What a pool is to be; what is 0 has its default. */
typedef struct green_pool_options {
  int max_workers;   /* at most so many; 0: GREEN_POOL_DEFAULT_WORKERS */
  size_t stack_size; /* of each worker, in bytes, as of green_spawn_options; 0: the default */
} green_pool_options;

/* Makes a pool, without a worker yet. `options` may be NULL. Any stack; never parks.
 *   0, GREEN_ENOMEM, GREEN_EINVAL: max_workers is negative, or above GREEN_POOL_MAX_WORKERS;
 *   stack_size is above 1 GiB. */
GREEN_API int green_pool_new(green_pool **out, const green_pool_options *options);

/* Lets go of the pool. If it was not shut down, this does so: queued and running jobs drain, and
 * their futures stay good. NULL is allowed. Any stack; never parks. */
GREEN_API void green_pool_release(green_pool *pool);

/* Queues function(arg). It never starts inside this call. Any stack of the runtime's thread; never
 * parks.
 *   Never NULL: a future, with the caller's reference; failed with GREEN_ECLOSED after
 *   green_pool_shutdown(), with GREEN_EINVAL without a function, or with GREEN_ENOMEM. */
GREEN_API green_future *green_pool_submit(green_pool *pool, green_function function, void *arg);

/* As green_pool_submit(), with a copy of `size` bytes at `args`, at most 64 KiB, that lives as long
 * as the job. */
GREEN_API green_future *green_pool_submit_copy(green_pool *pool, green_function function,
                                               const void *args, size_t size);

/* Raises or lowers the maximum while the pool runs; 0 for the default. Workers above it leave when
 * their job is done.
 *   0, GREEN_EINVAL. */
GREEN_API int green_pool_set_max_workers(green_pool *pool, int max_workers);

/* Counts, now: workers that exist, lent ones not counted; those without a job; jobs that wait for a
 * worker. */
GREEN_API int green_pool_max_workers(const green_pool *pool);
GREEN_API int green_pool_worker_count(const green_pool *pool);
GREEN_API int green_pool_idle_count(const green_pool *pool);
GREEN_API size_t green_pool_queued_count(const green_pool *pool);

/* Closes the pool. Jobs queued and running drain; the future is done, with 0, when the last worker
 * has gone. May be called again: each call gives a reference of the same future. Never NULL. */
GREEN_API green_future *green_pool_shutdown(green_pool *pool);

/* True as soon as green_pool_shutdown() was called. */
GREEN_API bool green_pool_is_shutdown(const green_pool *pool);

/* True in a job of any pool; false in a plain task and outside tasks. */
GREEN_API bool green_in_worker(void);

#ifdef GREENIO_PLACES /* task.h */
#define green_pool_submit(...)      GREEN__PLACED(green_pool_submit(__VA_ARGS__))
#define green_pool_submit_copy(...) GREEN__PLACED(green_pool_submit_copy(__VA_ARGS__))
#endif

GREEN_END
#endif
