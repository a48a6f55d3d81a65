/* What features and hosts are told of the core's records, which they do not see (wait.h, host.h). */
#include <greenio/status.h>
#include "host.h"
#include "task.h"

const char GREEN__LIBRARIES = 0;

struct green__task *green__running(void) {
  return green__self();
}

struct green_runtime *green__runtime_own(void) {
  return green__thread.runtime;
}

struct green__host *green__runtime_host(const struct green_runtime *runtime) {
  return runtime->host;
}

unsigned green__beat(const struct green_runtime *runtime) {
  return atomic_load(&runtime->beat);
}

size_t green__tasks_live(const struct green_runtime *runtime) {
  return runtime->live;
}

bool green__tasks_ready(const struct green_runtime *runtime) {
  return runtime->ready_head != NULL;
}

/* ---- observers: what is asked of them where there may be none -------------------------------- */

void green__told_again(void) {
  struct green_runtime *runtime = green__thread.runtime;
  if (runtime && runtime->observations) runtime->again = true;
}

bool green__observing(void) {
  const struct green_runtime *runtime = green__thread.runtime;
  return runtime && runtime->observing;
}

/* ---- waiting --------------------------------------------------------------------------------- */

int green__wait_possible(void) {
  const struct green__task *self = green__self();
  return self ? green__context_can_park(self->context) : GREEN_EMAIN;
}

struct green__waiter *green__wait_on(struct green__task *self, struct green__queue *queue) {
  struct green__waiter *waiter = green__waiter(self);
  green__queue_push(queue, waiter);
  return waiter;
}

void green__wait_on_future(struct green__task *self, struct green_future *future) {
  green__queue_push(&future->waiters, green__waiter(self));
}

struct green__context *green__park_begin(struct green__task *self, uint64_t due, const char *what,
                                         const void *object) {
  if (due != GREEN__NEVER) green__timer_set(self->runtime, &self->sleep_timer, due);
  green__wait_start(self, what, object);
  return self->context;
}

int green__park_end(const struct green__task *self) {
  return self->woken;
}

void green__wait_delivered(struct green__task *self) {
  self->cancel_pending = false;
}

void green__wake_task(struct green__task *task) {
  if (task->waiting) green__wait_end(task, 0, 0);
}

void green__wake_from(struct green__task *task, const void *object) {
  if (task->object == object) green__wake_task(task);
}

/* ---- deadlines and messages ------------------------------------------------------------------ */

uint64_t green__deadline(void) {
  const struct green__task *self = green__self();
  return self->shield ? GREEN__NEVER : self->deadline;
}

bool green__is_late(void) {
  const struct green__task *self = green__self();
  return self->runtime->now >= self->deadline;
}

int green__message_status(const struct green__task *task) {
  return task->message_status;
}

void green__words_begin(struct green__words *words) {
  green__thread.words = words;
}

void green__future_looked(struct green_future *future) {
  green__future_look(future);
}

bool green__future_shared(const struct green_future *future) {
  return future->references > 1 || (!future->done && future->waiters.head) ||
         future->callbacks_head;
}
