/* The test program of green_pg:
 *
 *   pg_tests [--pg CONNINFO] [--silence CONNINFO] [the harness's arguments]
 *
 * Without them the environment's GREENIO_PG_ADDRESS is the database, and GREENIO_PG_SILENCE the way
 * to it that falls silent. */
#include <stdlib.h>
#include <string.h>
#include "pg_test.h"

static const char *address, *silence;

const char *pg_address(void) {
  return address;
}

const char *pg_silence(void) {
  return silence;
}

bool pg_embedded(void) {
  static const char *const schemes[] = {"memory:", "file:", "idb:", "opfs:"};
  for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
    if (strncmp(address, schemes[i], strlen(schemes[i])) == 0) return true;
  return false;
}

/* Files are closed behind the program's back otherwise, when the test is over. */
void pg_auto(green_pg **pg) {
  if (*pg && pg_embedded())
    green_pg_close(*pg);
  else
    green_pg_release(*pg);
}

void pg_auto_result(green_pg_result **result) {
  green_pg_result_release(*result);
}

void pg_auto_listener(green_pg_listener **listener) {
  green_pg_listener_release(*listener);
}

void pg_auto_pool(green_pg_pool **pool) {
  if (!*pool) return;
  green_join(green_pg_pool_shutdown(*pool));
  green_pg_pool_release(*pool);
}

int pg_pool_of(green_pg_pool **pool, int max) {
  green_pg_pool_options options = {.max = max};
  return green_pg_pool_new(pool, pg_address(), &options);
}

int pg_run_statement(void *arg) {
  const struct pg_statement *statement = arg;
  return green_pg_run(statement->pg, statement->sql);
}

int pg_until_waiting(green_pg *pg, const char *sql, const green_future *task) {
  while (!green_done(task)) {
    AUTO_RESULT green_pg_result *result = NULL;
    CHECK_STATUS(green_pg_query(pg, &result,
                                "select count(*) from pg_stat_activity where query = $1 and "
                                "state = 'active' and wait_event_type in ('Timeout', 'Lock')",
                                GREEN_PG_VALUES(green_pg_text(sql))),
                 0);
    int64_t count;
    CHECK_STATUS(green_pg_get_int64(result, 0, 0, &count), 0);
    if (count) return 0;
    CHECK_STATUS(green_sleep(5), 0);
  }
  return 0;
}

int main(int argc, char **argv) {
  int kept = 1;
  address = getenv("GREENIO_PG_ADDRESS");
  silence = getenv("GREENIO_PG_SILENCE");
  for (int i = 1; i < argc; i++) {
    if (strcmp(argv[i], "--pg") == 0 && i + 1 < argc)
      address = argv[++i];
    else if (strcmp(argv[i], "--silence") == 0 && i + 1 < argc)
      silence = argv[++i];
    else
      argv[kept++] = argv[i];
  }
  if (!address) {
    fprintf(stderr, "usage: %s [--pg CONNINFO] ...\n", argv[0]);
    return 2;
  }
  return test_main(kept, argv);
}
