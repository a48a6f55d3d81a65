/* HTTP applications: functions that answer requests in plain blocking style, run by a pool of tasks
 * behind whatever HTTP server the host has.
 *
 * An application is a list of middleware, routes, and a list of response middleware, all ordinary
 * functions that may wait (green_handler). A request runs in a worker of the application's pool:
 * the middleware in the order in which it was added, then the first route that matches; the first
 * function that makes a response wins. Then response middleware runs, in order, and each may
 * replace the response. What nobody answers is 404; a path that has routes, though none for the
 * method, 405 with Allow; HEAD is answered by the route for GET, OPTIONS by the list of methods
 * unless there is a route for it. A function that fails gives 500 and a line in the error log, one
 * without memory 503; whatever happens, the server goes on. A client that goes away cancels the
 * task of its request.
 *
 * A request and its response belong to the application and end when the pool's job ends: what a
 * task of the program's own is to use longer is copied, or that task is joined before. Unless said
 * otherwise, functions on them are called in the task of the request, never park, and strings and
 * bytes that they give live as long as the request.
 */
#ifndef GREENIO_APP_H
#define GREENIO_APP_H

#include <stdio.h>
#include <greenio/http.h>
#include <greenio/names.h>
#include <greenio/pool.h>

GREEN_BEGIN

/* An application; it belongs to who made it. */
typedef struct green_app green_app;

/* What a client asks for. */
typedef struct green_request green_request;

/* What it will get. */
typedef struct green_response green_response;

/* Middleware, the function of a route, or response middleware.
 *   0: done, or not its concern: whether it made the response is what counts.
 *   negative: it failed. A response that it had made is dropped. The client gets 413, 400 or 408 if
 *     that is what reading the request's body failed for, 503 for GREEN_ENOMEM and, where the
 *     application's timeout has passed, GREEN_ETIMEDOUT, otherwise 500; the message (green_fail())
 *     goes to the error log alone. A body that is already on its way is broken off.
 *   positive: as 0 where there is a response, once what green_response_await() was given is done;
 *     otherwise GREEN_EINVAL. */
typedef int (*green_handler)(green_request *request, green_response *response, void *arg);

/* ---- applications ---------------------------------------------------------------------------- */

/* Whether a request's task has a trace context (traceparent.h). Each has a number of its own in
 * its trace, by which what it asks of others names it; but where it goes on with a caller's and
 * nobody observes, that is the caller's number. The access log's function has no context. For
 * GREEN_APP_TRACE_CONTINUE whoever can reach the application chooses which trace its requests are
 * of, and has them recorded where the flag decides that: so it is for what is reached by programs
 * of one's own, or behind a proxy that takes the headers out. Of what is no traceparent, or more
 * than one, nothing is taken, and of no tracestate or one that is too long its traceparent
 * alone. */
typedef enum green_app_trace {
  GREEN_APP_TRACE_NONE,    /* none, not even that of the task in which the server was made */
  GREEN_APP_TRACE_BEGIN,   /* each request begins a trace, whatever its headers say; it is sampled
                              while somebody observes */
  GREEN_APP_TRACE_CONTINUE /* it goes on with that of its headers, or begins one */
} green_app_trace;

/* How an application runs; what is 0 has its default. */
typedef struct green_app_options {
  green_pool *pool;  /* runs the requests, and stays the caller's; NULL: one of its own */
  int workers;       /* of its own pool at most; 0: GREEN_POOL_DEFAULT_WORKERS */
  size_t max_queued; /* requests that wait for a worker; further ones get 503. 0: any number */
  size_t max_body;   /* bytes of a request's body, see green_request_set_max_body(); 0: 1 MiB */
  uint64_t timeout;  /* milliseconds for a request, from its beginning in a worker: then its waits
                        fail with GREEN_ETIMEDOUT, also those of a stream; 0: none */
  bool body_first;   /* a request has a worker once its body is whole, or is larger than max_body
                        allows: clients that send slowly then hold none, but up to max_body bytes of
                        memory each */
  int max_streams;   /* requests that go on without a worker, see green_response_detach(); further
                        ones get 503. 0: 1,000 */
  bool compress;     /* answers are compressed for clients that take it, see below */
  bool etags;        /* whole answers have an ETag, see below */
  green_app_trace trace; /* of an application that others are within, its own counts */
} green_app_options;

/* Compressed answers: gzip and, where the body is whole, br (in Node, and natively if greenio was
 * built with libbrotli), as Accept-Encoding says. Types that gain: text but text/event-stream,
 * JSON, XML, JavaScript, WebAssembly, SVG and some fonts and images; bodies of 1 KiB and more, or
 * of a size that is not known. Such an answer has Vary: Accept-Encoding; what is compressed has no
 * Content-Length if it is in pieces, no Accept-Ranges, and a weak ETag. Each green_response_write()
 * can be read by the client when it has come, and a body in pieces takes some 100 KB of memory
 * meanwhile. Left as they are: answers with Content-Encoding ("identity" too), Content-Range or a
 * digest, with Cache-Control: no-transform, 206, and those of module.green.app.fetch() and of
 * service workers, which no network carries. Beware: where a page holds a secret and also what the
 * request says, their sizes tell the secret to who listens and can make many requests (BREACH).
 * Such a page has Cache-Control: no-transform, or a secret that looks different each time.
 *
 * ETags: an answer to GET or HEAD with 200 and a whole body that has none, and no Cache-Control:
 * no-store, gets one that is made of the body; and one whose tag the client has (If-None-Match)
 * becomes 304, whoever gave it the tag. The function has run all the same: what is saved is the
 * sending. A program that takes its tags back in If-Match takes them with and without the W/ of a
 * weak one. */

/* Makes an application. `options` may be NULL. Any stack; never parks.
 *   0, GREEN_ENOMEM, GREEN_EINVAL: as green_pool_new(), or a negative max_streams. */
GREEN_API int green_app_new(green_app **out, const green_app_options *options);

/* Has no further request taken: they get 503. The future is done when those that were taken have
 * ended and, with a pool of its own, the last worker has gone. May be called again. Any stack;
 * never parks.
 *   Never NULL: a future, with the caller's reference: 0; GREEN_ENOMEM: there was no memory to
 *   watch for the end, and it is done before. */
GREEN_API green_future *green_app_shutdown(green_app *app);

/* Lets go of the application, and shuts it down if that was not done. NULL is allowed. Any stack;
 * never parks. */
GREEN_API void green_app_release(green_app *app);

/* The pool that runs the requests. */
GREEN_API green_pool *green_app_pool(const green_app *app);

/* Adds middleware, and response middleware. Any stack; never parks. To be done before the first
 * request.
 *   0, GREEN_ENOMEM, GREEN_EINVAL: no function. */
GREEN_API int green_app_use(green_app *app, green_handler function, void *arg);
GREEN_API int green_app_use_after(green_app *app, green_handler function, void *arg);

/* Adds a route. `method` is in capitals, NULL for any. `path` begins with '/'; a segment ":name"
 * stands for one segment that is not empty, a last segment "*" or "*name" for the rest of the path,
 * which may be empty; both are for green_request_param(). Routes are tried in the order in which
 * they were added, on the decoded path. As green_app_use().
 *   0, GREEN_ENOMEM.
 *   GREEN_EINVAL: such a path or method cannot be, or there is no function. */
GREEN_API int green_app_route(green_app *app, const char *method, const char *path,
                              green_handler function, void *arg);

/* A route for GET that serves the files below `folder`: "/static" has "/static/a/b.css" answered
 * with the file folder/a/b.css, and a path that ends with '/' with the index.html there. As
 * green_response_send_file(). As green_app_route(). */
GREEN_API int green_app_serve_files(green_app *app, const char *path, const char *folder);

/* An application as the function of middleware or a route of another one, with the application for
 * `arg`: runs its middleware, routes and response middleware on the request. In a worker of its
 * pool already, it runs directly; otherwise as a job of that pool, which is waited for, so that the
 * request has two workers. Its options, hosts and headers hold for what it runs; what is logged and
 * measured is the outer one's. Makes no response where it would answer 404. It is released after
 * the outer one has shut down, since requests that it detached may still be under way. Parks.
 *   0, GREEN_ECLOSED: it was shut down, or how the wait was interrupted. */
GREEN_API int green_app_handle(green_request *request, green_response *response, void *app);

/* Middleware that reads the whole body before what comes after it runs; a body over the limit gives
 * 413. `arg` is not used. Parks. */
GREEN_API int green_app_wait_for_body(green_request *request, green_response *response, void *arg);

/* ---- what holds for every request and answer ------------------------------------------------- */

/* Has requests answered that name this host, and those alone that name a host so allowed; without
 * a call of this any name will do. To be done before the first request, by each application that is
 * reached by browsers and has no proxy before it that looks: else a page of any other site, whose
 * owner makes its name lead to this server's address (DNS rebinding), is of the same origin, and
 * reads and does here what the user may. `host`: "example.org", with whatever port;
 * "example.org:8080" with that one alone; "[::1]"; "*.example.org", each name that ends so. Case
 * does not matter. Others get 421 before a function is called, and so does what names no host. Any
 * stack; never parks.
 *   0, GREEN_ENOMEM.
 *   GREEN_EINVAL: no such name. */
GREEN_API int green_app_allow_host(green_app *app, const char *host);

/* Has every answer carry a header, unless it has one of that name itself: those that functions
 * make, and those that are made before there is a task: 400, 421, 431, 503. (The 431 by which newer
 * Nodes refuse too many headers has none.) Content-Security-Policy, Strict-Transport-Security,
 * X-Content-Type-Options and Cache-Control are such. At most 15. To be done before the first
 * request. Any stack; never parks.
 *   0, GREEN_ENOMEM.
 *   GREEN_EALREADY: there is one of the name.
 *   GREEN_ENOSPC: there are 15.
 *   GREEN_EINVAL: a name that is none, a value with a control character or with blanks around it, a
 *     header of the host's, or Set-Cookie. */
GREEN_API int green_app_add_header(green_app *app, const char *name, const char *value);

/* green_app_add_header() of what makes browsers careful with the answers of a site:
 * Content-Security-Policy (`policy`, or if that is NULL one by which a page has scripts, styles,
 * images and the like of its own origin alone, no plug-ins, and no frame of another origin around
 * it), X-Content-Type-Options, X-Frame-Options, Referrer-Policy, Cross-Origin-Opener-Policy and
 * Cross-Origin-Resource-Policy. Those that were added before stay as they are; an answer may have
 * its own. Strict-Transport-Security is not among them: it holds for a name and its future, and is
 * the program's to say. Any stack; never parks.
 *   0, or as green_app_add_header(). */
GREEN_API int green_app_add_security_headers(green_app *app, const char *policy);

/* ---- logs and metrics ------------------------------------------------------------------------ */

/* Has one line a request given to a function, when its answer has gone or its client: in the
 * combined log format, without the line's end. Times are UTC; quotes, backslashes and bytes that
 * are not printable ASCII are escaped as \xHH. Called on any stack; may not wait. NULL: no log, as
 * at first. Any stack; never parks. */
GREEN_API void green_app_set_log(green_app *app, void (*write)(const char *line, void *arg),
                                 void *arg);

/* The same to a file, which stays the caller's. */
GREEN_API void green_app_set_log_file(green_app *app, FILE *file);

/* Has what goes wrong in requests, a sentence each, given to a function instead of to stderr. As
 * green_app_set_log(); NULL: stderr. */
GREEN_API void green_app_set_error_log(green_app *app, void (*write)(const char *line, void *arg),
                                       void *arg);

/* A route for GET that answers with the metrics of the application `of` in Prometheus' text format,
 * and has its latencies measured. NULL: of this one. Another one has to outlive this one's
 * requests: so metrics have a server of their own, which the public does not reach, and which
 * answers while all workers are busy. As green_app_route(). */
GREEN_API int green_app_serve_metrics(green_app *app, const char *path, green_app *of);

/* ---- requests -------------------------------------------------------------------------------- */

/* The method, in capitals as it came: "HEAD" also where a route for GET answers it. */
GREEN_API const char *green_request_method(const green_request *request);

/* The path: decoded, UTF-8 or any bytes but 0, beginning with '/'. Requests whose path has an
 * escape that is none, "%00", "%2F", a backslash (or "%5C") or a segment "." or ".." (however it is
 * written) get 400 before a function is called. "*" for OPTIONS of the whole server. */
GREEN_API const char *green_request_path(const green_request *request);

/* The target as it came: path and query. */
GREEN_API const char *green_request_target(const green_request *request);

/* What a ":name" or "*name" of the route stands for; the rest without a name is "*". NULL: none. */
GREEN_API const char *green_request_param(const green_request *request, const char *name);

/* The query's fields, decoded ('+' is a blank), in their order; names and values that do not decode
 * are taken as they came. Of several with one name the first; NULL: none. An index that is too
 * large gives NULLs. */
GREEN_API const char *green_request_query(green_request *request, const char *name);
GREEN_API size_t green_request_query_count(green_request *request);
GREEN_API green_http_header green_request_query_at(green_request *request, size_t index);

/* The header fields, as they came; a name is looked up without case. Of several with one name the
 * first; NULL: none. An index that is too large gives NULLs. */
GREEN_API const char *green_request_header(const green_request *request, const char *name);
GREEN_API size_t green_request_header_count(const green_request *request);
GREEN_API green_http_header green_request_header_at(const green_request *request, size_t index);

/* The value of a cookie, as it came, without the quotes that may be around it; NULL: none, as
 * always in a service worker, which is not shown them. */
GREEN_API const char *green_request_cookie(green_request *request, const char *name);

/* The client's address; in a service worker the family is 0 and the host "". */
GREEN_API const green_address *green_request_peer(const green_request *request);

/* True when the request came over TLS, as far as the host knows. */
GREEN_API bool green_request_is_secure(const green_request *request);

/* Memory that lives as long as the request, aligned for anything, not zeroed. NULL: none. */
GREEN_API void *green_request_alloc(green_request *request, size_t size);

/* ---- the request's body ---------------------------------------------------------------------- */

/* How many bytes of body this request may have, in place of the application's max_body; SIZE_MAX:
 * any number. What is said to be, or turns out, larger fails with GREEN_EMSGSIZE. */
GREEN_API void green_request_set_max_body(green_request *request, size_t size);

/* Reads the next bytes of the body, at most `size` (and INT_MAX). Parks while there are none; what
 * is not read stays with the client, but for 64 KiB and what the host holds.
 *   > 0: so many bytes. 0: the end; `size` is 0.
 *   GREEN_EMSGSIZE: more than is allowed.
 *   GREEN_EPROTO: malformed.
 *   GREEN_ETIMEDOUT: the client sent nothing for the host's idle timeout.
 *   GREEN_ECONNRESET: the client has gone.
 *   GREEN_EALREADY: it was taken whole, or is.
 *   GREEN_ECANCELED, GREEN_ETIMEDOUT: interrupted; it may be called again.
 *   GREEN_EMAIN, GREEN_ENESTED. */
GREEN_API int green_request_read(green_request *request, void *buffer, size_t size);

/* Reads the whole body, or what was not read of it; a 0 byte that is not counted follows. May be
 * called again, for the same. `size` may be NULL. Parks.
 *   0, GREEN_ENOMEM, or as green_request_read(). */
GREEN_API int green_request_body(green_request *request, const char **data, size_t *size);

/* The fields of a form: of a body of type application/x-www-form-urlencoded, or those of one of
 * type multipart/form-data, which may have no files here. Reads the body whole at the first call,
 * and parks then. Otherwise as green_request_query*(): decoded, the first of several.
 *   0: *value is that of the first field of the name, NULL if there is none.
 *   GREEN_EINVAL: a body of another type, a malformed one, or a file.
 *   GREEN_ENOMEM, or as green_request_read(). */
GREEN_API int green_request_form(green_request *request, const char *name, const char **value);

/* How many there are, and each; as green_request_form(), but for an index that is too large or a
 * form that was not read, which give NULLs. *count is 0 after a failure. */
GREEN_API int green_request_form_count(green_request *request, size_t *count);
GREEN_API green_http_header green_request_form_at(green_request *request, size_t index);

/* One part of a body of type multipart/form-data. */
typedef struct green_request_part {
  const char *name;     /* of the field */
  const char *filename; /* as the client says, never to be used as a path; NULL: it is no file */
  const char *type;     /* its Content-Type; NULL: none */
} green_request_part;

/* Goes to the next part of a multipart body; what was not read of the present one is passed over.
 * *part is good until the next call. At most 1,000 parts, with 8 KiB of headers each. Parks.
 *   1: *part is the next. 0: there is none.
 *   GREEN_EINVAL: a body of another type, or malformed.
 *   GREEN_ENOMEM, or as green_request_read(). */
GREEN_API int green_request_next_part(green_request *request, green_request_part *part);

/* Reads the next bytes of the present part. Parks.
 *   > 0: so many bytes. 0: the end of the part.
 *   GREEN_EINVAL: malformed, or no part. Or as green_request_read(). */
GREEN_API int green_request_read_part(green_request *request, void *buffer, size_t size);

/* ---- responses: what is made at once --------------------------------------------------------- */

/* Each of these makes the response and replaces the one that was made, with its type and body;
 * headers and cookies set before stay. `type` NULL: no Content-Type. With 204, 205 and 304 and to
 * HEAD the body is not sent. Never parks.
 *   0, GREEN_ENOMEM.
 *   GREEN_EINVAL: not a status from 200 to 599, or a type that cannot be.
 *   GREEN_EALREADY: the head is already on its way. */

/* With a body that is copied. */
GREEN_API int green_response_send(green_response *response, int status, const char *type,
                                  const void *data, size_t size);
/* With a body that is used where it is: drop(data) is called when it is not needed any more, on any
 * stack, also after a failure; NULL: it lasts. */
GREEN_API int green_response_give(green_response *response, int status, const char *type,
                                  void *data, size_t size, void (*drop)(void *));
/* With a text, printf-like. */
GREEN_API int green_response_print(green_response *response, int status, const char *type,
                                   const char *format, ...) GREEN_PRINTF(4, 5);
/* With the status's name as a text; for 204, 205 and 304, which have no body, without. */
GREEN_API int green_response_send_status(green_response *response, int status);
/* With a Location; GREEN_EINVAL: not a status from 300 to 399, or bytes that it cannot have. */
GREEN_API int green_response_redirect(green_response *response, int status, const char *location);

/* Says ahead of the answer what its client will want, as 103 (Early Hints), so that this is fetched
 * while the answer is made: `count` values of Link, each "<URL>" and parameters, such as
 * "</style.css>; rel=preload; as=style". Makes no response. A client of HTTP/1.0 gets none, nor
 * does one whose answer is there as soon; browsers heed the first such call alone. Never parks.
 *   0: sent, or on its way. GREEN_ENOMEM.
 *   GREEN_EINVAL: no link, one that is none, or a parameter with a blank or a quote in its value.
 *   GREEN_EMSGSIZE: more than 4 KiB.
 *   GREEN_EALREADY: the head is already on its way.
 *   GREEN_ENOTSUP: module.green.app.fetch() and service workers, where one Response is all. */
GREEN_API int green_response_send_hints(green_response *response, const char *const *links,
                                        size_t count);

/* Sets a header, replacing those of that name; a NULL value removes them. Adds one beside them.
 * Connection, Keep-Alive, Transfer-Encoding, Content-Length, Upgrade and Trailer are the host's.
 * Neither makes the response.
 *   0, GREEN_ENOMEM.
 *   GREEN_EALREADY: the head is already on its way.
 *   GREEN_EINVAL: a name that is none, a value with a control character or with blanks around it, a
 *     header of the host's.
 *   GREEN_ENOTSUP: Set-Cookie in a service worker or a page, which drop it. */
GREEN_API int green_response_set_header(green_response *response, const char *name,
                                        const char *value);
GREEN_API int green_response_add_header(green_response *response, const char *name,
                                        const char *value);

/* A cookie to be kept by the client; what is 0 or NULL is left out. */
typedef struct green_response_cookie {
  const char *name;      /* a token */
  const char *value;     /* without control characters, blanks, quotes, commas, ';' and '\\' */
  const char *path;      /* NULL: "/" */
  const char *domain;    /* NULL: the host that answers, alone */
  const char *same_site; /* "Strict", "Lax" or "None"; NULL: "Lax" */
  int max_age;           /* seconds; 0: until the client ends; negative: forget it now */
  bool secure;           /* over TLS alone; "None" needs it */
  bool script;           /* scripts in pages may read it: it is not HttpOnly */
} green_response_cookie;

/* Adds a Set-Cookie. As green_response_add_header(). */
GREEN_API int green_response_set_cookie(green_response *response,
                                        const green_response_cookie *cookie);

/* Has the application wait for a future once the function that calls this has returned 0, and take
 * its failure for that function's; whether there is a response then decides as ever. The reference
 * is taken over, also after a failure.
 *   0, GREEN_EALREADY: one is there already. */
GREEN_API int green_response_await(green_response *response, green_future *future);

/* What was made so far, for response middleware: the status, 0: none; a header, NULL: none; the
 * body where it is whole, else NULL with a size of 0. */
GREEN_API int green_response_status(const green_response *response);
GREEN_API const char *green_response_header(const green_response *response, const char *name);
GREEN_API const void *green_response_body(const green_response *response, size_t *size);

/* Forgets the response with its headers, as if none had been made.
 *   0, GREEN_EALREADY: the head is already on its way. */
GREEN_API int green_response_clear(green_response *response);

/* ---- responses: in pieces -------------------------------------------------------------------- */

/* Begins a response whose body is written in pieces: runs the response middleware, and hands the
 * head to the host. `size`: of the whole body, UINT64_MAX: not known. Parks if they do.
 *   0, or as green_response_send().
 *   GREEN_ECLOSED: nobody wants the body, since the request is HEAD, the status 204, 205 or 304, or
 *     response middleware has replaced the response, or failed. To fail with it is no failure of
 *     the request.
 *   GREEN_ECONNRESET: the client has gone.
 *   GREEN_EMAIN. */
GREEN_API int green_response_start(green_response *response, int status, const char *type,
                                   uint64_t size);

/* Writes a piece, copied. Parks while 64 KiB are waiting for the client. A body of a known size
 * that is left unfinished is broken off.
 *   0: all of it. After a failure part of it may have gone, and nothing says how much. Where the
 *     body is compressed, or this is an event, it then cannot go on and is broken off at its end.
 *   GREEN_EINVAL: not begun, or more than its size.
 *   GREEN_ECONNABORTED: such a failure came before.
 *   GREEN_ECLOSED: as green_response_start().
 *   GREEN_ENOMEM.
 *   GREEN_ECONNRESET: the client has gone.
 *   GREEN_ECANCELED, GREEN_ETIMEDOUT, GREEN_EMAIN, GREEN_ENESTED. */
GREEN_API int green_response_write(green_response *response, const void *data, size_t size);

/* Waits until the host has taken all that was written. Parks. As green_response_write(). */
GREEN_API int green_response_flush(green_response *response);

/* Has the request go on without a worker of its pool, which may have another one in its place: for
 * what lasts as long as a client likes, so that so many clients, slow ones or ones that just stay,
 * do not leave the others without a worker. green_response_start_events() does so, and
 * green_response_send_file() for what it sends in pieces. The request counts against max_streams
 * instead, of each application that is at work on it. May be called again. Never parks.
 *   0.
 *   GREEN_EAGAIN: there are max_streams; a function that fails with it gives 503.
 *   GREEN_ENOMEM, GREEN_EMAIN. */
GREEN_API int green_response_detach(green_response *response);

/* ---- files ----------------------------------------------------------------------------------- */

/* Answers with a file below `folder`: its Content-Type by its name, ETag and Last-Modified; 304 for
 * If-None-Match and If-Modified-Since; 206 for one range (several: the whole file), 416 for one
 * that it does not have, heeding If-Range. `path` is one of UTF-8 with '/', as from
 * green_request_param(); segments that are empty or begin with a dot are not served, nor is a path
 * with a backslash or a colon. Symbolic links are followed, also out of the folder: who may write
 * there decides what is served. Files up to 64 KiB are read whole, larger ones sent in pieces.
 * Parks.
 *   0: there is a response; where there is no such file, or it is none, 404.
 *   As green_response_start() and green_response_write(), or what reading failed with. */
GREEN_API int green_response_send_file(green_response *response, green_request *request,
                                       const char *folder, const char *path);

/* Sets the ETag, an opaque tag that is put in quotes, and answers 304 if the client has it already
 * (GET and HEAD with If-None-Match).
 *   1: answered. 0: not. As green_response_set_header(). */
GREEN_API int green_response_set_etag(green_response *response, green_request *request,
                                      const char *tag);

/* ---- server-sent events ---------------------------------------------------------------------- */

/* An event; what is NULL or 0 is left out. */
typedef struct green_response_event {
  const char *event; /* its name, without line ends */
  const char *id;    /* without line ends */
  const char *data;  /* may have lines */
  uint64_t retry;    /* milliseconds before the client connects again */
} green_response_event;

/* Begins a response of server-sent events, as green_response_detach(): it holds no worker, and
 * beyond max_streams fails with GREEN_EAGAIN, 503 to the client. (An EventSource does not try again
 * by itself after 503: its page does.) With a heartbeat, a comment is sent whenever nothing was for
 * so many milliseconds, so that what lies between keeps the connection, and a client that has gone
 * is noticed, though the task waits for something else; 0: none. As green_response_start(). */
GREEN_API int green_response_start_events(green_response *response, uint64_t heartbeat);

/* Sends an event. As green_response_write(); GREEN_EINVAL also: a line end where none may be. */
GREEN_API int green_response_send_event(green_response *response,
                                        const green_response_event *event);

/* The id of the last event that the client has seen, when it connects again; NULL: none. */
GREEN_API const char *green_request_last_event_id(const green_request *request);

GREEN_END
#endif
