/* Frames and messages on bytes, natively: a frame is read and made by libwslay; what a connection of
 * frames may be like - fragments, control frames between them, UTF-8, codes - is looked at here. Plain
 * C that knows of no stream.
 *
 * A reader of libwslay's has 4 KiB of memory, which is lent while a frame, or a part of one, is there.
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

/* Where frames come from, and their messages go. */
struct green__frames_user {
  /* The next bytes, at most `size`; 0: none now. */
  size_t (*input)(void *arg, void *buffer, size_t size);
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
  struct green__frame_reader *reader; /* NULL: between two frames, and nothing more is there */
  bool client;                        /* frames come without a mask */
  bool in_frame, fin;
  bool closed;     /* a close has come: nothing is read behind it */
  uint8_t opcode;  /* of the frame */
  uint8_t message; /* the opcode of the message that is under way; 0: none */
  uint64_t left;   /* bytes of the frame that are to come */
  struct green__utf8 utf8;
  unsigned code;   /* what is wrong, as a code to close with */
  const char *why; /* and in words */
};

void green__frames_begin(struct green__frames *frames, bool client,
                         const struct green__frames_user *user, void *arg);
void green__frames_end(struct green__frames *frames);
/* Reads what is there.
 *   0: all. 1: there is no room for what may still be there. 2: a close has come.
 *   GREEN_EPROTO and what message() gave: frames->code and ->why say more. GREEN_ENOMEM. */
int green__frames_read(struct green__frames *frames);

/* Makes a frame of `size` bytes and hands it to put() in parts, which cannot fail: 0, GREEN_ENOMEM. */
int green__frame_make(int opcode, const void *data, size_t size, bool client,
                      void (*put)(void *arg, const void *data, size_t size), void *arg);
/* Bytes that stand before the content, at most. */
#define GREEN__FRAME_HEAD 14

#endif
