/* What the tests of libpq made green share: its own functions, called in tasks. */
#ifndef GREENIO_TESTS_PQ_MADE_GREEN_H
#define GREENIO_TESTS_PQ_MADE_GREEN_H

#include "pq_test.h"

#define CHECK_MADE_GREEN() CHECK_STATUS(green_pq_make_asynchronous(), 0)

/* A connection that libpq makes. 0, a status. */
int pq_open_green(PGconn **out, const char *conninfo);
#define CHECK_OPENED(connection, conninfo)                                                         \
  do {                                                                                             \
    int opened_ = pq_open_green(connection, conninfo);                                             \
    if (opened_ < 0) return opened_;                                                               \
  } while (0)

/* The first value that a query gives is the expected one. */
int pq_check_green_answer(PGconn *connection, const char *query, const char *expected);
#define CHECK_GREEN_ANSWER(connection, query, expected)                                            \
  do {                                                                                             \
    int answer_ = pq_check_green_answer(connection, query, expected);                              \
    if (answer_ < 0) return answer_;                                                               \
  } while (0)

/* Whether the server says that a cancel has ended the statement. */
bool pq_was_cancelled(const PGresult *result);

#endif
