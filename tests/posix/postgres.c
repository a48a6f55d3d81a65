/* libpq, blocking: each piece waits for a lock that the watcher holds until pg_stat_activity shows
 * all of them waiting. */
#include <stdio.h>
#include <stdlib.h>
#include <libpq-fe.h>
#include "library.h"

static PGconn *enter(void) {
  PGconn *connection = PQconnectdb(address);
  if (PQstatus(connection) == CONNECTION_OK) return connection;
  wrong("postgres: %s", PQerrorMessage(connection));
  PQfinish(connection);
  return NULL;
}

static bool locked; /* by the watcher */

/* The number that a query gives in its last column. */
static int ask(PGconn *connection, const char *query, int *number) {
  PGresult *result = PQexec(connection, query);
  int rc = 0;
  if (PQresultStatus(result) == PGRES_TUPLES_OK)
    *number = atoi(PQgetvalue(result, 0, PQnfields(result) - 1));
  else
    rc = wrong("postgres: %s", PQerrorMessage(connection));
  PQclear(result);
  return rc;
}

int work(int i, bool in_task) {
  PGconn *connection = enter();
  if (!connection) return GREEN_EIO;
  while (in_task && !locked && green_sleep(1) == 0) continue;
  char query[100];
  int answer = -1;
  snprintf(query, sizeof query, "select pg_advisory_lock_shared(1), %d", i * 7);
  int rc = ask(connection, query, &answer);
  if (rc == 0 && answer != i * 7) rc = wrong("postgres: piece %d got %d", i, answer);
  PQfinish(connection);
  return rc;
}

int watch(void) {
  PGconn *connection = enter();
  if (!connection) return GREEN_EIO;
  int waiting = 0, ignored;
  int rc = ask(connection, "select pg_advisory_lock(1), 0", &ignored);
  locked = true;
  while (rc == 0 && waiting < TASKS && (rc = green_sleep(10)) == 0)
    rc = ask(
        connection,
        "select count(*) from pg_stat_activity where wait_event = 'advisory' and state = 'active'",
        &waiting);
  printf("postgres sees %d queries waiting at once\n", waiting);
  PQfinish(connection);
  return rc;
}
