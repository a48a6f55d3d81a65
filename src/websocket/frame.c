/* Frames by libwslay, and what a connection of them may be like; see frame.h. */
#include "frame.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <greenio/status.h>
#include <wslay/wslay.h>
#include "core/memory.h"

#define MOST_SPARE 64 /* readers that are kept by a thread */

/* Lent to a connection. Of its bytes `eaten` have been looked at. */
struct green__frame_reader {
  struct green__frame_reader *next; /* spare */
  struct green__frames *frames;
  wslay_frame_context_ptr wslay;
  uint64_t fed, eaten;
  bool dry; /* nothing was there at the last try */
  uint8_t control_size;
  unsigned char control[GREEN__CONTROL_MOST];
};

/* Of a thread, while it has connections. */
static _Thread_local struct {
  size_t users;
  struct green__frame_reader *spare;
  unsigned spares;
  wslay_frame_context_ptr
      makers[2]; /* a server's and a client's: one that has made masks goes on to */
  void (*put)(void *arg, const void *data, size_t size);
  void *arg;
  unsigned char random[256]; /* of which `random_left` are not used */
  size_t random_left;
} own;

/* ---- readers --------------------------------------------------------------------------------- */

static ssize_t wslay_input(uint8_t *buffer, size_t size, int flags, void *arg) {
  struct green__frame_reader *reader = arg;
  (void)flags;
  size_t got = reader->frames->user->input(reader->frames->arg, buffer, size);
  reader->dry = got == 0;
  reader->fed += got;
  return got ? (ssize_t)got : -1;
}

static struct green__frame_reader *reader_new(void) {
  static const struct wslay_frame_callbacks callbacks = {.recv_callback = wslay_input};
  struct green__frame_reader *reader = green__alloc(sizeof *reader);
  if (!reader) return NULL;
  memset(reader, 0, sizeof *reader);
  if (wslay_frame_context_init(&reader->wslay, &callbacks, reader) == 0) return reader;
  green__free(reader);
  return NULL;
}

static void reader_free(struct green__frame_reader *reader) {
  wslay_frame_context_free(reader->wslay);
  green__free(reader);
}

static bool reader_take(struct green__frames *frames) {
  struct green__frame_reader *reader = own.spare;
  if (frames->reader) return true;
  if (reader) {
    own.spare = reader->next;
    own.spares--;
  } else {
    reader = reader_new();
    if (!reader) return false;
  }
  reader->frames = frames;
  reader->fed = reader->eaten = 0;
  frames->reader = reader;
  return true;
}

/* `whole`: it stands between two frames. */
static void reader_give(struct green__frames *frames, bool whole) {
  struct green__frame_reader *reader = frames->reader;
  frames->reader = NULL;
  if (!reader) return;
  if (!whole || own.spares == MOST_SPARE) {
    reader_free(reader);
    return;
  }
  reader->next = own.spare;
  own.spare = reader;
  own.spares++;
}

static void readers_trim(void) {
  while (own.spare) {
    struct green__frame_reader *reader = own.spare;
    own.spare = reader->next;
    reader_free(reader);
  }
  own.spares = 0;
  for (int client = 0; client < 2; client++) {
    if (own.makers[client]) wslay_frame_context_free(own.makers[client]);
    own.makers[client] = NULL;
  }
}

void green__frames_begin(struct green__frames *frames, bool client,
                         const struct green__frames_user *user, void *arg) {
  memset(frames, 0, sizeof *frames);
  frames->client = client;
  frames->user = user;
  frames->arg = arg;
  own.users++;
}

void green__frames_end(struct green__frames *frames) {
  reader_give(frames, false);
  if (--own.users == 0) readers_trim();
}

/* ---- what is wrong --------------------------------------------------------------------------- */

static int frames_fail(struct green__frames *frames, int status, unsigned code, const char *why) {
  frames->code = code;
  frames->why = why;
  return status;
}

static int go_against(struct green__frames *frames, const char *why) {
  return frames_fail(frames, GREEN_EPROTO, 1002, why);
}

static int not_utf8(struct green__frames *frames, const char *why) {
  return frames_fail(frames, GREEN_EPROTO, 1007, why);
}

/* ---- a frame begins -------------------------------------------------------------------------- */

static size_t head_size(const struct wslay_frame_iocb *frame) {
  uint64_t size = frame->payload_length;
  return 2 + (size < 126 ? 0u : size < 65536 ? 2u : 8u) + (frame->mask ? 4u : 0u);
}

static int frame_begin(struct green__frames *frames, const struct wslay_frame_iocb *frame) {
  int opcode = frame->opcode;
  if (frame->rsv) return go_against(frames, "a frame with a bit of no extension that was agreed");
  if (frame->mask == frames->client)
    return go_against(frames, frames->client ? "a frame of a server's with a mask"
                                             : "a frame of a client's without a mask");
  if ((opcode > GREEN__BINARY && opcode < GREEN__CLOSE) || opcode > GREEN__PONG)
    return go_against(frames, "a frame of no type");
  if (opcode == GREEN__CONTINUATION && !frames->message)
    return go_against(frames, "a frame goes on with a message that has not begun");
  if ((opcode == GREEN__TEXT || opcode == GREEN__BINARY) && frames->message)
    return go_against(frames, "a message begins within another one");
  frames->in_frame = true;
  frames->opcode = (uint8_t)opcode;
  frames->fin = frame->fin;
  frames->left = frame->payload_length;
  frames->reader->eaten += head_size(frame);
  frames->reader->control_size = 0;
  if (opcode == GREEN__TEXT || opcode == GREEN__BINARY) {
    frames->message = (uint8_t)opcode;
    frames->utf8 = (struct green__utf8){0};
  }
  return 0;
}

/* ---- control frames -------------------------------------------------------------------------- */

static int close_came(struct green__frames *frames, const unsigned char *data, size_t size) {
  unsigned code = 1005;
  if (size == 1) return go_against(frames, "a close with half a code");
  if (size) {
    code = (unsigned)data[0] << 8 | data[1];
    if (!green__is_close_code(code)) return go_against(frames, "a close with a code that is none");
    if (!green__is_utf8(data + 2, size - 2))
      return not_utf8(frames, "a close with a reason that is not UTF-8");
    data += 2;
    size -= 2;
  }
  frames->closed = true;
  frames->user->control(frames->arg, GREEN__CLOSE, code, (const char *)data, size);
  return 0;
}

static int control_part(struct green__frames *frames, const struct wslay_frame_iocb *frame) {
  struct green__frame_reader *reader = frames->reader;
  if (frame->data_length)
    memcpy(reader->control + reader->control_size, frame->data, frame->data_length);
  reader->control_size = (uint8_t)(reader->control_size + frame->data_length);
  if (frames->left) return 0;
  if (frames->opcode == GREEN__CLOSE)
    return close_came(frames, reader->control, reader->control_size);
  frames->user->control(frames->arg, frames->opcode, 0, (const char *)reader->control,
                        reader->control_size);
  return 0;
}

/* ---- messages -------------------------------------------------------------------------------- */

static int message_part(struct green__frames *frames, const struct wslay_frame_iocb *frame) {
  bool last = frames->fin && !frames->left;
  int opcode = frames->message;
  if (opcode == GREEN__TEXT && (!green__utf8_next(&frames->utf8, frame->data, frame->data_length) ||
                                (last && frames->utf8.left)))
    return not_utf8(frames, "a text that is not UTF-8");
  if (last) frames->message = 0;
  int rc = frames->user->message(frames->arg, opcode, frame->data, frame->data_length, last,
                                 frames->left);
  if (rc == GREEN_EMSGSIZE)
    return frames_fail(frames, rc, 1009, "a message larger than max_message");
  return rc < 0 ? frames_fail(frames, rc, 1011, NULL) : 0;
}

static int frame_part(struct green__frames *frames, const struct wslay_frame_iocb *frame) {
  int rc = frames->in_frame ? 0 : frame_begin(frames, frame);
  if (rc < 0) return rc;
  frames->left -= frame->data_length;
  frames->reader->eaten += frame->data_length;
  if (!frames->left) frames->in_frame = false;
  return frames->opcode >= GREEN__CLOSE ? control_part(frames, frame) : message_part(frames, frame);
}

/* 1: a part; 0: nothing more is there. */
static int read_part(struct green__frames *frames) {
  struct wslay_frame_iocb frame = {0};
  frames->reader->dry = false;
  ssize_t rc = wslay_frame_recv(frames->reader->wslay, &frame);
  if (rc >= 0) {
    int failed = frame_part(frames, &frame);
    return failed < 0 ? failed : 1;
  }
  if (rc == WSLAY_ERR_WANT_READ) return !frames->reader->dry;
  return go_against(frames, "a frame whose head is malformed");
}

int green__frames_read(struct green__frames *frames) {
  int rc = 1;
  bool room = true;
  while (rc > 0 && !frames->closed) {
    room = frames->user->has_room(frames->arg);
    if (!room) break;
    if (!reader_take(frames)) return frames_fail(frames, GREEN_ENOMEM, 1011, NULL);
    rc = read_part(frames);
  }
  if (rc < 0) return rc;
  if (frames->closed)
    reader_give(frames, false);
  else if (frames->reader && !frames->in_frame && frames->reader->fed == frames->reader->eaten)
    reader_give(frames, true);
  return frames->closed ? 2 : !room;
}

/* ---- making frames --------------------------------------------------------------------------- */

static ssize_t maker_put(const uint8_t *data, size_t size, int flags, void *arg) {
  (void)flags, (void)arg;
  own.put(own.arg, data, size);
  return (ssize_t)size;
}

static bool random_fill(void) {
  size_t got = 0;
  while (got < sizeof own.random) {
    ssize_t rc = getrandom(own.random + got, sizeof own.random - got, 0);
    if (rc > 0) got += (size_t)rc;
    if (rc < 0 && errno != EINTR) return false;
  }
  own.random_left = sizeof own.random;
  return true;
}

static int maker_mask(uint8_t *mask, size_t size, void *arg) {
  (void)arg;
  if (own.random_left < size && !random_fill()) return -1;
  own.random_left -= size;
  memcpy(mask, own.random + own.random_left, size);
  return 0;
}

static bool maker_begin(bool client) {
  static const struct wslay_frame_callbacks callbacks = {.send_callback = maker_put,
                                                         .genmask_callback = maker_mask};
  return own.makers[client] || wslay_frame_context_init(&own.makers[client], &callbacks, NULL) == 0;
}

int green__frame_make(int opcode, const void *data, size_t size, bool client,
                      void (*put)(void *arg, const void *data, size_t size), void *arg) {
  struct wslay_frame_iocb frame = {
      .fin = 1,
      .opcode = (uint8_t)opcode,
      .mask = client,
      .payload_length = size,
      .data = data,
      .data_length = size,
  };
  if (!maker_begin(client)) return GREEN_ENOMEM;
  own.put = put;
  own.arg = arg;
  return wslay_frame_send(own.makers[client], &frame) == (ssize_t)size ? 0 : GREEN_EIO;
}
