/* The native server inside: what its files share.
 *
 *   server.c      open, shut down, and libmicrohttpd's daemon on the loop
 *   listen.c      the listening socket
 *   connection.c  connections: how long they may be idle, and whether their client is there
 *   request.c     requests: libmicrohttpd's calls, in which order what happens
 *   head.c        a request's head as libmicrohttpd shows it
 *   linger.c      closed sockets whose client was still sending
 *   stall.c       requests that libmicrohttpd would poll for ever
 *   answer.c      an exchange's answer as a response of libmicrohttpd's
 *
 * libmicrohttpd runs on the host's own stack alone, in look() of server.c, and calls the functions
 * of request.c and connection.c from there; these call the application (app/server.h), which may
 * run tasks. What happens on other stacks sets a flag and asks for a look.
 *
 * Invariants: a request is in libmicrohttpd's hands from where its line was read until
 * on_completed(). While `suspended`, libmicrohttpd does nothing with its connection; whoever wants
 * it to go on puts the request among the `roused`. A connection is in the list `idle` exactly while
 * it has no request whose head was whole.
 */
#ifndef GREENIO_SRC_SERVER_SERVER_H
#define GREENIO_SRC_SERVER_SERVER_H

#include <microhttpd.h>
#include <greenio/server.h>
#include <greenio/uv.h>
#include "app/server.h"
#include "core/wait.h"

/* Of a connection's memory, beside a request's head: its fields, and the answer's head. */
#define GREEN__POOL_REST ((size_t)8 << 10)

struct green__connection {
  struct green_server *server;
  struct green__connection *next, **link;              /* of all */
  struct green__connection *idle_next, *idle_previous; /* in the order of `since` */
  struct green__request *request; /* whose head was whole, and that has not ended */
  uint64_t since;                 /* when it became idle */
  int fd;
  bool idle;
  bool unread; /* its answer went out while the client was still sending */
  bool hung;   /* the client has ended its half, or all */
  green_address peer;
};

enum green__stage {
  GREEN__HEAD,    /* the application does not know of it yet */
  GREEN__BODY,    /* its body is coming */
  GREEN__WHOLE,   /* it was read whole */
  GREEN__SENDING, /* its answer is libmicrohttpd's */
};

struct green__request {
  struct green__connection *connection;
  struct MHD_Connection *mhd;
  struct green__exchange *exchange;
  struct green__request *roused_next;
  struct green__request *chunked_next, **chunked_link; /* NULL: not in the list */
  enum green__stage stage;
  bool suspended;
  bool old; /* HTTP/1.0: where its answer has no length it ends with the connection */
  bool roused;
  bool given_up; /* the application was told that the rest of the body will not be read */
  bool gone;     /* the exchange was closed: end the connection */
  bool held;     /* suspended by stall.c */
  unsigned runs; /* of libmicrohttpd's, for stall.c */
  uint64_t held_since;
  uint64_t expects; /* bytes of body, GREEN__UNKNOWN: chunks */
  uint64_t dropped; /* bytes of body that nobody wanted */
  size_t target_size;
  const char *line; /* where the target stands in the line, for head.c */
  char target[];    /* as it came */
};

struct green_server {
  struct MHD_Daemon *daemon; /* NULL: stopped */
  green_app *app;
  struct green_runtime *runtime;
  struct green__closer closer;
  green_future *closed; /* what green_server_shutdown() gives; NULL: not asked for */
  char *path;
  int listener; /* -1: it does not listen */
  unsigned references;
  uv_poll_t readable; /* libmicrohttpd's epoll */
  uv_poll_t hangups;  /* `watch` */
  uv_idle_t soon;     /* active while a look is wanted */
  uv_timer_t tick;    /* active while there are connections */
  uv_timer_t deadline;
  unsigned handles; /* that are not closed yet */
  int watch;        /* an epoll that tells of clients that went away */
  struct green__connection *connections;
  unsigned connection_count;
  struct green__connection *idle_head, *idle_tail;
  struct green__request *roused;
  struct green__request *chunked; /* those whose body comes in chunks */
  struct green__linger *lingering;
  uint64_t idle_timeout; /* ns */
  size_t max_head;
  unsigned max_headers;
  bool secure, draining, cut;
};

/* ---- server.c ---- */

/* Has look() called soon. Any stack. */
void green__server_soon(struct green_server *server);

/* The request's connection is to go on. Any stack; called by the application too. */
void green__server_rouse(void *request);

/* ---- listen.c ---- */

/* Opens a socket that listens, on the path or the address. A descriptor, or a status, with a
 * message. */
int green__server_listen(const green_server_options *options, const green_address *address);

/* ---- connection.c ---- */

void green__connection_notify(void *server, struct MHD_Connection *mhd, void **context,
                              enum MHD_ConnectionNotificationCode code);

/* A request has ended, or its head was whole. */
void green__connection_idle(struct green__connection *connection);
void green__connection_busy(struct green__connection *connection, struct green__request *request);

/* Closes those that were idle for too long, or all that are. */
void green__connections_expire(struct green_server *server, bool all);

/* Looks who has gone. */
void green__connections_hangups(struct green_server *server);

/* True if nobody waits for the answer of the connection's request any more. */
bool green__connection_gone(const struct green__connection *connection);

/* Ends what is sent, or the socket in both directions. libmicrohttpd, which may have done with the
 * connection, sees an event, and closes it. */
void green__connection_finish(struct green__connection *connection);
void green__connection_cut(struct green__connection *connection);

/* Has green__connections_hangups() look for more than hang-ups: EPOLLIN, or 0. */
void green__connection_watch(struct green__connection *connection, uint32_t events);

/* ---- request.c ---- */

void *green__request_line(void *server, const char *target, struct MHD_Connection *mhd);
enum MHD_Result green__request_access(void *server, struct MHD_Connection *mhd, const char *url,
                                      const char *method, const char *version, const char *data,
                                      size_t *size, void **context);
void green__request_completed(void *server, struct MHD_Connection *mhd, void **context,
                              enum MHD_RequestTerminationCode code);

/* Closes its exchange before the answer was sent, and has its connection closed. */
void green__request_abandon(struct green__request *request);

/* Suspends the connection until the request is roused. */
void green__request_suspend(struct green__request *request);

/* ---- linger.c ---- */

/* Has what still comes on a socket that is about to be closed read and dropped for a while. */
void green__linger(struct green_server *server, int fd);
void green__lingers_end(struct green_server *server);

/* ---- stall.c ---- */

/* A request whose body comes in chunks; what has come of it; its end. */
void green__stall_begin(struct green__request *request);
void green__stall_end(struct green__request *request);

/* To be called behind a run of libmicrohttpd's that wants another one at once. */
void green__stalls_look(struct green_server *server);

/* Something came for a request that is held. */
void green__stall_release(struct green__request *request);

/* Ends those that were held for too long. */
void green__stalls_expire(struct green_server *server);

/* ---- head.c ---- */

/* Looks at the head: *status is 0, or refuses it, and why is given, or NULL. Hands its fields to
 * the exchange, and gives how much body it announces. */
const char *green__head_take(struct green__request *request, const char *method,
                             const char *version, int *status);

/* ---- answer.c ---- */

/* Hands the exchange's answer to libmicrohttpd. */
enum MHD_Result green__answer_queue(struct green__request *request,
                                    const struct green__answer *answer);

/* An answer of the server's own, which ends the connection; why, or NULL. */
enum MHD_Result green__answer_refuse(struct MHD_Connection *mhd, int status, const char *why);

/* To a request that is malformed behind its head. */
extern const struct green__answer green__answer_malformed;

/* Sends an answer that is whole where libmicrohttpd takes none any more, as far as the socket has
 * room; not over TLS. */
void green__answer_write(const struct green__connection *connection,
                         const struct green__answer *answer);

#endif
