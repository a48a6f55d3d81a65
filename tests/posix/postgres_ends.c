/* libpq, which says in words alone what has happened. */
#include <errno.h>
#include <string.h>
#include <libpq-fe.h>
#include "ends.h"

int block(const char *address) {
  PGconn *connection = PQconnectdb(address);
  int rc = 0;
  if (PQstatus(connection) != CONNECTION_OK) {
    rc = GREEN_EIO;
  } else {
    reached();
    PQclear(PQexec(connection, "select pg_sleep(1000)"));
    if (PQstatus(connection) != CONNECTION_OK) rc = GREEN_ECONNRESET;
    if (strstr(PQerrorMessage(connection), strerror(ECANCELED))) rc = GREEN_ECANCELED;
    if (strstr(PQerrorMessage(connection), strerror(ETIMEDOUT))) rc = GREEN_ETIMEDOUT;
  }
  PQfinish(connection);
  return rc;
}
