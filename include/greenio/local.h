/* Green-local storage: a value a task, as thread-local storage is a value a thread.
 *
 *   static green_local request_id = GREEN_LOCAL_INIT(free);
 *   green_local_set(&request_id, strdup("r-17"));
 *
 * The address of the green_local is the key, so it must outlive the tasks that set it. In a pool's
 * worker, values belong to the job.
 */
#ifndef GREENIO_LOCAL_H
#define GREENIO_LOCAL_H

#include <greenio/base.h>

GREEN_BEGIN

/* A key. */
typedef struct green_local {
  void (*destroy)(void *value); /* or NULL; called when the task or job ends, on the host's stack,
                                   in no given order, for values that are not NULL; may not wait. In
                                   wasm an exception that leaves it fails the task, once */
} green_local;

/* What a key starts as. */
#define GREEN_LOCAL_INIT(destroy)                                                                  \
  { destroy }

/* Sets the running task's value. A value that was there is not destroyed. Never parks.
 *   0, GREEN_EMAIN: not in a task. GREEN_ENOMEM: the value is as it was. */
GREEN_API int green_local_set(green_local *key, void *value);

/* The running task's value; NULL when it was not set, and outside a task. */
GREEN_API void *green_local_get(const green_local *key);

GREEN_END
#endif
