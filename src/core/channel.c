/* Channels: a ring of items, a queue of senders and one of receivers. */
#include "channel.h"

#include <string.h>
#include <greenio/status.h>
#include "memory.h"
#include "task.h"

#define BYTES_MAX ((size_t)1 << 30)

int green_channel_new(green_channel **out, size_t item_size, size_t capacity) {
  *out = NULL;
  if (item_size > BYTES_MAX || (item_size && capacity > BYTES_MAX / item_size))
    return green_fail(GREEN_EINVAL, "green_channel_new: a channel holds at most 1 GiB");
  green_channel *channel = green__alloc(sizeof *channel + item_size * capacity);
  if (!channel) return GREEN_ENOMEM;
  memset(channel, 0, sizeof *channel);
  channel->references = 1;
  channel->item_size = item_size;
  channel->capacity = capacity;
  *out = channel;
  return 0;
}

green_channel *green_channel_retain(green_channel *channel) {
  green__handle_used(channel, __func__);
  if (channel) channel->references++;
  return channel;
}

void green_channel_release(green_channel *channel) {
  green__handle_used(channel, __func__);
  if (!channel || --channel->references) return;
  green__handle_released(channel, __func__);
  green__free(channel);
}

static void copy(const green_channel *channel, void *to, const void *from) {
  if (channel->item_size) memcpy(to, from, channel->item_size);
}

static char *slot(green_channel *channel, size_t index) {
  return channel->items + (channel->first + index) % channel->capacity * channel->item_size;
}

int green_channel_try_send(green_channel *channel, const void *item) {
  if (channel->closed) return GREEN_ECLOSED;
  struct green__waiter *receiver = channel->receivers.head;
  if (receiver) {
    copy(channel, receiver->item, item);
    green__wake(receiver, 0);
    return 0;
  }
  if (channel->length == channel->capacity) return GREEN_EAGAIN;
  copy(channel, slot(channel, channel->length++), item);
  return 0;
}

int green_channel_try_receive(green_channel *channel, void *item) {
  struct green__waiter *sender = channel->senders.head;
  if (channel->length) {
    copy(channel, item, slot(channel, 0));
    channel->first = (channel->first + 1) % channel->capacity;
    channel->length--;
    if (sender) copy(channel, slot(channel, channel->length++), sender->item);
  } else if (sender) {
    copy(channel, item, sender->item);
  } else {
    return channel->closed ? GREEN_ECLOSED : GREEN_EAGAIN;
  }
  if (sender) green__wake(sender, 0);
  return 0;
}

/* The end of a channel, or a failure, as the running task's message. */
static int channel_ended(int rc) {
  return rc == GREEN_ECLOSED ? green_fail(rc, NULL) : rc;
}

static int wait_in(green_channel *channel, struct green__queue *queue, const char *what,
                   void *item) {
  struct green__task *self;
  int rc = green__wait_begin(&self);
  if (rc < 0) return rc;
  struct green__waiter *waiter = green__waiter(self);
  waiter->item = item;
  green__queue_push(queue, waiter);
  return channel_ended(green__wait_park(self, what, channel));
}

int green_channel_send(green_channel *channel, const void *item) {
  if (!green__self()) return GREEN_EMAIN;
  int rc = green_channel_try_send(channel, item);
  if (rc != GREEN_EAGAIN) return channel_ended(rc);
  return wait_in(channel, &channel->senders, "channel send", (void *)item);
}

int green_channel_receive(green_channel *channel, void *item) {
  if (!green__self()) return GREEN_EMAIN;
  int rc = green_channel_try_receive(channel, item);
  if (rc != GREEN_EAGAIN) return channel_ended(rc);
  return wait_in(channel, &channel->receivers, "channel receive", item);
}

void green_channel_close(green_channel *channel) {
  channel->closed = true;
  while (channel->senders.head) green__wake(channel->senders.head, GREEN_ECLOSED);
  while (channel->receivers.head) green__wake(channel->receivers.head, GREEN_ECLOSED);
}

bool green_channel_is_closed(const green_channel *channel) {
  return channel->closed;
}

size_t green_channel_length(const green_channel *channel) {
  return channel->length;
}
