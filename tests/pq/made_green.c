#include "made_green.h"

int pq_open_green(PGconn **out, const char *conninfo) {
  CHECK_MADE_GREEN();
  *out = PQconnectdb(conninfo);
  CHECK_USABLE(*out);
  return 0;
}

int pq_check_green_answer(PGconn *connection, const char *query, const char *expected) {
  AUTO_RESULT PGresult *result = PQexec(connection, query);
  CHECK_UNLESS_NO_MEMORY(PQresultStatus(result) == PGRES_TUPLES_OK);
  CHECK_STRING(PQgetvalue(result, 0, 0), expected);
  return 0;
}

bool pq_was_cancelled(const PGresult *result) {
  const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  return state && strcmp(state, "57014") == 0;
}
