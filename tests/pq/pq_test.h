/* What the tests of greenio::pq share: connections, and the server, which run.mjs starts and which
 * does as it is told. */
#ifndef GREENIO_TESTS_PQ_PQ_TEST_H
#define GREENIO_TESTS_PQ_PQ_TEST_H

#include <string.h>
#include <greenio/pq.h>
#include "control.h"
#include "harness.h"

/* ms; more than usual, for slow machines. */
#define PQ_GRACE 60000

/* Conninfo strings: the socket, as postgres; the loopback by its name, without TLS, to which user
 * and password are to be added (guarded, secret). */
const char *pq_address(void);
const char *pq_loopback(void);

/* The server by way of silence.mjs. */
const char *pq_silence(void);

/* Has the server of such a connection fall silent: KIND of silence.mjs. 0, a status. */
int pq_fall_silent(PGconn *connection, const char *kind);

/* A server that answers as the name of the database says: ../pg/violations. */
const char *pq_violations(void);

/* One row of a table of calls that meet a server which has fallen silent, with a kind of silence.
 */
struct pq_silence {
  const char *name;
  int (*run)(const char *kind);
};

/* Runs all of them at once, with each kind of silence and a short grace, and sees that they end. */
int pq_check_silences(const struct pq_silence *table, size_t count);

/* A port of the loopback where nobody listens. */
const char *pq_closed_port(void);

#define AUTO_CONNECTION __attribute__((unused, cleanup(pq_auto_connection)))
#define AUTO_RESULT     __attribute__((unused, cleanup(pq_auto_result)))
void pq_auto_connection(PGconn **connection);
void pq_auto_result(PGresult **result);

/* The first value that a query gives is the expected one. */
int pq_check_answer(PGconn *connection, const char *query, const char *expected);
#define CHECK_ANSWER(connection, query, expected)                                                  \
  do {                                                                                             \
    int answer_ = pq_check_answer(connection, query, expected);                                    \
    if (answer_ < 0) return answer_;                                                               \
  } while (0)

/* A connection that is made explicitly. */
#define CHECK_CONNECTED(connection) CHECK_STATUS(green_pq_connect(connection, pq_address()), 0)

/* What greenio left as the task's message, which has `part` in it, unless there was no memory for
 * it. */
#define CHECK_LEFT(part)                                                                           \
  do {                                                                                             \
    if (!strstr(green_message(), part) && test_allocator_failed()) return test_saw(GREEN_ENOMEM);  \
    CHECK_CONTAINS(green_message(), part);                                                         \
  } while (0)

/* What libpq cannot say otherwise than by failing, when memory has run out below it. */
#define CHECK_UNLESS_NO_MEMORY(condition)                                                          \
  do {                                                                                             \
    bool good_ = condition;                                                                        \
    if (!good_ && test_allocator_failed()) return test_saw(GREEN_ENOMEM);                          \
    TEST__CHECK(test_check(__FILE__, __LINE__, #condition, good_));                                \
  } while (0)
#define CHECK_USABLE(connection) CHECK_UNLESS_NO_MEMORY(PQstatus(connection) == CONNECTION_OK)

/* Until the server is in pg_sleep() for the other connection, which `task` uses. */
int pq_until_asleep(PGconn *connection, const PGconn *other, green_future *task);

/* The server's process of a connection stopped, until AUTO_STOPPED is over. */
struct pq_stopped {
  int process; /* 0: none */
};
#define AUTO_STOPPED __attribute__((unused, cleanup(pq_auto_stopped)))
int pq_stop(struct pq_stopped *stopped, const PGconn *connection);
void pq_auto_stopped(const struct pq_stopped *stopped);

/* Whether libpq was compiled with TLS. */
bool pq_has_tls(void);

/* ---- of the host ---- */

/* Bytes that the program has in memory. */
size_t pq_resident(void);

/* Before anything else. */
void pq_prepare(void);

#endif
