/* libdbi with its driver for PostgreSQL. */
#include <stdio.h>
#include <dbi/dbi.h>
#include "watch.h"

static int failed(dbi_conn connection, const char *what) {
  const char *message = "";
  dbi_conn_error(connection, &message);
  return wrong("dbi: %s: %s", what, message);
}

static int ask(dbi_conn connection, int i) {
  dbi_result result = dbi_conn_queryf(connection, QUERY, i * 7);
  if (!result || !dbi_result_next_row(result)) return failed(connection, "query");
  int answer = dbi_result_get_int_idx(result, 1);
  dbi_result_free(result);
  return answer == i * 7 ? 0 : wrong("dbi: piece %d got %d", i, answer);
}

int work(int i, bool in_task) {
  dbi_inst instance;
  struct parts parts;
  if (dbi_initialize_r(NULL, &instance) < 1) return wrong("dbi: no driver");
  dbi_conn connection = dbi_conn_new_r("pgsql", instance);
  if (!connection) return wrong("dbi: no driver for PostgreSQL");
  split_address(&parts);
  dbi_conn_set_option(connection, "host", parts.host);
  dbi_conn_set_option(connection, "pgsql_port", parts.port);
  dbi_conn_set_option(connection, "username", "postgres");
  dbi_conn_set_option(connection, "dbname", "postgres");
  int rc = dbi_conn_connect(connection) < 0 ? failed(connection, "connect") : 0;
  if (rc == 0) rc = wait_for_watcher(in_task);
  if (rc == 0) rc = ask(connection, i);
  dbi_conn_close(connection);
  dbi_shutdown_r(instance);
  return rc;
}
