/* A connection of WebSocket on a stream, natively. It has no task of its own: what happens to the
 * stream (net.h, duplex) is looked at on the host's stack, so that pings are answered and an end is
 * seen whatever the program does, and a connection that is idle has no stack.
 *
 * Its end: a side that has sent its close and has the other's sends nothing more; the server's then
 * closes the stream, and the client's waits for that. Whoever refuses what has come (`deaf`) drops what
 * still comes until the other side has closed the stream, so that the reason is not lost to a reset. */
#include <string.h>
#include <greenio/status.h>
#include "core/memory.h"
#include "frame.h"
#include "net/net.h"
#include "wire.h"

/* Reads in one event, so that the others have their turn. */
#define MOST_READS 4
#define READ_ROOM  ((size_t)16 << 10)
#define SPARE_ROOM ((size_t)4 << 10)

/* Of a thread, while it has wires: what is read into, and memory of one that had sent all. Neither is
 * held by a wire across events, so that an idle one has none. */
static _Thread_local struct {
  size_t users;
  char *input;
  char *out; /* of SPARE_ROOM; or NULL */
} own;

struct green__wire {
  green_websocket *ws;
  green_stream *stream;
  void (*over)(void *host);
  void *host;
  struct green__frames frames;
  struct green__timer again; /* to read on, though the stream will not say that there is more */
  char *ahead;               /* has come, and there was no room, or the handshake's end; or NULL */
  size_t ahead_start, ahead_end;
  char *out; /* to be sent; NULL: nothing is */
  size_t out_start, out_end, out_room;
  int64_t put;     /* bytes in all */
  int64_t asked;   /* so many with what the other side is to answer */
  int64_t taken;   /* by the other side's system, at the last look */
  unsigned reads;  /* in this event */
  int input;       /* what the stream's last read has given */
  bool drained;    /* it had no more */
  bool reading;    /* within a read: nothing is freed */
  bool paused;     /* for want of room */
  bool deaf;       /* what comes is dropped */
  bool rest;       /* all that will come is there: it is taken though there is no room */
  bool no_memory;  /* for the answer to a ping */
  bool finished;   /* this half of the stream is ended */
  bool close_sent; /* it is in `out`, or was */
  bool broken;     /* what is sent goes nowhere */
  bool freed;
  bool owed; /* an answer to the newest ping, when there is room */
  uint8_t owed_size;
  char owed_data[GREEN__CONTROL_MOST];
};

static void own_trim(void) {
  if (own.users) return;
  green__free(own.input);
  green__free(own.out);
  own.input = own.out = NULL;
}

static void wire_read(struct green__wire *wire);

static void read_again(struct green__wire *wire) {
  green__timer_set(wire->ws->runtime, &wire->again, green_now());
}

/* ---- output ---------------------------------------------------------------------------------- */

static void out_free(struct green__wire *wire) {
  if (wire->out_room == SPARE_ROOM && !own.out)
    own.out = wire->out;
  else
    green__free(wire->out);
  wire->out = NULL;
  wire->out_start = wire->out_end = wire->out_room = 0;
}

/* Has room for `size` more bytes. */
static int out_fit(struct green__wire *wire, size_t size) {
  size_t held = wire->out_end - wire->out_start;
  if (wire->out_room - wire->out_end >= size) return 0;
  if (wire->out_start) {
    memmove(wire->out, wire->out + wire->out_start, held);
    wire->out_start = 0;
    wire->out_end = held;
    if (wire->out_room - held >= size) return 0;
  }
  if (size > SIZE_MAX / 2 - held) return GREEN_ENOMEM;
  size_t room = held + size < SPARE_ROOM ? SPARE_ROOM : held + size;
  char *out =
      !wire->out && room == SPARE_ROOM && own.out ? own.out : green__realloc(wire->out, room);
  if (!out) return GREEN_ENOMEM;
  if (out == own.out) own.out = NULL;
  wire->out = out;
  wire->out_room = room;
  return 0;
}

static void wire_end(struct green__wire *wire, int status, const char *why) {
  green__websocket_end(wire->ws, status, why);
}

/* 0: all was sent; GREEN_EAGAIN: the stream has no room; a status. */
static int out_send(struct green__wire *wire) {
  while (wire->out_start < wire->out_end) {
    struct iovec part = {wire->out + wire->out_start, wire->out_end - wire->out_start};
    int rc = green__stream_try_write(wire->stream, &part, 1);
    if (rc < 0) return rc;
    wire->out_start += (size_t)rc;
  }
  if (wire->out) out_free(wire);
  return green__stream_try_flush(wire->stream);
}

static int wire_put(struct green__wire *wire, int opcode, const void *data, size_t size) {
  uint8_t mask[4];
  bool client = wire->frames.client;
  if (wire->broken || wire->close_sent) return 0;
  int rc = size > SIZE_MAX / 2 ? GREEN_ENOMEM : out_fit(wire, size + GREEN__FRAME_HEAD);
  if (rc == 0 && client && !green__frame_mask(mask)) rc = GREEN_EIO;
  if (rc < 0) return rc;
  char *at = wire->out + wire->out_end;
  at += green__frame_head((unsigned char *)at, opcode, size, client ? mask : NULL);
  if (size) memcpy(at, data, size);
  if (client) green__frame_turn(at, size, mask, 0);
  size_t end = (size_t)(at + size - wire->out);
  wire->put += (int64_t)(end - wire->out_end);
  wire->out_end = end;
  return 0;
}

/* The same of what asks for an answer. By itself it says nothing of the other side that it is taken. */
static int put_question(struct green__wire *wire, int opcode, const void *data, size_t size) {
  size_t ahead = green__wire_untaken(wire);
  int64_t taken = wire->put - (int64_t)ahead;
  int rc = wire_put(wire, opcode, data, size);
  if (rc < 0) return rc;
  wire->asked = wire->put;
  wire->taken = ahead ? taken : wire->put;
  return 0;
}

/* Whether both sides have said all: then a server's stream is closed, a client's when its server has. */
static void look_at_end(struct green__wire *wire) {
  if (!wire->close_sent || !wire->frames.closed || wire->out || wire->deaf) return;
  if (!wire->frames.client || wire->input == 0) wire_end(wire, 0, NULL);
}

/* Nothing can be sent any more. Why is found when the end is read; while nobody reads, this is it. */
static void wire_break(struct green__wire *wire) {
  wire->broken = true;
  out_free(wire);
  if (wire->paused)
    wire_end(wire, GREEN_ECONNRESET, "the connection was cut");
  else
    green__stream_arm(wire->stream, GREEN__READABLE);
}

/* What is owed is put once there is room, ahead of what waits for it. */
static void answer_owed(struct green__wire *wire) {
  if (!wire->owed || green__wire_held(wire) >= GREEN__WEBSOCKET_AHEAD) return;
  wire->owed = false;
  if (wire_put(wire, GREEN__PONG, wire->owed_data, wire->owed_size) < 0)
    wire->owed = true; /* later, if there is memory then */
}

/* Sends what it can now. */
static void wire_flush(struct green__wire *wire) {
  if (wire->broken) {
    look_at_end(wire);
    return;
  }
  int rc = out_send(wire);
  answer_owed(wire);
  if (rc == 0 && wire->out) rc = out_send(wire);
  if (rc == GREEN_EAGAIN) {
    green__stream_arm(wire->stream, GREEN__WRITABLE);
  } else if (rc < 0) {
    green_websocket *ws = wire->ws;
    wire_break(wire);
    if (ws->ended) return;
  }
  if (rc == 0 && wire->deaf && !wire->finished) {
    wire->finished = true;
    green__stream_finish(wire->stream);
  }
  if (green__wire_held(wire) < GREEN__WEBSOCKET_AHEAD) green__websocket_drained(wire->ws);
  look_at_end(wire);
}

int green__wire_send(struct green__wire *wire, enum green_websocket_type type, const void *data,
                     size_t size) {
  int rc = wire_put(wire, (int)type, data, size);
  if (rc == 0) wire_flush(wire);
  return rc;
}

size_t green__wire_held(const struct green__wire *wire) {
  return wire->out_end - wire->out_start;
}

size_t green__wire_untaken(const struct green__wire *wire) {
  return green__wire_held(wire) + green__stream_untaken(wire->stream);
}

bool green__wire_is_taken(struct green__wire *wire) {
  int64_t before = wire->taken;
  if (before >= wire->asked) return false;
  wire->taken = wire->put - (int64_t)green__wire_untaken(wire);
  return wire->taken > before;
}

int green__wire_ping(struct green__wire *wire, uint64_t number) {
  unsigned char bytes[8];
  for (unsigned i = 0; i < 8; i++) bytes[i] = (unsigned char)(number >> (56 - 8 * i));
  int rc = (number ? wire_put : put_question)(wire, GREEN__PING, bytes, sizeof bytes);
  if (rc == 0) wire_flush(wire);
  return rc;
}

/* All that comes is told at once. */
void green__wire_listen(struct green__wire *wire) {
  (void)wire;
}

bool green__wire_can_close(const green_websocket *ws, unsigned code) {
  (void)ws, (void)code;
  return true;
}

/* What comes is dropped, which takes no room. */
static void wire_deafen(struct green__wire *wire) {
  wire->deaf = true;
  if (!wire->paused) return;
  wire->paused = false;
  read_again(wire);
}

int green__wire_close(struct green__wire *wire, unsigned code, const char *reason, bool deaf) {
  char content[GREEN__CONTROL_MOST] = {(char)(code >> 8), (char)code};
  size_t size = strlen(reason);
  memcpy(content + 2, reason, size);
  int rc = put_question(wire, GREEN__CLOSE, content, code ? size + 2 : 0);
  if (rc < 0) return rc;
  wire->close_sent = true;
  if (deaf) wire_deafen(wire);
  wire_flush(wire);
  return 0;
}

/* ---- input ----------------------------------------------------------------------------------- */

static void ahead_free(struct green__wire *wire) {
  green__free(wire->ahead);
  wire->ahead = NULL;
}

/* What there is no room for yet. False: no memory. */
static bool ahead_keep(struct green__wire *wire, const char *data, size_t size) {
  wire->ahead = green__alloc(size);
  if (!wire->ahead) return false;
  memcpy(wire->ahead, data, size);
  wire->ahead_start = 0;
  wire->ahead_end = size;
  return true;
}

/* From the stream; the outcome is in `input`. */
static size_t wire_receive(struct green__wire *wire) {
  if (wire->drained || wire->input == 0) return 0;
  if (wire->reads++ == MOST_READS) {
    read_again(wire);
    wire->input = GREEN_EAGAIN;
    return 0;
  }
  wire->input = green__stream_try_read(wire->stream, own.input, READ_ROOM, &wire->drained);
  if (wire->input <= 0) return 0;
  green__websocket_heard(wire->ws);
  return (size_t)wire->input;
}

static bool on_has_room(void *arg) {
  struct green__wire *wire = arg;
  return (green__websocket_has_room(wire->ws) || wire->rest) && !wire->deaf && !wire->freed;
}

static int on_message(void *arg, int opcode, const void *data, size_t size, bool last,
                      uint64_t more) {
  struct green__wire *wire = arg;
  return green__websocket_take(wire->ws, (enum green_websocket_type)opcode, data, size, last, more);
}

static uint64_t number_of(const char *data) {
  uint64_t number = 0;
  for (unsigned i = 0; i < 8; i++) number = number << 8 | (unsigned char)data[i];
  return number;
}

/* Answers are put into `out` alone, and sent once all that is there was read. A peer that asks and asks,
 * and does not read, is answered once it does, for the newest. */
static void answer_ping(struct green__wire *wire, const char *data, size_t size) {
  wire->owed = green__wire_held(wire) >= GREEN__WEBSOCKET_AHEAD;
  if (wire->owed) {
    memcpy(wire->owed_data, data, size);
    wire->owed_size = (uint8_t)size;
  } else if (wire_put(wire, GREEN__PONG, data, size) < 0) {
    wire->no_memory = true;
  }
}

static void answer_close(struct green__wire *wire, unsigned code) {
  char answer[2] = {(char)(code >> 8), (char)code};
  if (put_question(wire, GREEN__CLOSE, answer, code == 1005 ? 0 : 2) < 0) wire->broken = true;
  wire->close_sent = true;
}

static void on_control(void *arg, int opcode, unsigned code, const char *data, size_t size) {
  struct green__wire *wire = arg;
  if (opcode == GREEN__PING) answer_ping(wire, data, size);
  if (opcode == GREEN__PONG && size == 8) green__websocket_pong(wire->ws, number_of(data));
  if (opcode != GREEN__CLOSE) return;
  answer_close(wire, code);
  green__websocket_left(wire->ws, code, data, size);
}

/* Nobody wants what still comes. */
static void drop_input(struct green__wire *wire) {
  ahead_free(wire);
  while (wire_receive(wire) > 0) continue;
}

/* What the stream's end means. */
static void input_ended(struct green__wire *wire) {
  if (wire->frames.closed || wire->deaf)
    wire_end(wire, 0, NULL);
  else
    wire_end(wire, GREEN_ECONNRESET,
             wire->input == 0 ? "the connection ended without being closed"
                              : "the connection was cut");
}

static void frames_failed(struct green__wire *wire, int rc) {
  green__websocket_fail(wire->ws, rc, wire->frames.code, wire->frames.why);
}

/* As green__frames_take(), of what was kept. */
static int take_ahead(struct green__wire *wire) {
  size_t taken;
  int rc = green__frames_take(&wire->frames, wire->ahead + wire->ahead_start,
                              wire->ahead_end - wire->ahead_start, &taken);
  wire->ahead_start += taken;
  if (wire->ahead_start == wire->ahead_end) ahead_free(wire);
  return rc;
}

/* The same of what the stream has. */
static int take_input(struct green__wire *wire, size_t size) {
  size_t taken;
  int rc = green__frames_take(&wire->frames, own.input, size, &taken);
  if (rc != 1 || wire->freed || ahead_keep(wire, own.input + taken, size - taken)) return rc;
  wire->frames.code = 1011;
  wire->frames.why = NULL;
  return GREEN_ENOMEM;
}

/* Takes what is there: 0: all; 1: no room for more; 2, and what is below 0: green__frames_take(). */
static int take_frames(struct green__wire *wire) {
  int rc = 0;
  while (rc == 0) {
    size_t size = 0;
    if (!on_has_room(wire)) return 1;
    if (!wire->ahead && (size = wire_receive(wire)) == 0) return 0;
    rc = size ? take_input(wire, size) : take_ahead(wire);
  }
  return rc;
}

static void read_frames(struct green__wire *wire) {
  int rc = take_frames(wire);
  if (wire->freed) return;
  wire->paused = rc == 1;
  if (rc < 0)
    frames_failed(wire, rc);
  else if (wire->no_memory && !wire->frames.closed)
    green__websocket_fail(wire->ws, GREEN_ENOMEM, 1011, NULL);
}

/* While it is paused a connection that was cut is seen. One that has ended, and all of it is with us,
 * needs no room that is to be waited for. */
static void look_at_hang_up(struct green__wire *wire) {
  if (wire->broken || green__stream_is_cut(wire->stream)) {
    wire_end(wire, GREEN_ECONNRESET, "the connection was cut");
  } else if (green__stream_is_over(wire->stream)) {
    wire->rest = true;
    wire->paused = false;
    read_again(wire);
  }
}

static void wire_read(struct green__wire *wire) {
  green_websocket *ws = wire->ws;
  if (wire->reading) return;
  ws->references++;
  wire->reading = true;
  wire->reads = 0;
  wire->drained = false;
  if (wire->input > 0) wire->input = GREEN_EAGAIN;
  if (!wire->deaf && !wire->frames.closed) read_frames(wire);
  if (!wire->freed && (wire->deaf || wire->frames.closed)) drop_input(wire);
  if (!wire->freed && !wire->ahead && !wire->paused && wire->input <= 0 &&
      wire->input != GREEN_EAGAIN)
    input_ended(wire);
  if (!wire->freed && (wire->out || wire->close_sent)) wire_flush(wire);
  if (!wire->freed && wire->paused) look_at_hang_up(wire);
  wire->reading = false;
  if (wire->freed)
    green__free(wire);
  else if (!wire->paused)
    green__stream_arm(wire->stream, GREEN__READABLE);
  green__websocket_unref(ws);
}

void green__wire_resume(struct green__wire *wire) {
  if (wire->paused && !wire->reading) wire_read(wire);
}

void green__wire_watch(struct green__wire *wire, bool on) {
  struct green__endpoint *endpoint = &wire->stream->endpoint;
  endpoint->kept = on;
  if (on)
    green__socket_watch(endpoint, GREEN__INPUT);
  else /* or once TLS has sent what is left */
    green__socket_unwatched(endpoint, GREEN__INPUT);
}

/* What is not wanted is asked for again when it is. */
static unsigned on_wire_event(void *arg, unsigned events) {
  struct green__wire *wire = arg;
  green_websocket *ws = wire->ws;
  ws->references++;
  if (events & GREEN__WRITABLE) wire_flush(wire);
  if (!ws->ended && events & GREEN__READABLE && !wire->paused) wire_read(wire);
  if (!ws->ended && events & GREEN__HUNG && wire->paused) look_at_hang_up(wire);
  unsigned wanted = 0;
  if (ws->ended)
    wanted = events; /* it is closed: nothing is to be changed */
  else if (!wire->paused)
    wanted |= GREEN__READABLE;
  if (!ws->ended && wire->out && !wire->broken) wanted |= GREEN__WRITABLE;
  green__websocket_unref(ws);
  return wanted;
}

static void on_again(struct green__timer *timer) {
  struct green__wire *wire = green__container_of(timer, struct green__wire, again);
  if (!wire->paused) wire_read(wire);
}

/* ---- from its beginning to its end ----------------------------------------------------------- */

static const struct green__frames_user wire_user = {on_has_room, on_message, on_control};

static struct green__wire *wire_new(green_websocket *ws, const void *ahead, size_t size) {
  struct green__wire *wire = green__alloc(sizeof *wire);
  if (!wire) return NULL;
  memset(wire, 0, sizeof *wire);
  wire->ws = ws;
  wire->input = GREEN_EAGAIN;
  wire->again.fire = on_again;
  if (!own.users && !own.input) own.input = green__alloc(READ_ROOM);
  if (own.input && (!size || ahead_keep(wire, ahead, size))) {
    own.users++;
    return wire;
  }
  own_trim();
  green__free(wire);
  return NULL;
}

int green__wire_begin(green_websocket *ws, bool client, green_stream *stream, const void *ahead,
                      size_t size, void (*over)(void *host), void *host) {
  struct green__wire *wire = wire_new(ws, ahead, size);
  if (!wire) {
    green_stream_release(stream);
    return GREEN_ENOMEM;
  }
  wire->stream = stream;
  wire->over = over;
  wire->host = host;
  green_stream_set_no_delay(stream, true);
  green__frames_begin(&wire->frames, client, &wire_user, wire);
  green__websocket_open(ws, wire);
  green__stream_observe(stream, on_wire_event, wire);
  green__stream_arm(stream, GREEN__READABLE | GREEN__HUNG);
  read_again(wire); /* what has come with the handshake, or lies in TLS */
  return 0;
}

void green__wire_free(struct green__wire *wire) {
  green__timer_clear(green__runtime_own(), &wire->again);
  green_stream_release(wire->stream);
  ahead_free(wire);
  out_free(wire);
  own.users--;
  own_trim();
  if (wire->over) wire->over(wire->host);
  wire->freed = true;
  if (!wire->reading) green__free(wire);
}
