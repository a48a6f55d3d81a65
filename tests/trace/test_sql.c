/* What the span of a statement says: nothing that is written in it as a value. */
#include "spans.h"
#include "trace/sql.h"

static const char *shown(struct last_span *last, const char *sql) {
  green_span span;
  green__sql_span_begin(&span, sql);
  green_span_end(&span, 0);
  return last->detail;
}

TEST(span_of_a_statement_hides_values) {
  static const char *const cases[][2] = {
      {"select 1", "select ?"},
      {"select * from t2 where id = 42 and x<3.5e-7", "select * from t2 where id = ? and x<?-?"},
      {"select 'o''hara', $1, $2::int", "select ?, $1, $2::int"},
      {"select E'it\\'s secret' , 'b\\'", "select E? , ?"},
      {"select \"a 'name' 1\" from \"t\"\"1\"", "select \"a 'name' 1\" from \"t\"\"1\""},
      {"do $$ begin secret; end $$", "do ?"},
      {"do $x$ a $$ b $x$ , a$b", "do ? , a$b"},
      {"select 'open", "select ?"},
      {"select $t$open", "select ?"},
      {"select -- secret\n2 /* secret /* in */ it */ from a", "select  ?  from a"},
      {"select 0x1F, 1_000, b1", "select ?, ?, b1"},
      {"a like b ESCAPE'\\' AND token='secret'", "a like b ESCAPE?"},
      {"a$E'\\' AND token='secret'", "a$E?"},
      {"select 'it\\'s secret', 1", "select ?"},
      {"select 'b\\\\', a, e'\\'secret', c", "select ?, a, e?, c"},
      {"select E'a'\n'b\\' secret'", "select E? ?"},
      {"limit/**/42 -- it's\r, b, 'secret'", "limit?  , b, ?"},
      {"", ""},
  };
  struct last_span last = {.status = 1};
  AUTO_OBSERVATION green_observation *observation = NULL;
  CHECK_STATUS(keep_spans(&observation, &last), 0);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    CHECK_STRING(shown(&last, cases[i][0]), cases[i][1]);
  CHECK_STRING(last.name, "SQL");
  CHECK_STRING(shown(&last, NULL), "");
  return 0;
}

TEST(span_of_a_statement_is_cut) {
  struct last_span last = {.status = 1};
  AUTO_OBSERVATION green_observation *observation = NULL;
  char sql[1000];
  CHECK_STATUS(keep_spans(&observation, &last), 0);
  memset(sql, 'a', sizeof sql);
  sql[sizeof sql - 1] = 0;
  CHECK_NUMBER(strlen(shown(&last, sql)), 200);
  memset(sql, '"', sizeof sql - 1);
  CHECK_NUMBER(strlen(shown(&last, sql)), 200);
  return 0;
}
