/* Channels: items of a fixed size, copied from task to task, FIFO on both sides; and select, which
 * waits on several channels and futures and takes exactly one.
 *
 * A channel of capacity 0 hands over: a send ends when a receive has taken the item. A channel is
 * counted, as futures are; releasing the last reference while tasks wait on it is an error of the
 * program (close it first).
 */
#ifndef GREENIO_CHANNEL_H
#define GREENIO_CHANNEL_H

#include <greenio/future.h>

GREEN_BEGIN

/* A channel; counted. */
typedef struct green_channel green_channel;

/* Makes an open channel with one reference. `item_size` in bytes, may be 0; `capacity` in items.
 *   0, GREEN_ENOMEM, GREEN_EINVAL: more than 1 GiB. */
GREEN_API int green_channel_new(green_channel **out, size_t item_size, size_t capacity);

/* One more reference, which is also returned; one reference less. NULL is allowed in both. Any
 * stack; never park. */
GREEN_API green_channel *green_channel_retain(green_channel *channel);
GREEN_API void green_channel_release(green_channel *channel);

/* Sends a copy of *item. Parks while the channel is full.
 *   0, GREEN_ECLOSED: not sent.
 *   GREEN_ECANCELED, GREEN_ETIMEDOUT: not sent.
 *   GREEN_EMAIN: not in a task.
 *   GREEN_ENESTED. */
GREEN_API int green_channel_send(green_channel *channel, const void *item);

/* Receives into *item. Parks while the channel is empty.
 *   0, GREEN_ECLOSED: closed, and all that was sent has been received; *item is as it was.
 *   GREEN_ECANCELED, GREEN_ETIMEDOUT, GREEN_EMAIN, GREEN_ENESTED: nothing was received. */
GREEN_API int green_channel_receive(green_channel *channel, void *item);

/* The same without parking, on any stack, so also from a callback of the host.
 *   0, GREEN_ECLOSED, GREEN_EAGAIN: it would have to wait. */
GREEN_API int green_channel_try_send(green_channel *channel, const void *item);
GREEN_API int green_channel_try_receive(green_channel *channel, void *item);

/* Closes it: tasks that wait to send or, in an empty channel, to receive get GREEN_ECLOSED; what
 * was sent before can still be received. Closing twice does nothing. Any stack; never parks. */
GREEN_API void green_channel_close(green_channel *channel);
GREEN_API bool green_channel_is_closed(const green_channel *channel);

/* Items in the channel now. */
GREEN_API size_t green_channel_length(const green_channel *channel);

/* What a case of a select is about. */
enum green_select_operation { GREEN_SELECT_RECEIVE, GREEN_SELECT_SEND, GREEN_SELECT_FUTURE };

/* One of the things that green_select() waits for. */
typedef struct green_select_case {
  enum green_select_operation operation; /* which of the fields count */
  green_channel *channel;                /* RECEIVE, SEND; NULL: the case is never ready */
  void *item;                            /* RECEIVE: where to; SEND: what, read alone */
  green_future *future;                  /* FUTURE; NULL: never ready */
  int status; /* out, for the case taken: as green_channel_receive(), green_channel_send(),
                 green_wait() */
} green_select_case;

/* Waits until one of the cases can be taken, and takes that one alone. Among several that are ready
 * at the time of the call, the one with the lowest index. A closed channel counts as ready, with
 * GREEN_ECLOSED. Parks.
 *   >= 0: the index of the case taken.
 *   GREEN_EINVAL: no case that could become ready, or an operation that is none.
 *   GREEN_ENOMEM: none taken.
 *   GREEN_ECANCELED, GREEN_ETIMEDOUT, GREEN_EMAIN, GREEN_ENESTED, GREEN_EDEADLK: none taken. */
GREEN_API int green_select(green_select_case *cases, size_t count);

GREEN_END
#endif
