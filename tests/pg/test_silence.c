/* Servers that fall silent in the middle: each call, with each kind of silence. None waits for
 * longer than its deadline and the five seconds that a server is given to stop, here or on a
 * thread that others need, and the program ends. */
#include <stdio.h>
#include <string.h>
#include <greenio/offload.h>
#include "pg_test.h"

#define DEADLINE 100   /* ms */
#define GUARD    90000 /* ms: something waits for ever */

static const char *const kinds[] = {"silent", "drip", "half"};
enum { KINDS = sizeof kinds / sizeof *kinds };

/* One row of the table, with one kind of silence. */
struct silence {
  const char *name, *kind;
  int (*run)(const struct silence *silence);
  bool ended;
};

static int fall_silent(green_pg *pg, const char *kind) {
  char sql[60];
  snprintf(sql, sizeof sql, "select 1 /* then %s */", kind);
  return green_pg_run(pg, sql);
}

/* A statement in whose answer the server falls silent. */
static const char *soon(char sql[200], const char *statement, const char *kind) {
  snprintf(sql, 200, "%s /* soon %s */", statement, kind);
  return sql;
}

#define MANY_ROWS "select repeat('x', 100) from generate_series(1, 100000)"

/* ---- calls on a connection whose server has fallen silent ------------------------------------ */

typedef int on_connection(green_pg *pg);

static int in_query(green_pg *pg) {
  AUTO_RESULT green_pg_result *result = NULL;
  return green_pg_query(pg, &result, "select $1", GREEN_PG_VALUES(green_pg_text("x")));
}

static int in_prepared(green_pg *pg) {
  return green_pg_query_prepared(pg, NULL, "select $1", GREEN_PG_VALUES(green_pg_text("x")));
}

static int in_run(green_pg *pg) {
  return green_pg_run(pg, "select 1; select 2");
}

static int in_forget(green_pg *pg) {
  return green_pg_forget_prepared(pg);
}

static int in_open(green_pg *pg) {
  AUTO_RESULT green_pg_result *result = NULL;
  int rc = green_pg_cursor_open(pg, "select 1", GREEN_PG_NONE);
  return rc < 0 ? rc : green_pg_cursor_fetch(pg, &result);
}

static int in_copy_in(green_pg *pg) {
  return green_pg_copy_in(pg, "copy pg_temp.nothing from stdin");
}

static int in_copy_out(green_pg *pg) {
  return green_pg_copy_out(pg, "copy (select 1) to stdout");
}

static int in_listen(green_pg *pg) {
  AUTO_LISTENER green_pg_listener *listener = NULL;
  return green_pg_listen(pg, &listener, "channel");
}

static int in_notify(green_pg *pg) {
  return green_pg_notify(pg, "another channel", "payload");
}

static int in_begin(green_pg *pg) {
  GREEN_PG_TRANSACTION(pg) {
    return 0;
  }
  return green_pg_error(pg)->status;
}

static int on_silent(const struct silence *silence, on_connection *call) {
  AUTO_PG green_pg *pg = NULL;
  int rc = 0;
  CHECK_STATUS(green_pg_connect(&pg, pg_silence()), 0);
  CHECK_STATUS(fall_silent(pg, silence->kind), 0);
  GREEN_TIMEOUT(DEADLINE) {
    rc = call(pg);
  }
  CHECK_STATUS(rc, GREEN_ETIMEDOUT);
  CHECK(!green_pg_is_alive(pg));
  CHECK_STATUS(green_pg_run(pg, "select 1"), GREEN_ECLOSED);
  CHECK_CONTAINS(green_message(), "did not stop");
  return 0;
}

#define ON_SILENT(call)                                                                            \
  static int silent_##call(const struct silence *silence) {                                        \
    return on_silent(silence, call);                                                               \
  }
ON_SILENT(in_query)
ON_SILENT(in_prepared)
ON_SILENT(in_run)
ON_SILENT(in_forget)
ON_SILENT(in_open)
ON_SILENT(in_copy_in)
ON_SILENT(in_copy_out)
ON_SILENT(in_listen)
ON_SILENT(in_notify)
ON_SILENT(in_begin)

/* ---- in the middle of an answer -------------------------------------------------------------- */

static int among_rows(const struct silence *silence) {
  AUTO_PG green_pg *pg = NULL;
  char sql[200];
  int rc = 1;
  CHECK_STATUS(green_pg_connect(&pg, pg_silence()), 0);
  CHECK_STATUS(green_pg_cursor_open(pg, soon(sql, MANY_ROWS, silence->kind), GREEN_PG_NONE), 0);
  GREEN_TIMEOUT(DEADLINE) {
    while (rc > 0) {
      AUTO_RESULT green_pg_result *result = NULL;
      rc = green_pg_cursor_fetch(pg, &result);
    }
  }
  CHECK_STATUS(rc, GREEN_ETIMEDOUT);
  CHECK(!green_pg_is_alive(pg));
  return 0;
}

/* What is not to be interrupted ends by itself. */
static int finishing(const struct silence *silence) {
  AUTO_PG green_pg *pg = NULL;
  char sql[200];
  CHECK_STATUS(green_pg_connect(&pg, pg_silence()), 0);
  CHECK_STATUS(green_pg_cursor_open(pg, soon(sql, MANY_ROWS, silence->kind), GREEN_PG_NONE), 0);
  CHECK_STATUS(green_pg_cursor_close(pg), GREEN_ECONNRESET);
  CHECK(!green_pg_is_alive(pg));
  return 0;
}

static int reading_copy(const struct silence *silence) {
  AUTO_PG green_pg *pg = NULL;
  char sql[200];
  int rc = 1;
  CHECK_STATUS(green_pg_connect(&pg, pg_silence()), 0);
  CHECK_STATUS(green_pg_copy_out(pg, soon(sql, "copy (" MANY_ROWS ") to stdout", silence->kind)),
               0);
  GREEN_TIMEOUT(DEADLINE) {
    while (rc > 0) {
      const void *data;
      size_t size;
      rc = green_pg_copy_read(pg, &data, &size);
    }
  }
  CHECK_STATUS(rc, GREEN_ETIMEDOUT);
  CHECK(!green_pg_is_alive(pg));
  return 0;
}

static int begin_copy_in(green_pg *pg, const char *kind) {
  char sql[200];
  int rc = green_pg_run(pg, "create temp table t (t text)");
  return rc < 0 ? rc : green_pg_copy_in(pg, soon(sql, "copy t from stdin", kind));
}

/* Until nothing more is taken; the other kinds take all. */
static int writing_copy(const struct silence *silence) {
  static char piece[65536];
  AUTO_PG green_pg *pg = NULL;
  int rc = 0;
  if (strcmp(silence->kind, "silent") != 0) return 0;
  memset(piece, 'x', sizeof piece - 1);
  CHECK_STATUS(green_pg_connect(&pg, pg_silence()), 0);
  CHECK_STATUS(begin_copy_in(pg, silence->kind), 0);
  GREEN_TIMEOUT(DEADLINE) {
    while (rc == 0) rc = green_pg_copy_write(pg, piece, sizeof piece);
  }
  CHECK_STATUS(rc, GREEN_ETIMEDOUT);
  CHECK(!green_pg_is_alive(pg));
  return 0;
}

static int ending_copy(const struct silence *silence) {
  AUTO_PG green_pg *pg = NULL;
  int rc = 0;
  CHECK_STATUS(green_pg_connect(&pg, pg_silence()), 0);
  CHECK_STATUS(begin_copy_in(pg, silence->kind), 0);
  CHECK_STATUS(green_pg_copy_write(pg, "x\n", 2), 0);
  GREEN_TIMEOUT(DEADLINE) {
    rc = green_pg_copy_end(pg, NULL, NULL);
  }
  CHECK_STATUS(rc, GREEN_ETIMEDOUT);
  CHECK(!green_pg_is_alive(pg));
  return 0;
}

/* ---- transactions ---------------------------------------------------------------------------- */

static int rolling_back(const struct silence *silence) {
  AUTO_PG green_pg *pg = NULL;
  CHECK_STATUS(green_pg_connect(&pg, pg_silence()), 0);
  GREEN_PG_TRANSACTION(pg) {
    CHECK_STATUS(fall_silent(pg, silence->kind), 0);
    break;
  }
  CHECK(!green_pg_is_alive(pg));
  return 0;
}

/* The deadline is that of the commit. */
static int committing(const struct silence *silence) {
  AUTO_PG green_pg *pg = NULL;
  green_scope scope;
  int rc = 0;
  CHECK_STATUS(green_pg_connect(&pg, pg_silence()), 0);
  GREEN_PG_TRANSACTION(pg) {
    CHECK_STATUS(fall_silent(pg, silence->kind), 0);
    green_timeout_begin(&scope, DEADLINE);
    rc = green_pg_commit(pg);
  }
  else {
    return test_saw(green_pg_error(pg)->status);
  }
  green_timeout_end(&scope);
  CHECK_STATUS(rc, GREEN_ETIMEDOUT);
  CHECK(!green_pg_is_alive(pg));
  if (test_allocator_failed()) return 0;
  CHECK(green_pg_error(pg)->outcome_unknown);
  CHECK_CONTAINS(green_pg_error(pg)->message, "not known");
  return 0;
}

/* ---- what does not ask the server ------------------------------------------------------------ */

static int hearing_nothing(const struct silence *silence) {
  AUTO_PG green_pg *pg = NULL;
  AUTO_LISTENER green_pg_listener *listener = NULL;
  green_pg_notification notification;
  int rc = 0;
  CHECK_STATUS(green_pg_connect(&pg, pg_silence()), 0);
  CHECK_STATUS(green_pg_listen(pg, &listener, "channel"), 0);
  CHECK_STATUS(fall_silent(pg, silence->kind), 0);
  GREEN_TIMEOUT(DEADLINE) {
    rc = green_pg_listener_next(listener, &notification);
  }
  CHECK_STATUS(rc, GREEN_ETIMEDOUT);
  CHECK(green_pg_is_alive(pg));
  return 0;
}

static int closing(const struct silence *silence) {
  green_pg *pg = NULL;
  CHECK_STATUS(green_pg_connect(&pg, pg_silence()), 0);
  int rc = fall_silent(pg, silence->kind);
  int closed = green_pg_close(pg);
  CHECK_STATUS(rc, 0);
  CHECK_STATUS(closed, 0);
  return 0;
}

/* ---- pools ----------------------------------------------------------------------------------- */

/* Not waited for: it may be silent for ever. */
static void auto_silent_pool(green_pg_pool **pool) {
  green_pg_pool_release(*pool);
}
#define AUTO_SILENT_POOL __attribute__((unused, cleanup(auto_silent_pool)))

/* A transaction is left open. */
static int giving_back(const struct silence *silence) {
  AUTO_SILENT_POOL green_pg_pool *pool = NULL;
  CHECK_STATUS(green_pg_pool_new(&pool, pg_silence(), NULL), 0);
  GREEN_PG_WITH(pool, pg) {
    CHECK_STATUS(green_pg_run(pg, "begin"), 0);
    CHECK_STATUS(fall_silent(pg, silence->kind), 0);
  }
  else {
    return test_saw(green_pg_error(pg)->status);
  }
  CHECK_NUMBER(green_pg_pool_statistics(pool).broken, 1);
  CHECK_STATUS(green_join(green_pg_pool_shutdown(pool)), 0);
  return 0;
}

/* One that gives no sign of life is replaced, with no deadline of the task's. */
static int acquiring(const struct silence *silence) {
  AUTO_SILENT_POOL green_pg_pool *pool = NULL;
  green_pg_pool_options options = {.max = 1, .check_after = 1};
  CHECK_STATUS(green_pg_pool_new(&pool, pg_silence(), &options), 0);
  GREEN_PG_WITH(pool, pg) CHECK_STATUS(fall_silent(pg, silence->kind), 0);
  CHECK_STATUS(green_sleep(5), 0);
  bool held = false;
  GREEN_PG_WITH(pool, pg) {
    held = true;
    CHECK_ANSWER(pg, "select 'there'", "there");
  }
  CHECK(held);
  CHECK_NUMBER(green_pg_pool_statistics(pool).broken, 1);
  CHECK_NUMBER(green_pg_pool_statistics(pool).made, 2);
  return 0;
}

/* ---- connecting ------------------------------------------------------------------------------ */

static int connecting(const struct silence *silence) {
  AUTO_PG green_pg *pg = NULL;
  char conninfo[300];
  int rc = 0;
  snprintf(conninfo, sizeof conninfo, "%s application_name=%s", pg_silence(), silence->kind);
  GREEN_TIMEOUT(DEADLINE) {
    rc = green_pg_connect(&pg, conninfo);
  }
  CHECK_STATUS(rc, GREEN_ETIMEDOUT);
  return 0;
}

static int connecting_in_time(const struct silence *silence) {
  AUTO_PG green_pg *pg = NULL;
  char conninfo[300];
  snprintf(conninfo, sizeof conninfo, "%s application_name=%s connect_timeout=1", pg_silence(),
           silence->kind);
  CHECK_STATUS(green_pg_connect(&pg, conninfo), GREEN_ETIMEDOUT);
  CHECK_CONTAINS(green_message(), "(connect_timeout)");
  return 0;
}

/* ---- the table ------------------------------------------------------------------------------- */

static const struct {
  const char *name;
  int (*run)(const struct silence *silence);
} calls[] = {{"query", silent_in_query},
             {"query_prepared", silent_in_prepared},
             {"run", silent_in_run},
             {"forget_prepared", silent_in_forget},
             {"open", silent_in_open},
             {"fetch", among_rows},
             {"finish", finishing},
             {"copy_in", silent_in_copy_in},
             {"copy_write", writing_copy},
             {"copy_end", ending_copy},
             {"copy_out", silent_in_copy_out},
             {"copy_read", reading_copy},
             {"listen", silent_in_listen},
             {"listener_next", hearing_nothing},
             {"notify", silent_in_notify},
             {"begin", silent_in_begin},
             {"rollback", rolling_back},
             {"commit", committing},
             {"close", closing},
             {"pool_give_back", giving_back},
             {"pool_acquire", acquiring},
             {"connect", connecting},
             {"connect_timeout", connecting_in_time}};
enum { CALLS = sizeof calls / sizeof *calls };

static int run_one(void *arg) {
  struct silence *silence = arg;
  int rc = silence->run(silence);
  silence->ended = true;
  if (rc < 0) fprintf(stderr, "that was %s, %s\n", silence->name, silence->kind);
  return rc;
}

static int nothing(void *arg) {
  (void)arg;
  return 0;
}

TEST(no_wait_on_a_silent_server_outlives_its_deadline_and_grace) {
  SKIP_EMBEDDED("it has no connection that could fall silent");
  if (test_scale(0, 1)) SKIP("the grace is too long for each allocation");
  if (!pg_silence()) SKIP("--silence is not given");
  static struct silence table[CALLS * KINDS];
  AUTO_JOIN_ALL struct test_futures tasks = test_futures(CALLS * KINDS);
  for (size_t i = 0; i < tasks.count; i++) {
    table[i] =
        (struct silence){calls[i / KINDS].name, kinds[i % KINDS], calls[i / KINDS].run, false};
    tasks.at[i] = green_spawn(run_one, &table[i]);
    CHECK_STARTED(tasks.at[i]);
  }
  bool all = true;
  GREEN_TIMEOUT(GUARD) {
    if (green_sleep(1000) == 0) green_offload(nothing, NULL); /* its thread is not held */
    for (size_t i = 0; i < tasks.count; i++)
      if (green_wait(tasks.at[i]) < 0) all = false;
  }
  for (size_t i = 0; i < tasks.count; i++)
    if (!table[i].ended) fprintf(stderr, "%s, %s has not ended\n", table[i].name, table[i].kind);
  CHECK(all);
  return 0;
}
