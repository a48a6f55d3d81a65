/* HTTP client: requests that wait.
 *
 * Natively libcurl; in Node and in a browser fetch(). A request parks its task alone. Cancelling
 * the task, or a deadline (GREEN_TIMEOUT), stops the transfer itself: natively the connection is
 * closed, elsewhere the fetch is aborted.
 *
 * Addresses are checked and brought into one form before a host sees them, so that all hosts take
 * and refuse the same ones: absolute, http or https, no user or password, a host in ASCII (an
 * international name in its xn-- form). Blanks, quotes and bytes above 126 behind the host are
 * percent-encoded, "." and ".." are taken out of the path, the fragment is cut off; 127.1 and
 * 0x7f000001 become 127.0.0.1. So are those that a redirect leads to, except in a browser, which
 * follows by itself. An address from outside may lead to this machine and its private networks,
 * whatever it looks like: see `allow` of a client.
 *
 * What is sent twice: by itself greenio repeats a request of a safe method alone (GET, HEAD,
 * OPTIONS), and that natively, when a kept connection ends without an answer. Any other is
 * GREEN_ECONNRESET then, since the server may have acted on it, and made again only where `retry`
 * says so; in Node all are. (Deno and Bun repeat by themselves: safe ones as they like, and any
 * other has a connection of its own there, on which they do not.) A browser resends by itself on a
 * new connection, with Chromium whatever the method, and shows nothing of it: where a POST must not
 * be done twice, give it a header Idempotency-Key, or another number of its own, by which the
 * server knows it again.
 *
 * What differs by host:
 *   - A browser checks origins (CORS): a page reads answers of its own origin and of servers that
 *     allow it; all other failures look the same there, GREEN_ENETWORK.
 *   - A request header that the host does not send as it is given is GREEN_ENOTSUP, and the message
 *     names it. In Node: Host, Expect, Keep-Alive, Upgrade, Sec-Fetch-Mode, and Connection but for
 *     "close" and "keep-alive". In a browser: the forbidden ones of the Fetch standard (Cookie,
 *     Host, Origin, Referer, Connection, Date, Accept-Encoding, Proxy-*, Sec-* ...) and User-Agent.
 *     Natively none; but HTTP/2 has no Connection, Keep-Alive, Upgrade and Proxy-Connection, nor TE
 *     but for "trailers", and over it they are left out.
 *   - Content-Encoding gzip, deflate and br (natively what libcurl has; Debian's has them all, and
 *     zstd) are decoded. A body of a coding that was not asked for is given as it came; natively
 *     it is GREEN_EPROTO, and so is a gzip body of several members or with bytes behind its end.
 *   - A browser follows 20 redirects, and more give GREEN_ENETWORK; another max_redirects above 0
 *     is GREEN_ENOTSUP there.
 *   - GET with a body works natively alone; elsewhere GREEN_ENOTSUP. A body of no bytes is none.
 *   - Node gives up connecting after 10 s (GREEN_ETIMEDOUT, and the message says so); and it looks
 *     names up on a pool of threads that is its own, see <greenio/names.h>.
 *   - Node and browsers refuse some ports of other protocols (25, 6000 ...): GREEN_EINVAL in Node.
 *   - Natively the environment's http_proxy, https_proxy and no_proxy are heeded, and SSL_CERT_FILE
 *     names the trusted certificates in place of the system's. Node has NODE_EXTRA_CA_CERTS and,
 *     from 24 on, NODE_USE_ENV_PROXY=1, both for the whole process.
 *   - HTTP/2 is spoken over TLS with servers that offer it: natively if libcurl has it, in
 *     browsers, and by the fetch() of newer Nodes. Natively a connection carries one request at a
 *     time all the same, so that a cancel can close it.
 *   - Node takes a body in chunks that is cut off for whole if the server had announced to close;
 *     WebKitGTK any of those, and one whose coding is broken. One that is shorter than its
 *     Content-Length is found out there as well.
 *   - Firefox shows the head of an answer with the first byte of its body alone.
 *   - WebKitGTK sends header values beyond ASCII as UTF-8 of what was UTF-8, and "%41", "%7E" in a
 *     path as the characters that they stand for.
 *   - With Node 24.22 an HTTP/2 connection that idled after a cancel was seen to end the process,
 *     by an error event of fetch's own that cannot be handled.
 */
#ifndef GREENIO_HTTP_H
#define GREENIO_HTTP_H

#include <greenio/base.h>
#include <greenio/names.h>

/* Of a greenio that was built with GREENIO_HTTP=OFF the types alone are there, for app.h; a program
 * that calls one of the functions is not compiled. GREENIO_NO_HTTP comes from greenio's CMake
 * package or from pkg-config. */
#ifdef GREENIO_NO_HTTP
#pragma push_macro("GREEN_API")
#undef GREEN_API
#define GREEN_API                                                                                  \
  GREEN__ABSENT("this greenio has no HTTP client: it was built with GREENIO_HTTP=OFF")
#endif

GREEN_BEGIN

/* Defaults and a set of connections; it belongs to who made it. */
typedef struct green_http_client green_http_client;

/* What a request came back with; it belongs to who got it. */
typedef struct green_http_response green_http_response;

/* A header, or a field of a query or a form. */
typedef struct green_http_header {
  const char *name;  /* without the colon; compared without case */
  const char *value; /* what is behind the colon */
} green_http_header;

/* ---- clients --------------------------------------------------------------------------------- */

/* When a request is made again. Only what may be made twice is: methods that are idempotent (GET,
 * HEAD, PUT, DELETE, OPTIONS) unless `any_method`, and never with a body from a function. The wait
 * before the attempt n is drawn from the upper half of delay * 2^(n - 1), at most max_delay. A
 * Retry-After of the answer is waited for instead; if it is longer than max_delay, or the wait
 * would outlast the task's deadline, the request is not made again and its last outcome stands. */
typedef struct green_http_retry {
  int count;            /* further attempts; 0: none */
  uint64_t delay;       /* milliseconds; 0: 200 */
  uint64_t max_delay;   /* milliseconds; 0: 10,000 */
  const int *statuses;  /* HTTP's; NULL: 408, 425, 429, 500, 502, 503, 504 */
  size_t status_count;  /* of statuses */
  const int *failures;  /* greenio's; NULL: those of the network (not GREEN_ETLS, GREEN_EPROTO) */
  size_t failure_count; /* of failures */
  bool any_method;      /* also what is not idempotent */
} green_http_retry;

/* Says whether a client may connect to an address: asked before each connection, redirects' too,
 * with the very address that is then connected to, so that no second lookup can give another. (A
 * kept connection was asked about when it was made.) Called on the host's own stack; may not wait.
 * See green_address_is_public().
 *   0 or above: yes.
 *   A negative status, GREEN_EACCES for example: no. Unless another address of the name is let
 *     through, the request fails with it, and the message names the address. */
typedef int (*green_http_allow_function)(const green_address *address, void *arg);

/* What a client's requests have in common. Everything is copied; 0 and NULL are the defaults. */
typedef struct green_http_client_options {
  const char *base_url;             /* put before addresses that begin with '/' or '?' */
  const green_http_header *headers; /* sent unless the request has one of that name */
  size_t header_count;              /* of headers */
  const char *user_agent;           /* NULL: greenio/VERSION. In a browser GREEN_ENOTSUP */
  bool cookies;           /* a jar: cookies of answers are kept in memory and sent back. Node: the
                             client's own, without a list of public suffixes. A browser has one jar:
                             false sends its cookies to the page's origin, true to all (which must
                             allow it) */
  uint64_t timeout;       /* milliseconds for one attempt, its body included; 0: none */
  uint64_t idle_timeout;  /* milliseconds in which nothing comes or goes though the program is
                             ready for it; 0: none */
  size_t max_body;        /* for requests that do not say; see there */
  int max_redirects;      /* for requests that do not say */
  green_http_retry retry; /* for requests that do not say */
  bool traceparent; /* all requests carry the context of their task: see traceparent of a request.
                             For a client that speaks with servers of one's own alone */

  /* From here on natively alone; with fetch() GREEN_ENOTSUP. */

  int host_connections;     /* open to one host at a time at most, further requests wait; 0: no
                               limit. Node has none; a browser has one of its own, mostly 6 */
  uint64_t connect_timeout; /* milliseconds for name, connection and TLS; 0: 300,000 */
  const char *proxy;   /* "http://host:port", "socks5h://..."; "": none; NULL: the environment's */
  const char *ca_file; /* PEM: trusted in place of the system's */
  const char *certificate; /* PEM file: the client's; Windows: PKCS#12, with its key */
  const char *key; /* PEM file: the certificate's; NULL: in the same file. Windows: GREEN_ENOTSUP */
  bool insecure;   /* takes any certificate */
  green_http_allow_function allow; /* asked before each connection; with it no proxy is used */
  void *allow_arg;                 /* handed to it */
} green_http_client_options;

/* Makes a client: defaults, and a set of connections that are kept and reused. `options` may be
 * NULL and is copied. Any stack; never parks.
 *   0, GREEN_ENOMEM.
 *   GREEN_EINVAL: a bad base_url or header.
 *   GREEN_ENOTSUP: an option that this host cannot heed; in a task a message names it. */
GREEN_API int green_http_client_new(green_http_client **out,
                                    const green_http_client_options *options);

/* Lets go of the client; requests under way end as they would. NULL is allowed. Any stack; never
 * parks. */
GREEN_API void green_http_client_release(green_http_client *client);

/* ---- requests -------------------------------------------------------------------------------- */

/* How far a request is, in bytes of body; a total that is not known is 0. Received bytes are
 * counted as the program gets them, decoded; receive_total is 0 for an answer with a
 * Content-Encoding. */
typedef struct green_http_progress {
  uint64_t sent;          /* so far */
  uint64_t send_total;    /* or 0 */
  uint64_t received;      /* so far */
  uint64_t receive_total; /* or 0 */
} green_http_progress;

/* Gives a body in pieces: called in the task that performs, opens or reads, whenever more can be
 * sent, and may wait. Fills `buffer` with up to `size` bytes and returns how many; 0 at the end; a
 * negative status ends the request with it. With body_size it must give exactly so many, else
 * GREEN_EPROTO; a Content-Length is then sent, else chunks. A browser gathers all pieces first. A
 * redirect that would need the body again is GREEN_ENOTSUP. */
typedef int (*green_http_body_function)(void *buffer, size_t size, void *arg);

/* Takes note of progress, on the host's own stack, in the runtime's thread; may not wait. With
 * fetch() a body from memory counts as sent when the answer begins. */
typedef void (*green_http_progress_function)(const green_http_progress *progress, void *arg);

/* What to ask for; what is 0 has its default. */
typedef struct green_http_request {
  const char *method;               /* NULL: "GET", or "POST" with a form */
  const char *url;                  /* absolute, http or https, UTF-8; or see base_url */
  const green_http_header *headers; /* sent beside the client's and the host's own */
  size_t header_count;              /* of headers */
  const void *body; /* NULL: none; read until the call returns, or, with green_http_open(), until
                       the response is released or read to its end */
  size_t body_size; /* bytes; with produce: how many it will give, 0: not known */
  size_t max_body; /* bytes of answer taken, after decoding; 0: the client's, or 64 MiB, or no limit
                      with green_http_open() */
  int max_redirects; /* followed: 301, 302, 303, 307, 308 with a Location; 0: the client's, or 10;
                        negative: none, the 3xx itself is the answer (in a browser: GREEN_ENOTSUP).
                        To another origin go no Authorization, Proxy-Authorization, Cookie, Host,
                        traceparent and tracestate.
                        Several Location headers that differ are GREEN_EPROTO */

  const green_http_header *query; /* appended to the URL, percent-encoded */
  size_t query_count;             /* of query */
  const green_http_header *form;  /* the body, as application/x-www-form-urlencoded */
  size_t form_count;              /* of form */

  green_http_body_function produce; /* gives the body in pieces */
  void *produce_arg;                /* handed to it */

  green_http_progress_function progress; /* called whenever a piece came or went */
  void *progress_arg;                    /* handed to it */

  const green_http_retry *retry; /* NULL: the client's */

  bool traceparent; /* carries the context of the task (traceparent.h), if it has one: headers
                       traceparent, with the number of the request's span where somebody observes,
                       and tracestate. A header traceparent of the program's stands, and then
                       neither is added. Not sent to another origin by a redirect; but a browser
                       follows by itself, and takes them along. There they also have a request to
                       another origin wait for a preflight, which its server is to allow
                       (Access-Control-Allow-Headers), or the request is GREEN_ENETWORK: so they are
                       not for servers of others */
} green_http_request;

/* Performs a request, redirects and retries included, and gives the whole response. Any HTTP status
 * is a success. `client` may be NULL: the runtime's own. Parks.
 *   0: *out is the caller's, green_http_response_release() it.
 *   GREEN_EMAIN: not in a task.
 *   GREEN_ENESTED, GREEN_ENOMEM.
 *   GREEN_EINVAL: bad URL, scheme, method or header; Content-Length and Transfer-Encoding are the
 *     client's to send, and CONNECT, TRACE and TRACK are not requests that it makes; more than one
 *     of body, form and produce.
 *   GREEN_ENOTSUP: HEAD with a body, or what this host cannot do, such as to send a header.
 *   GREEN_ENOHOST: the name does not resolve.
 *   GREEN_ECONNREFUSED, GREEN_EHOSTUNREACH, GREEN_ENETUNREACH: no connection; what the client's
 *     `allow` says no with.
 *   GREEN_ECONNRESET: it ended before the response was whole.
 *   GREEN_ETLS: certificate or handshake.
 *   GREEN_EPROTO: not HTTP, or a redirect to something that is not; a length that is no number, or
 *     that is said in two ways; headers or trailers without end (natively more than 256 and 64 KiB,
 *     in Node 16).
 *   GREEN_EMSGSIZE: more than max_body.
 *   GREEN_ELOOP: more redirects than allowed.
 *   GREEN_EIO: anything else.
 *   GREEN_ENETWORK: in a browser, for all of these that concern the network.
 *   GREEN_ECANCELED, GREEN_ETIMEDOUT: interrupted (GREEN_ETIMEDOUT also: a timeout of the client's
 *     has passed, or the system gave up connecting).
 *   What `produce` failed with.
 * A failure leaves a message (green_message()). *out is NULL then. */
GREEN_API int green_http_perform(green_http_client *client, green_http_response **out,
                                 const green_http_request *request);

/* green_http_perform() of a GET with defaults. */
GREEN_API int green_http_get(green_http_client *client, green_http_response **out, const char *url);

/* Performs a request until its status and headers are there; the body is then taken by
 * green_http_response_read(). Parks.
 *   as green_http_perform(). */
GREEN_API int green_http_open(green_http_client *client, green_http_response **out,
                              const green_http_request *request);

/* Reads the next bytes of the body of a response from green_http_open(), at most `size` (and at
 * most INT_MAX). Parks while there are none. What is not read stays with the server, but for 48
 * KiB, and what the system's sockets hold: a slow reader slows the sender. One task at a time.
 * Interrupted, it has taken nothing and may be called again.
 *   > 0: so many bytes. 0: the end, also of a response that came whole; `size` is 0.
 *   GREEN_ECANCELED, GREEN_ETIMEDOUT: interrupted; also the client's timeouts.
 *   GREEN_EBUSY: another task waits for the next bytes.
 *   GREEN_ECLOSED: the runtime has ended. Otherwise as green_http_perform(). */
GREEN_API int green_http_response_read(green_http_response *response, void *buffer, size_t size);

/* ---- responses ------------------------------------------------------------------------------- */

/* Strings and bytes belong to the response. The body is followed by a 0 byte that is not counted;
 * `size` may be NULL; it is empty with green_http_open(). Headers are those of the last response
 * alone, with names in lower case and in their alphabetical order; of several with one name the
 * values are joined by ", ". A name is looked up without case; NULL when there is none. An index
 * that is too large gives NULLs. */
GREEN_API int green_http_response_status(const green_http_response *response);
GREEN_API const char *
green_http_response_url(const green_http_response *response); /* after redirects */
GREEN_API const char *green_http_response_header(const green_http_response *response,
                                                 const char *name);
GREEN_API size_t green_http_response_header_count(const green_http_response *response);
GREEN_API green_http_header green_http_response_header_at(const green_http_response *response,
                                                          size_t index);
GREEN_API const void *green_http_response_body(const green_http_response *response, size_t *size);

/* The body as UTF-8: decoded by its byte order mark, by the charset of its Content-Type, or as
 * UTF-8. What is not valid becomes U+FFFD. ISO-8859-1 is taken for windows-1252, as browsers do.
 * Charsets other than these and UTF-16 are iconv(3)'s natively, on the caller's stack, which should
 * have 32 KiB free; under Windows the system's code pages, where what is not valid may become
 * another sign; and TextDecoder's elsewhere. The text is made once, ends with a 0 byte that is not
 * counted, and belongs to the response; `size` may be NULL. Any stack; never parks.
 *   0, GREEN_ENOMEM.
 *   GREEN_ENOTSUP: the host does not know the charset; *text is NULL. */
GREEN_API int green_http_response_text(green_http_response *response, const char **text,
                                       size_t *size);

/* Frees the response, and stops it if it is still being received. NULL is allowed. Any stack; never
 * parks. */
GREEN_API void green_http_response_release(green_http_response *response);

GREEN_END

#ifdef GREENIO_NO_HTTP
#pragma pop_macro("GREEN_API")
#endif
#endif
