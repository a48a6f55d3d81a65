/* What went wrong: messages, the server's fields, and statuses made of SQLSTATEs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <greenio/local.h>
#include <greenio/status.h>
#include "core/memory.h"
#include "core/wait.h"
#include "pg.h"

static const green_pg_failure none = {.severity = "",
                                      .message = "",
                                      .detail = "",
                                      .hint = "",
                                      .where = "",
                                      .internal_query = "",
                                      .schema = "",
                                      .table = "",
                                      .column = "",
                                      .type = "",
                                      .constraint = "",
                                      .source = ""};

void green__pg_failure_clear(struct green__pg_failure *failure) {
  while (failure->count) green__free(failure->owned[--failure->count]);
  failure->shown = none;
  failure->missed = false;
}

/* ---- a failure's fields ---------------------------------------------------------------------- */

/* A copy that the failure owns, or "". */
static const char *failure_own(struct green__pg_failure *failure, const char *value) {
  if (failure->count == GREEN__PG_FIELDS) return "";
  char *copy = green__copy_string(value, SIZE_MAX);
  if (!copy) {
    failure->missed = true;
    return "";
  }
  failure->owned[failure->count++] = copy;
  return copy;
}

static const char **place(green_pg_failure *shown, char field) {
  switch (field) {
  case 'V':
    return &shown->severity;
  case 'M':
    return &shown->message;
  case 'D':
    return &shown->detail;
  case 'H':
    return &shown->hint;
  case 'q':
    return &shown->internal_query;
  case 'W':
    return &shown->where;
  case 's':
    return &shown->schema;
  case 't':
    return &shown->table;
  case 'c':
    return &shown->column;
  case 'd':
    return &shown->type;
  case 'n':
    return &shown->constraint;
  default:
    return NULL;
  }
}

/* "nbtinsert.c:666, _bt_check_unique", from three fields that come in this order. */
static void add_source(struct green__pg_failure *failure, char field, const char *value) {
  char text[200];
  snprintf(text, sizeof text, "%s%s%s", failure->shown.source,
           field == 'F'   ? ""
           : field == 'L' ? ":"
                          : ", ",
           value);
  failure->shown.source = failure_own(failure, text);
}

static void set_field(struct green__pg_failure *failure, char field, const char *value) {
  green_pg_failure *shown = &failure->shown;
  const char **text = place(shown, field);
  if (!value || !*value) return;
  if (text)
    *text = failure_own(failure, value);
  else if (field == 'C')
    snprintf(shown->sqlstate, sizeof shown->sqlstate, "%.5s", value);
  else if (field == 'P')
    shown->position = atoi(value);
  else if (field == 'p')
    shown->internal_position = atoi(value);
  else if (field == 'F' || field == 'L' || field == 'R')
    add_source(failure, field, value);
}

void green__pg_failure_begin(green_pg *pg) {
  *pg->last_severity = *pg->last_sqlstate = 0;
  if (!pg->settling) green__pg_failure_clear(&pg->failure);
}

void green__pg_failure_field(green_pg *pg, char field, const char *value) {
  if (field == 'V' && value)
    snprintf(pg->last_severity, sizeof pg->last_severity, "%.7s", value);
  else if (field == 'C' && value)
    snprintf(pg->last_sqlstate, sizeof pg->last_sqlstate, "%.5s", value);
  if (!pg->settling) set_field(&pg->failure, field, value);
}

void green__pg_notice_begin(green_pg *pg) {
  green__pg_failure_clear(&pg->notice);
}

void green__pg_notice_field(green_pg *pg, char field, const char *value) {
  set_field(&pg->notice, field, value);
}

void green__pg_notice_end(green_pg *pg) {
  if (pg->note) pg->note(&pg->notice.shown, pg->note_arg);
}

/* ---- statuses and messages ------------------------------------------------------------------- */

int green__pg_connect_status(const char *sqlstate) {
  static const struct {
    const char *state;
    int status;
  } known[] = {{"28", GREEN_EACCES},
               {"42501", GREEN_EACCES}, /* may not connect to the database */
               {"3D000", GREEN_ENOENT},
               {"53300", GREEN_EBUSY},
               {"57P", GREEN_ECONNREFUSED}};
  for (size_t i = 0; i < sizeof known / sizeof *known; i++)
    if (strncmp(sqlstate, known[i].state, strlen(known[i].state)) == 0) return known[i].status;
  return 0;
}

/* Keeps the text of a failure that is not the server's. */
static int say(green_pg *pg, int status, const char *format, va_list arguments) {
  if (pg->settling) return status;
  char *text = green__format(format, arguments);
  green__pg_failure_clear(&pg->failure);
  pg->failure.shown.status = status;
  if (!text) {
    pg->failure.shown.message = green_strerror(status);
  } else {
    pg->failure.owned[pg->failure.count++] = text;
    pg->failure.shown.message = text;
  }
  return green_fail(status, "%s", pg->failure.shown.message);
}

int green__pg_fail(green_pg *pg, int status, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  say(pg, status, format, arguments);
  va_end(arguments);
  return status;
}

static int blame_server(green_pg *pg, int status) {
  green_pg_failure *shown = &pg->failure.shown;
  if (pg->settling) return status;
  shown->status = status;
  return green_fail(status, "%s (SQLSTATE %s)", shown->message, shown->sqlstate);
}

int green__pg_refused(green_pg *pg) {
  return blame_server(pg, GREEN_ESQL);
}

/* The server's last word, if it had one, says more than that the connection ended. */
static bool has_last_word(const green_pg *pg) {
  const char *severity = pg->failure.shown.severity;
  return strcmp(severity, "FATAL") == 0 || strcmp(severity, "PANIC") == 0;
}

/* What is said of it stays, for those who come after. */
static void keep_reason(green_pg *pg) {
  const green_pg_failure *shown = &pg->failure.shown;
  snprintf(pg->lost_because, sizeof pg->lost_because, "%s",
           pg->settling ? "the server did not stop what it was doing" : shown->message);
  if (!pg->settling) memcpy(pg->lost_sqlstate, shown->sqlstate, sizeof pg->lost_sqlstate);
}

int green__pg_lost(green_pg *pg, int status, const char *format, ...) {
  if (!pg->lost) {
    va_list arguments;
    va_start(arguments, format);
    if (has_last_word(pg))
      blame_server(pg, status);
    else
      say(pg, status, format, arguments);
    va_end(arguments);
    pg->lost = true;
    keep_reason(pg);
    green__pg_listeners_wake(pg);
  }
  return status;
}

int green__pg_lost_before(green_pg *pg, int status) {
  const char *state = pg->lost_sqlstate;
  green__pg_fail(pg, status, "the connection was lost before: %s%s%s%s", pg->lost_because,
                 *state ? " (SQLSTATE " : "", state, *state ? ")" : "");
  memcpy(pg->failure.shown.sqlstate, state, sizeof pg->lost_sqlstate);
  return status;
}

void green__pg_outcome_unknown(green_pg *pg) {
  green_pg_failure *shown = &pg->failure.shown;
  char *text =
      green__print("%s; whether the transaction was committed is not known", shown->message);
  shown->outcome_unknown = true;
  if (text && pg->failure.count < GREEN__PG_FIELDS)
    shown->message = pg->failure.owned[pg->failure.count++] = text;
  else
    green__free(text);
  green_fail(shown->status, "%s", shown->message);
}

/* ---- where there is no connection ------------------------------------------------------------ */

static void drop_failure(void *arg) {
  green__pg_failure_clear(arg);
  green__free(arg);
}

/* Of a task: what it failed with when it last was to get a connection. */
static green_local refusal = GREEN_LOCAL_INIT(drop_failure);

/* The same where there was no memory for that, of one task. */
static _Thread_local struct {
  const green_future *task;
  green_pg_failure shown;
} spare;

static struct green__pg_failure *make_refusal(void) {
  struct green__pg_failure *made = green__alloc(sizeof *made);
  if (!made) return NULL;
  memset(made, 0, sizeof *made);
  made->shown = none;
  if (green_local_set(&refusal, made) == 0) return made;
  green__free(made);
  return NULL;
}

int green__pg_no_connection(int status, struct green__pg_failure *failure) {
  struct green__pg_failure *kept = green_local_get(&refusal);
  if (spare.task == green_current()) spare.task = NULL;
  if (status == 0) {
    if (kept) green__pg_failure_clear(kept);
    return 0;
  }
  if (!kept) kept = make_refusal();
  if (!kept) {
    spare.task = green_current();
    spare.shown = none;
    spare.shown.status = status;
    spare.shown.message = green_strerror(status);
    if (failure && failure->shown.status == status)
      memcpy(spare.shown.sqlstate, failure->shown.sqlstate, sizeof spare.shown.sqlstate);
    return status;
  }
  green__pg_failure_clear(kept);
  if (failure && failure->shown.status == status) {
    *kept = *failure;
    failure->count = 0;
    failure->shown = none;
  } else {
    kept->shown.status = status;
    kept->shown.message = failure_own(kept, green_message());
  }
  return status;
}

static const green_pg_failure *find_refusal(void) {
  static green_pg_failure outside;
  const struct green__pg_failure *kept = green_local_get(&refusal);
  if (!green__running()) {
    outside = none;
    outside.status = GREEN_EMAIN;
    outside.message = green_strerror(GREEN_EMAIN);
    return &outside;
  }
  if (spare.task && spare.task == green_current()) return &spare.shown;
  return kept ? &kept->shown : &none;
}

/* ---- asking ---------------------------------------------------------------------------------- */

const green_pg_failure *green_pg_error(const green_pg *pg) {
  return pg ? &pg->failure.shown : find_refusal();
}

bool green_pg_failed_with(const green_pg *pg, const char *sqlstate) {
  size_t size = strlen(sqlstate);
  if (size != 5 && size != 2) return false;
  return strncmp(green_pg_error(pg)->sqlstate, sqlstate, size) == 0;
}

void green_pg_on_notice(green_pg *pg, void (*note)(const green_pg_failure *, void *), void *arg) {
  pg->note = note;
  pg->note_arg = arg;
}
