/* Waiting for futures: one, any, all, and join. */
#include <greenio/status.h>
#include "memory.h"
#include "task.h"

/* What waiting for a done future returns: its status. A failure's message becomes the task's. */
static int future_outcome(struct green__task *self, struct green_future *future) {
  green__future_look(future);
  if (future->status < 0 && self) green__message_carry(self, future);
  return future->status;
}

/* Waiting for one's own future. */
static int own_future(void) {
  return green_fail(GREEN_EDEADLK, "a task waits for its own future");
}

/* The two halves of green_wait(), around the host's park. */
struct green__context *green__wait_future_begin(struct green_future *future, int *status) {
  if (!future) {
    *status = green_fail(GREEN_EINVAL, "green_wait: no future");
    return NULL;
  }
  if (future->done) {
    *status = future_outcome(green__self(), future);
    return NULL;
  }
  struct green__task *self;
  *status = green__wait_begin(&self);
  if (*status < 0) return NULL;
  *status = future == self->future ? own_future() : green__lend(self, future);
  if (*status < 0) return NULL;
  green__queue_push(&future->waiters, green__waiter(self));
  green__wait_start(self, "future", future);
  return self->context;
}

int green__wait_future_end(void) {
  struct green__task *self = green__self();
  struct green_future *future = (struct green_future *)self->object;
  if (!future->done) return self->woken;
  green__wait_restore(self, self->woken);
  return future_outcome(self, future);
}

int green_join(green_future *future) {
  int rc = green_wait(future);
  bool interrupted = rc == GREEN_ECANCELED || rc == GREEN_ETIMEDOUT || rc == GREEN_ENOMEM;
  if (interrupted && !future->done) {
    green_cancel(future);
    GREEN_SHIELD {
      green_wait(future);
    }
    struct green__task *self = green__self();
    if (self) green__message_again(self, rc);
  }
  green_future_release(future);
  return rc;
}

/* The index of the first that is done, `count` if none; how many there are. */
static size_t first_done(green_future *const *futures, size_t count, size_t *present) {
  *present = 0;
  for (size_t i = 0; i < count; i++) {
    if (!futures[i]) continue;
    ++*present;
    if (futures[i]->done) return i;
  }
  return count;
}

static int register_all(struct green__task *self, green_future *const *futures, size_t count,
                        size_t present) {
  struct green__waiter *waiter;
  int rc = green__waiters(self, present, &waiter);
  if (rc < 0) return rc;
  for (size_t i = 0; i < count; i++) {
    if (!futures[i]) continue;
    waiter->index = (uint32_t)i;
    green__queue_push(&futures[i]->waiters, waiter++);
  }
  return 0;
}

/* A worker of a pool that waits for a job still queued in that pool could wait for ever: the first
 * such job is started, on a worker lent for it. */
static int lend_one(struct green__task *self, green_future *const *futures, size_t count) {
  for (size_t i = 0; i < count; i++) {
    if (!futures[i]) continue;
    if (futures[i] == self->future) return own_future();
    int rc = green__lend(self, futures[i]);
    if (rc) return rc < 0 ? rc : 0;
  }
  return 0;
}

int green_wait_any(green_future *const *futures, size_t count) {
  size_t present, done = first_done(futures, count, &present);
  if (done < count) {
    green_future_status(futures[done]);
    return (int)done;
  }
  if (!present || count >= INT32_MAX)
    return green_fail(GREEN_EINVAL, "green_wait_any: there is no future to wait for");
  struct green__task *self;
  int rc = green__wait_begin(&self);
  if (rc == 0) rc = lend_one(self, futures, count);
  if (rc == 0) rc = register_all(self, futures, count, present);
  if (rc < 0) return rc;
  rc = green__wait_park(self, "one of several futures", NULL);
  if (rc == 0) {
    done = self->woken_index;
  } else {
    done = first_done(futures, count, &present);
    if (done == count) return rc;
    green__wait_restore(self, rc);
  }
  green_future_status(futures[done]);
  return (int)done;
}

int green_wait_all(green_future *const *futures, size_t count) {
  green_future *failed = NULL;
  for (size_t i = 0; i < count; i++) {
    if (!futures[i]) continue;
    int rc = green_wait(futures[i]);
    if (!futures[i]->done) return rc;
    if (rc < 0 && !failed) failed = futures[i];
  }
  return failed ? future_outcome(green__self(), failed) : 0;
}
