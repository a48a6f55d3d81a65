/* What every explicit call is made of: waits on libpq's socket, and one way out. */
#include "pq.h"

int green__pq_begin(struct green__pq_call *call, PGconn *connection, const char *function) {
  if (!green_current()) return GREEN_EMAIN;
  if (!connection) return GREEN_EINVAL;
  if (green__pq_user(connection)) return GREEN_EBUSY;
  call->connection = connection;
  call->settling = NULL;
  green__pq_enter(&call->use, connection, function);
  if (PQstatus(connection) != CONNECTION_OK ||
      (!PQisnonblocking(connection) && PQsetnonblocking(connection, 1) < 0))
    return green__pq_end(call, green__pq_failed(call));
  return 0;
}

int green__pq_failed(struct green__pq_call *call) {
  int status = PQstatus(call->connection) == CONNECTION_OK ? GREEN_EINVAL : GREEN_ENOTCONN;
  return green_fail(status, "%s", PQerrorMessage(call->connection));
}

int green__pq_ready(struct green__pq_call *call, int events) {
  struct pollfd one = {.fd = PQsocket(call->connection), .events = (short)events};
  if (one.fd < 0) return green__pq_failed(call);
  int rc = call->settling ? green__pq_settling_poll(call->settling, &one, 1, UINT64_MAX)
                          : green_wait_fd(one.fd, events);
  return rc < 0 ? rc : 0;
}

/* What has come is in libpq's buffer. */
static int consume(struct green__pq_call *call) {
  return PQconsumeInput(call->connection) ? 0 : green__pq_failed(call);
}

int green__pq_take(struct green__pq_call *call) {
  int rc = green__pq_ready(call, POLLIN);
  return rc < 0 ? rc : consume(call);
}

/* The server may have to be read before it reads on. */
int green__pq_send(struct green__pq_call *call) {
  int left;
  while ((left = PQflush(call->connection)) > 0) {
    int rc = green__pq_ready(call, POLLIN | POLLOUT);
    if (rc == 0) rc = consume(call);
    if (rc < 0) return rc;
  }
  return left < 0 ? green__pq_failed(call) : 0;
}

int green__pq_exchange(struct green__pq_call *call) {
  int rc = green__pq_send(call);
  while (rc == 0 && PQisBusy(call->connection)) rc = green__pq_take(call);
  return rc;
}

/* ---- the end ---- */

static int drain_copy_out(struct green__pq_call *call) {
  for (;;) {
    char *row;
    int size = PQgetCopyData(call->connection, &row, true), rc = 0;
    if (size < 0) return size == -1 ? 0 : GREEN_EPROTO;
    if (size > 0)
      PQfreemem(row);
    else if ((rc = green__pq_take(call)) < 0)
      return rc;
  }
}

static int end_copy_in(struct green__pq_call *call) {
  int ended = PQputCopyEnd(call->connection, "cancelled");
  return ended < 0 ? GREEN_EPROTO : ended > 0 ? 0 : green__pq_send(call);
}

/* Takes all that the server has still to say. 0, or a status: it cannot be done. */
static int drain(struct green__pq_call *call) {
  if (PQpipelineStatus(call->connection) != PQ_PIPELINE_OFF) return GREEN_EPROTO;
  for (;;) {
    int rc = green__pq_exchange(call);
    if (rc < 0) return rc;
    PGresult *result = PQgetResult(call->connection);
    if (!result) return 0;
    ExecStatusType status = PQresultStatus(result);
    PQclear(result);
    if (PQstatus(call->connection) == CONNECTION_BAD) return GREEN_ENOTCONN;
    if (status == PGRES_COPY_IN) rc = end_copy_in(call);
    if (status == PGRES_COPY_OUT) rc = drain_copy_out(call);
    if (status == PGRES_COPY_BOTH) return GREEN_EPROTO;
    if (rc < 0) return rc;
  }
}

static void call_settle(struct green__pq_call *call) {
  struct green__pq_settling settling;
  green__pq_settle(&settling, call->connection, false);
  // cppcheck-suppress autoVariables ; nobody looks there behind call_settle()
  call->settling = &settling;
  if (drain(call) < 0) green__pq_give_up(call->connection);
  green__pq_settled(&settling);
}

int green__pq_end(struct green__pq_call *call, int status) {
  bool interrupted = status == GREEN_ECANCELED || status == GREEN_ETIMEDOUT ||
                     status == GREEN_ENOMEM || status == GREEN_ENESTED;
  if (interrupted && PQstatus(call->connection) == CONNECTION_OK &&
      PQtransactionStatus(call->connection) == PQTRANS_ACTIVE) {
    call_settle(call);
    green__pq_span_result(call->connection, status, NULL);
  }
  green__pq_leave(&call->use);
  return status;
}
