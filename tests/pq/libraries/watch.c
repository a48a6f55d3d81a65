/* What the programs with libraries on libpq share: they make libpq green, and their watcher asks
 * the server.
 *
 * Each piece runs QUERY, which sleeps and then waits for a lock that the watcher holds until
 * pg_stat_activity shows all of them active at once. */
#include <stdio.h>
#include <stdlib.h>
#include <greenio/pq.h>
#include "watch.h"

static bool locked;

int enable(void) {
  return green_pq_make_asynchronous();
}

int wait_for_watcher(bool in_task) {
  int rc = 0;
  while (in_task && !locked && rc == 0) rc = green_sleep(1);
  return rc;
}

void split_address(struct parts *parts) {
  if (sscanf(address, "host=%255s port=%15s", parts->host, parts->port) != 2)
    wrong("%s: not what run.mjs gives", address);
}

/* The number that a query gives. */
static int ask(PGconn *connection, const char *query, int *number) {
  PGresult *result = PQexec(connection, query);
  bool good = PQresultStatus(result) == PGRES_TUPLES_OK;
  if (good) *number = atoi(PQgetvalue(result, 0, 0));
  PQclear(result);
  return good ? 0 : wrong("postgres: %s", PQerrorMessage(connection));
}

int watch(void) {
  PGconn *connection = PQconnectdb(address);
  int active = 0, ignored;
  int rc = ask(connection, "select 1 from pg_advisory_lock(1)", &ignored);
  locked = true;
  while (rc == 0 && active < TASKS && (rc = green_sleep(10)) == 0)
    rc = ask(connection,
             "select count(*) from pg_stat_activity where state = 'active' and "
             "query like '%pg_sleep(0.5)%' and pid <> pg_backend_pid()",
             &active);
  printf("postgres sees %d active at once\n", active);
  PQfinish(connection);
  return rc;
}
