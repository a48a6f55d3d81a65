/* An HTTP server whose requests select by primary key, from pgbench's table, by a pool of
 * connections. Prints its port and serves until it is killed. Usage: bench_http_pg CONNINFO */
#include <stdio.h>
#include <stdlib.h>
#include <greenio/greenio.h>
#include <greenio/pg_pool.h>
#include "http.h"
#include "pg.h"

static const char *conninfo;

static int select_one(green_pg *pg, int32_t *balance) {
  green_pg_result *result;
  int rc = green_pg_query_prepared(
      pg, &result, "SELECT abalance FROM pgbench_accounts WHERE aid = $1",
      GREEN_PG_VALUES(green_pg_int32((int32_t)(1 + random() % BENCH_ROWS))));
  if (rc == 0) rc = green_pg_get_int32(result, 0, 0, balance);
  green_pg_result_release(result);
  return rc;
}

static int answer(green_request *request, green_response *response, void *pool) {
  (void)request;
  int32_t balance;
  int rc;
  GREEN_PG_WITH((green_pg_pool *)pool, pg) {
    rc = select_one(pg, &balance);
  }
  else {
    rc = green_pg_error(pg)->status;
  }
  return rc < 0 ? rc : green_response_print(response, 200, "text/plain", "%d\n", (int)balance);
}

static int serve(void *arg) {
  (void)arg;
  green_pg_pool *pool;
  int rc = green_pg_pool_new(&pool, conninfo, &(green_pg_pool_options){.max = BENCH_CONNECTIONS});
  return rc < 0 ? rc : bench_serve(answer, pool);
}

int main(int argc, char **argv) {
  if (argc != 2) {
    fprintf(stderr, "usage: %s CONNINFO\n", argv[0]);
    return 2;
  }
  conninfo = argv[1];
  return green_run(serve, NULL) < 0;
}
