/* wasm.asyncify: a large C library at work, SQLite in memory. Its opcodes call SQL functions, its
 * file system, its sorter and its allocator through pointers, so that nearly all of it may wait in
 * the eyes of Asyncify. An SQL function, pause(x), really waits. */
#include "sqlite.h"

#include <emscripten.h>
#include <stdio.h>
#include <stdlib.h>
#include "clock.h"
#include "sqlite3.h"

/* For the list of the narrowed program. */
#define NAMED EMSCRIPTEN_KEEPALIVE __attribute__((noinline))

NAMED void bench_pause(sqlite3_context *context, int count, sqlite3_value **values) {
  (void)count;
  bench_wait();
  sqlite3_result_int64(context, sqlite3_value_int64(values[0]));
}

static sqlite3 *opened(void) {
  sqlite3 *db;
  if (sqlite3_open(":memory:", &db) != SQLITE_OK) return NULL;
  sqlite3_create_function(db, "pause", 1, SQLITE_UTF8, NULL, bench_pause, NULL, NULL);
  return db;
}

/* The only number that a query gives; negative: it failed. */
NAMED long long bench_query(sqlite3 *db, const char *sql) {
  sqlite3_stmt *statement;
  long long result = -1;
  if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) == SQLITE_OK &&
      sqlite3_step(statement) == SQLITE_ROW)
    result = sqlite3_column_int64(statement, 0);
  sqlite3_finalize(statement);
  return result;
}

NAMED int bench_waiting(int waits) {
  char sql[200];
  sqlite3 *db = opened();
  if (!db) return 1;
  snprintf(sql, sizeof sql,
           "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) "
           "SELECT sum(i * pause(i)) FROM n",
           waits);
  long long sum = bench_query(db, sql);
  sqlite3_close(db);
  long long n = waits;
  long long expected = n * (n + 1) * (2 * n + 1) / 6;
  if (sum == expected) return 0;
  fprintf(stderr, "a query that waits gave %lld, not %lld\n", sum, expected);
  return 1;
}

double bench_queries(int rows) {
  static const char *const statements[] = {
      "CREATE TABLE t (id INTEGER PRIMARY KEY, word TEXT, number INTEGER)",
      "CREATE INDEX by_word ON t (word)",
      "BEGIN",
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) "
      "INSERT INTO t SELECT i, hex(i * 7919 %% 10007) || '-word', i * 31 %% 1009 FROM n",
      "COMMIT",
  };
  char sql[300];
  sqlite3 *db = opened();
  if (!db) return -1;
  double start = bench_clock();
  for (size_t i = 0; i < sizeof statements / sizeof *statements; i++) {
    snprintf(sql, sizeof sql, statements[i], rows);
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK) return -1;
  }
  long long result =
      bench_query(db, "SELECT count(*) FROM t WHERE word LIKE '%3%' AND number > 500");
  result |= bench_query(db, "SELECT max(c) FROM (SELECT count(*) AS c FROM t GROUP BY number)");
  result |= bench_query(db, "SELECT sum(a.number) FROM t a JOIN t b ON a.word = b.word");
  result |=
      bench_query(db, "SELECT number FROM (SELECT number, upper(word) AS w FROM t ORDER BY w)");
  double elapsed = (bench_clock() - start) / 1e6;
  sqlite3_close(db);
  return result < 0 ? -1 : elapsed;
}
