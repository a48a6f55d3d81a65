/* select: one wait for several channels and futures, of which exactly one is taken. */
#include <greenio/status.h>
#include "channel.h"
#include "task.h"

/* Tries a case without parking: GREEN_EAGAIN, else it was taken with the case's status. */
static bool case_take(green_select_case *one) {
  switch (one->operation) {
  case GREEN_SELECT_RECEIVE:
    one->status = green_channel_try_receive(one->channel, one->item);
    break;
  case GREEN_SELECT_SEND:
    one->status = green_channel_try_send(one->channel, one->item);
    break;
  case GREEN_SELECT_FUTURE:
    one->status = green_future_status(one->future);
    break;
  }
  if (one->operation == GREEN_SELECT_FUTURE) return green_done(one->future);
  return one->status != GREEN_EAGAIN;
}

static bool present(const green_select_case *one) {
  return one->operation == GREEN_SELECT_FUTURE ? one->future != NULL : one->channel != NULL;
}

static struct green__queue *queue_of(const green_select_case *one) {
  switch (one->operation) {
  case GREEN_SELECT_RECEIVE:
    return &one->channel->receivers;
  case GREEN_SELECT_SEND:
    return &one->channel->senders;
  default:
    return &one->future->waiters;
  }
}

static int register_all(struct green__task *self, green_select_case *cases, size_t count,
                        size_t there) {
  struct green__waiter *waiter;
  int rc = green__waiters(self, there, &waiter);
  if (rc < 0) return rc;
  for (size_t i = 0; i < count; i++) {
    if (!present(&cases[i])) continue;
    waiter->index = (uint32_t)i;
    waiter->item = cases[i].item;
    green__queue_push(queue_of(&cases[i]), waiter++);
  }
  return 0;
}

/* As in await.c: a queued job of the worker's own pool that it waits for is started. */
static int lend_one(struct green__task *self, const green_select_case *cases, size_t count) {
  for (size_t i = 0; i < count; i++) {
    if (cases[i].operation != GREEN_SELECT_FUTURE || !cases[i].future) continue;
    if (cases[i].future == self->future)
      return green_fail(GREEN_EDEADLK, "green_select: a task waits for its own future");
    int rc = green__lend(self, cases[i].future);
    if (rc) return rc < 0 ? rc : 0;
  }
  return 0;
}

static int wrong_operation(size_t index) {
  return green_fail(GREEN_EINVAL, "green_select: the operation of case %zu is none", index);
}

static int no_case(void) {
  return green_fail(GREEN_EINVAL, "green_select: there is no case that could become ready");
}

int green_select(green_select_case *cases, size_t count) {
  struct green__task *self = green__self();
  if (!self) return GREEN_EMAIN;
  if (count >= INT32_MAX) return no_case();
  size_t there = 0;
  for (size_t i = 0; i < count; i++)
    if ((unsigned)cases[i].operation > GREEN_SELECT_FUTURE) return wrong_operation(i);
  for (size_t i = 0; i < count; i++) {
    if (!present(&cases[i])) continue;
    there++;
    if (case_take(&cases[i])) return (int)i;
  }
  if (!there) return no_case();
  int rc = green__wait_begin(&self);
  if (rc == 0) rc = lend_one(self, cases, count);
  if (rc == 0) rc = register_all(self, cases, count, there);
  if (rc < 0) return rc;
  rc = green__wait_park(self, "select", NULL);
  if (self->woken_index == GREEN__INTERRUPTED) return rc;
  green_select_case *taken = &cases[self->woken_index];
  taken->status = taken->operation == GREEN_SELECT_FUTURE ? green_future_status(taken->future) : rc;
  return (int)self->woken_index;
}
