/* pg.select: selects by primary key, as pgbench -S makes them, by green_pg and a pool; prepared,
 * as those of pgbench -M prepared are. Prints microseconds a transaction. Usage: pg_select_pool
 * CONNINFO TRANSACTIONS */
#include <stdio.h>
#include <stdlib.h>
#include <greenio/greenio.h>
#include <greenio/pg_pool.h>
#include "pg.h"

static const char *conninfo;
static long transactions, started;
static green_pg_pool *pool;

static int select_one(green_pg *pg) {
  green_pg_result *result;
  int32_t balance;
  int rc = green_pg_query_prepared(
      pg, &result, "SELECT abalance FROM pgbench_accounts WHERE aid = $1",
      GREEN_PG_VALUES(green_pg_int32((int32_t)(1 + random() % BENCH_ROWS))));
  if (rc == 0) rc = green_pg_get_int32(result, 0, 0, &balance);
  green_pg_result_release(result);
  return rc;
}

static int work(void *arg) {
  (void)arg;
  int rc = 0;
  while (rc == 0 && started++ < transactions) {
    GREEN_PG_WITH(pool, pg) {
      rc = select_one(pg);
    }
    else {
      rc = green_pg_error(pg)->status;
    }
  }
  return rc;
}

static int app(void *arg) {
  (void)arg;
  green_future *tasks[BENCH_TASKS];
  green_pg_pool_options options = {.max = BENCH_CONNECTIONS};
  int rc = green_pg_pool_new(&pool, conninfo, &options);
  if (rc < 0) return rc;
  uint64_t before = green_now();
  for (int i = 0; i < BENCH_TASKS; i++) tasks[i] = green_spawn(work, NULL);
  for (int i = 0; i < BENCH_TASKS; i++) {
    int done = green_join(tasks[i]);
    if (done < 0) rc = done;
  }
  printf("%.3f\n", (double)(green_now() - before) / 1e3 / (double)transactions);
  green_join(green_pg_pool_shutdown(pool));
  green_pg_pool_release(pool);
  return rc;
}

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  conninfo = argv[1];
  transactions = atol(argv[2]);
  int rc = green_run(app, NULL);
  if (rc < 0) fprintf(stderr, "%s\n", green_strerror(rc));
  return rc < 0;
}
