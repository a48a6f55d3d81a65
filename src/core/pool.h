/* What features of greenio ask of pools, beyond the public functions. */
#ifndef GREENIO_SRC_CORE_POOL_H
#define GREENIO_SRC_CORE_POOL_H

#include <greenio/pool.h>

/* As green_pool_submit(), for an event of the host's: on its own stack, if nothing else is ready
 * and a worker is free, the job runs at once, until it waits; in a task its worker is the next to run
 * (green__yield_to_first()). ended(arg) is called once when the
 * job is over, by whatever road; quickly, on any stack.
 *   0: *out is the job's future, the caller's; it is there before the job begins.
 *   GREEN_ECLOSED, GREEN_ENOMEM: nothing will be called. */
int green__pool_begin(green_pool *pool, green_function function, void *arg,
                      void (*ended)(void *arg), green_future **out);

struct green__task;

/* Has the job's task go on as a lent worker, in whose place the pool may have another one. Nothing
 * happens to a task that is no worker, or has a job no more.
 *   0. GREEN_ENOMEM: jobs are queued, and there is no memory for a worker in its place. */
int green__pool_detach(struct green__task *worker);

/* Whether the running task is at a job of this pool. */
bool green__pool_working(const green_pool *pool);

#endif
