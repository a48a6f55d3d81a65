/* Tasks: made, settled, ended. */
#include "task.h"

#include <string.h>
#include <greenio/status.h>
#include "host.h"
#include "memory.h"
#include "observe.h"
#include "quiet.h"
#include "traceparent.h"

#define COPY_MAX ((size_t)64 << 10)

static size_t default_stack_size; /* 0: the host's */

static void deadline_passed(struct green__timer *timer) {
  struct green__task *task = green__container_of(timer, struct green__task, deadline_timer);
  if (task->waiting && !task->shield) green__wait_interrupt(task, GREEN_ETIMEDOUT);
}

static void slept(struct green__timer *timer) {
  green__wait_end(green__container_of(timer, struct green__task, sleep_timer), 0, 0);
}

static void task_enter(struct green__task *task, struct green_runtime *runtime,
                       struct green__context *context) {
  memset(task, 0, sizeof *task);
  task->runtime = runtime;
  task->context = context;
  task->deadline = GREEN__NEVER;
  task->deadline_timer.fire = deadline_passed;
  task->sleep_timer.fire = slept;
  task->waiter.task = task;
  if (green__thread.place.file) task->place = green__place_take();
  green__all_add(runtime, task);
}

static inline int task_make(struct green__task **out, green_function function, void *arg,
                            size_t stack_size, size_t copy_size, size_t beside) {
  if (!function || stack_size > GREEN__STACK_MAX || copy_size > COPY_MAX) return GREEN_EINVAL;
  if (!stack_size) stack_size = green__stack_size();
  if (stack_size < GREEN__STACK_MIN) stack_size = GREEN__STACK_MIN;
  struct green_runtime *runtime = green__runtime();
  if (!runtime) return GREEN_ENOMEM;
  size_t size = ((sizeof(struct green__task) + 15) & ~(size_t)15) + beside;
  struct green__context *context;
  struct green__start *room;
  int rc = green__context_new(&context, stack_size, size + copy_size, &room);
  if (rc < 0) return rc;
  struct green__task *task = (struct green__task *)room;
  task_enter(task, runtime, context);
  task->start.function = function;
  task->start.arg = copy_size ? memcpy((char *)room + size, arg, copy_size) : arg;
  *out = task;
  return 0;
}

int green__task_new(struct green__task **out, green_function function, void *arg, size_t stack_size,
                    size_t copy_size) {
  return task_make(out, function, arg, stack_size, copy_size, 0);
}

int green__task_new_beside(struct green__task **out, green_function function, void *arg,
                           size_t stack_size, size_t copy_size, size_t beside) {
  return task_make(out, function, arg, stack_size, copy_size, (beside + 15) & ~(size_t)15);
}

const char *green__task_refusal(int status) {
  return status == GREEN_ENOMEM ? green__context_refused() : NULL;
}

int green__task_refuse(int status) {
  const char *why = green__task_refusal(status);
  return green_fail(status, why ? "%s" : NULL, why);
}

void green__place(const char *file, int line) {
  green__thread.place = (struct green__place){file, line};
  green__thread.placer = green__self();
}

static void cancel_task(struct green_future *future, void *task) {
  (void)future;
  green__task_cancel(task);
}

static struct green_future *task_future(struct green__task *task, struct green_future *future) {
  future->owned = true;
  future->cancel = cancel_task;
  future->cancel_arg = task;
  task->future = future;
  return future;
}

green_future *green_spawn_with(green_function function, void *arg,
                               const green_spawn_options *options) {
  struct green_future *future = green__future_make(2);
  struct green__task *task;
  if (!future) return green__future_failed(GREEN_ENOMEM, NULL);
  int rc = green__task_new(&task, function, arg, options->stack_size, options->copy_size);
  if (rc < 0) {
    const char *why = green__task_refusal(rc);
    if (rc == GREEN_EINVAL)
      why = function ? "green_spawn_with: stack_size is at most 1 GiB, copy_size 64 KiB"
                     : "green_spawn: no function";
    green_reject(future, rc, why ? "%s" : NULL, why);
    future->references--;
    return future;
  }
  if (options->name) green_future_set_name(future, options->name);
  task_future(task, future);
  green__trace_inherit(task, green__self());
  green__task_ready(task);
  return future;
}

green_future *green_spawn(green_function function, void *arg) {
  static const green_spawn_options defaults;
  return green_spawn_with(function, arg, &defaults);
}

green_future *green_spawn_copy(green_function function, const void *args, size_t size) {
  green_spawn_options options = {.copy_size = size};
  return green_spawn_with(function, (void *)args, &options);
}

size_t green__stack_size(void) {
  return default_stack_size ? default_stack_size : green__context_default_stack;
}

int green_set_stack_size(size_t size) {
  if (size < GREEN__STACK_MIN || size > GREEN__STACK_MAX)
    return green_fail(GREEN_EINVAL, "green_set_stack_size: from 1 KiB to 1 GiB");
  default_stack_size = size;
  return 0;
}

const char *green_contexts(void) {
  return green__context_kind();
}

size_t green_most_tasks(void) {
  return green__context_most();
}

size_t green__task_room(void) {
  return sizeof(struct green__task);
}

struct green_future *green__task_adopt(struct green_runtime *runtime,
                                       struct green__context *context, struct green__start *room) {
  struct green_future *future = green__future_make(2);
  if (!future) return NULL;
  struct green__task *task = (struct green__task *)room;
  task_enter(task, runtime, context);
  return task_future(task, future);
}

static void value_drop(struct green__task *task) {
  void (*drop)(void *) = task->drop;
  void *value = task->value;
  task->drop = NULL;
  task->value = NULL;
  if (drop) drop(value);
}

/* One of success has no status. */
static inline bool has_message(const struct green__task *task) {
  return task->message || task->message_status || task->earlier;
}

/* Nothing of the program's is to be called or given back when it ends well. */
static inline bool is_plain(const struct green__task *task) {
  return task->future && !has_message(task) && !task->locals && !task->locks && !task->value &&
         !task->drop && task->deadline == GREEN__NEVER;
}

bool green__task_ends_plainly(const struct green__task *task) {
  return task->start.status >= 0 && is_plain(task) && !task->ended;
}

static inline void settle_plain(struct green__task *task, int status) {
  struct green_future *future = task->future;
  task->future = NULL;
  task->shield = 0;
  task->cancel_pending = task->cancelled = false;
  green__future_complete(future, status, NULL, NULL, NULL);
  green_future_release(future);
}

GREEN__QUIET void green__task_settle(struct green__task *task, int status, char *message) {
  GREEN__QUIETLY;
  if (status >= 0 && !message && is_plain(task)) {
    settle_plain(task, status);
    return;
  }
  struct green_future *future = task->future;
  if (message) green__message_leave(task, status, message);
  if (future) future->cancel = NULL; /* a destructor may cancel it */
  green__locals_destroy(task);
  if (status < 0) value_drop(task);
  if (task->locks) green__locks_abandon(task);
  green__timer_clear(task->runtime, &task->deadline_timer);
  void *value = task->value;
  void (*drop)(void *) = task->drop;
  message = NULL;
  if (has_message(task)) message = green__message_take(task, status);
  task->future = NULL;
  task->value = NULL;
  task->drop = NULL;
  task->deadline = GREEN__NEVER;
  task->shield = 0;
  task->cancel_pending = task->cancelled = false;
  if (future) {
    green__future_complete(future, status, value, drop, message);
    green_future_release(future);
  } else {
    green__free(message);
  }
}

/* Only a task that lost its stack while it parked in green_yield() is ended while it is ready. */
static void ready_remove(struct green_runtime *runtime, const struct green__task *task) {
  struct green__task **link = &runtime->ready_head, *before = NULL;
  while (*link && *link != task) {
    before = *link;
    link = &before->ready_next;
  }
  if (!*link) return;
  *link = task->ready_next;
  if (runtime->ready_tail == task) runtime->ready_tail = before;
}

GREEN__QUIET void green__task_end(struct green__task *task, int status, char *message) {
  GREEN__QUIETLY;
  struct green_runtime *runtime = task->runtime;
  runtime->ending = task;
  if (task->state == GREEN__READY) ready_remove(runtime, task);
  bool lost = task->waiting;
  task->waiting = false;
  for (uint32_t i = 0; i < task->waiter_count; i++) green__queue_remove(&task->waiters[i]);
  green__queue_remove(&task->waiter);
  green__timer_clear(runtime, &task->sleep_timer);
  green__free(task->waiters);
  task->waiters = NULL;
  task->waiter_count = 0;
  if (lost && green__group_wait_lost) green__group_wait_lost(task);
  green__task_settle(task, status, message);
  if (runtime->observations) green__seen_task_end(task, status);
  green__all_remove(runtime, task);
  void (*ended)(struct green__task *) = task->ended;
  if (ended) ended(task);
  runtime->ending = NULL;
  green__context_delete(task->context);
  if (ended && runtime->left) green__group_left(runtime);
}

/* One branch for all: it is a good part of what a call from JavaScript costs. */
bool green__task_left_nothing(const struct green__task *task) {
  const struct green_future *future = task->future;
  unsigned flags = future->done | future->looked | future->cancelled | task->cancelled;
  uintptr_t pointers = (uintptr_t)future->callbacks_head | (uintptr_t)future->name |
                       (uintptr_t)task->locals | (uintptr_t)task->locks | (uintptr_t)task->message |
                       (uintptr_t)task->earlier | (uintptr_t)task->value | (uintptr_t)task->drop;
  unsigned numbers = (unsigned)task->message_status | (unsigned)task->shield;
  bool left = (flags | numbers | pointers) != 0;
  return !left && future->references == 2 && task->deadline == GREEN__NEVER;
}

green_future *green_current(void) {
  struct green__task *self = green__self();
  return self ? self->future : NULL;
}

int green_return(void *value, void (*drop)(void *)) {
  struct green__task *self = green__self();
  if (!self) {
    if (drop) drop(value);
    return GREEN_EMAIN;
  }
  value_drop(self);
  self->value = value;
  self->drop = drop;
  return 0;
}

bool green_cancelled(void) {
  struct green__task *self = green__self();
  return self && self->cancelled;
}
