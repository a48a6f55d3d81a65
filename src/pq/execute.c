/* Statements: sent, waited for, and their results taken, as libpq's PQexec() and its relatives do.
 */
#include "pq.h"

/* The next result, or NULL. */
static int result_next(struct green__pq_call *call, PGresult **out) {
  int rc = green__pq_exchange(call);
  *out = rc < 0 ? NULL : PQgetResult(call->connection);
  return rc;
}

/* Begins a statement; what is left of the last one is passed over. */
static int execute_begin(struct green__pq_call *call, PGconn *connection, const char *function,
                         PGresult **out) {
  *out = NULL;
  int rc = green__pq_begin(call, connection, function);
  if (rc < 0) return rc;
  if (PQpipelineStatus(connection) != PQ_PIPELINE_OFF)
    return green__pq_end(call, green_fail(GREEN_EINVAL, "the connection is in pipeline mode: use "
                                                        "PQsend*() and green_pq_get_result()"));
  while (PQtransactionStatus(connection) == PQTRANS_ACTIVE) {
    PGresult *left;
    rc = result_next(call, &left);
    bool copying = left && green__pq_is_copy(left);
    PQclear(left);
    if (rc == 0 && copying) rc = green_fail(GREEN_EINVAL, "a COPY is under way");
    if (rc < 0) return green__pq_end(call, rc);
  }
  return 0;
}

/* Waits for what was sent. */
static int execute_finish(struct green__pq_call *call, int sent, PGresult **out) {
  int rc = sent ? 0 : green__pq_failed(call);
  for (PGresult *result; rc == 0 && (rc = result_next(call, &result)) == 0 && result;) {
    PQclear(*out);
    *out = result;
    if (green__pq_is_copy(result) || PQstatus(call->connection) == CONNECTION_BAD) break;
  }
  if (rc == 0 && !*out) rc = green__pq_failed(call);
  if (rc < 0) {
    PQclear(*out);
    *out = NULL;
  }
  return green__pq_end(call, rc);
}

/* `text`: the statement, or its name. */
#define EXECUTE(text, send)                                                                        \
  struct green__pq_call call;                                                                      \
  green_span span;                                                                                 \
  int rc = execute_begin(&call, connection, __func__, out);                                        \
  if (rc < 0) return rc;                                                                           \
  green__pq_span_begin(connection, &span, text);                                                   \
  rc = execute_finish(&call, send, out);                                                           \
  green__pq_span_end(connection, &span, rc, *out);                                                 \
  return rc

int green_pq_exec(PGconn *connection, const char *query, PGresult **out) {
  EXECUTE(query, PQsendQuery(connection, query));
}

int green_pq_exec_params(PGconn *connection, const char *query, int count, const Oid *types,
                         const char *const *values, const int *lengths, const int *formats,
                         int result_format, PGresult **out) {
  EXECUTE(query, PQsendQueryParams(connection, query, count, types, values, lengths, formats,
                                   result_format));
}

int green_pq_prepare(PGconn *connection, const char *name, const char *query, int count,
                     const Oid *types, PGresult **out) {
  EXECUTE(query, PQsendPrepare(connection, name, query, count, types));
}

int green_pq_exec_prepared(PGconn *connection, const char *name, int count,
                           const char *const *values, const int *lengths, const int *formats,
                           int result_format, PGresult **out) {
  EXECUTE(name,
          PQsendQueryPrepared(connection, name, count, values, lengths, formats, result_format));
}

int green_pq_describe_prepared(PGconn *connection, const char *name, PGresult **out) {
  EXECUTE(name, PQsendDescribePrepared(connection, name));
}

int green_pq_describe_portal(PGconn *connection, const char *name, PGresult **out) {
  EXECUTE(name, PQsendDescribePortal(connection, name));
}

int green_pq_get_result(PGconn *connection, PGresult **out) {
  struct green__pq_call call;
  *out = NULL;
  int rc = green__pq_begin(&call, connection, __func__);
  if (rc < 0) return rc;
  rc = result_next(&call, out);
  green__pq_span_result(connection, rc, *out);
  return green__pq_end(&call, rc);
}

int green_pq_flush(PGconn *connection) {
  struct green__pq_call call;
  int rc = green__pq_begin(&call, connection, __func__);
  return rc < 0 ? rc : green__pq_end(&call, green__pq_send(&call));
}

int green_pq_notification(PGconn *connection, PGnotify **out) {
  struct green__pq_call call;
  *out = NULL;
  int rc = green__pq_begin(&call, connection, __func__);
  if (rc < 0) return rc;
  rc = green__pq_send(&call);
  while (rc == 0 && !(*out = PQnotifies(connection))) rc = green__pq_take(&call);
  return green__pq_end(&call, rc);
}
