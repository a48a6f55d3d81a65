/* Spans of statements (<greenio/observe.h>), and of a COPY until its end, which another call is told of. Meanwhile the
 * span is libpq's data of the connection, so that PQfinish() and PQreset() end it too. */
#include "pq.h"
#include "trace/sql.h"

#include <libpq-events.h>
#include "core/memory.h"
#include "core/wait.h"

GREEN__SHARED_USE;

bool green__pq_is_copy(const PGresult *result) {
  ExecStatusType status = PQresultStatus(result);
  return status == PGRES_COPY_IN || status == PGRES_COPY_OUT || status == PGRES_COPY_BOTH;
}

static int result_status(const PGresult *result) {
  ExecStatusType status = PQresultStatus(result);
  return status == PGRES_FATAL_ERROR || status == PGRES_BAD_RESPONSE ? GREEN_ESQL : 0;
}

static int on_event(PGEventId event, void *of, void *arg);

static void copy_ended(PGconn *connection, int status) {
  green_span *span = PQinstanceData(connection, on_event);
  if (!span) return;
  PQsetInstanceData(connection, on_event, NULL);
  green_span_end(span, status);
  green__free(span);
}

static int on_event(PGEventId event, void *of, void *arg) {
  (void)arg;
  if (event == PGEVT_CONNDESTROY) copy_ended(((PGEventConnDestroy *)of)->conn, GREEN_ECLOSED);
  if (event == PGEVT_CONNRESET) copy_ended(((PGEventConnReset *)of)->conn, GREEN_ECLOSED);
  return 1;
}

/* False: there is no memory. */
static bool copy_begun(PGconn *connection, const green_span *span) {
  green_span *kept = green__alloc(sizeof *kept);
  if (!kept) return false;
  *kept = *span;
  PQregisterEventProc(connection, on_event, "greenio", NULL); /* 0, if it is there already */
  if (PQsetInstanceData(connection, on_event, kept)) return true;
  green__free(kept);
  return false;
}

void green__pq_span_begin(PGconn *connection, green_span *span, const char *sql) {
  copy_ended(connection, GREEN_ECANCELED);
  green__sql_span_begin(span, sql);
}

void green__pq_span_end(PGconn *connection, green_span *span, int status, const PGresult *result) {
  if (!span->id) return;
  if (status == 0 && green__pq_is_copy(result) && copy_begun(connection, span))
    green__span_step_out(span);
  else
    green_span_end(span, status < 0 ? status : result_status(result));
}

void green__pq_span_result(PGconn *connection, int status, const PGresult *result) {
  if (status < 0 || !green__pq_is_copy(result))
    copy_ended(connection, status < 0 ? status : result_status(result));
}
