/* HTTP client: requests that wait.
 *
 * Natively libcurl; in Node and in a browser fetch(). A request parks its task alone. Cancelling
 * the task, or a deadline (GREEN_TIMEOUT), stops the transfer itself: natively the connection is
 * closed, elsewhere the fetch is aborted.
 *
 * Addresses are checked and brought into one form before a host sees them, so that all hosts take
 * and refuse the same ones: absolute, http: or https:, no user or password, a host in ASCII (an
 * international name in its xn-- form). Blanks, quotes and bytes above 126 behind the host are
 * percent-encoded, the fragment is cut off.
 *
 * What differs by host:
 *   - A browser checks origins (CORS): a page reads answers of its own origin and of servers that
 *     allow it; all other failures look the same there, GREEN_ENETWORK.
 *   - A browser sets or refuses some request headers itself (Host, Cookie, User-Agent ...).
 *   - Content-Encoding gzip and deflate (natively also what else libcurl has) are decoded.
 *   - A browser follows 20 redirects, whatever max_redirects allows above 0; more give
 *     GREEN_ENETWORK.
 *   - GET with a body works natively alone; elsewhere GREEN_ENOTSUP.
 *   - Node and browsers refuse some ports of other protocols (25, 6000 ...): GREEN_EINVAL in Node.
 *   - Natively the environment's http_proxy, https_proxy and no_proxy are heeded, and SSL_CERT_FILE
 *     names the trusted certificates in place of the system's; Node has NODE_EXTRA_CA_CERTS.
 *   - The fetch() of newer Nodes speaks HTTP/2. With Node 24.22 a connection that idled after a
 *     cancel was seen to end the process, by an error event of fetch's own that cannot be handled.
 */
#ifndef GREENIO_HTTP_H
#define GREENIO_HTTP_H

#include <greenio/base.h>

GREEN_BEGIN

/* A set of connections; it belongs to who made it. */
typedef struct green_http_client green_http_client;

/* What a request came back with; it belongs to who got it. */
typedef struct green_http_response green_http_response;

/* A header of a request or a response. */
typedef struct green_http_header {
  const char *name;  /* without the colon; compared without case */
  const char *value; /* what is behind the colon */
} green_http_header;

/* What to ask for; what is 0 has its default. */
typedef struct green_http_request {
  const char *method;                /* NULL: "GET" */
  const char *url;                   /* absolute, http: or https:, UTF-8 */
  const green_http_header *headers;  /* sent beside the host's own */
  size_t header_count;               /* of headers */
  const void *body;                  /* sent whole; NULL: none; read until the call returns */
  size_t body_size;                  /* bytes */
  size_t max_body;                   /* bytes of answer taken, after decoding; 0: 64 MiB */
  int max_redirects;                 /* followed; 0: 10; negative: none, the 3xx itself is the answer
                                        (in a browser: GREEN_ENOTSUP) */
} green_http_request;

/* Makes a client: a set of connections that are kept and reused. Any stack; never parks.
 *   0, GREEN_ENOMEM. */
GREEN_API int green_http_client_new(green_http_client **out);

/* How many connections to one host the client has open at a time at most; further requests wait
 * for one. 0, which is the default: no limit. Before the client's first request. Any stack; never
 * parks.
 *   0, GREEN_EINVAL: negative. GREEN_EBUSY: after the first request.
 *   GREEN_ENOTSUP: not natively; Node has no limit, browsers have one of their own, mostly 6. */
GREEN_API int green_http_client_set_host_connections(green_http_client *client, int most);

/* Lets go of the client; requests under way end as they would. NULL is allowed. */
GREEN_API void green_http_client_release(green_http_client *client);

/* Performs a request, redirects included, and gives the whole response. Any HTTP status is a
 * success. `client` may be NULL: the runtime's own. Parks.
 *   0: *out is the caller's, green_http_response_release() it.
 *   GREEN_EMAIN: not in a task. GREEN_ENESTED. GREEN_ENOMEM.
 *   GREEN_EINVAL: bad URL, scheme, method or header; Content-Length and Transfer-Encoding are the
 *     client's to send, and CONNECT, TRACE and TRACK are not requests that it makes.
 *   GREEN_ENOTSUP: HEAD with a body, or what this host cannot do. GREEN_ENOHOST: the name does not
 *     resolve. GREEN_ECONNREFUSED, GREEN_EHOSTUNREACH, GREEN_ENETUNREACH: no connection.
 *   GREEN_ECONNRESET: it ended before the response was whole. GREEN_ETLS: certificate or handshake.
 *   GREEN_EPROTO: not HTTP, or a redirect to something that is not. GREEN_EMSGSIZE: more than
 *     max_body. GREEN_ELOOP: more redirects than allowed. GREEN_EIO: anything else.
 *   GREEN_ENETWORK: in a browser, for all of these that concern the network.
 *   GREEN_ECANCELED, GREEN_ETIMEDOUT: interrupted (GREEN_ETIMEDOUT also when the system gave up
 *     connecting).
 * A failure leaves a message (green_message()). *out is NULL then. */
GREEN_API int green_http_perform(green_http_client *client, const green_http_request *request,
                                 green_http_response **out);

/* green_http_perform() of a GET with defaults. */
GREEN_API int green_http_get(green_http_client *client, const char *url, green_http_response **out);

/* The response. Strings and bytes belong to it. The body is followed by a 0 byte that is not
 * counted; `size` may be NULL. Headers are those of the last response alone, with names in lower
 * case and in their alphabetical order; of several with one name the values are joined by ", ".
 * A name is looked up without case; NULL when there is none. An index that is too large gives
 * NULLs. */
GREEN_API int green_http_status(const green_http_response *response);
GREEN_API const char *green_http_url(const green_http_response *response); /* after redirects */
GREEN_API const char *green_http_header_value(const green_http_response *response,
                                              const char *name);
GREEN_API size_t green_http_header_count(const green_http_response *response);
GREEN_API green_http_header green_http_header_at(const green_http_response *response, size_t index);
GREEN_API const void *green_http_body(const green_http_response *response, size_t *size);
GREEN_API void green_http_response_release(green_http_response *response); /* NULL is allowed */

GREEN_END
#endif
