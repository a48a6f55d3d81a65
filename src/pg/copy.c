/* COPY, in pieces. */
#include <greenio/status.h>
#include "pg.h"
#include "trace/sql.h"

/* Receives until a COPY has begun, which is then 0, or the command is over. */
static int receive_begin(green_pg *pg, int wanted) {
  int failed = 0;
  for (;;) {
    green_pg_result *result;
    int event = green__pg_receive(pg, &result, wanted);
    green_pg_result_release(result);
    if (event == wanted) return 0;
    if (event < 0) return event;
    if (event == GREEN__PG_ERROR) failed = GREEN_ESQL;
    if (event == GREEN__PG_READY) break;
  }
  return failed ? failed
                : green__pg_fail(pg, GREEN_EINVAL, "that is no COPY from stdin or to stdout");
}

static int copy_begin(green_pg *pg, const char *sql, int wanted) {
  struct green__pg_command command = {
      .what = GREEN__PG_SIMPLE, .sql = sql, .copy_in = wanted == GREEN__PG_COPY_IN_BEGUN};
  int rc = green__pg_enter(pg, GREEN__PG_NOTHING);
  if (rc < 0) return rc;
  green__sql_span_begin(&pg->span, sql);
  rc = green__pg_send(pg, &command);
  if (rc == 0) rc = receive_begin(pg, wanted);
  return green__pg_leave(pg, rc);
}

int green_pg_copy_in(green_pg *pg, const char *sql) {
  return copy_begin(pg, sql, GREEN__PG_COPY_IN_BEGUN);
}

int green_pg_copy_out(green_pg *pg, const char *sql) {
  return copy_begin(pg, sql, GREEN__PG_COPY_OUT_BEGUN);
}

/* Receives the rest of a command whose data have all come or gone. */
static int receive_end(green_pg *pg, uint64_t *rows) {
  int failed = 0;
  pg->doing = GREEN__PG_NOTHING;
  for (;;) {
    green_pg_result *result;
    int event = green__pg_receive(pg, &result, 0);
    if (rows && result) *rows = green_pg_affected(result);
    green_pg_result_release(result);
    if (event == GREEN__PG_ERROR) failed = GREEN_ESQL;
    if (event == GREEN__PG_READY) return failed;
    if (event < 0) return event;
  }
}

int green_pg_copy_write(green_pg *pg, const void *data, size_t size) {
  int rc = green__pg_enter(pg, GREEN__PG_COPY_IN);
  if (rc < 0) return rc;
  if (size) rc = green__pg_host_copy_write(pg, data, size);
  return green__pg_leave(pg, rc);
}

int green_pg_copy_end(green_pg *pg, const char *failure, uint64_t *rows) {
  if (rows) *rows = 0;
  int rc = green__pg_enter(pg, GREEN__PG_COPY_IN);
  if (rc < 0) return rc;
  rc = green__pg_host_copy_end(pg, failure);
  if (rc == 0) rc = receive_end(pg, rows);
  if (rc == GREEN_ESQL && failure && green_pg_failed_with(pg, "57014")) rc = 0;
  return green__pg_leave(pg, rc);
}

int green_pg_copy_read(green_pg *pg, const void **data, size_t *size) {
  *data = NULL;
  *size = 0;
  int rc = green__pg_enter(pg, GREEN__PG_COPY_OUT);
  if (rc < 0) return rc;
  rc = green__pg_host_copy_read(pg, data, size);
  if (rc == 0) rc = receive_end(pg, NULL);
  return green__pg_leave(pg, rc);
}
