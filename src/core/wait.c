/* The one place where a task parks, and everything that ends a wait. See task.h and wait.h. */
#include <string.h>
#include <greenio/status.h>
#include "host.h"
#include "memory.h"
#include "observe.h"
#include "task.h"

/* No turn is under way, or somebody observes. */
static __attribute__((noinline)) void ready_is_told(struct green__task *task) {
  if (task->runtime->observations) green__seen_ready(task);
  green__runtime_wake(task->runtime);
}

GREEN__HOT void green__task_ready(struct green__task *task) {
  struct green_runtime *runtime = task->runtime;
  task->state = GREEN__READY;
  green__fifo_add(runtime->ready_head, runtime->ready_tail, task, ready_next);
  if (runtime->turning != GREEN__TURN) ready_is_told(task);
}

void green__task_ready_first(struct green__task *task) {
  struct green_runtime *runtime = task->runtime;
  task->state = GREEN__READY;
  green__fifo_add_first(runtime->ready_head, runtime->ready_tail, task, ready_next);
  if (runtime->turning != GREEN__TURN) ready_is_told(task);
}

/* A wait that fails before it has parked: the message is the status's own. */
static __attribute__((noinline)) int refuse(struct green__task *self, int status) {
  green__message_leave(self, status, NULL);
  return status;
}

GREEN__HOT int green__wait_begin(struct green__task **out) {
  struct green__task *self = green__self();
  if (!self) return GREEN_EMAIN;
  *out = self;
  int rc = green__context_can_park(self->context);
  if (rc < 0) return refuse(self, rc);
  if (self->shield) return 0;
  if (self->cancel_pending) {
    self->cancel_pending = false;
    return refuse(self, GREEN_ECANCELED);
  }
  if (self->deadline != GREEN__NEVER && green__host_now() >= self->deadline)
    return refuse(self, GREEN_ETIMEDOUT);
  return 0;
}

int green__waiters(struct green__task *self, size_t count, struct green__waiter **out) {
  bool fits = count <= SIZE_MAX / sizeof *self->waiters;
  self->waiters = fits ? green__alloc(count * sizeof *self->waiters) : NULL;
  if (!self->waiters) return refuse(self, GREEN_ENOMEM);
  memset(self->waiters, 0, count * sizeof *self->waiters);
  for (size_t i = 0; i < count; i++) self->waiters[i].task = self;
  self->waiter_count = (uint32_t)count;
  *out = self->waiters;
  return 0;
}

static inline void wait_clear(struct green__task *task, int status, uint32_t index) {
  task->waiting = false;
  task->woken = status;
  task->woken_index = index;
  if (task->waiters) {
    for (uint32_t i = 0; i < task->waiter_count; i++) green__queue_remove(&task->waiters[i]);
    green__free(task->waiters);
    task->waiters = NULL;
    task->waiter_count = 0;
  } else {
    green__queue_remove(&task->waiter);
  }
  green__timer_clear(task->runtime, &task->sleep_timer);
  task->since = task->runtime->now;
}

void green__wait_end(struct green__task *task, int status, uint32_t index) {
  wait_clear(task, status, index);
  green__task_ready(task);
}

void green__wait_end_first(struct green__task *task, int status) {
  wait_clear(task, status, 0);
  green__task_ready_first(task);
}

void green__wait_restore(struct green__task *self, int interruption) {
  if (interruption == GREEN_ECANCELED) self->cancel_pending = true;
}

/* "timed out waiting for: future of sleeper" */
static char *timed_out(const struct green__task *task) {
  char buffer[64];
  const char *what = green__waits_for(task, buffer, sizeof buffer);
  return green__print("%s waiting for: %s", green_strerror(GREEN_ETIMEDOUT), what);
}

void green__wait_interrupt(struct green__task *task, int status) {
  green__message_leave(task, status, status == GREEN_ETIMEDOUT ? timed_out(task) : NULL);
  green__wait_end(task, status, GREEN__INTERRUPTED);
}

void green__task_cancel(struct green__task *task) {
  task->cancelled = true;
  if (task->runtime->observations) green__seen_cancel(task);
  if (task->waiting && !task->shield)
    green__wait_interrupt(task, GREEN_ECANCELED);
  else
    task->cancel_pending = true;
}

GREEN__HOT struct green__context *green__yield_begin(int *status) {
  struct green__task *self;
  *status = green__wait_begin(&self);
  if (*status < 0) return NULL;
  self->since = self->runtime->now;
  green__task_ready(self);
  return self->context;
}

static void ready_second(struct green__task *self) {
  struct green_runtime *runtime = self->runtime;
  struct green__task *first = runtime->ready_head;
  if (!first) {
    green__task_ready(self);
    return;
  }
  self->state = GREEN__READY;
  self->ready_next = first->ready_next;
  first->ready_next = self;
  if (runtime->ready_tail == first) runtime->ready_tail = self;
}

int green__yield_to_first(void) {
  struct green__task *self;
  int rc = green__wait_begin(&self);
  if (rc < 0) return rc;
  self->since = self->runtime->now;
  ready_second(self);
  green__context_park(self->context);
  return 0;
}

int green_sleep(uint64_t milliseconds) {
  if (!milliseconds) return green_yield();
  struct green__task *self;
  int rc = green__wait_begin(&self);
  if (rc < 0) return rc;
  green__timer_set(self->runtime, &self->sleep_timer, green__due_in(milliseconds));
  return green__wait_park(self, "sleep", NULL);
}

uint64_t green_now(void) {
  return green__host_now();
}
