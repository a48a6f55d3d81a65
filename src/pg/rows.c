/* Queries whose rows are read a few at a time. */
#include <greenio/status.h>
#include "pg.h"
#include "trace/sql.h"

#define BATCH 256 /* rows */

int green_pg_cursor_open(green_pg *pg, const char *sql, const green_pg_value *values,
                         size_t count) {
  struct green__pg_parameters parameters;
  int rc = green__pg_enter(pg, GREEN__PG_NOTHING);
  if (rc < 0) return rc;
  rc = green__pg_parameters_make(pg, &parameters, values, count);
  if (rc == 0) {
    struct green__pg_command command = {.what = GREEN__PG_PLAIN,
                                        .sql = sql,
                                        .parameters = parameters.at,
                                        .count = count,
                                        .batch = BATCH};
    green__sql_span_begin(&pg->span, sql);
    rc = green__pg_send(pg, &command);
    green__pg_parameters_free(&parameters);
    if (rc == 0) pg->doing = GREEN__PG_READING;
  }
  return green__pg_leave(pg, rc);
}

/* The next result that has rows: 1; or 0 at the end. */
static int fetch(green_pg *pg, green_pg_result **out) {
  int failed = 0;
  for (;;) {
    int event = green__pg_receive(pg, out, 0);
    if (event == GREEN__PG_ERROR) failed = GREEN_ESQL;
    if (event == GREEN__PG_READY) pg->doing = GREEN__PG_NOTHING;
    if (event == GREEN__PG_READY) return failed;
    if (event < 0) return event;
    if (*out && (*out)->rows && !failed) return 1;
    green_pg_result_release(*out);
    *out = NULL;
  }
}

int green_pg_cursor_fetch(green_pg *pg, green_pg_result **out) {
  *out = NULL;
  int rc = green__pg_enter(pg, GREEN__PG_READING);
  return rc < 0 ? rc : green__pg_leave_with(pg, fetch(pg, out), out);
}

int green_pg_cursor_close(green_pg *pg) {
  if (pg->doing != GREEN__PG_READING && pg->doing != GREEN__PG_COPY_OUT) return 0;
  int rc = green__pg_enter(pg, pg->doing);
  if (rc < 0) return rc;
  green__pg_settle(pg);
  return green__pg_leave(pg, pg->lost ? GREEN_ECONNRESET : 0);
}
