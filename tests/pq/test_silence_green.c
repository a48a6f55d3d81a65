/* libpq made green on servers that fall silent: none of its functions outlives the task's deadline
 * and the grace. */
#include <stdio.h>
#include "pq_test.h"

#define DEADLINE 100 /* ms */

/* A connection whose server falls silent, and a call with a deadline, which fails. */
#define FAILS(name, call)                                                                          \
  static int name(const char *kind) {                                                              \
    AUTO_CONNECTION PGconn *connection = PQconnectdb(pq_silence());                                \
    AUTO_RESULT PGresult *result = NULL;                                                           \
    bool failed = false;                                                                           \
    CHECK_NUMBER(PQstatus(connection), CONNECTION_OK);                                             \
    CHECK_STATUS(pq_fall_silent(connection, kind), 0);                                             \
    GREEN_TIMEOUT(DEADLINE) {                                                                      \
      failed = call;                                                                               \
    }                                                                                              \
    CHECK(failed);                                                                                 \
    CHECK_NUMBER(PQstatus(connection), CONNECTION_BAD);                                            \
    return 0;                                                                                      \
  }
#define GIVES_ERROR(call) (PQresultStatus(result = (call)) == PGRES_FATAL_ERROR)

FAILS(exec, GIVES_ERROR(PQexec(connection, "select 1")))
FAILS(exec_params, GIVES_ERROR(PQexecParams(connection, "select 1", 0, NULL, NULL, NULL, NULL, 0)))
FAILS(prepare, GIVES_ERROR(PQprepare(connection, "name", "select 1", 0, NULL)))
FAILS(exec_prepared, GIVES_ERROR(PQexecPrepared(connection, "name", 0, NULL, NULL, NULL, 0)))
FAILS(describe, GIVES_ERROR(PQdescribePrepared(connection, "name")))
FAILS(get_result, PQsendQuery(connection, "select 1") && GIVES_ERROR(PQgetResult(connection)))
FAILS(lo, lo_creat(connection, 0) == InvalidOid)

static int begin_copy(PGconn **out, const char *copy, const char *kind) {
  AUTO_RESULT PGresult *made = NULL, *begun = NULL;
  char query[200];
  *out = PQconnectdb(pq_silence());
  CHECK_NUMBER(PQstatus(*out), CONNECTION_OK);
  made = PQexec(*out, "create temp table t (t text)");
  snprintf(query, sizeof query, "%s /* soon %s */", copy, kind);
  begun = PQexec(*out, query);
  CHECK(begun != NULL);
  return 0;
}

/* Until nothing more is taken; the other kinds take all. */
static int put_copy_data(const char *kind) {
  static char piece[65536];
  AUTO_CONNECTION PGconn *connection = NULL;
  if (strcmp(kind, "silent") != 0) return 0;
  memset(piece, 'x', sizeof piece);
  int rc = begin_copy(&connection, "copy t from stdin", kind), taken = 1;
  if (rc < 0) return rc;
  GREEN_TIMEOUT(DEADLINE) {
    while (taken > 0) taken = PQputCopyData(connection, piece, sizeof piece);
  }
  CHECK(taken < 0);
  CHECK_NUMBER(PQstatus(connection), CONNECTION_BAD);
  return 0;
}

static int put_copy_end(const char *kind) {
  AUTO_CONNECTION PGconn *connection = NULL;
  AUTO_RESULT PGresult *result = NULL;
  int rc = begin_copy(&connection, "copy t from stdin", kind);
  if (rc < 0) return rc;
  GREEN_TIMEOUT(DEADLINE) {
    if (PQputCopyEnd(connection, NULL) > 0) result = PQgetResult(connection);
  }
  CHECK_NUMBER(PQstatus(connection), CONNECTION_BAD);
  return 0;
}

static int get_copy_data(const char *kind) {
  AUTO_CONNECTION PGconn *connection = NULL;
  AUTO_RESULT PGresult *result = NULL;
  int rc =
      begin_copy(&connection,
                 "copy (select repeat('x', 100) from generate_series(1, 100000)) to stdout", kind);
  if (rc < 0) return rc;
  GREEN_TIMEOUT(DEADLINE) {
    for (int size = 1; size > 0;) {
      char *row;
      size = PQgetCopyData(connection, &row, 0);
      PQfreemem(row);
    }
  }
  CHECK_NUMBER(PQstatus(connection), CONNECTION_BAD);
  return 0;
}

/* libpq's own PQcancel() parks too, where it is made green. */
static int cancel(const char *kind) {
  AUTO_CONNECTION PGconn *connection = PQconnectdb(pq_silence());
  CHECK_NUMBER(PQstatus(connection), CONNECTION_OK);
  CHECK_STATUS(pq_fall_silent(connection, kind), 0);
  PGcancel *request = PQgetCancel(connection);
  char error[256];
  GREEN_TIMEOUT(DEADLINE) {
    PQcancel(request, error, sizeof error);
  }
  PQfreeCancel(request);
  return 0;
}

static int connect_to_it(const char *kind) {
  AUTO_CONNECTION PGconn *connection = NULL;
  char conninfo[300];
  snprintf(conninfo, sizeof conninfo, "%s application_name=%s", pq_silence(), kind);
  GREEN_TIMEOUT(DEADLINE) {
    connection = PQconnectdb(conninfo);
  }
  CHECK_NUMBER(PQstatus(connection), CONNECTION_BAD);
  GREEN_TIMEOUT(DEADLINE) {
    PQreset(connection);
  }
  CHECK_NUMBER(PQstatus(connection), CONNECTION_BAD);
  return 0;
}

static int connect_timeout(const char *kind) {
  AUTO_CONNECTION PGconn *connection = NULL;
  char conninfo[300];
  snprintf(conninfo, sizeof conninfo, "%s application_name=%s connect_timeout=1", pq_silence(),
           kind);
  connection = PQconnectdb(conninfo);
  CHECK_NUMBER(PQstatus(connection), CONNECTION_BAD);
  return 0;
}

static const struct pq_silence calls[] = {{"PQexec", exec},
                                          {"PQexecParams", exec_params},
                                          {"PQprepare", prepare},
                                          {"PQexecPrepared", exec_prepared},
                                          {"PQdescribePrepared", describe},
                                          {"PQgetResult", get_result},
                                          {"lo_creat", lo},
                                          {"PQputCopyData", put_copy_data},
                                          {"PQputCopyEnd", put_copy_end},
                                          {"PQgetCopyData", get_copy_data},
                                          {"PQcancel", cancel},
                                          {"PQconnectdb and PQreset", connect_to_it},
                                          {"connect_timeout", connect_timeout}};

TEST(no_wait_of_libpq_on_a_silent_server_outlives_its_deadline_and_grace) {
  if (test_scale(0, 1)) SKIP("the grace is too long for each allocation");
  CHECK_STATUS(green_pq_make_asynchronous(), 0);
  return pq_check_silences(calls, sizeof calls / sizeof *calls);
}
