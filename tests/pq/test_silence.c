/* The explicit forms on servers that fall silent: none outlives its deadline and the grace. */
#include <stdio.h>
#include <greenio/offload.h>
#include "pq_test.h"

#define DEADLINE 100 /* ms */

#define CHECK_SILENCED(connection, kind)                                                           \
  AUTO_CONNECTION PGconn *connection = NULL;                                                       \
  CHECK_STATUS(green_pq_connect(&connection, pq_silence()), 0);                                    \
  CHECK_STATUS(pq_fall_silent(connection, kind), 0)

/* A call with a deadline, which loses the connection. */
#define LOSES(call, name)                                                                          \
  static int name(const char *kind) {                                                              \
    CHECK_SILENCED(connection, kind);                                                              \
    AUTO_RESULT PGresult *result = NULL;                                                           \
    int rc = 0;                                                                                    \
    GREEN_TIMEOUT(DEADLINE) {                                                                      \
      rc = call;                                                                                   \
    }                                                                                              \
    CHECK_STATUS(rc, GREEN_ETIMEDOUT);                                                             \
    CHECK_NUMBER(PQstatus(connection), CONNECTION_BAD);                                            \
    return 0;                                                                                      \
  }

LOSES(green_pq_exec(connection, "select 1", &result), exec)
LOSES(green_pq_exec_params(connection, "select 1", 0, NULL, NULL, NULL, NULL, 0, &result),
      exec_params)
LOSES(green_pq_prepare(connection, "name", "select 1", 0, NULL, &result), prepare)
LOSES(green_pq_exec_prepared(connection, "name", 0, NULL, NULL, NULL, 0, &result), exec_prepared)
LOSES(green_pq_describe_prepared(connection, "name", &result), describe_prepared)
LOSES(green_pq_describe_portal(connection, "name", &result), describe_portal)
LOSES(PQsendQuery(connection, "select 1") ? green_pq_get_result(connection, &result) : 0,
      get_result)
LOSES(green_pq_lo_create(connection, &(Oid){0}), of_lo_create)
LOSES(green_pq_lo_read(connection, 0, (char[10]){0}, 10), of_lo_read)
LOSES(green_pq_lo_write(connection, 0, "x", 1), of_lo_write)

static int begin_copy(PGconn *connection, const char *copy, const char *kind) {
  AUTO_RESULT PGresult *made = NULL, *begun = NULL;
  char query[200];
  CHECK_STATUS(green_pq_exec(connection, "create temp table t (t text)", &made), 0);
  snprintf(query, sizeof query, "%s /* soon %s */", copy, kind);
  CHECK_STATUS(green_pq_exec(connection, query, &begun), 0);
  return 0;
}

/* Until nothing more is taken; the other kinds take all. */
static int put_copy_data(const char *kind) {
  static char piece[65536];
  AUTO_CONNECTION PGconn *connection = NULL;
  if (strcmp(kind, "silent") != 0) return 0;
  memset(piece, 'x', sizeof piece);
  CHECK_STATUS(green_pq_connect(&connection, pq_silence()), 0);
  int rc = begin_copy(connection, "copy t from stdin", kind);
  GREEN_TIMEOUT(DEADLINE) {
    while (rc == 0) rc = green_pq_put_copy_data(connection, piece, sizeof piece);
  }
  CHECK_STATUS(rc, GREEN_ETIMEDOUT);
  CHECK_NUMBER(PQstatus(connection), CONNECTION_BAD);
  return 0;
}

static int put_copy_end(const char *kind) {
  AUTO_CONNECTION PGconn *connection = NULL;
  AUTO_RESULT PGresult *result = NULL;
  CHECK_STATUS(green_pq_connect(&connection, pq_silence()), 0);
  int rc = begin_copy(connection, "copy t from stdin", kind);
  GREEN_TIMEOUT(DEADLINE) {
    if (rc == 0) rc = green_pq_put_copy_end(connection, NULL);
    if (rc == 0) rc = green_pq_get_result(connection, &result);
  }
  CHECK_STATUS(rc, GREEN_ETIMEDOUT);
  CHECK_NUMBER(PQstatus(connection), CONNECTION_BAD);
  return 0;
}

static int get_copy_data(const char *kind) {
  AUTO_CONNECTION PGconn *connection = NULL;
  CHECK_STATUS(green_pq_connect(&connection, pq_silence()), 0);
  int rc = begin_copy(
      connection, "copy (select repeat('x', 100) from generate_series(1, 100000)) to stdout", kind);
  if (rc == 0) rc = 1;
  GREEN_TIMEOUT(DEADLINE) {
    while (rc > 0) {
      char *row;
      rc = green_pq_get_copy_data(connection, &row);
      PQfreemem(row);
    }
  }
  CHECK_STATUS(rc, GREEN_ETIMEDOUT);
  CHECK_NUMBER(PQstatus(connection), CONNECTION_BAD);
  return 0;
}

/* Nothing is under way with the server, so nothing is lost. */
static int notification(const char *kind) {
  CHECK_SILENCED(connection, kind);
  PGnotify *notify;
  int rc = 0;
  GREEN_TIMEOUT(DEADLINE) {
    rc = green_pq_notification(connection, &notify);
  }
  CHECK_STATUS(rc, GREEN_ETIMEDOUT);
  CHECK_NUMBER(PQstatus(connection), CONNECTION_OK);
  return 0;
}

static int wait_for_it(const char *kind) {
  CHECK_SILENCED(connection, kind);
  int rc = PQsendQuery(connection, "select 1") ? 0 : GREEN_EINVAL;
  GREEN_TIMEOUT(DEADLINE) {
    if (rc == 0) rc = green_pq_wait(connection);
  }
  CHECK_STATUS(rc, GREEN_ETIMEDOUT);
  CHECK_NUMBER(PQstatus(connection), CONNECTION_OK);
  return 0;
}

/* The request itself is not answered: within the grace, or by the deadline. */
static int cancel(const char *kind) {
  CHECK_SILENCED(connection, kind);
  int rc = 0;
  CHECK_STATUS(green_pq_cancel(connection), GREEN_ETIMEDOUT);
  CHECK_CONTAINS(green_message(), "has not answered the request to cancel");
  GREEN_TIMEOUT(DEADLINE) {
    rc = green_pq_cancel(connection);
  }
  CHECK_STATUS(rc, GREEN_ETIMEDOUT);
  return 0;
}

static int connect_to_it(const char *kind) {
  AUTO_CONNECTION PGconn *connection = NULL;
  char conninfo[300];
  int rc = 0;
  snprintf(conninfo, sizeof conninfo, "%s application_name=%s", pq_silence(), kind);
  GREEN_TIMEOUT(DEADLINE) {
    rc = green_pq_connect(&connection, conninfo);
  }
  CHECK_STATUS(rc, GREEN_ETIMEDOUT);
  CHECK(!connection);
  return 0;
}

static int reset(const char *kind) {
  AUTO_CONNECTION PGconn *connection = NULL;
  char conninfo[300];
  int rc = 0;
  snprintf(conninfo, sizeof conninfo, "%s application_name=%s", pq_silence(), kind);
  connection = PQconnectStart(conninfo);
  CHECK(connection);
  GREEN_TIMEOUT(DEADLINE) {
    rc = green_pq_reset(connection);
  }
  CHECK_STATUS(rc, GREEN_ETIMEDOUT);
  CHECK_NUMBER(PQstatus(connection), CONNECTION_BAD);
  return 0;
}

static int connect_timeout(const char *kind) {
  AUTO_CONNECTION PGconn *connection = NULL, *started = NULL;
  char conninfo[300];
  snprintf(conninfo, sizeof conninfo, "%s application_name=%s connect_timeout=1", pq_silence(),
           kind);
  CHECK_STATUS(green_pq_connect(&connection, conninfo), GREEN_ETIMEDOUT);
  CHECK_CONTAINS(green_message(), "(connect_timeout)");
  CHECK(!connection);
  started = PQconnectStart(conninfo);
  CHECK_STATUS(green_pq_wait(started), GREEN_ETIMEDOUT);
  CHECK_STATUS(green_pq_reset(started), GREEN_ETIMEDOUT);
  CHECK_CONTAINS(green_message(), "(connect_timeout)");
  CHECK_NUMBER(PQstatus(started), CONNECTION_BAD);
  return 0;
}

static const struct pq_silence calls[] = {{"exec", exec},
                                          {"exec_params", exec_params},
                                          {"prepare", prepare},
                                          {"exec_prepared", exec_prepared},
                                          {"describe_prepared", describe_prepared},
                                          {"describe_portal", describe_portal},
                                          {"get_result", get_result},
                                          {"put_copy_data", put_copy_data},
                                          {"put_copy_end", put_copy_end},
                                          {"get_copy_data", get_copy_data},
                                          {"notification", notification},
                                          {"wait", wait_for_it},
                                          {"cancel", cancel},
                                          {"lo_create", of_lo_create},
                                          {"lo_read", of_lo_read},
                                          {"lo_write", of_lo_write},
                                          {"connect", connect_to_it},
                                          {"reset", reset},
                                          {"connect_timeout", connect_timeout}};

static int nothing(void *arg) {
  (void)arg;
  return 0;
}

static int use_a_thread(const char *kind) {
  (void)kind;
  return green_sleep(500) < 0 ? 0 : green_offload(nothing, NULL);
}

TEST(no_explicit_wait_on_a_silent_server_outlives_its_deadline_and_grace) {
  if (test_scale(0, 1)) SKIP("the grace is too long for each allocation");
  enum { CALLS = sizeof calls / sizeof *calls };
  struct pq_silence all[CALLS + 1];
  memcpy(all, calls, sizeof calls);
  all[CALLS] = (struct pq_silence){"a thread of the pool", use_a_thread};
  return pq_check_silences(all, CALLS + 1);
}
