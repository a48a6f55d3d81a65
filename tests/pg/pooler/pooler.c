/* green_pg through a pooler that gives each transaction another session: pooler.test.mjs starts it,
 * and several of this at once, which all say what they got.
 *
 *   pooler CONNINFO NUMBER MODE
 *
 * NUMBER is this process's, from 0. MODE: calls, transactions, unprepared (transactions), pool
 * (calls on a green_pg_pool), deallocating (calls, between which the program deallocates).
 * The line that is printed:
 *   right N wrong N unknown N other N MESSAGE
 * `unknown`: 26000, of the statement that a session does not know. */
#include <greenio/greenio.h>
#include <greenio/pg_pool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONNECTIONS 4
#define CALLS       60

static char **arguments;
static green_pg_pool *pool;
static int right, wrong, unknown, other;
static char message[200];

static bool mode_is(const char *mode) {
  return strcmp(arguments[3], mode) == 0;
}

static void note(int rc, const green_pg *pg) {
  if (rc == GREEN_ESQL && green_pg_failed_with(pg, "26000")) {
    unknown++;
    return;
  }
  other++;
  snprintf(message, sizeof message, "%s: %s", green_status_name(rc), green_pg_error(pg)->message);
}

/* One of a few statements, which every process has too, but with numbers of its own. */
static int ask(green_pg *pg, int i) {
  green_pg_result *result = NULL;
  char sql[80];
  int64_t got = -1, expected = 100 * atoi(arguments[2]) + i % 5;
  snprintf(sql, sizeof sql, "select %d + $1::bigint", (int)expected);
  int rc = green_pg_query_prepared(pg, &result, sql, GREEN_PG_VALUES(green_pg_int64(0)));
  if (rc < 0)
    note(rc, pg);
  else if (green_pg_get_int64(result, 0, 0, &got) == 0 && got == expected)
    right++;
  else
    wrong++;
  green_pg_result_release(result);
  return rc;
}

static void ask_in_transaction(green_pg *pg, int i) {
  GREEN_PG_TRANSACTION(pg) {
    if (ask(pg, i) < 0) break;
    if (green_sleep(1) < 0) break; /* others have the sessions that are free */
    if (ask(pg, i + 1) < 0) break;
    int rc = green_pg_commit(pg);
    if (rc < 0) note(rc, pg);
  }
  else {
    note(green_pg_error(pg)->status, pg);
  }
}

static int work_on(green_pg *pg) {
  for (int i = 0; i < CALLS; i++) {
    if (mode_is("transactions") || mode_is("unprepared"))
      ask_in_transaction(pg, i);
    else
      ask(pg, i);
    if (mode_is("deallocating") && i % 10 == 9 && green_pg_run(pg, "deallocate all") < 0)
      note(GREEN_EIO, pg);
    int rc = green_sleep((uint64_t)(i % 3));
    if (rc < 0) return rc;
  }
  return 0;
}

static int work(void *arg) {
  (void)arg;
  green_pg *pg;
  int rc = green_pg_connect(&pg, arguments[1]);
  if (rc < 0) return rc;
  if (mode_is("unprepared")) green_pg_set_max_prepared(pg, 0);
  rc = work_on(pg);
  green_pg_release(pg);
  return rc;
}

static int work_with_pool(void *arg) {
  (void)arg;
  for (int i = 0; i < CALLS; i++) {
    GREEN_PG_WITH(pool, pg) {
      ask_in_transaction(pg, i);
    }
    else {
      return green_pg_error(pg)->status;
    }
  }
  return 0;
}

static int app(void *arg) {
  (void)arg;
  green_future *tasks[CONNECTIONS];
  green_pg_pool_options options = {.max = CONNECTIONS};
  int rc = green_pg_pool_new(&pool, arguments[1], &options);
  if (rc < 0) return rc;
  for (int i = 0; i < CONNECTIONS; i++)
    tasks[i] = green_spawn(mode_is("pool") ? work_with_pool : work, NULL);
  for (int i = 0; i < CONNECTIONS; i++) {
    int ended = green_join(tasks[i]);
    if (ended < 0) rc = ended;
  }
  green_pg_pool_release(pool);
  printf("right %d wrong %d unknown %d other %d %s\n", right, wrong, unknown, other, message);
  return rc;
}

int main(int argc, char **argv) {
  arguments = argv;
  return argc < 4 || green_run(app, NULL) < 0;
}
