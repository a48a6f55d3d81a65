/* libpq in a thread a connection: the selects of pg_select.c. Usage: pg_select_threads CONNINFO TRANSACTIONS */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <libpq-fe.h>
#include "../pg.h"

static long transactions;
static atomic_long started;

static void *work(void *connection) {
  while (atomic_fetch_add(&started, 1) < transactions) {
    char query[80];
    snprintf(query, sizeof query, "SELECT abalance FROM pgbench_accounts WHERE aid = %ld;",
             1 + random() % BENCH_ROWS);
    PGresult *result = PQexec(connection, query);
    if (PQntuples(result) != 1) abort();
    PQclear(result);
  }
  return NULL;
}

static double microseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

int main(int argc, char **argv) {
  PGconn *connections[BENCH_CONNECTIONS];
  pthread_t threads[BENCH_CONNECTIONS];
  if (argc != 3) return 2;
  transactions = atol(argv[2]);
  for (int i = 0; i < BENCH_CONNECTIONS; i++) {
    connections[i] = PQconnectdb(argv[1]);
    if (PQstatus(connections[i]) != CONNECTION_OK) return 1;
  }
  double before = microseconds();
  for (int i = 0; i < BENCH_CONNECTIONS; i++)
    if (pthread_create(&threads[i], NULL, work, connections[i]) != 0) abort();
  for (int i = 0; i < BENCH_CONNECTIONS; i++) pthread_join(threads[i], NULL);
  printf("%.3f\n", (microseconds() - before) / (double)transactions);
  for (int i = 0; i < BENCH_CONNECTIONS; i++) PQfinish(connections[i]);
  return 0;
}
