/* WebSocket inside: what its files share, and what a host owes.
 *
 *   websocket.c   what both sides are: messages that have come, waits, the end
 *   close.c       closing, and what becomes of a connection
 *   options.c     options are checked
 *   upgrade.c     a server's beginning: a request becomes a connection
 *   native        frame.c (frames and messages), wire.c (a stream that carries them),
 *                 connect.c (a client's handshake)
 *   JavaScript    websocket_js.c, websocket.mjs
 *
 * The portable part decides when a task waits and what an outcome means. A host's part, the wire,
 * carries messages and says what has come; it never waits.
 *
 * Invariants: a connection is counted by the program and, from its beginning until `ended`, by its
 * wire. `status`, why it is over, is set once; `ended` once, and then the wire is gone. Of the
 * messages none but the last is unfinished.
 */
#ifndef GREENIO_SRC_WEBSOCKET_WEBSOCKET_H
#define GREENIO_SRC_WEBSOCKET_WEBSOCKET_H

#include <greenio/lock.h>
#include <greenio/websocket.h>
#include "core/wait.h"

#define GREEN__WEBSOCKET_AHEAD ((size_t)64 << 10) /* bytes that wait, either way */
#define GREEN__REASON_MOST     123                /* bytes of a close frame's reason */

struct green__wire;

/* One that has come; its bytes lie behind it. */
struct green__message {
  struct green__message *next;
  enum green_websocket_type type;
  bool whole;
  size_t size, room;
  size_t taken; /* bytes that were read in pieces */
};

struct green_websocket {
  unsigned references;
  struct green_runtime *runtime; /* NULL: it has ended */
  struct green__closer closer;
  struct green__wire *wire; /* NULL: not yet, or `ended` */
  green_lock receiving, sending;
  struct green__queue reader, writer, pingers, closers;
  struct green__message *first, *last;
  size_t held;     /* bytes of messages, and something for each */
  bool gathering;  /* the reader wants a message whole */
  bool pieces;     /* of the first message some was read */
  bool serves;     /* this side is the server's */
  bool closing;    /* this side has closed, or let go */
  bool leaving;    /* because its server ends */
  bool left;       /* the other side has closed */
  bool ended;      /* the wire is gone */
  bool pinged;     /* nothing has come since the last ping of keep_alive */
  bool doubted;    /* nor in the time for its answer; it is looked at once more */
  int status;      /* 0, or why it is over though nobody has closed */
  char *message;   /* of the status, or NULL */
  unsigned code;   /* what the other side has closed with */
  char *reason;    /* or NULL */
  char *protocol;  /* or NULL */
  unsigned streak; /* calls since a task has parked */
  unsigned came;   /* counts what has happened */
  uint64_t pings, pongs;
  size_t max_message;
  uint64_t keep_alive, close_time; /* ms */
  uint64_t heard;                  /* when something came, if keep_alive */
  struct green__timer keeper, limit;
  green_websocket **known; /* set to NULL when it has ended; or NULL */
  void (*gone)(void *);    /* the other side has left, and the task may not know; or NULL */
  void *gone_arg;
  struct green__timer teller; /* calls it, unless the task hears of it in the meantime */
};

/* ---- options.c ------------------------------------------------------------------------------- */

/* Defaults, and what is wrong: 0, GREEN_EINVAL with a message. */
int green__websocket_options(green_websocket_options *options, bool server);

/* ---- websocket.c ----------------------------------------------------------------------------- */

/* Waits in one of its queues: 0, or how that was interrupted. */
int green__websocket_wait(green_websocket *ws, struct green__queue *queue, const char *what);
/* One without a wire, with the program's reference: 0, GREEN_ENOMEM. */
int green__websocket_new(green_websocket **out, const green_websocket_options *options);
void green__websocket_unref(green_websocket *ws);
/* The wire is there: from here on it counts too. */
void green__websocket_open(green_websocket *ws, struct green__wire *wire);

/* From the wire: the next bytes of a message, of whose present frame `more` are to come. 0; what is
 * wrong with it, which the wire then fails with: GREEN_EMSGSIZE, GREEN_ENOMEM. */
int green__websocket_take(green_websocket *ws, enum green_websocket_type type, const void *data,
                          size_t size, bool last, uint64_t more);
/* Whether more may come; if not, green__wire_resume() is called when it may. */
bool green__websocket_has_room(const green_websocket *ws);
/* There is room for what is sent. */
void green__websocket_drained(green_websocket *ws);
/* The answer to ping number so. */
void green__websocket_pong(green_websocket *ws, uint64_t number);
/* Anything has come. */
void green__websocket_heard(green_websocket *ws);
void green__websocket_drop_messages(green_websocket *ws);

/* ---- close.c --------------------------------------------------------------------------------- */

/* Why a call gives no more, behind what has come: 0: it may. To send, GREEN_EPIPE if the other side
 * has closed. */
int green__websocket_refusal(green_websocket *ws);
/* A task has received what there was, or was interrupted at it: what it was not told of the end
 * because it was receiving is told now, unless it goes on to receive. */
void green__websocket_owe(green_websocket *ws);
/* The task knows of the end, or is no more. */
void green__websocket_owe_nothing(green_websocket *ws);
/* From the wire: the other side has closed. `reason`: UTF-8 of `size` bytes. */
void green__websocket_left(green_websocket *ws, unsigned code, const char *reason, size_t size);
/* The connection is of no further use, and the other side is told why by `code`; 0: it is not. */
void green__websocket_fail(green_websocket *ws, int status, unsigned code, const char *why);
/* The wire is at its end, or is to be: with a status and why, unless one is known already. */
void green__websocket_end(green_websocket *ws, int status, const char *why);
/* close_time has passed since the last look. */
void green__websocket_on_limit(struct green__timer *timer);
/* This side closes, if it has not. */
void green__websocket_begin_close(green_websocket *ws, unsigned code, const char *reason);
/* The same by its server, which ends; at once: without the other side's answer. */
void green__websocket_leave(green_websocket *ws, bool at_once);

/* ---- the host's ------------------------------------------------------------------------------
 * None of them waits. A wire ends by green__websocket_end() alone, which calls green__wire_free(). */

/* Takes a message whole: 0, GREEN_ENOMEM. */
int green__wire_send(struct green__wire *wire, enum green_websocket_type type, const void *data,
                     size_t size);
/* Bytes that were taken, and are not with the system. */
size_t green__wire_held(const struct green__wire *wire);
/* The same, and those that the other side's system has not taken, as far as this one's tells. */
size_t green__wire_untaken(const struct green__wire *wire);
/* What is asked for, an answer to keep_alive's ping or to a close, cannot come before that has: whether
 * the other side has taken some of what was ahead of it since the last call, or since it was put. */
bool green__wire_is_taken(struct green__wire *wire);
/* Number 0 is keep_alive's. 0, GREEN_ENOTSUP, GREEN_ENOMEM. */
int green__wire_ping(struct green__wire *wire, uint64_t number);
/* Tells of what has come, if it has not: parts of a message that the host keeps. */
void green__wire_listen(struct green__wire *wire);
/* Whether it can send that code. */
bool green__wire_can_close(const green_websocket *ws, unsigned code);
/* Behind what was sent; 0: without a code. What comes is still taken, until the other side closes.
 * `deaf`: it is not, and the wire ends when the other side does. 0, GREEN_ENOMEM. */
int green__wire_close(struct green__wire *wire, unsigned code, const char *reason, bool deaf);
/* There is room again. */
void green__wire_resume(struct green__wire *wire);
/* Tasks wait for what it brings, so that it keeps the event loop alive; or none does. */
void green__wire_watch(struct green__wire *wire, bool on);
/* Ends what is left of it. */
void green__wire_free(struct green__wire *wire);

/* Why a client cannot have these here: the name of an option; NULL: it can. */
const char *green__websocket_lacks(const green_websocket_options *options, bool server);

#endif
