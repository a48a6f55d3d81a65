#include "pq_test.h"

TEST_OUTSIDE(outside_tasks_libpq_is_as_ever) {
  CHECK_STATUS(green_pq_make_asynchronous(), 0);
  PGconn *connection = PQconnectdb(pq_address());
  PGresult *result = PQexec(connection, "select 42");
  bool right = PQresultStatus(result) == PGRES_TUPLES_OK && !strcmp(PQgetvalue(result, 0, 0), "42");
  PQclear(result);
  PQfinish(connection);
  CHECK(right);
  return 0;
}
