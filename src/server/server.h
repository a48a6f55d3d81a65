/* The native server inside: what its files share.
 *
 *   server.c      open, shut down; the end
 *   accept.c      the task that accepts connections
 *   connection.c  a connection's task: how it waits, how long it may, its end
 *   request.c     a request: read, handed to the application, answered
 *   body.c        a request's body, from the socket to the application
 *   answer.c      an answer, from the application to the socket
 *
 * A connection is a task, which reads a request, has the application answer it (app/server.h), and goes
 * on with the next. It does both halves of its stream by itself (net.h, duplex): whatever happens to the
 * connection - bytes, room, a hang-up, an answer, the time, the server's end - is a flag in `there`, and
 * the task parks in one place, connection_wait(), until a flag is set that it waits for. So an answer
 * goes out while the request's body still comes in.
 *
 * Invariants: a connection is in the server's list from its beginning to its end, and in the list of
 * those that wait for their client, in the order of `since`, from when its task waits for something that
 * has a time until that has come. It has buffers only while there are bytes in them.
 */
#ifndef GREENIO_SRC_SERVER_SERVER_H
#define GREENIO_SRC_SERVER_SERVER_H

#include <greenio/server.h>
#include <greenio/tls.h>
#include "app/server.h"
#include "core/wait.h"
#include "net/net.h"

/* Of what is read, where the limit on heads is no larger; of what is about to be sent. */
#define GREEN__IN_ROOM  ((size_t)16 << 10)
#define GREEN__OUT_ROOM ((size_t)16 << 10)

/* Of a request's body at once. */
#define GREEN__SCRATCH ((size_t)64 << 10)

/* What has happened to a connection, beside enum green__event. */
enum green__happened {
  GREEN__CHANGED = 8,  /* the application has what it was asked for */
  GREEN__EXPIRED = 16, /* the client has had its time */
  GREEN__ENDING = 32,  /* the server ends: connections that are idle go */
  GREEN__CUT = 64,     /* whatever is under way is broken off */
};

/* Lent to a connection while it has bytes. */
struct green__buffers {
  struct green__buffers *next; /* spare */
  size_t in_start, in_end, in_room;
  size_t out_start, out_end;
  char *in; /* behind out, or memory of its own */
  char out[GREEN__OUT_ROOM];
};

#define GREEN__BUCKETS_OF_ADDRESSES 1024

struct green__connection {
  struct green_server *server;
  struct green__connection *next, *previous;           /* of all */
  struct green__connection *wait_next, *wait_previous; /* in the order of `since` */
  struct green__connection *same_next, *same_previous; /* in one bucket of addresses */
  green_stream *stream;
  struct green__buffers *buffers;
  struct green__queue waiting; /* its task */
  unsigned there, wanted;
  unsigned streak; /* requests, and reads of a head, without a park */
  uint64_t since;
  bool secured;   /* the TLS handshake is over, if there is one */
  bool timed;     /* in the list of those that have a time */
  bool lingering; /* it is over, but for what the client still sends */
  bool unread;    /* the client may still be sending what nobody will read */
  bool close;     /* behind the present answer */
  green_address peer;

  /* the present request */
  struct green__exchange *exchange;   /* NULL: none */
  const struct green__answer *answer; /* NULL: not there yet */
  struct green__upgrade *upgrade;     /* it has become something else, and has no task; or NULL */
  bool *over;                         /* set when that is over, or NULL */
  const char *body;                   /* of the answer: what is not in `out` */
  uint64_t body_size;
  uint64_t expects; /* bytes of the request's body that are to come, GREEN__UNKNOWN: chunks */
  uint64_t dropped; /* bytes of it that nobody wanted */
  struct green__chunks chunks;
  bool old;         /* HTTP/1.0 */
  bool head;        /* HEAD */
  bool continues;   /* the client waits for 100 (Continue) */
  bool half_closed; /* the client has ended what it sends, of which not all is read yet */
  bool begun;       /* the answer's head is in `out` */
  bool chunked;     /* the answer's body is sent in chunks */
  bool complete;    /* the answer is all in `out` and `body` */
  bool broken;      /* it is not all, and never will be */
  bool cut_short;   /* the server has answered in its place, and its pieces go nowhere */
};

struct green_server {
  green_app *app;
  struct green_runtime *runtime; /* NULL: it has ended */
  struct green__closer closer;
  green_future *closed; /* what green_server_shutdown() gives */
  green_listener *listener;
  green_tls *tls; /* NULL: plain */
  green_future *acceptor;
  bool accepting;           /* its task lives */
  uint64_t quiet_until;     /* it tells of no failure before */
  struct green__queue room; /* the acceptor, while there are as many connections as may be */
  unsigned references;
  bool draining, over;
  bool hurried; /* what is under way is broken off */
  bool cut;     /* a request was */
  struct green__connection *connections;
  unsigned connection_count, lingering_count;
  struct green__connection *wait_head, *wait_tail;
  struct green__connection **addresses; /* buckets; NULL: their number does not matter */
  struct green__timer tick, deadline;
  struct green__buffers *spare;
  unsigned spares;
  char *scratch; /* nobody parks while it is used */
  int64_t date_of;
  char date[GREEN__DATE_SIZE];
  uint64_t idle_timeout; /* ms */
  size_t max_head;
  unsigned max_headers, max_connections, max_per_address;
};

/* ---- server.c ---- */

/* Something has ended: if that was the last of it, the server is done. */
void green__server_settle(struct green_server *server);
/* Lets go of a reference. */
void green__server_unref(struct green_server *server);

/* ---- accept.c ---- */

/* The acceptor's task, of a server. */
int green__server_accept(void *server);
/* A connection has ended, or the acceptor is to look for another reason. */
void green__server_has_room(struct green_server *server);

/* ---- connection.c ---- */

/* Ends a connection. */
void green__connection_end(struct green__connection *connection);

/* Begins a connection, whose stream it takes over. */
void green__connection_begin(struct green_server *server, green_stream *stream);

/* Parks until one of the flags is set. `timed`: the client has to do something for that.
 *   What is there of them; GREEN__CUT and GREEN__EXPIRED are always wanted. */
unsigned green__connection_wait(struct green__connection *connection, unsigned wanted, bool timed,
                                const char *what);
/* The client has to do something: its time runs from here on, if it does not already. */
void green__connection_timed(struct green__connection *connection);
/* The client has done something: its time begins anew. */
void green__connection_moved(struct green__connection *connection);
/* From anywhere. */
void green__connection_tell(struct green__connection *connection, unsigned what);
/* Those whose time is over. */
void green__connections_expire(struct green__timer *tick);

/* Takes buffers: 0, GREEN_ENOMEM. Gives them back. */
int green__buffers_take(struct green__connection *connection);
void green__buffers_give(struct green__connection *connection);
void green__buffers_trim(struct green_server *server);

/* ---- request.c ---- */

/* Reads a request and answers it. What comes of the connection. */
enum green__served {
  GREEN__SERVED_NEXT,  /* the next request may come */
  GREEN__SERVED_OVER,  /* it is to be ended */
  GREEN__SERVED_TAKEN, /* it has become something else, and may be no more */
};
enum green__served green__request_serve(struct green__connection *connection);

/* ---- body.c ---- */

/* Hands what has come of the body to the application, as far as that has room, or drops it, and looks
 * no further than to where the application has something new. Gives the others turns.
 * False: the client has gone. */
bool green__body_take(struct green__connection *connection);
/* Whether more is announced than would be read and dropped. */
bool green__body_too_much(const struct green__connection *connection);
/* It did not come in time. */
void green__body_late(struct green__connection *connection);
/* Whether more of the body is to be read now. */
bool green__body_wanted(struct green__connection *connection);
/* Whether all of it has come. */
static inline bool green__body_ended(const struct green__connection *connection) {
  return connection->expects == 0;
}

/* ---- answer.c ---- */

/* Takes what the application has of its answer, as far as there is room. False: break off. */
bool green__answer_take(struct green__connection *connection);
/* Sends what is there. 0: all; GREEN_EAGAIN; a status. Never parks. */
int green__answer_send(struct green__connection *connection);
/* An answer of the server's own, which ends the connection; why, or NULL. */
void green__answer_refuse(struct green__connection *connection, int status, const char *why);
/* "100 Continue". */
void green__answer_continue(struct green__connection *connection);
/* Parks until all that is there was sent. False: the client has gone, or takes nothing. */
bool green__answer_flush(struct green__connection *connection);

#endif
