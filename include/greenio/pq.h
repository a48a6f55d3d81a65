/* PostgreSQL's libpq without blocking, natively, and in WebAssembly where it was compiled by emcc
 * (CMake: GREENIO_LIBPQ). Portable code uses <greenio/pg.h>, which needs none there; this is for
 * programs that have code on libpq, or want all of it.
 *
 * Two ways, which can be mixed:
 *
 *   - Made green (CMake: greenio::pq_asynchronous): after green_pq_make_asynchronous() libpq's own
 *     functions, called in a task, park that task alone, also from libraries that are built on
 *     libpq and know nothing of greenio. It stands on <greenio/posix.h>: it patches the process.
 *   - Explicit (CMake: greenio::pq): the functions green_pq_* below, which patch nothing. They are
 *     named after libpq's, take the same arguments, and wait in their place.
 *
 * One handle, one task. A PGconn belongs to one task at a time: while its call is parked, another
 * that used it would find it half way. So it does not come to that: an explicit function returns
 * GREEN_EBUSY, and a function of libpq that was made green writes a line to stderr and fails, as
 * libpq fails. Functions of libpq that never wait are not looked at. Give each task its own PGconn,
 * or have them take turns with a green_lock or a channel of handles.
 *
 * Interruption. What a deadline or a cancel does to a call with a statement under way is the same
 * in both ways: the server is asked to cancel the statement, what it still sends is taken, and the
 * connection is as usable as after any statement that failed (a transaction has to be rolled back).
 * A COPY is ended by that, too. The server has green_pq_set_grace() for it, whatever it does or
 * does not do; when it has not answered by then, and in pipeline mode at once, the socket is shut
 * down, and the connection is bad (PQstatus(): CONNECTION_BAD), good for green_pq_reset() or
 * PQfinish(), as it is when a reset was interrupted. It is never left half-read.
 */
#ifndef GREENIO_PQ_H
#define GREENIO_PQ_H

#include <libpq-fe.h>
#include <greenio/base.h>
#include <greenio/status.h>

GREEN_BEGIN

/* ---- made green ------------------------------------------------------------------------------ */

/* From here on libpq's functions that wait park the tasks of this process that call them; outside
 * tasks and in other threads they are libpq's as ever (which in WebAssembly fail at once). It
 * includes green_posix_enable(), whole: what is built on libpq often waits on its socket by itself,
 * so that libpq's own calls would not be enough. Other libraries' blocking calls, made in tasks,
 * park from then on as well. There is no way back. Any stack, any number of times, before the first
 * connection; never parks. Needs greenio::pq_asynchronous.
 *   0.
 *   GREEN_ENOTSUP: natively, the program was linked such that libraries do not see greenio's
 *     functions: see docs/postgresql.md. In WebAssembly, there are no sockets, as
 *     green_posix_enable() says. */
GREEN_API int green_pq_make_asynchronous(void);

/* How long the server has, after an interruption, to end the statement, in milliseconds; 5,000
 * unless set. For all connections of the process. Any stack; never parks. */
GREEN_API void green_pq_set_grace(uint64_t milliseconds);

/* ---- explicit --------------------------------------------------------------------------------
 *
 * All of them are for tasks, and park. Their arguments are in libpq's order, and what libpq returns
 * comes last. Unless they say otherwise they return
 *   0                done; what the server had to say, errors of SQL included, is in the result, as
 *                    with libpq
 *   GREEN_ECANCELED  interrupted, see above; what came of a result is gone
 *   GREEN_ETIMEDOUT  interrupted
 *   GREEN_ENOTCONN   the connection is bad, or became so. PQerrorMessage() has the reason, and is
 *                    the task's green_message()
 *   GREEN_EINVAL     libpq does not take this now, or these arguments; PQerrorMessage() as well
 *   GREEN_EBUSY      another task uses the connection
 *   GREEN_EMAIN      not in a task
 *   GREEN_ENESTED    not where a task may wait
 *   GREEN_ENOMEM     no memory
 * Results are the caller's, for PQclear(); *out is NULL after a failure. They set the connection to
 * libpq's non-blocking mode, which its waiting functions do not heed, and leave it so.
 *
 * In WebAssembly libpq's sockets are those of <greenio/posix.h>: green_pq_connect() and its kin
 * call green_posix_enable(); who begins with PQconnectStart() does so before. */

/* Waits until libpq has what it waits for, whatever that is: the callback with which a library on
 * libpq's asynchronous functions is made green. While a connection is made (PQconnectStart(), or
 * PQresetStart()) it goes on until that is done; otherwise it sends what is to be sent, and reads
 * until PQgetResult() would not block. It does not change the mode of the connection.
 *   GREEN_ECANCELED, GREEN_ETIMEDOUT: everything is left as it is. It may be called again, and
 *     green_pq_cancel() ends the statement. GREEN_ETIMEDOUT, with a message: also that an address
 *     did not answer within `connect_timeout`.
 *   GREEN_ENOTCONN: also an attempt to connect that failed. */
GREEN_API int green_pq_wait(PGconn *connection);

/* Connects, as PQconnectdb() and PQconnectdbParams() do. Host names are looked up by
 * green_address_lookup(), each address becoming one of the hosts to try; what libpq reads for
 * itself are small files (services, passwords, certificates). Each address has `connect_timeout`,
 * where that is set, before the next one's turn comes; the lookups do not count. Where a server
 * wants Kerberos, or a service is in LDAP, these libraries block.
 *   0                *out is connected; for PQfinish()
 *   GREEN_ENOTCONN   *out is a bad connection, to be asked for the reason, and for PQfinish()
 *   GREEN_ENOHOST    none of the names has an address
 *   GREEN_EINVAL     not a conninfo string
 *   GREEN_ENOTSUP    in WebAssembly: there are no sockets, and green_message() says what to give
 *   GREEN_ETIMEDOUT  also that the last address did not answer within `connect_timeout`
 * With others than GREEN_ENOTCONN, and interrupted, *out is NULL. */
GREEN_API int green_pq_connect(PGconn **out, const char *conninfo);
GREEN_API int green_pq_connect_params(PGconn **out, const char *const *keywords,
                                      const char *const *values, int expand_dbname);

/* Connects anew with the same parameters, as PQreset() does: a connection of green_pq_connect()
 * with the addresses found then, and another's by looking up host names as libpq does, which
 * blocks. Interrupted or failed once it has begun, it leaves the connection bad, for another reset
 * or PQfinish().
 *   GREEN_ETIMEDOUT: also that an address did not answer within `connect_timeout`; the next is then
 *     not tried. */
GREEN_API int green_pq_reset(PGconn *connection);

/* PQexec(), PQexecParams(), PQprepare(), PQexecPrepared(), PQdescribePrepared() and
 * PQdescribePortal(): the last result, or the first one that starts a COPY. Results that were not
 * taken of what was sent before are dropped.
 *   GREEN_EINVAL: also while a COPY is under way, and in pipeline mode. */
GREEN_API int green_pq_exec(PGconn *connection, const char *query, PGresult **out);
GREEN_API int green_pq_exec_params(PGconn *connection, const char *query, int count,
                                   const Oid *types, const char *const *values, const int *lengths,
                                   const int *formats, int result_format, PGresult **out);
GREEN_API int green_pq_prepare(PGconn *connection, const char *name, const char *query, int count,
                               const Oid *types, PGresult **out);
GREEN_API int green_pq_exec_prepared(PGconn *connection, const char *name, int count,
                                     const char *const *values, const int *lengths,
                                     const int *formats, int result_format, PGresult **out);
GREEN_API int green_pq_describe_prepared(PGconn *connection, const char *name, PGresult **out);
GREEN_API int green_pq_describe_portal(PGconn *connection, const char *name, PGresult **out);

/* The next result of what one of the functions PQsend*() has sent: PQgetResult(). In single-row
 * mode (PQsetSingleRowMode()) it takes no more from the server than libpq's buffer holds, so that a
 * result of any size passes through.
 *   0: *out is the result, or NULL: there are no more. */
GREEN_API int green_pq_get_result(PGconn *connection, PGresult **out);

/* Sends what PQsend*() has queued: PQflush(), until nothing is left. */
GREEN_API int green_pq_flush(PGconn *connection);

/* COPY in. PQputCopyData(), of any size, which waits while more than some KiB are queued, so that
 * memory does not grow; and PQputCopyEnd(), which waits until all has been sent. The result of the
 * COPY comes behind it, by green_pq_get_result(). `error` makes the COPY fail with that text; NULL:
 * it succeeds. */
GREEN_API int green_pq_put_copy_data(PGconn *connection, const char *data, size_t size);
GREEN_API int green_pq_put_copy_end(PGconn *connection, const char *error);

/* COPY out: PQgetCopyData().
 *   > 0: the bytes of one row at *out, for PQfreemem().
 *   0: the end; the result of the COPY comes by green_pq_get_result(). */
GREEN_API int green_pq_get_copy_data(PGconn *connection, char **out);

/* Waits for a notification of a LISTEN: PQnotifies(). One that has come already is given at once.
 *   0: *out, for PQfreemem(). */
GREEN_API int green_pq_notification(PGconn *connection, PGnotify **out);

/* Asks the server to cancel the connection's statement, by a connection of its own, as PQcancel()
 * does; without a thread, and for no longer than the grace. The statement's own task has its result
 * then; so this is for another task, and is no use of the connection. (With libpq before 17 it is
 * not encrypted, as with PQcancel(); since 17 it is if the connection is.)
 *   0                asked, which may have come too late
 *   GREEN_EIO        it could not be asked; green_message() says why
 *   GREEN_ETIMEDOUT  the server has not answered the request, or interrupted: it may be asked
 *                    still, within the grace
 *   GREEN_ECANCELED  interrupted, the same
 *   GREEN_ENOTCONN   not connected
 *   GREEN_ENOTSUP    a libpq whose requests cannot be made without blocking; the message names it
 *   GREEN_EMAIN, GREEN_ENESTED, GREEN_ENOMEM */
GREEN_API int green_pq_cancel(PGconn *connection);

/* ---- large objects ---------------------------------------------------------------------------
 *
 * libpq's lo_*() have no form that does not block, so these call the same functions of the server
 * by SQL. As with libpq, in a transaction, which ends what is open.
 *   GREEN_EPROTO: the server refused, and the transaction has failed; or its answer makes no sense.
 *     green_message() says which. */

/* Makes a large object: with a number of the server's choice if *object is 0, else with that one.
 * And deletes one. */
GREEN_API int green_pq_lo_create(PGconn *connection, Oid *object);
GREEN_API int green_pq_lo_unlink(PGconn *connection, Oid object);

/* Opens one. `mode`: INV_READ, INV_WRITE (of <libpq/libpq-fs.h>), or both. And closes it.
 *   >= 0: the descriptor; closed: 0. */
GREEN_API int green_pq_lo_open(PGconn *connection, Oid object, int mode);
GREEN_API int green_pq_lo_close(PGconn *connection, int descriptor);

/* Reads and writes at the descriptor's position, at most 512 MiB at once.
 *   >= 0: how many bytes; read: less than `size` at the end only. */
GREEN_API int green_pq_lo_read(PGconn *connection, int descriptor, void *buffer, size_t size);
GREEN_API int green_pq_lo_write(PGconn *connection, int descriptor, const void *data, size_t size);

/* Moves the descriptor's position; `whence` as with lseek(2).
 *   >= 0: the position. */
GREEN_API int64_t green_pq_lo_seek(PGconn *connection, int descriptor, int64_t offset, int whence);

/* Cuts the object to `size` bytes, or fills it up with zeroes. */
GREEN_API int green_pq_lo_truncate(PGconn *connection, int descriptor, int64_t size);

GREEN_END
#endif
