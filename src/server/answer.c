/* An exchange's answer as a response of libmicrohttpd's. */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include "server.h"

#define PIECE ((size_t)16 << 10) /* of a body in pieces, at most */

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
  return MHD_create_response_from_buffer(0, "", MHD_RESPMEM_PERSISTENT);
}

enum MHD_Result green__answer_queue(struct green__request *request,
                                    const struct green__answer *answer) {
  struct MHD_Response *response = response_new(request, answer);
  enum MHD_Result rc = response ? MHD_YES : MHD_NO;
  for (size_t i = 0; rc == MHD_YES && i < answer->header_count; i++)
    rc = MHD_add_response_header(response, answer->headers[i].name, answer->headers[i].value);
  if (rc == MHD_YES && request->connection->server->draining)
    rc = MHD_add_response_header(response, "Connection", "close");
  request->stage = GREEN__SENDING;
  if (rc == MHD_YES) rc = MHD_queue_response(request->mhd, (unsigned)answer->status, response);
  if (response) MHD_destroy_response(response);
  return rc;
}

enum MHD_Result green__answer_refuse(struct MHD_Connection *mhd, unsigned status) {
  char text[64];
  int size = snprintf(text, sizeof text, "%u %s\n", status, MHD_get_reason_phrase_for(status));
  struct MHD_Response *response =
      MHD_create_response_from_buffer((size_t)size, text, MHD_RESPMEM_MUST_COPY);
  if (!response) return MHD_NO;
  enum MHD_Result rc = MHD_add_response_header(response, "Content-Type", "text/plain");
  if (rc == MHD_YES) rc = MHD_add_response_header(response, "Connection", "close");
  if (rc == MHD_YES) rc = MHD_queue_response(mhd, status, response);
  MHD_destroy_response(response);
  return rc;
}

void green__answer_write(const struct green__connection *connection, unsigned status) {
  char text[128];
  if (connection->server->secure) return;
  int size = snprintf(text, sizeof text,
                      "HTTP/1.1 %u %s\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", status,
                      MHD_get_reason_phrase_for(status));
  ssize_t sent = send(connection->fd, text, (size_t)size, MSG_NOSIGNAL | MSG_DONTWAIT);
  (void)sent; /* it was worth a try */
}
