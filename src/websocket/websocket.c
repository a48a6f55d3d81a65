/* WebSocket, for every host: what has come and who waits for it, what is sent, and pings. */
#include "websocket.h"

#include <string.h>
#include <greenio/status.h>
#include "core/memory.h"
#include "grammar/grammar.h"

#define MESSAGE_REST  64                 /* counted for each message beside its bytes */
#define FIRST_ROOM    ((size_t)64 << 10) /* at once, of a message that says how large it is */
#define SMALLEST_ROOM 64

/* ---- the record ------------------------------------------------------------------------------ */

static void keeper_set(green_websocket *ws) {
  green__timer_set(ws->runtime, &ws->keeper, green__due_after(ws->heard, ws->keep_alive));
}

/* Who is slow here is not held against the other side; nor that it is slow itself, as long as it goes
 * on to take what is ahead of the ping. */
static void on_keeper(struct green__timer *timer) {
  green_websocket *ws = green__container_of(timer, green_websocket, keeper);
  uint64_t now = green_now();
  if (ws->closing || ws->left || ws->status) return;
  green__wire_listen(ws->wire);
  bool silent = now >= green__due_after(ws->heard, ws->keep_alive);
  if (!silent || !green__websocket_has_room(ws)) {
    if (silent) ws->heard = now;
  } else if (ws->pinged && green__wire_is_taken(ws->wire)) {
    ws->heard = now;
    ws->doubted = false;
  } else if (ws->pinged && ws->doubted) {
    green__websocket_end(ws, GREEN_ETIMEDOUT, "the other side has answered no ping");
    return;
  } else if (ws->pinged) { /* what has come while this process was held up is read first */
    ws->doubted = true;
    green__timer_set(ws->runtime, &ws->keeper, green__due_in(1));
    return;
  } else {
    ws->heard = now;
    ws->pinged = green__wire_ping(ws->wire, 0) == 0; /* without memory the next time */
  }
  if (!ws->ended) keeper_set(ws);
}

int green__websocket_new(green_websocket **out, const green_websocket_options *options) {
  green_websocket *ws = green__alloc(sizeof *ws);
  *out = NULL;
  if (!ws) return GREEN_ENOMEM;
  memset(ws, 0, sizeof *ws);
  ws->references = 1;
  ws->runtime = green__runtime_own();
  ws->max_message = options->max_message;
  ws->keep_alive = options->keep_alive;
  ws->close_time = options->close_time;
  ws->keeper.fire = on_keeper;
  ws->limit.fire = green__websocket_on_limit;
  *out = ws;
  return 0;
}

void green__websocket_unref(green_websocket *ws) {
  if (--ws->references) return;
  green__websocket_drop_messages(ws);
  green__free(ws->message);
  green__free(ws->reason);
  green__free(ws->protocol);
  green__free(ws);
}

static void on_runtime_close(struct green__closer *closer) {
  green_websocket *ws = green__container_of(closer, green_websocket, closer);
  green__websocket_end(ws, GREEN_ECLOSED, NULL);
}

void green__websocket_open(green_websocket *ws, struct green__wire *wire) {
  ws->wire = wire;
  ws->references++;
  ws->closer.close = on_runtime_close;
  green__at_close(ws->runtime, &ws->closer);
  if (!ws->keep_alive) return;
  ws->heard = green_now();
  keeper_set(ws);
}

const char *green_websocket_protocol(const green_websocket *ws) {
  return ws->protocol ? ws->protocol : "";
}

/* ---- what comes ------------------------------------------------------------------------------ */

static char *bytes_of(struct green__message *message) {
  return (char *)(message + 1);
}

void green__websocket_drop_messages(green_websocket *ws) {
  while (ws->first) {
    struct green__message *message = ws->first;
    ws->first = message->next;
    green__free(message);
  }
  ws->last = NULL;
  ws->held = 0;
  ws->pieces = false;
}

void green__websocket_heard(green_websocket *ws) {
  if (!ws->keep_alive) return;
  ws->heard = green_now();
  ws->pinged = ws->doubted = false;
}

bool green__websocket_has_room(const green_websocket *ws) {
  if (ws->closing || ws->held < GREEN__WEBSOCKET_AHEAD) return true;
  return ws->gathering && !ws->first->whole;
}

/* What was read in pieces takes no room. */
static void message_shift(struct green__message *message) {
  message->size -= message->taken;
  memmove(bytes_of(message), bytes_of(message) + message->taken, message->size);
  message->taken = 0;
}

/* Has room for `size` more bytes and a 0 behind them. */
static int message_fit(green_websocket *ws, struct green__message **message, size_t size,
                       uint64_t more) {
  if (*message && (*message)->taken) message_shift(*message);
  size_t had = *message ? (*message)->size : 0, room = *message ? (*message)->room : 0;
  if (size >= SIZE_MAX / 2 - had) return GREEN_ENOMEM;
  if (*message && had + size < room) return 0;
  size_t wanted = had + size + 1;
  if (!*message && more) wanted += more < FIRST_ROOM ? (size_t)more : FIRST_ROOM;
  if (wanted < 2 * room) wanted = 2 * room;
  if (wanted < SMALLEST_ROOM) wanted = SMALLEST_ROOM;
  struct green__message *larger = green__realloc(*message, sizeof **message + wanted);
  if (!larger) return GREEN_ENOMEM;
  if (!*message) memset(larger, 0, sizeof *larger);
  larger->room = wanted;
  if (ws->first == *message) ws->first = larger;
  *message = larger;
  return 0;
}

/* Where the present message goes on; NULL: it begins. */
static struct green__message *message_open(const green_websocket *ws) {
  return ws->last && !ws->last->whole ? ws->last : NULL;
}

static int message_add(green_websocket *ws, enum green_websocket_type type, const void *data,
                       size_t size, bool last, uint64_t more) {
  struct green__message *message = message_open(ws), *was = message, *before = NULL;
  if (message && message != ws->first)
    for (before = ws->first; before->next != message;) before = before->next;
  int rc = message_fit(ws, &message, size, more);
  if (rc < 0) return rc;
  if (!was) {
    message->type = type;
    if (ws->last) ws->last->next = message;
    if (!ws->first) ws->first = message;
    ws->held += MESSAGE_REST;
  } else if (before) {
    before->next = message;
  }
  ws->last = message;
  if (size) memcpy(bytes_of(message) + message->size, data, size);
  message->size += size;
  message->whole = last;
  bytes_of(message)[message->size] = 0;
  ws->held += size;
  return 0;
}

static void wake_reader(green_websocket *ws) {
  if (ws->reader.head) green__wake(ws->reader.head, 0);
}

int green__websocket_take(green_websocket *ws, enum green_websocket_type type, const void *data,
                          size_t size, bool last, uint64_t more) {
  if (ws->closing) return 0; /* nobody will receive it */
  ws->came++;
  int rc = message_add(ws, type, data, size, last, more);
  if (rc < 0) return rc;
  struct green__message *first = ws->first;
  bool beyond = first->size > ws->max_message || more > ws->max_message - first->size;
  if (ws->gathering && first == ws->last && beyond) return GREEN_EMSGSIZE;
  if (ws->reader.head && (!ws->gathering || first->whole)) wake_reader(ws);
  return 0;
}

/* The first has been taken out. */
static void message_gone(green_websocket *ws, struct green__message *message) {
  ws->first = message->next;
  if (!ws->first) ws->last = NULL;
  ws->held -= MESSAGE_REST + message->size - message->taken;
  ws->pieces = false;
}

static void resume(green_websocket *ws) {
  if (!ws->ended && green__websocket_has_room(ws)) green__wire_resume(ws->wire);
}

/* ---- receiving ------------------------------------------------------------------------------- */

/* Begins a call that waits its turn: 0, a status. */
static int call_begin(green_websocket *ws, green_lock *lock) {
  ws->references++;
  int rc = green_lock_acquire(lock);
  if (rc == GREEN_EOWNERDEAD) rc = 0;
  if (rc == 0 && green__owes_turn(&ws->streak)) {
    rc = green_yield();
    if (rc < 0) green_lock_release(lock);
  }
  if (rc < 0) green__websocket_unref(ws);
  return rc;
}

static bool is_waited_for(const green_websocket *ws) {
  return ws->reader.head || ws->writer.head || ws->pingers.head || ws->closers.head;
}

int green__websocket_wait(green_websocket *ws, struct green__queue *queue, const char *what) {
  struct green__task *self;
  int rc = green__wait_begin(&self);
  if (rc < 0) return rc;
  ws->streak = 0;
  green__wire_watch(ws->wire, true);
  green__wait_on(self, queue);
  rc = green__park(self, what, ws);
  if (!ws->ended && !is_waited_for(ws)) green__wire_watch(ws->wire, false);
  return rc;
}

/* Waits until the first message has something, or is whole. 1: it has; 0: closed; a status. */
static int wait_for_message(green_websocket *ws) {
  bool whole = ws->gathering;
  for (;;) {
    struct green__message *first = ws->first;
    if (ws->closing) return GREEN_ECLOSED;
    if (first && (first->whole || (!whole && first->size > first->taken))) return 1;
    if (ws->status) return green__websocket_refusal(ws);
    if (ws->left) return 0;
    if (whole && first && first->size > ws->max_message) return GREEN_EMSGSIZE;
    unsigned came = ws->came;
    resume(ws); /* the wire may have some already */
    if (came != ws->came) continue;
    int rc = green__websocket_wait(ws, &ws->reader, "a WebSocket message");
    if (rc < 0) return rc;
  }
}

static int refuse_large(green_websocket *ws) {
  static const char why[] = "a message larger than max_message";
  green__websocket_fail(ws, GREEN_EMSGSIZE, 1009, why);
  int rc = green__websocket_refusal(ws);
  return rc == 0 ? green_fail(GREEN_EMSGSIZE, "%s", why)
                 : rc; /* the other side has closed behind it */
}

static int receive_whole(green_websocket *ws, green_websocket_message *message) {
  if (ws->pieces)
    return green_fail(GREEN_EINVAL, "a part of the message was read by green_websocket_read()");
  ws->gathering = true;
  int rc = wait_for_message(ws);
  ws->gathering = false;
  if (rc == GREEN_EMSGSIZE && !ws->status) return refuse_large(ws);
  if (rc <= 0) return rc;
  struct green__message *first = ws->first;
  if (first->size > ws->max_message) return refuse_large(ws);
  message_gone(ws, first);
  message->type = first->type;
  message->data = bytes_of(first);
  message->size = first->size;
  resume(ws);
  return 1;
}

/* What the task is not told by this call may be told in another way. */
static int receiving_end(green_websocket *ws, int rc) {
  bool knows = rc == 0 || rc == GREEN_ECLOSED || (ws->status && rc == ws->status);
  green_lock_release(&ws->receiving);
  if (knows)
    green__websocket_owe_nothing(ws);
  else
    green__websocket_owe(ws);
  green__websocket_unref(ws);
  return rc;
}

int green_websocket_receive(green_websocket *ws, green_websocket_message *message) {
  green_websocket_message_release(message);
  int rc = call_begin(ws, &ws->receiving);
  if (rc < 0) return rc;
  return receiving_end(ws, receive_whole(ws, message));
}

void green_websocket_message_release(green_websocket_message *message) {
  if (message->data) green__free((struct green__message *)(void *)message->data - 1);
  memset(message, 0, sizeof *message);
}

static int read_some(green_websocket *ws, void *buffer, size_t size, green_websocket_piece *piece) {
  int rc = wait_for_message(ws);
  if (rc <= 0) return rc;
  struct green__message *first = ws->first;
  size_t left = first->size - first->taken;
  if (size > left) size = left;
  if (size) memcpy(buffer, bytes_of(first) + first->taken, size);
  *piece = (green_websocket_piece){first->type, size, first->whole && size == left};
  first->taken += size;
  ws->held -= size;
  ws->pieces = true;
  if (piece->last) {
    message_gone(ws, first);
    green__free(first);
  }
  resume(ws);
  return 1;
}

int green_websocket_read(green_websocket *ws, void *buffer, size_t size,
                         green_websocket_piece *piece) {
  memset(piece, 0, sizeof *piece);
  if (!size) return green_fail(GREEN_EINVAL, "green_websocket_read: no room for anything");
  int rc = call_begin(ws, &ws->receiving);
  if (rc < 0) return rc;
  return receiving_end(ws, read_some(ws, buffer, size, piece));
}

/* ---- sending --------------------------------------------------------------------------------- */

void green__websocket_drained(green_websocket *ws) {
  if (ws->writer.head) green__wake(ws->writer.head, 0);
}

/* Why nothing can be sent; or 0. */
static int send_refusal(green_websocket *ws) {
  int rc = green__websocket_refusal(ws);
  return rc == 0 && ws->left ? GREEN_EPIPE : rc;
}

int green_websocket_send(green_websocket *ws, enum green_websocket_type type, const void *data,
                         size_t size) {
  if (type != GREEN_WEBSOCKET_TEXT && type != GREEN_WEBSOCKET_BINARY)
    return green_fail(GREEN_EINVAL, "green_websocket_send: %d is no type of a message", (int)type);
  if (type == GREEN_WEBSOCKET_TEXT && !green__is_utf8(data, size))
    return green_fail(GREEN_EINVAL, "green_websocket_send: a text that is not UTF-8");
  int rc = call_begin(ws, &ws->sending);
  if (rc < 0) return rc;
  while ((rc = send_refusal(ws)) == 0 && green__wire_held(ws->wire) >= GREEN__WEBSOCKET_AHEAD) {
    rc = green__websocket_wait(ws, &ws->writer, "room for a WebSocket message");
    if (rc < 0) break;
  }
  if (rc == 0) rc = green__wire_send(ws->wire, type, data, size);
  green_lock_release(&ws->sending);
  green__websocket_unref(ws);
  return rc;
}

/* ---- pings ----------------------------------------------------------------------------------- */

void green__websocket_pong(green_websocket *ws, uint64_t number) {
  if (number <= ws->pongs || number > ws->pings) return;
  ws->pongs = number;
  while (ws->pingers.head) green__wake(ws->pingers.head, 0); /* each looks at its own number */
}

int green_websocket_ping(green_websocket *ws) {
  int rc = green__wait_possible();
  if (rc == 0) rc = send_refusal(ws);
  if (rc < 0) return rc;
  ws->references++;
  uint64_t number = ++ws->pings;
  rc = green__wire_ping(ws->wire, number);
  while (rc == 0 && ws->pongs < number) {
    rc = send_refusal(ws);
    if (rc == 0) rc = green__websocket_wait(ws, &ws->pingers, "the answer to a WebSocket ping");
  }
  green__websocket_unref(ws);
  return rc;
}
