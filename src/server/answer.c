/* An answer, from the application to the socket.
 *
 * It is put together in the connection's `out`, behind the answers to the requests before it; a whole body
 * that has no room there is sent from where it lies.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <greenio/status.h>
#include "app/app.h"
#include "server.h"

/* Of `out`, for a chunk beside its content: its size and the line ends. */
#define CHUNK_REST 16

/* ---- text ------------------------------------------------------------------------------------ */

/* Where it is put; NULL: it has no room. */
struct writer {
  char *at, *end;
};

static inline __attribute__((always_inline)) void put(struct writer *writer, const char *text,
                                                      size_t size) {
  if (!writer->at || (size_t)(writer->end - writer->at) < size) {
    writer->at = NULL;
    return;
  }
  memcpy(writer->at, text, size);
  writer->at += size;
}
#define PUT(writer, literal) put(writer, literal, sizeof(literal) - 1)

static void put_string(struct writer *writer, const char *text) {
  put(writer, text, strlen(text));
}

static void put_number(struct writer *writer, uint64_t number, unsigned base) {
  char digits[24], *first = digits + sizeof digits;
  do *--first = "0123456789abcdef"[number % base];
  while (number /= base);
  put(writer, first, (size_t)(digits + sizeof digits - first));
}

static void put_field(struct writer *writer, const char *name, const char *value) {
  put_string(writer, name);
  PUT(writer, ": ");
  put_string(writer, value);
  PUT(writer, "\r\n");
}

static struct writer writer_begin(struct green__buffers *buffers) {
  return (struct writer){buffers->out + buffers->out_end, buffers->out + sizeof buffers->out};
}

static bool writer_end(struct green__buffers *buffers, const struct writer *writer) {
  if (!writer->at) return false;
  buffers->out_end = (size_t)(writer->at - buffers->out);
  return true;
}

/* ---- heads ----------------------------------------------------------------------------------- */

static const char *date_now(struct green_server *server) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME_COARSE, &now);
  if (now.tv_sec != server->date_of || !*server->date) {
    server->date_of = now.tv_sec;
    green__date_print(server->date, now.tv_sec);
  }
  return server->date;
}

static void put_line(struct writer *writer, int status) {
  if (status == 200) { /* as most are */
    PUT(writer, "HTTP/1.1 200 OK\r\n");
    return;
  }
  PUT(writer, "HTTP/1.1 ");
  put_number(writer, (unsigned)status, 10);
  PUT(writer, " ");
  put_string(writer, green__reason(status));
  PUT(writer, "\r\n");
}

static void put_date(struct writer *writer, struct green_server *server) {
  PUT(writer, "Date: ");
  put(writer, date_now(server), sizeof "Sun, 06 Nov 1994 08:49:37 GMT" - 1);
  PUT(writer, "\r\n");
}

static void put_connection(struct writer *writer, const struct green__connection *connection) {
  if (connection->close)
    PUT(writer, "Connection: close\r\n");
  else if (connection->old)
    PUT(writer, "Connection: keep-alive\r\n");
}

/* Whether the connection ends behind the answer, for a reason of its own. */
static bool must_close(const struct green__connection *connection) {
  const struct green__answer *answer = connection->answer;
  bool length = answer->size != GREEN__UNKNOWN || !answer->pieces;
  if (connection->server->draining || (connection->old && !length)) return true;
  if (!connection->expects) return false;
  return !answer->pieces && (connection->continues || green__body_too_much(connection));
}

static void put_head(struct writer *writer, struct green__connection *connection) {
  const struct green__answer *answer = connection->answer;
  bool dated = false;
  put_line(writer, answer->status);
  for (size_t i = 0; i < answer->header_count; i++) {
    const green_http_header *header = &answer->headers[i];
    put_field(writer, header->name, header->value);
    dated = dated || green__is_name(header->name, "Date");
  }
  if (!dated) put_date(writer, connection->server);
  if (answer->size != GREEN__UNKNOWN) {
    PUT(writer, "Content-Length: ");
    put_number(writer, answer->size, 10);
    PUT(writer, "\r\n");
  } else if (connection->chunked) {
    PUT(writer, "Transfer-Encoding: chunked\r\n");
  }
  if (!answer->upgrade) put_connection(writer, connection);
  PUT(writer, "\r\n");
}

/* HEAD is told what GET would have been. */
static bool is_chunked(const struct green__connection *connection) {
  const struct green__answer *answer = connection->answer;
  if (answer->size != GREEN__UNKNOWN || connection->old || answer->upgrade) return false;
  return answer->pieces || (answer->bodiless && !green__status_is_bodiless(answer->status));
}

/* False: the application's headers have no room. */
static bool put_refusal(struct green__connection *connection, int status, const char *why,
                        bool common) {
  const green_http_header *headers;
  size_t count = green__app_headers(connection->server->app, &headers);
  struct writer writer = writer_begin(connection->buffers);
  put_line(&writer, status);
  put_date(&writer, connection->server);
  PUT(&writer, "Content-Type: text/plain\r\nConnection: close\r\nContent-Length: ");
  put_number(&writer, strlen(why) + 1, 10);
  PUT(&writer, "\r\n");
  for (size_t i = 0; common && i < count; i++)
    if (!green__is_of_every_answer(headers[i].name))
      put_field(&writer, headers[i].name, headers[i].value);
  PUT(&writer, "\r\n");
  if (!connection->head) {
    put_string(&writer, why);
    PUT(&writer, "\n");
  }
  return writer_end(connection->buffers, &writer);
}

void green__answer_refuse(struct green__connection *connection, int status, const char *why) {
  connection->close = connection->unread = true;
  if (!why) why = green__reason(status);
  if (!green__answer_flush(connection) || green__buffers_take(connection) < 0) return;
  if (!put_refusal(connection, status, why, true)) put_refusal(connection, status, why, false);
  green__answer_flush(connection);
}

void green__answer_continue(struct green__connection *connection) {
  struct green__buffers *buffers = connection->buffers;
  struct writer writer = writer_begin(buffers);
  PUT(&writer, "HTTP/1.1 100 Continue\r\n\r\n");
  if (writer_end(buffers, &writer)) connection->continues = false;
}

/* False: it has no room behind what is there. */
static bool put_hint(struct green__connection *connection, const char *links) {
  struct writer writer = writer_begin(connection->buffers);
  PUT(&writer, "HTTP/1.1 103 Early Hints\r\n");
  for (const char *end; (end = strchr(links, '\n')); links = end + 1) {
    PUT(&writer, "Link: ");
    put(&writer, links, (size_t)(end - links));
    PUT(&writer, "\r\n");
  }
  PUT(&writer, "\r\n");
  return writer_end(connection->buffers, &writer);
}

/* To a client of HTTP/1.0, which does not know 1xx, none. False: there is no memory. */
static bool take_hints(struct green__connection *connection) {
  const char *links = green__exchange_hint(connection->exchange);
  if (links && green__buffers_take(connection) < 0) return false;
  for (; links; links = green__exchange_hint(connection->exchange)) {
    if (!connection->old && !put_hint(connection, links)) return true;
    green__exchange_hinted(connection->exchange);
  }
  return true;
}

/* ---- bodies ---------------------------------------------------------------------------------- */

static void whole_body(struct green__connection *connection) {
  const struct green__answer *answer = connection->answer;
  struct green__buffers *buffers = connection->buffers;
  connection->complete = true;
  if (answer->bodiless || !answer->body || answer->size == GREEN__UNKNOWN) return;
  if (answer->size <= sizeof buffers->out - buffers->out_end) {
    memcpy(buffers->out + buffers->out_end, answer->body, (size_t)answer->size);
    buffers->out_end += (size_t)answer->size;
  } else {
    connection->body = answer->body;
    connection->body_size = answer->size;
  }
}

static void put_piece(struct green__connection *connection, const void *data, size_t size) {
  struct green__buffers *buffers = connection->buffers;
  struct writer writer = writer_begin(buffers);
  if (connection->chunked) {
    put_number(&writer, size, 16);
    PUT(&writer, "\r\n");
  }
  put(&writer, data, size);
  if (connection->chunked) PUT(&writer, "\r\n");
  writer_end(buffers, &writer);
  green__exchange_sent(connection->exchange, size);
}

static void pieces_end(struct green__connection *connection, bool broken) {
  struct green__buffers *buffers = connection->buffers;
  struct writer writer = writer_begin(buffers);
  connection->complete = true;
  connection->broken = broken;
  if (broken) connection->close = true;
  if (connection->chunked && !broken) PUT(&writer, "0\r\n\r\n");
  writer_end(buffers, &writer);
}

static void take_pieces(struct green__connection *connection) {
  struct green__buffers *buffers = connection->buffers;
  while (!connection->complete) {
    const void *data;
    size_t size, room = sizeof buffers->out - buffers->out_end;
    if (room <= CHUNK_REST) return;
    switch (green__exchange_output(connection->exchange, &data, &size)) {
    case GREEN__OUTPUT_READY:
      put_piece(connection, data, size < room - CHUNK_REST ? size : room - CHUNK_REST);
      break;
    case GREEN__OUTPUT_LATER:
      return;
    case GREEN__OUTPUT_END:
      pieces_end(connection, false);
      break;
    case GREEN__OUTPUT_BROKEN:
      pieces_end(connection, true);
      break;
    }
  }
}

/* ---- from the application -------------------------------------------------------------------- */

static void refuse_large(struct green__connection *connection) {
  green__log_failure(connection->exchange, GREEN_EMSGSIZE,
                     "the headers of the answer are larger than this server can send");
  connection->close = connection->complete = connection->begun = true;
  connection->cut_short = connection->answer->pieces;
  if (!put_refusal(connection, 500, green__reason(500), true))
    put_refusal(connection, 500, green__reason(500), false);
}

/* Where it has no room, what is before it goes first. */
static void answer_begin(struct green__connection *connection) {
  struct green__buffers *buffers = connection->buffers;
  bool close = connection->close;
  connection->chunked = is_chunked(connection);
  connection->close = close || must_close(connection);
  struct writer writer = writer_begin(buffers);
  put_head(&writer, connection);
  connection->begun = writer_end(buffers, &writer);
  if (!connection->begun && !buffers->out_end) refuse_large(connection);
  if (connection->begun && !connection->complete && !connection->answer->pieces)
    whole_body(connection);
}

bool green__answer_take(struct green__connection *connection) {
  if (!connection->answer) connection->answer = green__exchange_answer(connection->exchange);
  if (!connection->answer) return take_hints(connection);
  if (connection->complete) return true;
  if (green__buffers_take(connection) < 0) return false;
  if (!connection->begun) answer_begin(connection);
  if (connection->begun) take_pieces(connection);
  return true;
}

/* ---- to the socket --------------------------------------------------------------------------- */

/* So much was sent. */
static void output_sent(struct green__connection *connection, size_t size) {
  struct green__buffers *buffers = connection->buffers;
  size_t of_out = buffers->out_end - buffers->out_start;
  if (size < of_out) {
    buffers->out_start += size;
    return;
  }
  buffers->out_start = buffers->out_end = 0;
  size -= of_out;
  connection->body += size;
  connection->body_size -= size;
}

int green__answer_send(struct green__connection *connection) {
  struct green__buffers *buffers = connection->buffers;
  if (!buffers) return 0;
  while (buffers->out_end || connection->body_size) {
    struct iovec parts[2] = {
        {buffers->out + buffers->out_start, buffers->out_end - buffers->out_start},
        {(void *)connection->body, (size_t)connection->body_size}};
    int first = !parts[0].iov_len, count = (connection->body_size ? 2 : 1) - first;
    int rc = green__stream_try_write(connection->stream, parts + first, count);
    if (rc == GREEN_EAGAIN) connection->there &= ~(unsigned)GREEN__WRITABLE;
    if (rc < 0) return rc;
    output_sent(connection, (size_t)rc);
    green__connection_moved(connection);
  }
  int rc = green__stream_try_flush(connection->stream);
  if (rc == GREEN_EAGAIN) connection->there &= ~(unsigned)GREEN__WRITABLE;
  return rc;
}

bool green__answer_flush(struct green__connection *connection) {
  for (;;) {
    int rc = green__answer_send(connection);
    if (rc == 0) return true;
    if (rc != GREEN_EAGAIN) break;
    unsigned there =
        green__connection_wait(connection, GREEN__WRITABLE, true, "a client that reads");
    if (there & (GREEN__CUT | GREEN__EXPIRED)) break;
  }
  connection->there |= GREEN__CUT; /* nothing can be done for it any more */
  return false;
}
