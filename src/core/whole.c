/* Whether the core's records look as they must, for a host that goes on behind a trap or an overflow: it may
 * have come out of anything, also out of the core's own code with a list half changed, or because
 * somebody has written over them. What is asked for here is what each change leaves behind; it only
 * reads, and may itself trap on an address that is none. */
#include <string.h>
#include "host.h"
#include "task.h"

/* The future's record holds the task's name between a flag and whose future it is. */
bool green__running_is_whole(void) {
  const struct green__task *task = green__thread.running;
  const struct green_future *future = task ? task->future : NULL;
  if (!future) return true;
  const void *owner = future->cancel_arg;
  unsigned char owned; /* as a bool it could be nothing but 0 or 1 */
  memcpy(&owned, &future->owned, 1);
  return owned == 1 && owner &&
         (owner == task || owner == task->job || owner == green__task_beside(task));
}

static bool waiter_is_whole(const struct green__waiter *waiter) {
  const struct green__queue *queue = waiter->queue;
  if (!queue) return true;
  const struct green__waiter *before = waiter->previous, *after = waiter->next;
  return (before ? before->next : queue->head) == waiter &&
         (after ? after->previous : queue->tail) == waiter;
}

static bool timer_is_whole(const struct green_runtime *runtime, const struct green__timer *timer) {
  const struct green__timer *before = timer->previous;
  if (!timer->set) return timer != runtime->timers;
  if (timer->next && timer->next->previous != timer) return false;
  if (timer->child && timer->child->previous != timer) return false;
  if (timer == runtime->timers) return !before && !timer->next;
  return before && (before->next == timer || before->child == timer);
}

static bool task_is_whole(const struct green_runtime *runtime, const struct green__task *task) {
  if (task->runtime != runtime || (unsigned)task->state > GREEN__WAITING) return false;
  for (uint32_t i = 0; i < task->waiter_count; i++)
    if (!waiter_is_whole(&task->waiters[i])) return false;
  return waiter_is_whole(&task->waiter) && timer_is_whole(runtime, &task->sleep_timer) &&
         timer_is_whole(runtime, &task->deadline_timer);
}

static bool all_are_whole(const struct green_runtime *runtime) {
  const struct green__task *before = NULL, *task = runtime->all_head;
  size_t left = runtime->live;
  for (; task && left; before = task, task = task->all_next, left--)
    if (task->all_previous != before || !task_is_whole(runtime, task)) return false;
  return !task && !left && runtime->all_tail == before;
}

static bool ready_are_whole(const struct green_runtime *runtime) {
  const struct green__task *before = NULL, *task = runtime->ready_head;
  size_t left = runtime->live;
  for (; task && left; before = task, task = task->ready_next, left--)
    if (task->state != GREEN__READY) return false;
  return !task && (before ? runtime->ready_tail == before : !runtime->ready_tail);
}

bool green__core_is_whole(void) {
  const struct green_runtime *runtime = green__thread.runtime;
  return runtime && green__running_is_whole() && all_are_whole(runtime) &&
         ready_are_whole(runtime) && !runtime->callbacks_head == !runtime->callbacks_tail;
}
