/* The HTTP server: an application (app.h) behind a task a connection natively, and behind node:http
 * in Node. In service workers and pages there is nothing to listen on: there green_server_open()
 * has module.green.app.fetch() answered by the application, as it has in Node too.
 *
 * It is a target of its own, greenio::server, natively a library beside the static greenio and the
 * shared one. What follows is about that; docs/web.md says what is different in Node and in service
 * workers.
 *
 * HTTP/1.1 and 1.0 over TCP, TLS and Unix-domain sockets; connections are kept and requests may be
 * pipelined: each begins when the one before it has its answer. What is malformed, or could be read
 * in two ways, gets 400 and the end of its connection before the application sees it:
 * Content-Length beside Transfer-Encoding, either of them twice, codings but "chunked" (501),
 * folded lines, line ends that are not CR LF, blanks before a colon, control characters, no Host,
 * more than one, or one that is not a name or an address, with maybe a port; chunks whose sizes,
 * extensions, ends or trailers are not what RFC 9112 says. With an absolute target its host is what
 * the application sees as Host.
 *
 * `Expect: 100-continue` is answered with 100 when the function begins to read the body; what it
 * answers before that, its client gets without sending one.
 *
 * A client that goes away cancels the task of its request. One that ends its sending half while its
 * request waits counts as gone: that is all that the system tells of either.
 *
 * An answer goes out while the request's body is still coming in. What nobody wants of a body is
 * read and dropped, up to 256 KiB, to keep the connection; where more is to come the connection
 * ends behind the answer, once its client has had the time to read that.
 */
#ifndef GREENIO_SERVER_H
#define GREENIO_SERVER_H

#include <greenio/app.h>

GREEN_BEGIN

/* A server; it belongs to who opened it. */
typedef struct green_server green_server;

/* Where a server listens, and its limits; what is 0 or NULL has its default. */
typedef struct green_server_options {
  const char *host; /* name or address; NULL: every address of the machine */
  unsigned port;    /* 0: one that is free, see green_server_address() */
  const char *path; /* of a Unix-domain socket, in place of the two: there must not be a file yet.
                       It is removed when the server stops listening: see
                       green_listener_open_unix() */
  bool share_port; /* several processes listen on it, and the system spreads connections among them:
                      each of them says so. The port may then not be 0 */
  int backlog;     /* connections that wait to be accepted; 0: 511 */
  unsigned max_connections;             /* open at once, others wait; 0: 10,000 */
  unsigned max_connections_per_address; /* others are closed at once; not with a path; 0: any
                                           number */
  size_t max_head;         /* bytes of a request's line and headers, else 431 or 414; 0: 8 KiB */
  unsigned max_headers;    /* how many of them, else 431; 0: 100 */
  uint64_t idle_timeout;   /* milliseconds in which the next request's head has to be there, whole
                              (else 408), and in which something of a body must come (else 408) or
                              go; 0: 30,000 */
  const char *certificate; /* PEM file: serves TLS alone, with this certificate and its chain */
  const char *key;         /* PEM file: the certificate's; NULL: in the same file */
} green_server_options;

/* Begins to listen and to answer, by the application, which has to outlive the server. `options`
 * may be NULL. In a task; parks.
 *   0: *out is the caller's, green_server_release() it.
 *   GREEN_EMAIN, GREEN_ENOMEM, GREEN_EADDRINUSE, GREEN_EADDRNOTAVAIL, GREEN_EACCES, GREEN_EMFILE.
 *   GREEN_EINVAL: options that cannot be; no application.
 *   GREEN_ENOTSUP: one that this host cannot honour, by its name: share_port in Node before 22.12;
 *     all but host and port where there is nothing to listen on; a certificate in a native build
 *     with GREENIO_TLS=OFF.
 *   GREEN_ETLS: not a certificate and its key.
 *   GREEN_ENOHOST, GREEN_ECANCELED, GREEN_ETIMEDOUT: as green_address_lookup().
 *   What reading the files failed with.
 * A failure leaves a message; *out is NULL then. */
GREEN_API int green_server_open(green_server **out, green_app *app,
                                const green_server_options *options);

/* Has connections that begin from here on use another certificate, as `certificate` and `key` of
 * the options; those that there are go on with theirs. The files are read before it returns. In a
 * task; never parks.
 *   0.
 *   GREEN_EINVAL: the server has no TLS. GREEN_ECLOSED: it does not listen any more.
 *   GREEN_ETLS: not a certificate and its key. GREEN_ENOMEM. What reading the files failed with.
 *   GREEN_ENOTSUP: where there is nothing to listen on.
 * After a failure, which leaves a message, the old one stays. */
GREEN_API int green_server_set_certificate(green_server *server, const char *certificate,
                                           const char *key);

/* Where it listens. Any stack; never parks.
 *   0.
 *   GREEN_ECLOSED: it does not any more. */
GREEN_API int green_server_address(const green_server *server, green_address *out);

/* How many connections are open. Any stack; never parks. */
GREEN_API unsigned green_server_connection_count(const green_server *server);

/* Stops listening, lets the requests that are under way end, and closes each connection when it has
 * nothing to do. What is not done after so many milliseconds is cut off: its task is cancelled, its
 * connection closed; 0: at once. May be called again, for another time. Any stack; never parks.
 *   Never NULL: a future, with the caller's reference, that is done when the last connection has
 *   gone: with 0; GREEN_ETIMEDOUT: requests were cut off. */
GREEN_API green_future *green_server_shutdown(green_server *server, uint64_t milliseconds);

/* Waits for SIGTERM or SIGINT, or for green_server_shutdown(), and then until it is done; `drain`
 * is its milliseconds after a signal. A task that is cancelled here, or whose deadline passes,
 * shuts it down as well with these, and waits until that is done. Parks.
 *   0.
 *   GREEN_ECANCELED: the task was cancelled, and GREEN_ETIMEDOUT: its deadline has passed; whether
 *     requests were cut off then is what green_server_shutdown() gives.
 *   GREEN_ETIMEDOUT also: requests were cut off, which leaves a message.
 *   GREEN_EMAIN, GREEN_ENESTED, GREEN_ENOMEM: it could not wait, and the server goes on. */
GREEN_API int green_server_wait(green_server *server, uint64_t drain);

/* Lets go of the server; if it was not shut down, that is done with 0 milliseconds. NULL is
 * allowed. Any stack; never parks. */
GREEN_API void green_server_release(green_server *server);

GREEN_END
#endif
