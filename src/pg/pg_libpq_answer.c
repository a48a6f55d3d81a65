/* green_pg natively: what libpq has received, as the events that query.c takes. */
#include <string.h>
#include <greenio/status.h>
#include "core/memory.h"
#include "pg_libpq.h"

#define BATCH_BYTES 262144u /* of rows that come in one result */

/* ---- results --------------------------------------------------------------------------------- */

static void drop_one(void *result) {
  PQclear(result);
}

static void fill_columns(green_pg_result *out, const PGresult *result) {
  for (size_t i = 0; i < out->columns; i++) {
    out->column[i].name = PQfname(result, (int)i);
    out->column[i].oid = PQftype(result, (int)i);
  }
}

static void fill_row(struct green__pg_cell *cells, const PGresult *result, int row, int columns) {
  for (int i = 0; i < columns; i++) {
    if (PQgetisnull(result, row, i)) continue;
    cells[i].data = PQgetvalue(result, row, i);
    cells[i].size = (uint32_t)PQgetlength(result, row, i);
  }
}

/* A whole result, which the new one owns. */
static int hand_over(PGresult *result, green_pg_result **out) {
  int rows = PQntuples(result), columns = PQnfields(result);
  *out = green__pg_result_new((size_t)columns, (size_t)rows, 0);
  if (!*out) {
    PQclear(result);
    return GREEN_ENOMEM;
  }
  fill_columns(*out, result);
  for (int i = 0; i < rows; i++)
    fill_row((*out)->cell + (size_t)i * (size_t)columns, result, i, columns);
  (*out)->command = PQcmdStatus(result);
  (*out)->owned = result;
  (*out)->drop = drop_one;
  return GREEN__PG_RESULT;
}

/* Results of one row each. */
struct rows {
  size_t count;
  PGresult *at[];
};

static void drop_rows(void *arg) {
  struct rows *rows = arg;
  for (size_t i = 0; i < rows->count; i++) PQclear(rows->at[i]);
  green__free(rows);
}

/* The first row and those behind it that are there already; what comes after them is held. */
static struct rows *gather(struct green__libpq *lp, PGresult *first) {
  struct rows *rows = green__alloc(sizeof *rows + lp->batch * sizeof *rows->at);
  if (!rows) return NULL;
  size_t bytes = PQresultMemorySize(first);
  rows->at[0] = first;
  rows->count = 1;
  while (rows->count < lp->batch && bytes < BATCH_BYTES && !PQisBusy(lp->connection)) {
    lp->held = PQgetResult(lp->connection);
    if (!lp->held || PQresultStatus(lp->held) != PGRES_SINGLE_TUPLE) break;
    bytes += PQresultMemorySize(lp->held);
    rows->at[rows->count++] = lp->held;
    lp->held = NULL;
  }
  return rows;
}

static int hand_over_rows(struct green__libpq *lp, PGresult *first, green_pg_result **out) {
  struct rows *rows = gather(lp, first);
  if (!rows) {
    PQclear(first);
    return GREEN_ENOMEM;
  }
  int columns = PQnfields(first);
  *out = green__pg_result_new((size_t)columns, rows->count, 0);
  if (!*out) {
    drop_rows(rows);
    return GREEN_ENOMEM;
  }
  fill_columns(*out, first);
  for (size_t i = 0; i < rows->count; i++)
    fill_row((*out)->cell + i * (size_t)columns, rows->at[i], 0, columns);
  (*out)->owned = rows;
  (*out)->drop = drop_rows;
  return GREEN__PG_ROWS;
}

/* ---- receiving ------------------------------------------------------------------------------- */

static int libpq_ready(struct green__libpq *lp) {
  switch (PQtransactionStatus(lp->connection)) {
  case PQTRANS_INTRANS:
    lp->base.state = GREEN__PG_IN_TRANSACTION;
    break;
  case PQTRANS_INERROR:
    lp->base.state = GREEN__PG_FAILED;
    break;
  case PQTRANS_IDLE:
    lp->base.state = GREEN__PG_IDLE;
    break;
  default:
    return green__libpq_broken(lp, "ReadyForQuery has an unknown state");
  }
  const char *encoding = PQparameterStatus(lp->connection, "client_encoding");
  if (encoding) green__pg_encoded(&lp->base, encoding);
  green__libpq_unlimit(lp);
  green__libpq_notifications(lp); /* that came right behind it */
  return GREEN__PG_READY;
}

/* libpq's own: the connection has gone, or it has no memory or no room for the result; all else is
 * what it says of a server that breaks the protocol, and it goes on as if it had not. */
static int own_failure(struct green__libpq *lp, const char *message) {
  if (PQstatus(lp->connection) == CONNECTION_BAD) return green__libpq_failed(lp, GREEN_ENOTCONN);
  if (strstr(message, "out of memory") || strstr(message, "cannot support more than"))
    return GREEN_ENOMEM;
  return green__libpq_broken(lp, *message ? message : "an error without a code");
}

static int hand_over_failure(struct green__libpq *lp, PGresult *result) {
  const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  int rc = GREEN__PG_ERROR;
  if (state) {
    green__pg_failure_begin(&lp->base);
    green__libpq_fields(&lp->base, result, green__pg_failure_field);
  } else {
    rc = own_failure(lp, PQresultErrorMessage(result));
  }
  PQclear(result);
  return rc;
}

/* The next result of libpq's; NULL: there is none. */
static int libpq_next(struct green__libpq *lp, PGresult **out) {
  *out = lp->held;
  lp->held = NULL;
  if (*out) return 0;
  green__libpq_limit(lp);
  int rc = green__pq_exchange(&lp->call);
  green__libpq_notifications(lp);
  if (rc < 0) return green__libpq_failed(lp, rc);
  *out = PQgetResult(lp->connection);
  return 0;
}

/* Whether what came of a pipeline is but a step: it is parsed, the next result begins, or an error
 * has skipped it. */
static bool is_step(struct green__libpq *lp, const PGresult *result) {
  ExecStatusType status = PQresultStatus(result);
  if (!result) return ++lp->pauses < 5;
  if (status == PGRES_PIPELINE_ABORTED) return true;
  if (status != PGRES_COMMAND_OK || lp->base.parsed) return false;
  return lp->base.parsed = true;
}

static int leave_pipeline(struct green__libpq *lp) {
  lp->pipelined = false;
  if (PQexitPipelineMode(lp->connection)) return libpq_ready(lp);
  return green__libpq_broken(lp, PQerrorMessage(lp->connection));
}

static int event_of(struct green__libpq *lp, PGresult *result, green_pg_result **out) {
  green_pg *pg = &lp->base;
  int rc;
  switch (PQresultStatus(result)) {
  case PGRES_SINGLE_TUPLE:
    return hand_over_rows(lp, result, out);
  case PGRES_TUPLES_OK:
  case PGRES_COMMAND_OK:
  case PGRES_EMPTY_QUERY:
    return hand_over(result, out);
  case PGRES_COPY_IN:
    rc = GREEN__PG_COPY_IN_BEGUN;
    break;
  case PGRES_COPY_OUT:
    rc = GREEN__PG_COPY_OUT_BEGUN;
    break;
  case PGRES_FATAL_ERROR:
    return hand_over_failure(lp, result);
  default:
    rc = green__pg_lost(pg, GREEN_EPROTO, "libpq gave a result that is not expected: %s",
                        PQresStatus(PQresultStatus(result)));
  }
  PQclear(result);
  return rc;
}

int green__pg_host_receive(green_pg *pg, green_pg_result **out) {
  struct green__libpq *lp = green__libpq_of(pg);
  PGresult *result;
  for (;;) {
    int rc = libpq_next(lp, &result);
    if (rc < 0) return rc;
    bool synced = PQresultStatus(result) == PGRES_PIPELINE_SYNC;
    if (!lp->pipelined || !(synced || is_step(lp, result))) break;
    PQclear(result);
    if (synced) return leave_pipeline(lp);
  }
  if (result) return event_of(lp, result, out);
  return lp->pipelined ? green__libpq_broken(lp, "its results do not end") : libpq_ready(lp);
}
