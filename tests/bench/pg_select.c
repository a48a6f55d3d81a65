/* pg.select: selects by primary key, as pgbench -S makes them, by libpq made green in one way or
 * another (pg_enable_*.c); in simple protocol, as pgbench's are. Prints microseconds a transaction.
 * Usage: pg_select CONNINFO TRANSACTIONS */
#include <stdio.h>
#include <stdlib.h>
#include <libpq-fe.h>
#include <greenio/greenio.h>
#include "pg.h"

static const char *conninfo;
static long transactions, started;
static green_channel *idle; /* connections */

static int fail(PGconn *connection) {
  return green_fail(GREEN_EIO, "%s", PQerrorMessage(connection));
}

static int select_one(PGconn *connection) {
  char query[80];
  snprintf(query, sizeof query, "SELECT abalance FROM pgbench_accounts WHERE aid = %ld;",
           1 + random() % BENCH_ROWS);
  PGresult *result = PQexec(connection, query);
  bool right = PQntuples(result) == 1;
  PQclear(result);
  return right ? 0 : fail(connection);
}

static int work(void *arg) {
  (void)arg;
  int rc = 0;
  while (rc == 0 && started++ < transactions) {
    PGconn *connection;
    rc = green_channel_receive(idle, &connection);
    if (rc == 0) rc = select_one(connection);
    if (rc == 0) rc = green_channel_send(idle, &connection);
  }
  return rc;
}

static int run(void) {
  green_future *tasks[BENCH_TASKS];
  int failed = 0;
  for (int i = 0; i < BENCH_TASKS; i++) tasks[i] = green_spawn(work, NULL);
  for (int i = 0; i < BENCH_TASKS; i++) {
    int rc = green_join(tasks[i]);
    if (rc < 0) failed = rc;
  }
  return failed;
}

static int app(void *arg) {
  (void)arg;
  PGconn *connections[BENCH_CONNECTIONS];
  int rc = green_channel_new(&idle, sizeof(PGconn *), BENCH_CONNECTIONS);
  for (int i = 0; i < BENCH_CONNECTIONS && rc == 0; i++) {
    connections[i] = PQconnectdb(conninfo);
    rc = PQstatus(connections[i]) == CONNECTION_OK ? green_channel_send(idle, &connections[i])
                                                   : fail(connections[i]);
  }
  uint64_t before = green_now();
  if (rc == 0) rc = run();
  if (rc < 0) return rc;
  printf("%.3f\n", (double)(green_now() - before) / 1e3 / (double)transactions);
  for (int i = 0; i < BENCH_CONNECTIONS; i++) PQfinish(connections[i]);
  green_channel_release(idle);
  return 0;
}

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  conninfo = argv[1];
  transactions = atol(argv[2]);
  int rc = enable();
  if (rc == 0) rc = green_run(app, NULL);
  if (rc < 0) fprintf(stderr, "%s\n", green_strerror(rc));
  return rc < 0;
}
