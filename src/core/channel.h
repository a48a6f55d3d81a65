/* The channel's record, shared with select.
 *
 * Invariants: senders wait only while the buffer is full, receivers only while it is empty and no
 * sender waits; a closed channel has no waiters. Who ends a wait has copied the item already, so
 * that a wait that ended well cannot lose it.
 */
#ifndef GREENIO_SRC_CORE_CHANNEL_H
#define GREENIO_SRC_CORE_CHANNEL_H

#include <greenio/channel.h>
#include "queue.h"

struct green_channel {
  unsigned references;
  bool closed;
  size_t item_size, capacity, length, first;
  struct green__queue senders, receivers;
  char items[];
};

#endif
