/* psqlODBC under unixODBC. */
#include <stdio.h>
#include <string.h>
#include <sql.h>
#include <sqlext.h>
#include "watch.h"

static int failed(SQLSMALLINT type, SQLHANDLE handle, const char *what) {
  SQLCHAR state[6] = "", message[300] = "";
  SQLGetDiagRec(type, handle, 1, state, NULL, message, sizeof message, NULL);
  return wrong("odbc: %s: %s %s", what, (char *)state, (char *)message);
}

static int ask(SQLHDBC connection, int i) {
  SQLHSTMT statement;
  SQLINTEGER answer = -1;
  char query[200];
  int rc = 0;
  snprintf(query, sizeof query, QUERY, i * 7);
  SQLAllocHandle(SQL_HANDLE_STMT, connection, &statement);
  if (!SQL_SUCCEEDED(SQLExecDirect(statement, (SQLCHAR *)query, SQL_NTS)) ||
      !SQL_SUCCEEDED(SQLFetch(statement)) ||
      !SQL_SUCCEEDED(SQLGetData(statement, 1, SQL_C_SLONG, &answer, 0, NULL)))
    rc = failed(SQL_HANDLE_STMT, statement, "query");
  else if (answer != i * 7)
    rc = wrong("odbc: piece %d got %d", i, (int)answer);
  SQLFreeHandle(SQL_HANDLE_STMT, statement);
  return rc;
}

static int talk(SQLHENV environment, int i, bool in_task) {
  SQLHDBC connection;
  struct parts parts;
  char dsn[500];
  split_address(&parts);
  snprintf(dsn, sizeof dsn,
           "Driver=PostgreSQL Unicode;Servername=%s;Port=%s;Username=postgres;Database=postgres",
           parts.host, parts.port);
  SQLAllocHandle(SQL_HANDLE_DBC, environment, &connection);
  int rc = 0;
  if (!SQL_SUCCEEDED(SQLDriverConnect(connection, NULL, (SQLCHAR *)dsn, SQL_NTS, NULL, 0, NULL, 0)))
    rc = failed(SQL_HANDLE_DBC, connection, "connect");
  if (rc == 0) rc = wait_for_watcher(in_task);
  if (rc == 0) rc = ask(connection, i);
  SQLDisconnect(connection);
  SQLFreeHandle(SQL_HANDLE_DBC, connection);
  return rc;
}

int work(int i, bool in_task) {
  SQLHENV environment;
  SQLAllocHandle(SQL_HANDLE_ENV, SQL_NULL_HANDLE, &environment);
  SQLSetEnvAttr(environment, SQL_ATTR_ODBC_VERSION, (SQLPOINTER)SQL_OV_ODBC3, 0);
  int rc = talk(environment, i, in_task);
  SQLFreeHandle(SQL_HANDLE_ENV, environment);
  return rc;
}
