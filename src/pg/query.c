/* Queries whose results come whole. */
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <greenio/status.h>
#include "core/memory.h"
#include "pg.h"
#include "trace/sql.h"

/* Once interrupted, nothing is begun: to stop it might come too late. */
int green__pg_send(green_pg *pg, const struct green__pg_command *command) {
  struct green__task *self;
  struct green__pg_command sent = *command;
  int rc = green__wait_begin(&self);
  if (rc < 0) return rc;
  char *traced = pg->traceparent ? green__pg_traced(command) : NULL;
  if (traced) sent.sql = traced;
  pg->ready = pg->answered = pg->parsed = false;
  *pg->outcome = *pg->last_severity = *pg->last_sqlstate = 0;
  rc = green__pg_host_send(pg, &sent);
  green__free(traced);
  return rc;
}

/* What the server says last: that it is ready is no answer. */
static int check_answered(green_pg *pg) {
  if (pg->answered) return GREEN__PG_READY;
  return green__pg_lost(pg, GREEN_EPROTO,
                        "the server has not answered: it is ready for the next "
                        "command, and gave no result of this one");
}

bool green__pg_is_utf8(const char *encoding) {
  return strcasecmp(encoding, "UTF8") == 0 || strcasecmp(encoding, "UTF-8") == 0 ||
         strcasecmp(encoding, "UNICODE") == 0;
}

void green__pg_encoded(green_pg *pg, const char *encoding) {
  snprintf(pg->encoding, sizeof pg->encoding, "%s", green__pg_is_utf8(encoding) ? "" : encoding);
}

/* A statement has changed that, behind whose end nothing would be read as what it is. */
static int check_encoding(green_pg *pg) {
  if (!*pg->encoding) return GREEN__PG_READY;
  return green__pg_lost(pg, GREEN_EINVAL,
                        "client_encoding was set to %s, and the connection is closed: text of "
                        "green_pg is UTF-8",
                        pg->encoding);
}

/* What made the transaction fail: those that come after it fail for that alone, with 25P02. */
static void note_state(green_pg *pg) {
  if (pg->state != GREEN__PG_FAILED)
    *pg->failed_by = 0;
  else if (!*pg->failed_by && strcmp(pg->last_sqlstate, "25P02") != 0)
    memcpy(pg->failed_by, pg->last_sqlstate, sizeof pg->failed_by);
}

/* The server's last word before it goes tells nothing of the command. */
static bool is_last_word(const green_pg *pg) {
  return strcmp(pg->last_severity, "FATAL") == 0 || strcmp(pg->last_severity, "PANIC") == 0;
}

int green__pg_receive_event(green_pg *pg, green_pg_result **out) {
  *out = NULL;
  int event = green__pg_host_receive(pg, out);
  if (event == GREEN__PG_RESULT) {
    green__pg_statements_done(pg, green_pg_command(*out));
    snprintf(pg->outcome, sizeof pg->outcome, "%s", green_pg_command(*out));
  }
  if (event == GREEN__PG_ERROR && !is_last_word(pg))
    snprintf(pg->outcome, sizeof pg->outcome, "ERROR");
  if (event == GREEN__PG_READY) {
    note_state(pg);
    event = check_encoding(pg);
  }
  return event;
}

int green__pg_receive(green_pg *pg, green_pg_result **out, int copy) {
  int event = green__pg_receive_event(pg, out);
  if (event == GREEN__PG_READY) event = check_answered(pg);
  if (event == GREEN__PG_READY) pg->ready = true;
  if (event == GREEN__PG_RESULT || event == GREEN__PG_ERROR || event == GREEN_ENOMEM)
    pg->answered = true;
  if (event == GREEN__PG_ERROR) green__pg_refused(pg);
  bool begun = event == GREEN__PG_COPY_IN_BEGUN || event == GREEN__PG_COPY_OUT_BEGUN;
  if (!begun) return event;
  pg->doing = event == GREEN__PG_COPY_IN_BEGUN ? GREEN__PG_COPY_IN : GREEN__PG_COPY_OUT;
  if (event == copy) return event;
  return green__pg_fail(pg, GREEN_EINVAL, "that is for %s",
                        pg->doing == GREEN__PG_COPY_IN ? "green_pg_copy_in()"
                                                       : "green_pg_copy_out()");
}

static int command_perform(green_pg *pg, const struct green__pg_command *command,
                           green_pg_result **out) {
  green_pg_result *last = NULL, *next;
  int failed = 0, event = green__pg_send(pg, command);
  if (event < 0) return event;
  while ((event = green__pg_receive(pg, &next, 0)) != GREEN__PG_READY) {
    if (next) {
      green_pg_result_release(last);
      last = next;
    }
    if (event == GREEN__PG_ERROR) failed = GREEN_ESQL;
    if (event == GREEN_ENOMEM && !failed) failed = GREEN_ENOMEM;
    if (event < 0 && event != GREEN_ENOMEM) break;
  }
  if (event < 0) failed = event;
  if (out && !failed)
    *out = last;
  else
    green_pg_result_release(last);
  return failed;
}

int green__pg_perform(green_pg *pg, const struct green__pg_command *command,
                      green_pg_result **out) {
  green_span span;
  green__sql_span_begin(&span, command->sql);
  int rc = command_perform(pg, command, out);
  green_span_end(&span, rc);
  return rc;
}

int green_pg_query(green_pg *pg, green_pg_result **out, const char *sql,
                   const green_pg_value *values, size_t count) {
  struct green__pg_parameters parameters;
  if (out) *out = NULL;
  int rc = green__pg_enter(pg, GREEN__PG_NOTHING);
  if (rc < 0) return rc;
  rc = green__pg_parameters_make(pg, &parameters, values, count);
  if (rc == 0) {
    struct green__pg_command command = {
        .what = GREEN__PG_PLAIN, .sql = sql, .parameters = parameters.at, .count = count};
    rc = green__pg_perform(pg, &command, out);
    green__pg_parameters_free(&parameters);
  }
  return green__pg_leave_with(pg, rc, out);
}

int green__pg_simple(green_pg *pg, const char *sql) {
  struct green__pg_command command = {.what = GREEN__PG_SIMPLE, .sql = sql};
  return green__pg_perform(pg, &command, NULL);
}

int green_pg_run(green_pg *pg, const char *sql) {
  int rc = green__pg_enter(pg, GREEN__PG_NOTHING);
  return rc < 0 ? rc : green__pg_leave(pg, green__pg_simple(pg, sql));
}
