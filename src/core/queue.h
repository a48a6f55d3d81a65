/* A FIFO queue of waiters: the tasks that wait on one thing, in the order in which they began.
 *
 * A record is in at most one queue, and `queue` says in which. A zeroed queue is an empty one.
 */
#ifndef GREENIO_SRC_CORE_QUEUE_H
#define GREENIO_SRC_CORE_QUEUE_H

#include <stdint.h>
#include <greenio/lock.h>
#include "list.h"

struct green__task;

struct green__waiter {
  struct green__waiter *next, *previous;
  struct green__queue *queue;
  struct green__task *task;
  void *item;     /* a channel's: where to or what */
  uint32_t index; /* which of the things that the task waits for */
};

static inline void green__queue_push(struct green__queue *queue, struct green__waiter *waiter) {
  waiter->queue = queue;
  green__deque_add(queue->head, queue->tail, waiter, next, previous);
}

static inline void green__queue_remove(struct green__waiter *waiter) {
  struct green__queue *queue = waiter->queue;
  if (!queue) return;
  green__deque_remove(queue->head, queue->tail, waiter, next, previous);
  waiter->queue = NULL;
}

#endif
