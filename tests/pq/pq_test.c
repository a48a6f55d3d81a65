#include "pq_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

__attribute__((constructor)) static void be_patient(void) {
  green_pq_set_grace(PQ_GRACE);
}

static const char *variable(const char *name) {
  const char *value = getenv(name);
  if (value) return value;
  fprintf(stderr, "%s is not set: run.mjs starts the server and the tests\n", name);
  exit(2);
}

const char *pq_address(void) {
  return variable("GREENIO_PG_ADDRESS");
}

const char *pq_loopback(void) {
  return variable("GREENIO_PG_LOOPBACK");
}

const char *pq_closed_port(void) {
  return variable("GREENIO_PG_CLOSED_PORT");
}

int pq_server(const char *what) {
  char answer[16];
  ssize_t rc = 0;
  GREEN_SHIELD {
    rc = green_write(3, what, strlen(what));
    if (rc > 0) rc = green_read(3, answer, sizeof answer);
  }
  return rc > 0 ? 0 : rc < 0 ? (int)rc : GREEN_ECLOSED;
}

void pq_auto_connection(PGconn **connection) {
  PQfinish(*connection);
}

void pq_auto_result(PGresult **result) {
  PQclear(*result);
}

int pq_check_answer(PGconn *connection, const char *query, const char *expected) {
  AUTO_RESULT PGresult *result = NULL;
  CHECK_STATUS(green_pq_exec(connection, query, &result), 0);
  CHECK_STRING(PQresultErrorMessage(result), "");
  CHECK_STRING(PQgetvalue(result, 0, 0), expected);
  return 0;
}

int pq_until_asleep(PGconn *connection, const PGconn *other, green_future *task) {
  char query[200];
  snprintf(query, sizeof query,
           "select count(*) from pg_stat_activity where pid = %d and wait_event = 'PgSleep'",
           PQbackendPID(other));
  for (;;) {
    AUTO_RESULT PGresult *result = NULL;
    CHECK_STATUS(green_pq_exec(connection, query, &result), 0);
    if (atoi(PQgetvalue(result, 0, 0)) == 1) return 0;
    CHECK_UNLESS_NO_MEMORY(!green_done(task));
    CHECK_STATUS(green_sleep(2), 0);
  }
}

size_t pq_resident(void) {
  size_t pages = 0;
  FILE *file = fopen("/proc/self/statm", "r");
  if (!file || fscanf(file, "%*s %zu", &pages) != 1) pages = 0;
  if (file) fclose(file);
  return pages * (size_t)sysconf(_SC_PAGESIZE);
}
