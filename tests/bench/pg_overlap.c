/* pg.overlap: 90 tasks, each with a connection, run `select pg_sleep(0.2)` at once by libpq made
 * green. Prints the milliseconds until all have their results; connecting does not count. Usage:
 * pg_overlap CONNINFO */
#include <stdio.h>
#include <stdlib.h>
#include <greenio/greenio.h>
#include <greenio/pq.h>

#define TASKS 90

static const char *conninfo;
static green_future *go; /* when all are connected */
static int connected;

static int work(void *arg) {
  (void)arg;
  PGconn *connection = PQconnectdb(conninfo);
  int rc = PQstatus(connection) == CONNECTION_OK ? 0 : GREEN_ENOTCONN;
  if (++connected == TASKS) green_resolve(go, NULL, NULL);
  if (rc == 0) rc = green_wait(go);
  PGresult *result = PQexec(connection, "select pg_sleep(0.2)");
  if (PQresultStatus(result) != PGRES_TUPLES_OK) rc = GREEN_EIO;
  if (rc < 0) fprintf(stderr, "%s", PQerrorMessage(connection));
  PQclear(result);
  return green_return(connection, (void (*)(void *))PQfinish) < 0 ? GREEN_ENOMEM : rc;
}

static int app(void *arg) {
  (void)arg;
  green_future *tasks[TASKS];
  int rc = green_future_new(&go);
  if (rc < 0) return rc;
  for (int i = 0; i < TASKS; i++) tasks[i] = green_spawn(work, NULL);
  rc = green_wait(go);
  uint64_t before = green_now();
  if (rc == 0) rc = green_wait_all(tasks, TASKS);
  double duration = (double)(green_now() - before) / 1e6;
  for (int i = 0; i < TASKS; i++) green_future_release(tasks[i]);
  green_future_release(go);
  if (rc == 0) printf("%.1f\n", duration);
  return rc;
}

int main(int argc, char **argv) {
  if (argc != 2) return 2;
  conninfo = argv[1];
  int rc = green_pq_make_asynchronous();
  if (rc == 0) rc = green_run(app, NULL);
  return rc < 0;
}
