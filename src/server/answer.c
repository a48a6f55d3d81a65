/* An exchange's answer as a response of libmicrohttpd's. */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <greenio/status.h>
#include "app/app.h"
#include "server.h"

#define PIECE ((size_t)16 << 10) /* of a body in pieces, at most */

/* Bytes of a connection's memory, at most: for what is in each answer's head, and beside each field
 * of the request. A head of less than SMALL_HEAD always has room. */
#define LINES      512
#define FIELD      80
#define SMALL_HEAD 1024

static ssize_t read_piece(void *arg, uint64_t position, char *buffer, size_t size) {
  struct green__request *request = arg;
  const void *data;
  size_t there;
  (void)position;
  if (request->gone) return MHD_CONTENT_READER_END_WITH_ERROR;
  switch (green__exchange_output(request->exchange, &data, &there)) {
  case GREEN__OUTPUT_READY:
    if (there > size) there = size;
    memcpy(buffer, data, there);
    green__exchange_sent(request->exchange, there);
    return (ssize_t)there;
  case GREEN__OUTPUT_LATER:
    green__request_suspend(request);
    return 0;
  case GREEN__OUTPUT_END:
    if (request->old) green__connection_finish(request->connection);
    return MHD_CONTENT_READER_END_OF_STREAM;
  case GREEN__OUTPUT_BROKEN:
    break;
  }
  green__connection_finish(request->connection);
  return MHD_CONTENT_READER_END_WITH_ERROR;
}

/* To HEAD where the body's size is not known: libmicrohttpd announces one of 0 otherwise, or sends
 * the end of chunks that are not there, unless the connection is closed behind it. */
static struct MHD_Response *response_without_length(struct green__request *request) {
  struct MHD_Response *response =
      MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 1, read_piece, request, NULL);
  if (response) MHD_set_response_options(response, MHD_RF_HTTP_VERSION_1_0_ONLY, MHD_RO_END);
  return response;
}

/* The body stays where it is until the exchange is closed. */
static struct MHD_Response *response_new(struct green__request *request,
                                         const struct green__answer *answer) {
  uint64_t size = answer->size == GREEN__UNKNOWN ? MHD_SIZE_UNKNOWN : answer->size;
  if (answer->pieces && !answer->bodiless)
    return MHD_create_response_from_callback(size, PIECE, read_piece, request, NULL);
  if (answer->body && answer->size != GREEN__UNKNOWN)
    return MHD_create_response_from_buffer((size_t)size, (void *)answer->body,
                                           MHD_RESPMEM_PERSISTENT);
  if (answer->bodiless && answer->size && answer->size != GREEN__UNKNOWN) /* never asked for */
    return MHD_create_response_from_callback(size, 1, read_piece, request, NULL);
  if (answer->bodiless && answer->size && !green__status_is_bodiless(answer->status))
    return response_without_length(request);
  return MHD_create_response_from_buffer(0, "", MHD_RESPMEM_PERSISTENT);
}

/* libmicrohttpd takes no empty value, and clients drop blanks around one. */
static enum MHD_Result add_header(struct MHD_Response *response, const green_http_header *header) {
  return MHD_add_response_header(response, header->name, *header->value ? header->value : " ");
}

/* Whether libmicrohttpd has room for the answer's head beside the request's; without it closes the
 * connection. */
static bool fits(const struct green__request *request, const struct green__answer *answer) {
  const struct green_server *server = request->connection->server;
  size_t size = LINES;
  for (size_t i = 0; i < answer->header_count; i++)
    size += strlen(answer->headers[i].name) + strlen(answer->headers[i].value) + 4;
  if (size < SMALL_HEAD) return true;
  const union MHD_ConnectionInfo *info =
      MHD_get_connection_info(request->mhd, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
  int fields = MHD_get_connection_values(request->mhd, MHD_HEADER_KIND, NULL, NULL);
  size += (info ? info->header_size : server->max_head) + (size_t)fields * FIELD;
  return size <= server->max_head + GREEN__POOL_REST;
}

enum MHD_Result green__answer_queue(struct green__request *request,
                                    const struct green__answer *answer) {
  if (!fits(request, answer)) {
    green__log_failure(request->exchange, GREEN_EMSGSIZE,
                       "the headers of the answer are larger than this server can send");
    request->stage = GREEN__SENDING;
    return green__answer_refuse(request->mhd, MHD_HTTP_INTERNAL_SERVER_ERROR, NULL);
  }
  struct MHD_Response *response = response_new(request, answer);
  enum MHD_Result rc = response ? MHD_YES : MHD_NO;
  for (size_t i = 0; rc == MHD_YES && i < answer->header_count; i++)
    rc = add_header(response, &answer->headers[i]);
  if (rc == MHD_YES && request->connection->server->draining)
    rc = MHD_add_response_header(response, "Connection", "close");
  request->stage = GREEN__SENDING;
  if (rc == MHD_YES) rc = MHD_queue_response(request->mhd, (unsigned)answer->status, response);
  if (response) MHD_destroy_response(response);
  return rc;
}

/* The headers that each answer of the application has, as long as they are few. */
static enum MHD_Result add_common(struct MHD_Connection *mhd, struct MHD_Response *response) {
  const union MHD_ConnectionInfo *info =
      MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
  const struct green__connection *connection = info ? info->socket_context : NULL;
  const green_http_header *headers;
  size_t count = connection ? green__app_headers(connection->server->app, &headers) : 0, size = 0;
  enum MHD_Result rc = MHD_YES;
  for (size_t i = 0; i < count; i++) size += strlen(headers[i].name) + strlen(headers[i].value) + 4;
  if (size > GREEN__POOL_REST / 2) return MHD_YES; /* libmicrohttpd would not send it */
  for (size_t i = 0; rc == MHD_YES && i < count; i++)
    if (!green__is_of_every_answer(headers[i].name)) rc = add_header(response, &headers[i]);
  return rc;
}

enum MHD_Result green__answer_refuse(struct MHD_Connection *mhd, int status, const char *why) {
  char text[128];
  if (!why) why = green__reason(status);
  int size = snprintf(text, sizeof text, "%s\n", why);
  struct MHD_Response *response =
      MHD_create_response_from_buffer((size_t)size, text, MHD_RESPMEM_MUST_COPY);
  if (!response) return MHD_NO;
  enum MHD_Result rc = MHD_add_response_header(response, "Content-Type", "text/plain");
  if (rc == MHD_YES) rc = MHD_add_response_header(response, "Connection", "close");
  if (rc == MHD_YES) rc = add_common(mhd, response);
  if (rc == MHD_YES) rc = MHD_queue_response(mhd, (unsigned)status, response);
  MHD_destroy_response(response);
  return rc;
}

/* ---- without libmicrohttpd ------------------------------------------------------------------- */

const struct green__answer green__answer_malformed = {
    .status = MHD_HTTP_BAD_REQUEST,
    .headers = &(const green_http_header){"Content-Type", "text/plain"},
    .header_count = 1,
    .body = "400 Bad Request\n",
    .size = sizeof "400 Bad Request\n" - 1,
};

/* Those of an application's own answers are among the answer's. */
static size_t print_common(const green_app *app, char *out, size_t room, size_t at) {
  const green_http_header *headers;
  size_t count = green__app_headers(app, &headers);
  for (size_t i = 0; i < count && at < room; i++)
    if (!green__is_of_every_answer(headers[i].name))
      at += (size_t)snprintf(out + at, room - at, "%s: %s\r\n", headers[i].name, headers[i].value);
  return at;
}

/* The head's size; 0: it is longer than `room`. */
static size_t print_head(const green_app *app, const struct green__answer *answer, char *out,
                         size_t room) {
  char date[GREEN__DATE_SIZE];
  green__date_print(date, (int64_t)time(NULL));
  size_t at = (size_t)snprintf(out, room, "HTTP/1.1 %d %s\r\nDate: %s\r\nConnection: close\r\n",
                               answer->status, green__reason(answer->status), date);
  for (size_t i = 0; i < answer->header_count && at < room; i++)
    at += (size_t)snprintf(out + at, room - at, "%s: %s\r\n", answer->headers[i].name,
                           answer->headers[i].value);
  if (answer == &green__answer_malformed) at = print_common(app, out, room, at);
  if (answer->size != GREEN__UNKNOWN && at < room)
    at += (size_t)snprintf(out + at, room - at, "Content-Length: %llu\r\n",
                           (unsigned long long)answer->size);
  if (at < room) at += (size_t)snprintf(out + at, room - at, "\r\n");
  return at < room ? at : 0;
}

void green__answer_write(const struct green__connection *connection,
                         const struct green__answer *answer) {
  char head[8192];
  size_t size = print_head(connection->server->app, answer, head, sizeof head);
  if (connection->server->secure || answer->pieces || !size) return;
  struct iovec parts[] = {{head, size},
                          {(void *)answer->body, answer->body ? (size_t)answer->size : 0}};
  struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
  ssize_t sent = sendmsg(connection->fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
  (void)sent; /* of what there is no room for the client sees that it is missing */
}
