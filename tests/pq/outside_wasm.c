#include "pq_test.h"

/* Nothing can wait there. */
TEST_OUTSIDE(outside_tasks_libpq_fails_at_once) {
  CHECK_STATUS(green_pq_make_asynchronous(), 0);
  PGconn *connection = PQconnectdb(pq_address());
  ConnStatusType status = PQstatus(connection);
  PQfinish(connection);
  CHECK_NUMBER(status, CONNECTION_BAD);
  return 0;
}
