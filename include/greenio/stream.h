/* Streams: TCP and Unix-domain connections whose calls wait. Natively and in Node. A page has no
 * sockets: there TCP connections are made by what the module's factory is given as greenSockets
 * (docs/gateway.md), and what opens any other stream or a listener gives GREEN_ENOTSUP, with a
 * message that says what is missing.
 *
 * Everything that may wait is called in a task (GREEN_EMAIN outside one, GREEN_ENESTED where it
 * cannot park), parks that task alone, and ends with GREEN_ECANCELED or GREEN_ETIMEDOUT when
 * interrupted. An interrupted call leaves the stream whole: nothing is read or sent behind its
 * back, and the counts say exactly how far it came, so that it can be gone on with.
 *
 * One task reads and one writes at a time; others that call wait their turn, first come, first
 * served, so that what they send is not mixed. Any number of streams are served by one thread; one
 * that always has data lets the other tasks run now and then.
 *
 * Backpressure: a writer parks while the receiver's and the system's buffers are full, and what
 * nobody reads is left with the system, so slow readers do not make memory grow. (Node keeps up to
 * 128 KiB a stream and direction of its own, which is lost when the program ends.)
 *
 * Under Windows a Unix-domain stream is a named pipe, whose name begins with "\\.\pipe\" or
 * "\\?\pipe\"; any other is GREEN_EINVAL. docs/windows.md has what else is different there.
 *
 * Unless said otherwise a call gives
 *   GREEN_ECLOSED: the stream was closed on this side, before or while it waited;
 *   GREEN_ECONNRESET: the connection was cut by the other side.
 *   GREEN_EPIPE: written to a side that has closed.
 *   GREEN_ETIMEDOUT also when the system gave the connection up.
 * After the last three the stream is of no further use, and is to be released.
 */
#ifndef GREENIO_STREAM_H
#define GREENIO_STREAM_H

#include <greenio/names.h>

GREEN_BEGIN

/* A connection; and what takes connections in. */
typedef struct green_stream green_stream;
typedef struct green_listener green_listener;

/* ---- connecting ------------------------------------------------------------------------------ */

/* Connects to a host by name or numeric address: looks it up and tries its addresses, as
 * green_stream_connect_any() does. Parks.
 *   0: *out is the caller's, green_stream_release() it.
 *   as green_address_lookup(), and green_stream_connect_any(). */
GREEN_API int green_stream_connect(green_stream **out, const char *host, unsigned port);

/* Connects to the first of `count` addresses that answers (RFC 8305): the families in turn, each
 * attempt 250 ms after the one before, or at once when that has failed. The others are closed. The
 * addresses are read until the call returns. Parks.
 *   0: *out is the caller's.
 *   GREEN_ECONNREFUSED, GREEN_EHOSTUNREACH, GREEN_ENETUNREACH, GREEN_ENOENT, GREEN_EACCES ...: all
 *     failed; the status of the first, and a message that names each.
 *   GREEN_EBUSY: the backlog of a Unix-domain listener is full. (Windows waits for it:
 *     GREEN_ETIMEDOUT after 30 seconds, also where the listener was closed and its connections go
 *     on.)
 *   GREEN_EMFILE, GREEN_ENOMEM.
 *   GREEN_EINVAL: no address, or one that is none.
 *   GREEN_ENOTSUP: a page without greenSockets, and a Unix-domain socket in any.
 *   With greenSockets also what they say, such as GREEN_EACCES by a gateway that does not allow it.
 * A failure leaves a message (green_message()); *out is NULL then. */
GREEN_API int green_stream_connect_any(green_stream **out, const green_address *addresses,
                                       size_t count);

/* Connects to a Unix-domain socket, at a path of at most 107 bytes. As green_stream_connect_any().
 */
GREEN_API int green_stream_connect_unix(green_stream **out, const char *path);

/* ---- reading --------------------------------------------------------------------------------- */

/* Reads what is there, at least 1 and at most `size` bytes (and 1 GiB). Parks while there is none.
 *   > 0: that many bytes. 0: the other side has ended its half.
 *   GREEN_EINVAL: size is 0. Interrupted: nothing was read. */
GREEN_API int green_stream_read(green_stream *stream, void *data, size_t size);

/* Reads `size` bytes. *done, unless `done` is NULL, is how many of them `data` holds, whatever the
 * outcome. Parks until all are there.
 *   0: all.
 *   GREEN_EPIPE: the other side ended its half before. Interrupted: see *done. */
GREEN_API int green_stream_read_exactly(green_stream *stream, void *data, size_t size,
                                        size_t *done);

/* Reads a line into `line`, without its "\n" or "\r\n" and with a 0 byte behind it. The stream
 * keeps what it has read beyond the line, for the reads to come. Parks until the line is whole.
 *   >= 0: its length in bytes, which may hold 0 bytes. What stands before the end without a "\n" is
 *     a line too.
 *   GREEN_EPIPE: the other side has ended its half, and there is nothing left.
 *   GREEN_EMSGSIZE: it does not fit into `size` bytes with the 0; GREEN_ENOMEM; or interrupted:
 *     nothing is lost, other reads give what was read of it.
 *   GREEN_EINVAL: size is 0 or above 1 GiB. */
GREEN_API int green_stream_read_line(green_stream *stream, char *line, size_t size);

/* ---- writing --------------------------------------------------------------------------------- */

/* Hands all of `size` bytes to the system (in Node, to Node). *done, unless `done` is NULL, is how
 * many were handed over, whatever the outcome. Parks while the system takes no more. That they were
 * handed over does not say that they arrived.
 *   0: all.
 *   GREEN_EPIPE: the other side has closed, or this one has ended its half. Interrupted: see *done.
 */
GREEN_API int green_stream_write(green_stream *stream, const void *data, size_t size, size_t *done);

/* Ends this side's half, behind what was written: the other side reads the end, and may go on
 * sending. A second time does nothing. Parks while another task writes.
 *   0. GREEN_ENOTSUP: a pipe of Windows, which has no halves. */
GREEN_API int green_stream_shutdown(green_stream *stream);

/* ---- the end --------------------------------------------------------------------------------- */

/* Closes the connection: what was written is still sent by the system; tasks that wait on the
 * stream get GREEN_ECLOSED. A second time does nothing. Any stack; never parks. A runtime that ends
 * closes its streams and listeners. */
GREEN_API void green_stream_close(green_stream *stream);

/* As green_stream_close(), with a reset: what was written and not sent yet is dropped, and the
 * other side gets GREEN_ECONNRESET. (A Unix-domain stream is just closed.) */
GREEN_API void green_stream_reset(green_stream *stream);

/* Closes it if it is open, and lets go of it. NULL is allowed. Any stack; never parks. */
GREEN_API void green_stream_release(green_stream *stream);

/* ---- what a stream is ------------------------------------------------------------------------ */

/* The address of this side, of the other side. Any stack; never parks.
 *   0.
 *   GREEN_ECLOSED, GREEN_ENOTCONN: the connection was cut; *out is zeroed then.
 *   GREEN_ENOTSUP: greenSockets do not tell. */
GREEN_API int green_stream_address(const green_stream *stream, green_address *out);
GREEN_API int green_stream_peer(const green_stream *stream, green_address *out);

/* Small pieces are sent at once instead of being gathered (TCP_NODELAY); off unless set. On
 * Unix-domain streams and by greenSockets without effect. Any stack; never parks.
 *   0, GREEN_ECLOSED. */
GREEN_API int green_stream_set_no_delay(green_stream *stream, bool on);

/* The system asks an idle other side every `milliseconds` whether it is still there, so that a dead
 * one is found (GREEN_ETIMEDOUT); 0: it does not, which is the default. The system counts whole
 * seconds: a part of one is rounded up. On Unix-domain streams without effect. Any stack; never
 * parks.
 *   0, GREEN_ECLOSED.
 *   GREEN_EINVAL: above 32,767,000, which the system cannot hold.
 *   GREEN_ENOTSUP: more than 0 by greenSockets, whose connections are made elsewhere. */
GREEN_API int green_stream_set_keep_alive(green_stream *stream, uint64_t milliseconds);

/* ---- listening ------------------------------------------------------------------------------- */

/* How a listener listens; zeroed: as most want it. */
typedef struct green_listener_options {
  int backlog;    /* connections that wait to be accepted; 0: 511. The system may allow fewer. */
  bool ipv6_only; /* of an IPv6 address: IPv4 clients are not taken */
  bool no_reuse;  /* refuse an address whose last connections are not forgotten yet. Natively; in
                     Node GREEN_ENOTSUP */
} green_listener_options;

/* Listens on a TCP port of an address or name; port 0: the system picks one, see
 * green_listener_address(). NULL and "" stand for every address of this machine, IPv6 and IPv4.
 * `options` may be NULL. Parks in Node, and for a name.
 *   0: *out is the caller's, green_listener_release() it.
 *   GREEN_EADDRINUSE, GREEN_EADDRNOTAVAIL, GREEN_EACCES, GREEN_EMFILE, GREEN_ENOMEM, GREEN_EINVAL.
 *   GREEN_ENOTSUP: a page, and with greenSockets. For a name as green_address_lookup(); the first
 *     address is taken.
 * A failure leaves a message (green_message()); *out is NULL then. */
GREEN_API int green_listener_open(green_listener **out, const char *host, unsigned port,
                                  const green_listener_options *options);

/* Listens on a Unix-domain socket at a path of at most 107 bytes, which must not exist; closing
 * removes it: natively if it still is this listener's, in Node whatever is there then, also the
 * socket of another one that has taken its place. As green_listener_open(). */
GREEN_API int green_listener_open_unix(green_listener **out, const char *path,
                                       const green_listener_options *options);

/* Accepts a connection. Parks while there is none; any number of tasks may wait, first come, first
 * served. Node itself accepts ahead: at most `backlog` connections wait there, and more are reset.
 *   0: *out is the caller's, green_stream_release() it.
 *   GREEN_ECLOSED: the listener was closed.
 *   GREEN_EMFILE, GREEN_ENOMEM: the connection stays in the queue, so wait a little before the next
 *     try. Interrupted: nothing was accepted.
 * *out is NULL after a failure. */
GREEN_API int green_listener_accept(green_listener *listener, green_stream **out);

/* The address, with the port that the system picked. As green_stream_address(). */
GREEN_API int green_listener_address(const green_listener *listener, green_address *out);

/* Closes it; tasks that wait on it get GREEN_ECLOSED. Any stack; never parks. */
GREEN_API void green_listener_close(green_listener *listener);

/* As green_stream_release(). */
GREEN_API void green_listener_release(green_listener *listener);

GREEN_END
#endif
