#include "pq_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

__attribute__((constructor)) static void prepare(void) {
  green_pq_set_grace(PQ_GRACE);
  pq_prepare();
}

static const char *variable(const char *name) {
  const char *value = getenv(name);
  if (value) return value;
  fprintf(stderr, "%s is not set: run.mjs starts the server and the tests\n", name);
  exit(2);
}

const char *pq_address(void) {
  return variable("GREENIO_PG_ADDRESS");
}

const char *pq_loopback(void) {
  return variable("GREENIO_PG_LOOPBACK");
}

const char *pq_silence(void) {
  return variable("GREENIO_PG_SILENCE");
}

const char *pq_violations(void) {
  return variable("GREENIO_PG_VIOLATIONS");
}

int pq_fall_silent(PGconn *connection, const char *kind) {
  char query[60];
  PGresult *result;
  snprintf(query, sizeof query, "select 1 /* then %s */", kind);
  int rc = green_pq_exec(connection, query, &result);
  PQclear(result);
  if (rc == 0 && PQsetnonblocking(connection, 0) < 0) rc = GREEN_EINVAL;
  return rc;
}

struct one {
  const struct pq_silence *call;
  const char *kind;
  bool ended;
};

static int run_one(void *arg) {
  struct one *one = arg;
  int rc = one->call->run(one->kind);
  one->ended = true;
  if (rc < 0) fprintf(stderr, "that was %s, %s\n", one->call->name, one->kind);
  return rc;
}

static int check_all(struct one *table, struct test_futures *tasks) {
  bool all = true;
  for (size_t i = 0; i < tasks->count; i++) {
    tasks->at[i] = green_spawn_with(
        run_one, &table[i],
        &(green_spawn_options){.name = table[i].call->name, .stack_size = 256 << 10});
    CHECK_STARTED(tasks->at[i]);
  }
  GREEN_TIMEOUT(90000) {
    for (size_t i = 0; i < tasks->count; i++)
      if (green_wait(tasks->at[i]) < 0) all = false;
  }
  for (size_t i = 0; i < tasks->count; i++)
    if (!table[i].ended)
      fprintf(stderr, "%s, %s has not ended\n", table[i].call->name, table[i].kind);
  CHECK(all);
  return 0;
}

int pq_check_silences(const struct pq_silence *calls, size_t count) {
  static const char *const kinds[] = {"silent", "drip", "half"};
  struct one table[3 * 40] = {{NULL, NULL, false}};
  AUTO_JOIN_ALL struct test_futures tasks = test_futures(3 * count);
  CHECK(count <= 40);
  for (size_t i = 0; i < 3 * count; i++)
    table[i] = (struct one){&calls[i / 3], kinds[i % 3], false};
  green_pq_set_grace(1000);
  int rc = check_all(table, &tasks);
  green_pq_set_grace(PQ_GRACE);
  return rc;
}

const char *pq_closed_port(void) {
  return variable("GREENIO_PG_CLOSED_PORT");
}

void pq_auto_connection(PGconn **connection) {
  PQfinish(*connection);
}

void pq_auto_result(PGresult **result) {
  PQclear(*result);
}

int pq_check_answer(PGconn *connection, const char *query, const char *expected) {
  AUTO_RESULT PGresult *result = NULL;
  CHECK_STATUS(green_pq_exec(connection, query, &result), 0);
  CHECK_STRING(PQresultErrorMessage(result), "");
  CHECK_STRING(PQgetvalue(result, 0, 0), expected);
  return 0;
}

int pq_until_asleep(PGconn *connection, const PGconn *other, green_future *task) {
  char query[200];
  snprintf(query, sizeof query,
           "select count(*) from pg_stat_activity where pid = %d and wait_event = 'PgSleep'",
           PQbackendPID(other));
  for (;;) {
    AUTO_RESULT PGresult *result = NULL;
    CHECK_STATUS(green_pq_exec(connection, query, &result), 0);
    if (atoi(PQgetvalue(result, 0, 0)) == 1) return 0;
    CHECK_UNLESS_NO_MEMORY(!green_done(task));
    CHECK_STATUS(green_sleep(2), 0);
  }
}

int pq_stop(struct pq_stopped *stopped, const PGconn *connection) {
  char what[30];
  snprintf(what, sizeof what, "freeze %d", PQbackendPID(connection));
  stopped->process = PQbackendPID(
      connection); /* though the answer may be lost; to thaw one that runs does nothing */
  return pq_server(what);
}

void pq_auto_stopped(const struct pq_stopped *stopped) {
  char what[30];
  if (!stopped->process) return;
  snprintf(what, sizeof what, "thaw %d", stopped->process);
  if (pq_server(what) < 0) fprintf(stderr, "%d stays stopped\n", stopped->process);
}

bool pq_has_tls(void) {
  return PQsslAttributeNames(NULL)[0] != NULL;
}
