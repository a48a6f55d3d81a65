/* Between the parts of the HTTP client.
 *
 * perform.c checks a request, starts a transfer, waits for it and stops it when the wait is
 * interrupted; a host's file (http_curl.c, http_fetch.c) makes the transfer happen; response.c and
 * url.c serve both. A transfer lives on the heap and outside of its task's stack, and is freed by
 * perform.c alone.
 */
#ifndef GREENIO_SRC_HTTP_HTTP_H
#define GREENIO_SRC_HTTP_HTTP_H

#include <greenio/http.h>
#include <greenio/future.h>

struct green__header {
  char *name, *value;
  size_t value_size;
};

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
};

struct green__transfer {
  const green_http_request *request; /* the caller's, good until the transfer has ended */
  const char *method;
  char *url;
  size_t max_body;
  int max_redirects; /* negative: none are followed */
  green_http_client *client;
  green_http_response *response;
  green_future *done; /* completed by the host's file, on the host's stack; pending after a stop */
  int failure;        /* found while receiving: GREEN_EMSGSIZE, GREEN_ENOMEM; else 0 */
};

/* ---- what a host's file gives ---- */

/* Bytes of its own record, of which struct green__transfer is the first member. Zeroed by
 * perform.c. */
extern const size_t green__transfer_size;

/* The client with one more reference, or the runtime's own for NULL.  NULL: out of memory. */
green_http_client *green__http_client_take(green_http_client *client);

/* Starts a transfer whose common part is filled in; transfer->done is completed later, never inside
 * this call: resolved when the response is whole, rejected with a message otherwise. On the task's
 * stack. 0, or a failure after which nothing is under way. */
int green__transfer_start(struct green__transfer *transfer);

/* Stops a transfer that was started; nothing of it is touched any more on return. On the task's
 * stack; may park under a shield. */
void green__transfer_stop(struct green__transfer *transfer);

/* ---- what serves them ---- */

/* Forgets the headers and body of an earlier response. */
void green__response_restart(green_http_response *response, int status);

/* Adds a header, joined to one of that name that is there.  0, GREEN_ENOMEM. */
int green__response_header(green_http_response *response, const char *name, size_t name_size,
                           const char *value, size_t value_size);

/* Goes on with the value of the header added last: a folded line, with the blanks before it.  0,
 * GREEN_ENOMEM. */
int green__response_header_folded(green_http_response *response, const char *value,
                                  size_t value_size);

/* Where `size` more bytes of the body go; they count from now on. NULL: transfer->failure is set.
 */
void *green__transfer_room(struct green__transfer *transfer, size_t size);

/* Completes transfer->done: with transfer->failure if there is one; with `status` and the detail,
 * which may be NULL or ""; or, for 0, successfully, with `url` (its fragment cut off) as the
 * response's. */
void green__transfer_end(struct green__transfer *transfer, int status, const char *detail,
                         const char *url);

/* Checks an address and brings it into the form that is sent.
 *   0, GREEN_EINVAL: *why says what is wrong. GREEN_ENOMEM. */
int green__url_clean(const char *url, char **out, const char **why);

/* Compares two ASCII strings of `size` bytes without case. */
bool green__same_name(const char *a, const char *b, size_t size);

#endif
