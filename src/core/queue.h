/* A FIFO queue of waiters: the tasks that wait on one thing, in the order in which they began.
 *
 * A record is in at most one queue, and `queue` says in which. A zeroed queue is an empty one.
 */
#ifndef GREENIO_SRC_CORE_QUEUE_H
#define GREENIO_SRC_CORE_QUEUE_H

#include <stdint.h>
#include <greenio/lock.h>

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
  waiter->next = NULL;
  waiter->previous = queue->tail;
  if (queue->tail)
    queue->tail->next = waiter;
  else
    queue->head = waiter;
  queue->tail = waiter;
}

static inline void green__queue_remove(struct green__waiter *waiter) {
  struct green__queue *queue = waiter->queue;
  if (!queue) return;
  if (waiter->previous)
    waiter->previous->next = waiter->next;
  else
    queue->head = waiter->next;
  if (waiter->next)
    waiter->next->previous = waiter->previous;
  else
    queue->tail = waiter->previous;
  waiter->queue = NULL;
}

#endif
