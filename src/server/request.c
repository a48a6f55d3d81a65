/* Requests: libmicrohttpd's calls.
 *
 * libmicrohttpd calls green__request_access() when the head is there, for each piece of the body,
 * and when all is there; it takes an answer at the first and the last of these alone, and the first
 * ends the connection. When it is told to go on without an answer at the last, it calls again.
 */
#include <string.h>
#include <greenio/status.h>
#include "core/memory.h"
#include "server.h"

/* Of a body that nobody wants, to keep the connection. */
#define MOST_DROPPED ((uint64_t)256 << 10)

void *green__request_line(void *server, const char *target, struct MHD_Connection *mhd) {
  const union MHD_ConnectionInfo *info =
      MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
  struct green__connection *connection = info ? info->socket_context : NULL;
  size_t size = strlen(target);
  (void)server;
  if (!connection) return NULL;
  struct green__request *request = green__alloc(sizeof *request + size + 1);
  if (!request) return NULL;
  memset(request, 0, sizeof *request);
  request->connection = connection;
  request->mhd = mhd;
  request->line = target;
  request->target_size = size;
  memcpy(request->target, target, size + 1);
  return request;
}

void green__request_suspend(struct green__request *request) {
  request->suspended = true;
  MHD_suspend_connection(request->mhd);
  if (green__connection_gone(request->connection)) green__request_abandon(request);
}

void green__request_abandon(struct green__request *request) {
  struct green__exchange *exchange = request->exchange;
  request->gone = true;
  request->exchange = NULL;
  if (exchange) green__exchange_close(exchange, false);
  green__connection_cut(request->connection);
  green__server_rouse(request);
}

/* Its answer is there, or it is suspended until it is. */
static enum MHD_Result answer(struct green__request *request) {
  const struct green__answer *there = green__exchange_answer(request->exchange);
  if (there) return green__answer_queue(request, there);
  green__request_suspend(request);
  return MHD_YES;
}

static bool expects_continue(struct MHD_Connection *mhd) {
  return MHD_lookup_connection_value(mhd, MHD_HEADER_KIND, "Expect") != NULL;
}

/* An answer is there, so that nobody wants the rest of the body: drop_piece() is next. A task that
 * goes on reading while its answer in pieces is to go out would wait for ever. */
static bool give_up_body(struct green__request *request) {
  const struct green__answer *there = green__exchange_answer(request->exchange);
  if (there && there->pieces && !request->given_up)
    green__exchange_push_end(request->exchange, GREEN_ENOTSUP);
  request->given_up = request->given_up || (there && there->pieces);
  return there;
}

/* An answer that is there before the body is sent now if the client waits for leave to send that,
 * or would send too much of it. */
static enum MHD_Result body_begins(struct green__request *request) {
  request->stage = GREEN__BODY;
  if (request->expects == GREEN__UNKNOWN) green__stall_begin(request);
  const struct green__answer *there = green__exchange_answer(request->exchange);
  if (!there) return MHD_YES;
  bool large = request->expects != GREEN__UNKNOWN && request->expects > MOST_DROPPED;
  if (!large && !expects_continue(request->mhd)) return MHD_YES;
  request->connection->unread = true;
  enum MHD_Result rc = green__answer_queue(request, there);
  give_up_body(request);
  return rc;
}

static enum MHD_Result begin(struct green__request *request, const char *method,
                             const char *version) {
  struct green__connection *connection = request->connection;
  green__connection_busy(connection, request);
  request->old = strcmp(version, "HTTP/1.0") == 0;
  int status;
  const char *why = green__head_take(request, method, version, &status);
  if (status) {
    connection->unread = true; /* maybe: nobody knows where a body ends */
    return green__answer_refuse(request->mhd, status, why);
  }
  struct green__head head = {
      .method = method,
      .target = request->target,
      .protocol = version,
      .peer = &connection->peer,
      .body = request->expects,
      .secure = connection->server->secure,
  };
  green__exchange_begin(request->exchange, &head);
  if (request->expects) return body_begins(request);
  request->stage = GREEN__WHOLE;
  return MHD_YES; /* it calls again at once, for an answer that keeps the connection */
}

static enum MHD_Result drop_piece(struct green__request *request, size_t *size) {
  struct green__connection *connection = request->connection;
  request->dropped += *size;
  *size = 0;
  if (request->dropped <= MOST_DROPPED) return MHD_YES;
  connection->unread = true;
  green__answer_write(connection, green__exchange_answer(request->exchange));
  green__connection_finish(connection);
  return MHD_NO;
}

static enum MHD_Result body_piece(struct green__request *request, const char *data, size_t *size) {
  if (give_up_body(request)) return drop_piece(request, size);
  *size -= green__exchange_push(request->exchange, data, *size);
  if (!*size) return MHD_YES;
  if (give_up_body(request)) return drop_piece(request, size);
  green__request_suspend(request);
  return MHD_YES;
}

enum MHD_Result green__request_access(void *server, struct MHD_Connection *mhd, const char *url,
                                      const char *method, const char *version, const char *data,
                                      size_t *size, void **context) {
  struct green__request *request = *context;
  (void)server;
  (void)url;
  if (!request) return green__answer_refuse(mhd, MHD_HTTP_SERVICE_UNAVAILABLE, NULL);
  if (request->gone) return MHD_NO;
  request->runs = 0;
  if (request->stage == GREEN__HEAD) return begin(request, method, version);
  if (*size) return body_piece(request, data, size);
  if (request->stage == GREEN__BODY) {
    request->stage = GREEN__WHOLE;
    green__stall_end(request);
    if (!request->given_up) green__exchange_push_end(request->exchange, 0);
  }
  return answer(request);
}

static void unrouse(struct green__request *request) {
  struct green__request **link = &request->connection->server->roused;
  while (*link && *link != request) link = &(*link)->roused_next;
  if (*link) *link = request->roused_next;
}

void green__request_completed(void *server, struct MHD_Connection *mhd, void **context,
                              enum MHD_RequestTerminationCode code) {
  struct green__request *request = *context;
  (void)server;
  (void)mhd;
  *context = NULL;
  if (!request) return;
  if (request->exchange)
    green__exchange_close(request->exchange, code == MHD_REQUEST_TERMINATED_COMPLETED_OK);
  if (request->roused) unrouse(request);
  green__stall_end(request);
  green__connection_idle(request->connection);
  green__free(request);
}
