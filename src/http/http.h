/* Between the parts of the HTTP client.
 *
 * check.c, url.c and url_host.c bring a request into the form that is sent; perform.c and retry.c
 * make attempts; transfer.c is one attempt, from and to its task, and redirect.c what follows it; a
 * host's files (http_curl*.c, http_fetch.c with http.mjs) make it happen; client.c, response.c
 * and text.c serve both.
 *
 * A transfer lives on the heap and outside of its task's stack. It is counted: the response holds
 * it until its body has been taken or nobody wants it, the host from start to end.
 */
#ifndef GREENIO_SRC_HTTP_HTTP_H
#define GREENIO_SRC_HTTP_HTTP_H

#include <greenio/http.h>
#include <greenio/observe.h>
#include "core/wait.h"
#include "grammar/grammar.h"

/* ---- clients: client.c ---- */

/* The first member of a host's green_http_client. */
struct green__client {
  unsigned references;
  green_http_client_options options; /* what it points to lies in `memory` */
  void *memory;
};

/* Ends the record itself, for a host's file. */
void green__client_free(struct green__client *client);

/* Bytes of the host's green_http_client. */
extern const size_t green__client_size;

/* The name of an option that is set and that this host does not have; NULL: there is none. */
const char *green__client_lacks(const green_http_client_options *options);

/* Whether the host counts so many redirects, above 0. */
bool green__counts_redirects(int most);

/* Why the host cannot send a request header as it is, or NULL. */
const char *green__header_lacks(const char *name, const char *value);

/* The client with one more reference, or the runtime's own for NULL.  NULL: out of memory. */
green_http_client *green__http_client_take(green_http_client *client);

/* ---- responses: response.c ---- */

struct green__header {
  char *name, *value;
  size_t value_size;
};

struct green__transfer;

/* Headers are sorted by name, names are in lower case and unique. The body's memory, once there is
 * any, has a byte more than body_room. */
struct green_http_response {
  int status;
  char *url;
  struct green__header *headers;
  size_t header_count, header_room;
  size_t last_header; /* the one added last; header_count: none */
  char *body;
  size_t body_size, body_room;
  char *text;
  size_t text_size;
  struct green__transfer *transfer; /* while there may be more of the body */
};

/* Forgets the headers and body of an earlier response. */
void green__response_restart(green_http_response *response, int status);

/* Adds a header, joined to one of that name that is there.  0, GREEN_ENOMEM. */
int green__response_header(green_http_response *response, const char *name, size_t name_size,
                           const char *value, size_t value_size);

/* Goes on with the value of the header added last: a folded line, with the blanks before it.  0,
 * GREEN_ENOMEM. */
int green__response_header_folded(green_http_response *response, const char *value,
                                  size_t value_size);

/* What is wrong with the length that the headers say, or NULL. libcurl and Node's parser each
 * forgive something here, but another reader of the same bytes would see another body (RFC
 * 9112, 6.3). */
const char *green__response_wrong(const green_http_response *response);

/* Decodes text of a charset that text.c does not know itself, on the present stack.
 *   0: *out is green__alloc()'s, ended by a 0 byte. GREEN_ENOTSUP: unknown. GREEN_ENOMEM. */
int green__charset_decode(const char *charset, const char *bytes, size_t size, char **out,
                          size_t *out_size);

/* ---- one attempt: transfer.c ---- */

#define GREEN__STREAM_BOUND ((size_t)32 << 10) /* received and not read yet */
#define GREEN__STREAM_ROOM  (GREEN__STREAM_BOUND + ((size_t)16 << 10))
#define GREEN__PIECE_ROOM   ((size_t)16 << 10) /* of a body that is sent in pieces */

struct green__transfer {
  unsigned references;
  green_http_client *client;
  struct green_runtime *runtime; /* NULL once it has closed */
  green_http_response *response; /* NULL: nobody wants it any more */
  struct green__closer closer;
  struct green__queue waiters;
  bool hosted; /* the host has it */
  bool ended;  /* with `status` and `message` */
  bool whole;  /* the body is gathered in the response */
  bool final;  /* status, headers and URL are those of the last response */
  bool starting, stopping;
  int failure;     /* found while receiving, which the end comes after; else 0 */
  const char *why; /* a detail of it, or NULL */
  int status;
  char *message;

  /* the request; what it points to is the caller's, or in `owned` */
  const char *method, *url;
  const green_http_header *headers; /* good until the headers have been sent */
  size_t header_count;
  const char *body; /* NULL: none, or from produce */
  size_t body_size;
  size_t max_body;
  int max_redirects; /* negative: none are followed */
  int hops;          /* followed so far */
  int (*produce)(void *, size_t, void *);
  void *produce_arg;
  void (*on_progress)(const green_http_progress *, void *);
  void *progress_arg;
  char *owned_url, *owned_form;
  green_http_header *owned_headers;

  /* a piece from produce, of which the host has taken `piece_taken` bytes */
  char *piece;
  size_t piece_size, piece_taken;
  bool wanting; /* the host asks for a piece */
  bool piece_last;

  /* received and not read yet */
  char *stream;
  size_t stream_start, stream_end;
  bool full; /* the host waits for room */

  green_http_progress progress;
  struct green__timer to_host; /* due at once: calls start, resume or stop on the host's stack */
  struct green__timer limit;   /* the next time to look at the timeouts */
  uint64_t deadline, heard_at; /* ns */
};

/* Makes the attempt's record, with a response, from a request: checked, and brought into the form
 * that is sent.  0, or a failure with its message. */
int green__transfer_new(struct green__transfer **out, green_http_client *client,
                        const green_http_request *request, bool whole);

/* Drops a reference. The response goes on its own. */
void green__transfer_release(struct green__transfer *transfer);

void green__transfer_start(struct green__transfer *transfer);

/* Nobody wants the rest: the response is its caller's alone, and nothing that the program owns is
 * touched any more. Any stack; never parks; drops the caller's reference. */
void green__transfer_stop(struct green__transfer *transfer);

/* Waits until reached(transfer), and meanwhile asks the program for pieces to send. Parks.
 *   0; what the transfer failed with, then transfer->ended; what produce() or the wait failed with,
 *   and the transfer is still whole. */
int green__transfer_pump(struct green__transfer *transfer,
                         bool (*reached)(const struct green__transfer *));

/* Takes from the stream's buffer; the number of bytes. */
size_t green__transfer_take(struct green__transfer *transfer, void *buffer, size_t size);

/* ---- for a host's file ---- */

/* The response's headers are there, and they are the last ones; url's fragment is cut off. */
void green__transfer_answered(struct green__transfer *transfer, const char *url);

/* How many bytes may come now; 0: transfer->full is set, and the host's resume is called when there
 * is room. SIZE_MAX: any number, to be refused by green__transfer_room(). */
size_t green__transfer_space(struct green__transfer *transfer);

/* Where `size` more bytes of the body go; they count from now on. NULL: transfer->failure is set.
 */
void *green__transfer_room(struct green__transfer *transfer, size_t size);

/* The next bytes of a body to send, at most `size`.
 *   > 0, 0: the end. GREEN_EAGAIN: the host's resume is called when there are some.
 * GREEN_ECANCELED: it was stopped. */
int green__transfer_send(struct green__transfer *transfer, void *buffer, size_t size);

/* Asks the program for a piece. */
void green__transfer_want(struct green__transfer *transfer);

/* Counts bytes that were sent. */
void green__transfer_sent(struct green__transfer *transfer, size_t size);

/* The answer is not taken: the host ends the transfer soon. */
void green__transfer_refuse(struct green__transfer *transfer, int failure, const char *why);

/* The transfer has ended: with transfer->failure if there is one; with `status` and the detail,
 * which may be NULL or ""; or, for 0, successfully. The host then releases it. */
void green__transfer_end(struct green__transfer *transfer, int status, const char *detail);

/* ---- what a host's file gives ---- */

/* Bytes of its own record, of which struct green__transfer is the first member. Zeroed at first. */
extern const size_t green__transfer_size;

/* Whether the three below must be called on the host's own stack, or may be on a task's. */
extern const bool green__http_needs_host_stack;

/* Starts a transfer; or ends it at once. */
void green__host_transfer_start(struct green__transfer *transfer);

/* There is room for more of the body, or a piece to send, or both. */
void green__host_transfer_resume(struct green__transfer *transfer);

/* Takes the transfer from the host, at once, and releases it: nothing of it is called any more. */
void green__host_transfer_halt(struct green__transfer *transfer);

/* ---- requests: check.c, url.c, url_host.c ---- */

/* Fills in method, url, headers, body of a transfer.  0, or a failure with its message. */
int green__request_prepare(struct green__transfer *transfer, const green_http_request *request,
                           const green_http_client_options *options);

/* Whether headers may be sent: 0, GREEN_EINVAL or GREEN_ENOTSUP with a message. */
int green__headers_check(const green_http_header *headers, size_t count);

/* Checks an address and brings it into the form that is sent.
 *   0, GREEN_EINVAL: *why says what is wrong. GREEN_ENOMEM. */
int green__url_clean(const char *url, char **out, const char **why);

/* base (or NULL) + url + ? or & + fields, with the fragment left out.  NULL: out of memory. */
char *green__url_join(const char *base, const char *url, const green_http_header *fields,
                      size_t count);

/* name=value&..., percent-encoded as forms are.  NULL: out of memory. */
char *green__form_encode(const green_http_header *fields, size_t count);

/* Writes the host of an address, of `size` bytes, with brackets if it has some, in one form: names
 * in lower case, numeric addresses as browsers write them. `to` has size + GREEN__HOST_ROOM bytes;
 * no 0 byte is written. The number of bytes; -1: it is no valid address. */
int green__host_clean(const char *host, size_t size, char *to);
#define GREEN__HOST_ROOM 64

/* ---- redirects: redirect.c ---- */

/* Whether the response, whose headers are all there, is to be followed to its Location. */
bool green__redirect_due(const struct green__transfer *transfer);

/* Makes the transfer's request the one to follow with.
 *   0. GREEN_ELOOP, GREEN_EPROTO, GREEN_ENOTSUP, GREEN_ENOMEM; GREEN_ECANCELED: nobody wants it any
 *   more. *why is a detail, or NULL. */
int green__redirect(struct green__transfer *transfer, int status, const char *location,
                    const char **why);

/* ---- retry.c ---- */

/* Whether an attempt, the one of number `attempt` from 0, is to be followed by another: its status
 * or its response is the outcome. *milliseconds: the wait before. */
bool green__retry_due(const green_http_retry *rule, const green_http_request *request, int attempt,
                      int status, const green_http_response *response, uint64_t *milliseconds);

/* The method that a request has. */
static inline const char *green__http_method(const green_http_request *request) {
  return request->method ? request->method : request->form ? "POST" : "GET";
}

/* ---- traceparent.c ---- */

/* What the program asks to have sent of the running task's context.
 *   False: nothing, or it has none. */
struct green__http_trace {
  char parent[GREEN_TRACEPARENT_SIZE];
  const char *state; /* or ""; the task's */
};
bool green__http_traceparent(const green_http_request *request,
                             const green_http_client_options *options,
                             struct green__http_trace *out);

/* ---- span.c ---- */

/* Around a request, for who observes. */
void green__http_span_begin(green_span *span, const green_http_request *request);
void green__http_span_end(green_span *span, int rc, const green_http_response *response);

#endif
