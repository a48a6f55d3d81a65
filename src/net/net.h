/* Streams and listeners inside: the record that both are, and what a host owes.
 *
 * An endpoint is a connection or a listening socket. The portable part (stream.c, listener.c,
 * connect.c) decides when a task waits and what an outcome means; the host's part (socket_*.c)
 * tries operations that never wait, and calls green__endpoint_ready() when one may succeed.
 *
 * Invariants: an endpoint is counted, by the program, by each call that is under way, and by the
 * host while it may still call back. `closed` is set once; from then on nobody waits on it and the
 * host's part is gone. A task that waits is in `waiting`, and its side is watched.
 */
#ifndef GREENIO_SRC_NET_NET_H
#define GREENIO_SRC_NET_NET_H

#include <sys/uio.h>
#include <greenio/lock.h>
#include <greenio/names.h>
#include <greenio/stream.h>
#include "core/wait.h"
#include "socket.h" /* the host's struct green__socket */

enum green__side { GREEN__INPUT, GREEN__OUTPUT };

/* What is told of a connection: it may be read, or its end be there; there may be room; the other side
 * has ended its half, or all. Which of the first two it is to be told of further on. */
enum green__event { GREEN__READABLE = 1, GREEN__WRITABLE = 2, GREEN__HUNG = 4 };
typedef unsigned (*green__observer)(void *arg, unsigned events);

struct green__endpoint {
  unsigned references;
  bool closed;
  bool drained;    /* nothing can be read or accepted before the host says so */
  bool local;      /* Unix-domain, or a pipe */
  bool lacks[2];   /* of a pipe: the side that it has not */
  bool share;      /* of a listener: several processes may listen on its port; natively alone */
  int failure;     /* what reading has failed with, for ever */
  unsigned streak; /* operations since its task last parked */
  struct green__queue waiting[2];
  green__observer observe; /* or NULL: is told in the place of those that wait */
  void *observer;
  bool kept; /* who observes wants it to keep the loop alive */
  /* There is room for output, and something of TLS's is to be sent first: whether some is left. NULL:
   * there is nothing. */
  bool (*flush)(struct green__endpoint *endpoint);
  struct green_runtime *runtime;
  struct green__closer closer;
  struct green__socket socket;
};

struct green_stream {
  struct green__endpoint endpoint;
  green_lock reading, writing;
  struct green__tls_session *tls; /* tls.h; NULL: it is plain */
  bool shut;                      /* its half is ended */
  char *ahead;                    /* read beyond a line, NULL: nothing was yet */
  size_t ahead_start, ahead_size, ahead_room;
};

struct green_listener {
  struct green__endpoint endpoint;
};

/* ---- endpoint.c ------------------------------------------------------------------------------ */

/* A zeroed endpoint of `size` bytes with one reference, or NULL. */
struct green__endpoint *green__endpoint_new(size_t size);

/* The host has opened it: it is closed at the latest when the runtime ends. */
void green__endpoint_opened(struct green__endpoint *endpoint);
void green__endpoint_retain(struct green__endpoint *endpoint);
void green__endpoint_release(struct green__endpoint *endpoint);

/* Closes it and gives GREEN_ECLOSED to who waits. */
void green__endpoint_close(struct green__endpoint *endpoint, bool reset);

/* Waits until an operation may succeed: 0, GREEN_ECLOSED, or as green__wait_begin(). */
int green__endpoint_wait(struct green__endpoint *endpoint, enum green__side side, const char *what);

/* From the host: an operation may succeed now. Wakes the first that waits; false: nobody does. */
bool green__endpoint_ready(struct green__endpoint *endpoint, enum green__side side);

/* Before an operation that may succeed at once: now and then the other tasks' turn. 0, or how that
 * was interrupted. */
int green__endpoint_be_fair(struct green__endpoint *endpoint);

/* ---- connect.c, address.c -------------------------------------------------------------------- */

/* A numeric address. False: it is none. */
bool green__address_parse(const char *host, unsigned port, green_address *out);
/* Whether one that a program gives is one. */
bool green__address_is_numeric(const green_address *address);
/* A path as an address: 0, GREEN_EINVAL. */
int green__address_local(const char *path, green_address *out);
/* Leaves the message of a call that failed at an address: what it was, "" or "listen on "; and what else there
 * is to say, or "". The status. */
int green__address_failed(int status, const char *what, const green_address *address,
                          const char *why);

/* ---- the host's: sockets ---------------------------------------------------------------------
 * None of them waits, save green__socket_listen(). GREEN_EAGAIN: not now; watch the side that the
 * operation belongs to, and try again when it is ready. */

/* What a host may not be able to do; and why it is not, for a message. NULL: it can. */
enum green__ability {
  GREEN__CONNECTING,
  GREEN__CONNECTING_LOCALLY,
  GREEN__LISTENING,
  GREEN__NAMES,
  GREEN__DATAGRAMS,
  GREEN__TLS_ON_STREAMS
};
const char *green__net_lacks(enum green__ability ability);
/* What there is to say of a connection that failed, beside its status; "": nothing. */
void green__socket_why(const struct green__endpoint *stream, char *text, size_t size);
/* What there is to say of an address that is GREEN_EINVAL to the host; "": nothing. */
const char *green__address_why(const green_address *address);
/* The name of an option for a port that this host does not have; NULL: there is none. */
const char *green__listen_lacks(const green_listener_options *options);
int green__socket_listen(struct green__endpoint *listener, const green_address *address,
                         const green_listener_options *options);
/* Makes an opened stream of the first connection that waits. 0, GREEN_EAGAIN, a status. */
int green__socket_accept(struct green__endpoint *listener, struct green__endpoint *stream);
/* Begins to connect: 0, GREEN_EAGAIN: output becomes ready, then ask green__socket_connected(). */
int green__socket_connect(struct green__endpoint *stream, const green_address *address);
int green__socket_connected(struct green__endpoint *stream);
/* > 0, 0 at the end, GREEN_EAGAIN, a status. `size` is at most 1 GiB. */
int green__socket_read(struct green__endpoint *stream, void *data, size_t size);
int green__socket_write(struct green__endpoint *stream, const void *data, size_t size);
int green__socket_shutdown(struct green__endpoint *stream);
int green__socket_address(const struct green__endpoint *endpoint, bool peer, green_address *out);
int green__socket_no_delay(struct green__endpoint *stream, bool on);
int green__socket_keep_alive(struct green__endpoint *stream, unsigned seconds);

/* Have green__endpoint_ready() called for that side, until nobody waited when it was. 0, a status.
 * While at least one task waits, the endpoint keeps the event loop alive. */
int green__socket_watch(struct green__endpoint *endpoint, enum green__side side);
/* Nobody waits for that side any more. */
void green__socket_unwatched(struct green__endpoint *endpoint, enum green__side side);
/* Natively: has on_poll() told of these, a set of enum green__event. 0, a status. */
int green__socket_arm(struct green__endpoint *endpoint, int events);
void green__socket_close(struct green__endpoint *endpoint, bool reset);

/* ---- duplex_uv.c: both halves in one task ----------------------------------------------------
 * Natively, for one task that reads and writes a stream by itself and waits for either (src/server):
 * nobody else reads or writes it. None of these waits. */

GREEN__SHARED_BEGIN

/* From here on observe(arg, events) is called, on the host's stack, and never a task woken. */
void green__stream_observe(green_stream *stream, green__observer observe, void *arg);
/* Has it called for these, until it says that it no longer wants to know. 0, a status. */
int green__stream_arm(green_stream *stream, unsigned events);
/* > 0, 0 at the end, GREEN_EAGAIN, a status. *drained: there was no more; unless the other side has
 * hung up, which may have come with it. */
int green__stream_try_read(green_stream *stream, void *data, size_t size, bool *drained);
/* How much was sent, or taken by TLS, which then has to be flushed; GREEN_EAGAIN, a status. */
int green__stream_try_write(green_stream *stream, const struct iovec *parts, int count);
/* 0: all that was taken is with the system. GREEN_EAGAIN: it is sent when there is room; a status. */
int green__stream_try_flush(green_stream *stream);
/* How many bytes have come that nobody has read. */
size_t green__stream_unread(const green_stream *stream);
/* How many bytes this side's system has that the other's has not taken; on Windows 0. */
size_t green__stream_untaken(const green_stream *stream);
/* Whether it was cut, or has ended and nothing is left to be read. */
bool green__stream_is_over(const green_stream *stream);
/* Whether it was cut, whatever is left to be read. */
bool green__stream_is_cut(const green_stream *stream);
/* Ends this side's half; over TLS it says so. What was taken has been flushed. */
void green__stream_finish(green_stream *stream);

/* A listener on a port that other processes listen on as well. As green_listener_open(). */
int green__listener_open_shared(green_listener **out, const char *host, unsigned port,
                                const green_listener_options *options);
/* A connection that waits to be accepted: 0, GREEN_EAGAIN, and as green_listener_accept(). */
int green__listener_try_accept(green_listener *listener, green_stream **out);

GREEN__SHARED_END

#endif
