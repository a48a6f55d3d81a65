/* Queries, their parameters, and reading what they give. */
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "pg_test.h"

TEST(a_query_gives_rows_columns_names_and_types) {
  AUTO_PG green_pg *pg = NULL;
  AUTO_RESULT green_pg_result *result = NULL;
  CHECK_CONNECTED(&pg);
  CHECK_STATUS(green_pg_query(pg, &result,
                              "select i, i * 2.5 as half, 'x' || i as text from "
                              "generate_series(1, 3) as i",
                              GREEN_PG_NONE),
               0);
  CHECK_NUMBER(green_pg_row_count(result), 3);
  CHECK_NUMBER(green_pg_column_count(result), 3);
  CHECK_STRING(green_pg_column_name(result, 1), "half");
  CHECK_NUMBER(green_pg_column(result, "text"), 2);
  CHECK_STATUS(green_pg_column(result, "none"), GREEN_ENOENT);
  CHECK_NUMBER(green_pg_column_oid(result, 0), 23);
  CHECK_NUMBER(green_pg_column_type(result, 0), GREEN_PG_INT);
  CHECK_NUMBER(green_pg_column_type(result, 1), GREEN_PG_NUMERIC);
  CHECK_NUMBER(green_pg_column_type(result, 2), GREEN_PG_TEXT);
  CHECK_STRING(green_pg_command(result), "SELECT 3");
  CHECK_NUMBER(green_pg_affected(result), 3);
  int64_t number;
  CHECK_STATUS(green_pg_get_int64(result, 2, 0, &number), 0);
  CHECK_NUMBER(number, 3);
  CHECK_STRING(green_pg_text_at(result, 2, 2, NULL), "x3");
  CHECK(!green_pg_text_at(result, 3, 0, NULL) && !green_pg_text_at(result, 0, 3, NULL));
  CHECK_STATUS(green_pg_get_int64(result, 3, 0, &number), GREEN_ERANGE);
  return 0;
}

TEST(bytes_are_read_in_both_of_the_ways_in_which_they_are_written) {
  static const char *const outputs[] = {"set bytea_output = escape", "reset bytea_output"};
  static const unsigned char bytes[] = {'a', 0, 255, '\\', '\'', 'x', '7'};
  AUTO_PG green_pg *pg = NULL;
  CHECK_CONNECTED(&pg);
  for (int i = 0; i < 2; i++) {
    AUTO_RESULT green_pg_result *result = NULL;
    const void *data;
    size_t size;
    CHECK_STATUS(green_pg_run(pg, outputs[i]), 0);
    CHECK_STATUS(green_pg_query(pg, &result, "select $1, ''::bytea",
                                GREEN_PG_VALUES(green_pg_bytes(bytes, sizeof bytes))),
                 0);
    CHECK_STATUS(green_pg_get_bytes(result, 0, 0, &data, &size), 0);
    CHECK(size == sizeof bytes && memcmp(data, bytes, size) == 0);
    CHECK_STATUS(green_pg_get_bytes(result, 0, 1, &data, &size), 0);
    CHECK(data && size == 0);
  }
  return 0;
}

TEST(parameters_of_every_kind_come_back_as_they_went) {
  static const unsigned char bytes[] = {0, 1, 255, '\\', 0, '\''};
  AUTO_PG green_pg *pg = NULL;
  AUTO_RESULT green_pg_result *result = NULL;
  CHECK_CONNECTED(&pg);
  CHECK_STATUS(
      green_pg_query(
          pg, &result, "select $1, $2, $3, $4, $5::text, $6, $7::int, $8, $9, $10::numeric, $11",
          GREEN_PG_VALUES(green_pg_int64(INT64_MIN), green_pg_double(DBL_MIN), green_pg_bool(true),
                          green_pg_bytes(bytes, sizeof bytes),
                          green_pg_text_of("gr\xc3\xbcn, 'quoted'", 12),
                          green_pg_json("{\"a\": [1]}"), green_pg_null(), green_pg_timestamp(-1),
                          green_pg_int32(-7), green_pg_text("12.50"), green_pg_double(-INFINITY))),
      0);
  int64_t integer;
  int32_t small;
  double real;
  bool truth;
  const char *text;
  const void *data;
  size_t size;
  CHECK_STATUS(green_pg_get_int64(result, 0, 0, &integer), 0);
  CHECK(integer == INT64_MIN);
  CHECK_STATUS(green_pg_get_int32(result, 0, 0, &small), GREEN_ERANGE);
  CHECK_STATUS(green_pg_get_double(result, 0, 1, &real), 0);
  CHECK(real == DBL_MIN);
  CHECK_STATUS(green_pg_get_bool(result, 0, 2, &truth), 0);
  CHECK(truth);
  CHECK_NUMBER(green_pg_column_type(result, 3), GREEN_PG_BYTES);
  CHECK_STATUS(green_pg_get_bytes(result, 0, 3, &data, &size), 0);
  CHECK(size == sizeof bytes && memcmp(data, bytes, size) == 0);
  CHECK_STATUS(green_pg_get_bytes(result, 0, 3, &data, &size), 0);
  CHECK(size == sizeof bytes && memcmp(data, bytes, size) == 0);
  CHECK_STATUS(green_pg_get_text(result, 0, 4, &text), 0);
  CHECK_STRING(text, "gr\xc3\xbcn, 'quot");
  CHECK_NUMBER(green_pg_column_type(result, 5), GREEN_PG_JSON);
  CHECK_STRING(green_pg_text_at(result, 0, 5, NULL), "{\"a\": [1]}");
  CHECK(green_pg_is_null(result, 0, 6));
  CHECK_STATUS(green_pg_get_int64(result, 0, 6, &integer), GREEN_PG_NULL);
  CHECK_STATUS(green_pg_get_timestamp(result, 0, 7, &integer), 0);
  CHECK_NUMBER(integer, -1);
  CHECK_STATUS(green_pg_get_int32(result, 0, 8, &small), 0);
  CHECK_NUMBER(small, -7);
  CHECK_STATUS(green_pg_get_double(result, 0, 9, &real), 0);
  CHECK(real == 12.5);
  CHECK_STATUS(green_pg_get_int64(result, 0, 9, &integer), GREEN_ERANGE);
  CHECK_STATUS(green_pg_get_double(result, 0, 10, &real), 0);
  CHECK(isinf(real) && real < 0);
  return 0;
}

TEST(a_getter_of_another_type_is_refused) {
  AUTO_PG green_pg *pg = NULL;
  AUTO_RESULT green_pg_result *result = NULL;
  CHECK_CONNECTED(&pg);
  CHECK_STATUS(green_pg_query(pg, &result,
                              "select true, 'ab'::text, 1.5::float8, date '2024-02-29'",
                              GREEN_PG_NONE),
               0);
  int64_t number;
  bool truth;
  const void *data;
  size_t size;
  CHECK_STATUS(green_pg_get_int64(result, 0, 0, &number), GREEN_ETYPE);
  CHECK_STATUS(green_pg_get_int64(result, 0, 1, &number), GREEN_ETYPE);
  CHECK_STATUS(green_pg_get_int64(result, 0, 2, &number), GREEN_ETYPE);
  CHECK_STATUS(green_pg_get_bool(result, 0, 1, &truth), GREEN_ETYPE);
  CHECK_STATUS(green_pg_get_bytes(result, 0, 1, &data, &size), GREEN_ETYPE);
  CHECK_STATUS(green_pg_get_timestamp(result, 0, 3, &number), 0);
  CHECK(number == INT64_C(1709164800000000));
  return 0;
}

TEST(points_in_time_are_read_with_their_zones) {
  static const struct {
    const char *text;
    int64_t expected;
  } cases[] = {{"2000-01-01 00:00:00+00", INT64_C(946684800000000)},
               {"1969-12-31 23:59:59.5+00", -500000},
               {"0001-01-01 00:00:00+00", INT64_C(-62135596800000000)},
               {"2024-02-29 12:00:00.000001+05:30", INT64_C(1709188200000001)}};
  AUTO_PG green_pg *pg = NULL;
  CHECK_CONNECTED(&pg);
  CHECK_STATUS(green_pg_run(pg, "set timezone to 'Asia/Kolkata'"), 0);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    AUTO_RESULT green_pg_result *result = NULL;
    CHECK_STATUS(green_pg_query(pg, &result, "select $1::timestamptz, $2, $2 = $1::timestamptz",
                                GREEN_PG_VALUES(green_pg_text(cases[i].text),
                                                green_pg_timestamp(cases[i].expected))),
                 0);
    int64_t time;
    CHECK_STATUS(green_pg_get_timestamp(result, 0, 0, &time), 0);
    CHECK_NUMBER(time, cases[i].expected);
    CHECK_STATUS(green_pg_get_timestamp(result, 0, 1, &time), 0);
    CHECK_NUMBER(time, cases[i].expected);
    CHECK_STRING(green_pg_text_at(result, 0, 2, NULL), "t");
  }
  CHECK_STATUS(green_pg_run(pg, "reset timezone"), 0);
  AUTO_RESULT green_pg_result *result = NULL;
  int64_t time;
  CHECK_STATUS(green_pg_query(pg, &result, "select timestamptz 'infinity', date '0044-03-15 BC'",
                              GREEN_PG_NONE),
               0);
  CHECK_STATUS(green_pg_get_timestamp(result, 0, 0, &time), GREEN_ERANGE);
  CHECK_STATUS(green_pg_get_timestamp(result, 0, 1, &time), GREEN_ERANGE);
  CHECK_STATUS(
      green_pg_query(pg, NULL, "select $1", GREEN_PG_VALUES(green_pg_timestamp(INT64_MIN))),
      GREEN_ERANGE);
  return 0;
}

TEST(an_error_has_all_its_fields) {
  AUTO_PG green_pg *pg = NULL;
  CHECK_CONNECTED(&pg);
  CHECK_STATUS(
      green_pg_run(pg, "create temp table keyed (id int constraint keyed_once primary key)"), 0);
  CHECK_STATUS(green_pg_run(pg, "insert into keyed values (1)"), 0);
  CHECK_STATUS(green_pg_run(pg, "insert into keyed values (1)"), GREEN_ESQL);
  const green_pg_failure *failure = green_pg_error(pg);
  CHECK_NUMBER(failure->status, GREEN_ESQL);
  CHECK_STRING(failure->sqlstate, "23505");
  CHECK(green_pg_failed_with(pg, "23505") && green_pg_failed_with(pg, "23") &&
        !green_pg_failed_with(pg, "42"));
  if (test_allocator_failed()) return test_saw(GREEN_ENOMEM); /* of a field */
  CHECK_STRING(failure->severity, "ERROR");
  CHECK_CONTAINS(failure->message, "duplicate key");
  CHECK_CONTAINS(failure->detail, "(id)=(1)");
  CHECK_STRING(failure->table, "keyed");
  CHECK_STRING(failure->constraint, "keyed_once");
  CHECK_CONTAINS(failure->source, ":");
  CHECK_CONTAINS(green_message(), "23505");
  CHECK_STATUS(green_pg_query(pg, NULL, "select nonsense", GREEN_PG_NONE), GREEN_ESQL);
  CHECK_STRING(green_pg_error(pg)->sqlstate, "42703");
  CHECK_NUMBER(green_pg_error(pg)->position, 8);
  CHECK_STATUS(green_pg_run(pg, "drop table keyed"), 0);
  CHECK_NUMBER(green_pg_error(pg)->status, 0);
  CHECK_STRING(green_pg_error(pg)->message, "");
  return 0;
}

TEST(a_query_takes_one_statement_and_a_run_several) {
  AUTO_PG green_pg *pg = NULL;
  AUTO_RESULT green_pg_result *result = NULL;
  CHECK_CONNECTED(&pg);
  CHECK_STATUS(green_pg_query(pg, NULL, "select 1; select 2", GREEN_PG_NONE), GREEN_ESQL);
  CHECK_STATUS(
      green_pg_run(pg, "create temp table several (i int); insert into several values (1), (2);"
                       "delete from several where i = 1"),
      0);
  CHECK_STATUS(green_pg_query(pg, &result, "update several set i = i + $1",
                              GREEN_PG_VALUES(green_pg_int64(40))),
               0);
  CHECK_NUMBER(green_pg_affected(result), 1);
  CHECK_NUMBER(green_pg_row_count(result), 0);
  CHECK_ANSWER(pg, "select i from several", "42");
  CHECK_STATUS(
      green_pg_run(pg, "insert into several values (7); insert into several values (1 / 0)"),
      GREEN_ESQL);
  CHECK_ANSWER(pg, "select count(*) from several", "1");
  CHECK_STATUS(green_pg_run(pg, "drop table several; "), 0);
  CHECK_STATUS(green_pg_run(pg, ""), 0);
  return 0;
}

TEST(prepared_statements_are_kept_by_text_and_types) {
  AUTO_PG green_pg *pg = NULL;
  CHECK_CONNECTED(&pg);
  for (int i = 0; i < 3; i++) {
    AUTO_RESULT green_pg_result *result = NULL;
    int64_t sum;
    CHECK_STATUS(
        green_pg_query_prepared(pg, &result, "select $1 + 1", GREEN_PG_VALUES(green_pg_int64(i))),
        0);
    CHECK_STATUS(green_pg_get_int64(result, 0, 0, &sum), 0);
    CHECK_NUMBER(sum, i + 1);
  }
  CHECK_NUMBER(green_pg_prepared_count(pg), 1);
  CHECK_STATUS(
      green_pg_query_prepared(pg, NULL, "select $1 + 1", GREEN_PG_VALUES(green_pg_double(1))), 0);
  CHECK_NUMBER(green_pg_prepared_count(pg), 2);
  CHECK_STATUS(green_pg_query_prepared(pg, NULL, "select nonsense", GREEN_PG_NONE), GREEN_ESQL);
  CHECK_NUMBER(green_pg_prepared_count(pg), 2);
  CHECK_STATUS(green_pg_forget_prepared(pg), 0);
  CHECK_NUMBER(green_pg_prepared_count(pg), 0);
  return 0;
}

TEST(a_prepared_statement_that_went_stale_is_prepared_anew) {
  AUTO_PG green_pg *pg = NULL;
  CHECK_CONNECTED(&pg);
  CHECK_STATUS(
      green_pg_run(pg, "drop table if exists changing; create temp table changing (a int)"), 0);
  CHECK_STATUS(green_pg_query_prepared(pg, NULL, "select * from changing", GREEN_PG_NONE), 0);
  CHECK_STATUS(green_pg_run(pg, "alter table changing add b int"), 0);
  AUTO_RESULT green_pg_result *result = NULL;
  CHECK_STATUS(green_pg_query_prepared(pg, &result, "select * from changing", GREEN_PG_NONE), 0);
  CHECK_NUMBER(green_pg_column_count(result), 2);
  CHECK_ANSWER(
      pg, "select count(*) from pg_prepared_statements where statement like '%from changing'", "1");
  CHECK_STATUS(green_pg_run(pg, "deallocate all"), 0);
  CHECK_STATUS(green_pg_query_prepared(pg, NULL, "select * from changing", GREEN_PG_NONE), 0);
  CHECK_STATUS(green_pg_run(pg, "drop table changing"), 0);
  return 0;
}

TEST(no_more_than_256_statements_are_kept) {
  AUTO_PG green_pg *pg = NULL;
  CHECK_CONNECTED(&pg);
  size_t count = test_scale(300, 3);
  for (size_t i = 0; i < count; i++) {
    char sql[40];
    snprintf(sql, sizeof sql, "select %zu", i);
    CHECK_STATUS(green_pg_query_prepared(pg, NULL, sql, GREEN_PG_NONE), 0);
  }
  CHECK_NUMBER(green_pg_prepared_count(pg), count < 256 ? count : 256);
  if (count < 256) return 0;
  CHECK_ANSWER(pg, "select count(*) from pg_prepared_statements where name like 'g%'", "256");
  CHECK_STATUS(green_pg_forget_prepared(pg), 0);
  return 0;
}

/* Ten thousand rows of the common types, each value a function of its row. */
TEST(ten_thousand_rows_of_common_types) {
  AUTO_PG green_pg *pg = NULL;
  AUTO_RESULT green_pg_result *result = NULL;
  CHECK_CONNECTED(&pg);
  size_t count = test_scale(10000, 10);
  CHECK_STATUS(
      green_pg_query_prepared(
          pg, &result,
          "select i::int2 % 100, i, i::int8 * 1000000007, i / 4.0::float8, i / 8.0::float4, "
          "i % 2 = 0, 'row ' || i, int4send(i), (i::numeric / 100)::numeric(12, 2), "
          "timestamptz '2000-01-01 00:00:00Z' + i * interval '1 second', "
          "date '2000-01-01' + i, case when i % 3 = 0 then null else i end, "
          "jsonb_build_object('i', i), md5(i::text)::uuid "
          "from generate_series(1, $1) as i",
          GREEN_PG_VALUES(green_pg_int32((int32_t)count))),
      0);
  CHECK_NUMBER(green_pg_row_count(result), count);
  for (size_t row = 0; row < count; row++) {
    int64_t i = (int64_t)row + 1, number;
    int32_t small;
    double real;
    bool even;
    char expected[60];
    const void *data;
    size_t size;
    CHECK(green_pg_get_int32(result, row, 0, &small) == 0 && small == i % 100);
    CHECK(green_pg_get_int32(result, row, 1, &small) == 0 && small == i);
    CHECK(green_pg_get_int64(result, row, 2, &number) == 0 && number == i * 1000000007);
    CHECK(green_pg_get_double(result, row, 3, &real) == 0 && real == (double)i / 4);
    CHECK(green_pg_get_double(result, row, 4, &real) == 0 && real == (double)i / 8);
    CHECK(green_pg_get_bool(result, row, 5, &even) == 0 && even == (i % 2 == 0));
    snprintf(expected, sizeof expected, "row %d", (int)i);
    CHECK_STRING(green_pg_text_at(result, row, 6, &size), expected);
    CHECK_NUMBER(size, strlen(expected));
    CHECK(green_pg_get_bytes(result, row, 7, &data, &size) == 0 && size == 4);
    CHECK(((const unsigned char *)data)[3] == i % 256);
    snprintf(expected, sizeof expected, "%d.%02d", (int)(i / 100), (int)(i % 100));
    CHECK_STRING(green_pg_text_at(result, row, 8, NULL), expected);
    CHECK(green_pg_get_timestamp(result, row, 9, &number) == 0);
    CHECK(number == (INT64_C(946684800) + i) * 1000000);
    CHECK(green_pg_get_timestamp(result, row, 10, &number) == 0);
    CHECK(number == (INT64_C(946684800) + i * 86400) * 1000000);
    CHECK(green_pg_get_int64(result, row, 11, &number) == (i % 3 == 0) &&
          number == (i % 3 ? i : 0));
    snprintf(expected, sizeof expected, "{\"i\": %d}", (int)i);
    CHECK_STRING(green_pg_text_at(result, row, 12, NULL), expected);
    CHECK_NUMBER(strlen(green_pg_text_at(result, row, 13, NULL)), 36);
  }
  return 0;
}

TEST(many_parameters_and_a_name_in_quotes) {
  enum { COUNT = 100 };
  AUTO_PG green_pg *pg = NULL;
  AUTO_RESULT green_pg_result *result = NULL;
  CHECK_CONNECTED(&pg);
  char sql[COUNT * 12] = "select $1", quoted[20];
  green_pg_value values[COUNT];
  for (int i = 0; i < COUNT; i++) {
    values[i] = green_pg_int64(i);
    if (i) snprintf(sql + strlen(sql), sizeof sql - strlen(sql), " + $%d", i + 1);
  }
  CHECK_STATUS(green_pg_query(pg, &result, sql, values, COUNT), 0);
  CHECK_STRING(green_pg_text_at(result, 0, 0, NULL), "4950");
  CHECK_STATUS(green_pg_query(pg, NULL, sql, values, 65536), GREEN_EINVAL);
  CHECK_NUMBER(green_pg_quote(quoted, sizeof quoted, "a\"B c"), 8);
  CHECK_STRING(quoted, "\"a\"\"B c\"");
  CHECK_STATUS(green_pg_quote(quoted, 8, "a\"B c"), GREEN_ERANGE);
  CHECK_STATUS(green_pg_quote(quoted, 8, ""), GREEN_EINVAL);
  CHECK_STATUS(green_pg_quote(quoted, 9, "a\"B c"), 8); /* with the 0 byte all of it is used */
  CHECK_STATUS(green_pg_quote(quoted, 5, "ab"), 4);
  CHECK_STATUS(green_pg_quote(quoted, 4, "ab"), GREEN_ERANGE);
  CHECK_STATUS(green_pg_quote(quoted, 6, "a\""), 5);
  CHECK_STATUS(green_pg_quote(quoted, 5, "a\""), GREEN_ERANGE);
  CHECK_STATUS(green_pg_quote(quoted, 3, "a"), GREEN_ERANGE);
  CHECK_STATUS(
      green_pg_query(pg, NULL, "select $1::text", GREEN_PG_VALUES(green_pg_text_of("a\0b", 3))),
      GREEN_EINVAL);
  return 0;
}

static void count_notice(const green_pg_failure *notice, void *arg) {
  if (strcmp(notice->sqlstate, "00000") == 0 && strcmp(notice->severity, "NOTICE") == 0)
    ++*(int *)arg;
}

TEST(notices_are_handed_over) {
  AUTO_PG green_pg *pg = NULL;
  int count = 0;
  CHECK_CONNECTED(&pg);
  green_pg_on_notice(pg, count_notice, &count);
  CHECK_STATUS(green_pg_run(pg, "do $$ begin raise notice 'one'; raise notice 'two'; end $$"), 0);
  if (!test_allocator_failed()) CHECK_NUMBER(count, 2);
  green_pg_on_notice(pg, NULL, NULL);
  CHECK_STATUS(green_pg_run(pg, "do $$ begin raise notice 'three'; end $$"), 0);
  if (!test_allocator_failed()) CHECK_NUMBER(count, 2);
  return 0;
}

/* Text would be read as what it is not; in a connection string it is refused. */
TEST(another_encoding_costs_the_connection) {
  static const char *const statements[] = {"set client_encoding = 'LATIN1'",
                                           "begin; set local client_encoding = 'SQL_ASCII'",
                                           "select set_config('client_encoding', 'LATIN1', false)"};
  SKIP_EMBEDDED("it does not say that its settings have changed");
  for (size_t i = 0; i < 2 * sizeof statements / sizeof *statements; i++) {
    AUTO_PG green_pg *pg = NULL;
    CHECK_CONNECTED(&pg);
    CHECK_ANSWER(pg, "show client_encoding", "UTF8");
    const char *sql = statements[i / 2];
    if (i % 2 == 0)
      CHECK_STATUS(green_pg_run(pg, sql), GREEN_EINVAL);
    else if (!strchr(sql, ';'))
      CHECK_STATUS(green_pg_query_prepared(pg, NULL, sql, GREEN_PG_NONE), GREEN_EINVAL);
    else
      continue;
    if (test_allocator_failed()) return test_saw(GREEN_ENOMEM); /* of the message */
    CHECK_CONTAINS(green_message(), "client_encoding");
    CHECK(!green_pg_is_alive(pg));
    CHECK_STATUS(green_pg_run(pg, "select 1"), GREEN_ECLOSED);
    if (!test_allocator_failed()) CHECK_CONTAINS(green_message(), "UTF-8");
  }
  return 0;
}

TEST(another_encoding_within_a_run_or_by_another_name_does_no_harm) {
  AUTO_PG green_pg *pg = NULL;
  CHECK_CONNECTED(&pg);
  CHECK_STATUS(green_pg_run(pg, "set client_encoding = 'LATIN1'; set client_encoding = 'UTF8'"), 0);
  CHECK_STATUS(green_pg_run(pg, "set client_encoding = 'unicode'; set names 'utf-8'"), 0);
  CHECK_STATUS(green_pg_run(pg, "reset client_encoding"), 0);
  CHECK_ANSWER(pg, "select 'h\u00e9'", "h\u00e9");
  return 0;
}
