/* Frames and messages on bytes, natively (RFC 6455, section 5). Plain C that knows of no stream: bytes
 * are pushed in as they come, and what they are is told by callbacks; nothing is allocated. websocket.h
 * has the connection that stands on it.
 *
 * Invariants: of a frame either `head` has a part of its head (`head_size`), or it is under way
 * (`in_frame`) and `left` bytes are to come. `turned` is where its mask goes on.
 */
#ifndef GREENIO_SRC_WEBSOCKET_FRAME_H
#define GREENIO_SRC_WEBSOCKET_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "grammar/grammar.h"

enum green__opcode {
  GREEN__CONTINUATION = 0,
  GREEN__TEXT = 1,
  GREEN__BINARY = 2,
  GREEN__CLOSE = 8,
  GREEN__PING = 9,
  GREEN__PONG = 10
};

#define GREEN__CONTROL_MOST 125 /* bytes of a control frame */
#define GREEN__FRAME_HEAD   14  /* bytes that stand before the content, at most */

/* Where messages go. */
struct green__frames_user {
  /* Whether more of a message may come. */
  bool (*has_room)(void *arg);
  /* Bytes of a message, of whose present frame `more` are to come: 0, a status to fail with. */
  int (*message)(void *arg, int opcode, const void *data, size_t size, bool last, uint64_t more);
  /* A whole ping, pong or close. Of a close the code, 1005 if it has none, and the reason. */
  void (*control)(void *arg, int opcode, unsigned code, const char *data, size_t size);
};

struct green__frames {
  const struct green__frames_user *user;
  void *arg;
  bool client; /* frames come without a mask */
  bool in_frame, fin;
  bool closed;     /* a close has come: nothing is read behind it */
  uint8_t opcode;  /* of the frame */
  uint8_t message; /* the opcode of the message that is under way; 0: none */
  uint8_t head_size, control_size;
  uint8_t turned; /* bytes of the content that have come, modulo 4 */
  uint8_t mask[4];
  uint64_t left; /* bytes of the frame that are to come */
  struct green__utf8 utf8;
  unsigned code;   /* what is wrong, as a code to close with */
  const char *why; /* and in words */
  unsigned char head[GREEN__FRAME_HEAD];
  char control[GREEN__CONTROL_MOST]; /* of a control frame that comes in parts */
};

void green__frames_begin(struct green__frames *frames, bool client,
                         const struct green__frames_user *user, void *arg);
/* Takes what has come, which is changed where it stands; *taken: so much of it.
 *   0: all. 1: there is no room for the rest. 2: a close has come.
 *   GREEN_EPROTO and what message() gave: frames->code and ->why say more. */
int green__frames_take(struct green__frames *frames, void *data, size_t size, size_t *taken);

/* Writes the head of a whole message or control frame: its size. `mask`: a client's, else NULL. */
size_t green__frame_head(unsigned char head[GREEN__FRAME_HEAD], int opcode, uint64_t size,
                         const uint8_t mask[4]);
/* A client's new mask, which nobody can foresee. False: the system gives none. */
bool green__frame_mask(uint8_t mask[4]);
/* Masks a content where it stands, or takes the mask off; `turned`: bytes of it that came before. */
void green__frame_turn(void *data, size_t size, const uint8_t mask[4], size_t turned);

#endif
