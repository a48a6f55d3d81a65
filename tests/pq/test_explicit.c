/* The explicit forms: statements, results, errors. */
#include "pq_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

TEST_OUTSIDE(explicit_forms_are_for_tasks) {
  PGconn *connection;
  PGresult *result;
  CHECK_STATUS(green_pq_connect(&connection, pq_address()), GREEN_EMAIN);
  CHECK_STATUS(green_pq_exec(NULL, "", &result), GREEN_EMAIN);
  CHECK_STATUS(green_pq_wait(NULL), GREEN_EMAIN);
  CHECK_STATUS(green_pq_cancel(NULL), GREEN_EMAIN);
  return 0;
}

/* ---- connecting ---- */

TEST(connect_looks_up_names_and_gives_a_password) {
  AUTO_CONNECTION PGconn *connection = NULL;
  char conninfo[300];
  snprintf(conninfo, sizeof conninfo, "%s user=guarded password=secret", pq_loopback());
  CHECK_STATUS(green_pq_connect(&connection, conninfo), 0);
  CHECK_STRING(PQhost(connection), "localhost");
  CHECK_ANSWER(connection, "select current_user", "guarded");
  return 0;
}

static int connect_with_tls(void *arg) {
  (void)arg;
  AUTO_CONNECTION PGconn *connection = NULL;
  char conninfo[300];
  snprintf(conninfo, sizeof conninfo, "%s user=guarded password=secret sslmode=require",
           pq_loopback());
  CHECK_STATUS(green_pq_connect(&connection, conninfo), 0);
  CHECK(PQsslInUse(connection));
  CHECK_ANSWER(connection, "select length(repeat('x', 1000000))", "1000000");
  return 0;
}

TEST(connect_with_tls) {
  if (!pq_has_tls()) SKIP("this libpq was compiled without TLS");
  green_spawn_options options = {.stack_size = (size_t)256 << 10};
  AUTO_JOIN green_future *task = green_spawn_with(connect_with_tls, NULL, &options);
  CHECK_STARTED(task);
  CHECK_STATUS(green_wait(task), 0);
  return 0;
}

TEST(connect_says_why_it_was_refused) {
  AUTO_CONNECTION PGconn *wrong = NULL, *nobody = NULL, *nothing = NULL;
  char conninfo[300];
  snprintf(conninfo, sizeof conninfo, "%s user=guarded password=wrong", pq_loopback());
  CHECK_STATUS(green_pq_connect(&wrong, conninfo), GREEN_ENOTCONN);
  CHECK(PQstatus(wrong) == CONNECTION_BAD);
  CHECK_LEFT("password authentication failed for user \"guarded\"");
  CHECK_CONTAINS(PQerrorMessage(wrong), "password authentication failed");
  snprintf(conninfo, sizeof conninfo, "host=127.0.0.1 port=%s user=guarded", pq_closed_port());
  CHECK_STATUS(green_pq_connect(&nobody, conninfo), GREEN_ENOTCONN);
  CHECK_LEFT("Connection refused");
  CHECK_STATUS(green_pq_connect(&nothing, "hosts=x"), GREEN_EINVAL);
  CHECK_LEFT("invalid connection option \"hosts\"");
  CHECK(nothing == NULL);
  return 0;
}

TEST(connect_tries_one_host_after_the_other) {
  AUTO_CONNECTION PGconn *connection = NULL;
  char port[40];
  const char *loopback = pq_loopback(), *at = strstr(loopback, "port=");
  snprintf(port, sizeof port, "%s,%d", pq_closed_port(), atoi(at + 5));
  const char *keywords[] = {"host", "port", "user", "password", "dbname", NULL, NULL};
  const char *values[] = {"localhost,localhost", port, "guarded", "secret", "postgres", NULL, NULL};
  CHECK_STATUS(green_pq_connect_params(&connection, keywords, values, false), 0);
  CHECK_NUMBER(atoi(PQport(connection)), atoi(at + 5));
  AUTO_CONNECTION PGconn *half = NULL, *nowhere = NULL;
  keywords[5] = "hostaddr";
  values[5] = "127.0.0.1,"; /* one address is given, the other is to be looked up */
  CHECK_STATUS(green_pq_connect_params(&half, keywords, values, false), 0);
  CHECK_STRING(PQhostaddr(half), "127.0.0.1");
  keywords[5] = NULL;
  values[0] = "a name that nobody has";
  values[1] = "5432";
  CHECK_STATUS(green_pq_connect_params(&nowhere, keywords, values, false), GREEN_ENOHOST);
  CHECK(nowhere == NULL);
  CHECK_LEFT("a name that nobody has");
  return 0;
}

TEST(wait_follows_a_connection_that_libpq_makes) {
  AUTO_CONNECTION PGconn *connection = PQconnectStart(pq_address());
  CHECK_STATUS(green_pq_wait(connection), 0);
  CHECK(PQstatus(connection) == CONNECTION_OK);
  CHECK(PQsetnonblocking(connection, 1) == 0);
  CHECK(PQsendQuery(connection, "select 42") == 1);
  CHECK_STATUS(green_pq_wait(connection), 0);
  CHECK(!PQisBusy(connection));
  AUTO_RESULT PGresult *result = PQgetResult(connection);
  CHECK_STRING(PQgetvalue(result, 0, 0), "42");
  CHECK_STATUS(green_pq_wait(connection), 0);
  CHECK(PQgetResult(connection) == NULL);
  return 0;
}

/* ---- statements ---- */

TEST(statements_with_parameters_and_prepared) {
  AUTO_CONNECTION PGconn *connection = NULL;
  CHECK_CONNECTED(&connection);
  AUTO_RESULT PGresult *several = NULL, *sum = NULL, *prepared = NULL, *described = NULL,
                       *upper = NULL;
  CHECK_STATUS(green_pq_exec(connection, "select 1; select 2, 'two'", &several), 0);
  CHECK_STRING(PQgetvalue(several, 0, 1), "two"); /* the last one's, as PQexec() */
  const char *values[] = {"20", "22"};
  CHECK_STATUS(green_pq_exec_params(connection, "select $1::int + $2::int, null", 2, NULL, values,
                                    NULL, NULL, 0, &sum),
               0);
  CHECK_STRING(PQgetvalue(sum, 0, 0), "42");
  CHECK(PQgetisnull(sum, 0, 1));
  CHECK_STATUS(green_pq_prepare(connection, "upper", "select upper($1::text)", 1, NULL, &prepared),
               0);
  CHECK_NUMBER(PQresultStatus(prepared), PGRES_COMMAND_OK);
  CHECK_STATUS(green_pq_describe_prepared(connection, "upper", &described), 0);
  CHECK_NUMBER(PQnparams(described), 1);
  const char *text[] = {"green"};
  CHECK_STATUS(green_pq_exec_prepared(connection, "upper", 1, text, NULL, NULL, 1, &upper), 0);
  CHECK_STRING(PQgetvalue(upper, 0, 0), "GREEN");
  CHECK_ANSWER(connection, "begin; declare c cursor for select 1 as a; select 'there'", "there");
  AUTO_RESULT PGresult *portal = NULL;
  CHECK_STATUS(green_pq_describe_portal(connection, "c", &portal), 0);
  CHECK_STRING(PQfname(portal, 0), "a");
  return 0;
}

TEST(errors_of_sql_are_in_the_result) {
  AUTO_CONNECTION PGconn *connection = NULL;
  AUTO_RESULT PGresult *result = NULL;
  CHECK_CONNECTED(&connection);
  CHECK_STATUS(green_pq_exec(connection, "select 1 / 0", &result), 0);
  CHECK_NUMBER(PQresultStatus(result), PGRES_FATAL_ERROR);
  CHECK_STRING(PQresultErrorField(result, PG_DIAG_SQLSTATE), "22012");
  CHECK_ANSWER(connection, "select 1", "1");
  return 0;
}

/* ---- many rows ---- */

/* Every common type: how the server makes row i of it, and what that is as text. */
static const struct {
  const char *make, *text;
} types[] = {
    {"i % 2 = 0", "case when i % 2 = 0 then 't' else 'f' end"},
    {"(i % 30000)::int2", "(i % 30000)::text"},
    {"i", "i::text"},
    {"i::int8 * 10000000000", "i || '0000000000'"},
    {"i / 4::float4", "(i / 4::float4)::text"},
    {"i / 8::float8", "(i / 8::float8)::text"},
    {"(i || '.0625')::numeric", "i || '.0625'"},
    {"'row ' || i || ' äß€'", "'row ' || i || ' äß€'"},
    {"rpad(i::text, 8)::char(8)", "rpad(i::text, 8)"},
    {"int4send(i)", "'\\x' || lpad(to_hex(i), 8, '0')"},
    {"date '2000-01-01' + i", "to_char(date '2000-01-01' + i, 'YYYY-MM-DD')"},
    {"timestamp '2000-01-01' + i * interval '1 minute'",
     "to_char(timestamp '2000-01-01' + i * interval '1 minute', 'YYYY-MM-DD HH24:MI:SS')"},
    {"interval '1 second' * i", "(interval '1 second' * i)::text"},
    {"lpad(to_hex(i), 32, '0')::uuid", "lpad(to_hex(i), 32, '0')::uuid::text"},
    {"jsonb_build_object('i', i)", "'{\"i\": ' || i || '}'"},
    {"array[i, i + 1]", "'{' || i || ',' || i + 1 || '}'"},
    {"case when i % 3 = 0 then null else i end", "coalesce(nullif(i, i / 3 * 3)::text, '')"},
};
#define TYPES (sizeof types / sizeof types[0])

/* Each value as a column, followed by what is expected. */
static void write_query(char *query, size_t size, size_t rows) {
  size_t at = (size_t)snprintf(query, size, "select ");
  for (size_t i = 0; i < TYPES; i++)
    at += (size_t)snprintf(query + at, size - at, "%s%s, %s", i ? ", " : "", types[i].make,
                           types[i].text);
  snprintf(query + at, size - at, " from generate_series(1, %zu) as i", rows);
}

TEST(ten_thousand_rows_of_every_common_type) {
  AUTO_CONNECTION PGconn *connection = NULL;
  AUTO_RESULT PGresult *result = NULL;
  char query[4000];
  int rows = (int)test_scale(10000, 10);
  write_query(query, sizeof query, (size_t)rows);
  CHECK_CONNECTED(&connection);
  CHECK_STATUS(green_pq_exec(connection, query, &result), 0);
  CHECK_STRING(PQresultErrorMessage(result), "");
  CHECK_NUMBER(PQntuples(result), rows);
  for (int row = 0; row < rows; row++)
    for (int column = 0; column < (int)TYPES; column++)
      CHECK_STRING(PQgetvalue(result, row, 2 * column), PQgetvalue(result, row, 2 * column + 1));
  CHECK(PQgetisnull(result, 2, 2 * (int)TYPES - 2));
  return 0;
}

/* The size of a result that is read row by row; GREENIO_PG_RESULT_MIB says another one. */
static size_t result_size(void) {
  const char *wanted = getenv("GREENIO_PG_RESULT_MIB");
  return test_scale(wanted ? strtoul(wanted, NULL, 10) : 64, 1);
}

#if defined __SANITIZE_ADDRESS__
#define MEMORY_LIMIT SIZE_MAX /* what is freed stays resident */
#else
#define MEMORY_LIMIT ((size_t)4 << 20)
#endif

TEST(a_big_result_row_by_row_takes_no_memory) {
  AUTO_CONNECTION PGconn *connection = NULL;
  size_t size = result_size() << 20, received = 0, before = 0, most = 0;
  char query[100];
  snprintf(query, sizeof query, "select repeat('x', 8192) from generate_series(1, %zu)",
           size / 8192);
  CHECK_CONNECTED(&connection);
  CHECK(PQsendQuery(connection, query) == 1);
  CHECK(PQsetSingleRowMode(connection) == 1);
  for (size_t row = 0;; row++) {
    AUTO_RESULT PGresult *result = NULL;
    CHECK_STATUS(green_pq_get_result(connection, &result), 0);
    if (PQresultStatus(result) != PGRES_SINGLE_TUPLE) {
      CHECK_NUMBER(PQresultStatus(result), PGRES_TUPLES_OK);
      break;
    }
    received += (size_t)PQgetlength(result, 0, 0);
    if (row == 100) before = pq_resident();
    if (row % 1000 == 0 && pq_resident() > most) most = pq_resident();
  }
  CHECK_NUMBER(received, size);
  size_t grown = most > before ? most - before : 0;
  if (getenv("GREENIO_PG_RESULT_MIB"))
    printf("a result of %zu MiB: memory grew by %zu KiB\n", size >> 20, grown >> 10);
  CHECK(test_scale(0, 1) || grown < MEMORY_LIMIT);
  return 0;
}

/* ---- notifications ---- */

struct listener {
  const char *channel;
  int *listening, *heard;
};

static int listen_once(void *arg) {
  struct listener *listener = arg;
  AUTO_CONNECTION PGconn *connection = NULL;
  PGnotify *notification = NULL;
  CHECK_CONNECTED(&connection);
  CHECK_ANSWER(connection, "listen news; select 1", "1");
  ++*listener->listening;
  CHECK_STATUS(green_pq_notification(connection, &notification), 0);
  bool right = strcmp(notification->relname, "news") == 0 && strcmp(notification->extra, "42") == 0;
  PQfreemem(notification);
  *listener->heard += right;
  return 0;
}

TEST(a_hundred_tasks_hear_a_notification) {
  size_t count = test_scale(100, 2);
  int listening = 0, heard = 0;
  struct listener listener = {"news", &listening, &heard};
  AUTO_CONNECTION PGconn *connection = NULL;
  CHECK_CONNECTED(&connection);
  AUTO_JOIN_ALL struct test_futures tasks = test_futures(count);
  for (size_t i = 0; i < count; i++) {
    tasks.at[i] = green_spawn(listen_once, &listener);
    CHECK_STARTED(tasks.at[i]);
  }
  for (size_t done = 0; (size_t)listening < count && done == 0;) {
    CHECK_STATUS(green_sleep(1), 0);
    for (size_t i = 0; i < count; i++) done += green_done(tasks.at[i]);
  }
  if ((size_t)listening < count)
    return GREEN_ENOMEM; /* who has yet to listen would wait for ever */
  CHECK_ANSWER(connection, "select pg_notify('news', '42')", "");
  CHECK_STATUS(green_wait_all(tasks.at, count), 0);
  CHECK_NUMBER(heard, count);
  return 0;
}

/* ---- COPY ---- */

TEST(copy_in_and_out) {
  AUTO_CONNECTION PGconn *connection = NULL;
  AUTO_RESULT PGresult *in = NULL, *count = NULL, *out = NULL, *end = NULL;
  int rows = (int)test_scale(20000, 20), seen = 0;
  CHECK_CONNECTED(&connection);
  CHECK_ANSWER(connection, "create temporary table t (a int, b text); select 1", "1");
  CHECK_STATUS(green_pq_exec(connection, "copy t from stdin", &in), 0);
  CHECK_NUMBER(PQresultStatus(in), PGRES_COPY_IN);
  for (int i = 0; i < rows; i++) {
    char row[40];
    int size = snprintf(row, sizeof row, "%d\trow %d\n", i, i);
    CHECK_STATUS(green_pq_put_copy_data(connection, row, (size_t)size), 0);
  }
  CHECK_STATUS(green_pq_put_copy_end(connection, NULL), 0);
  CHECK_STATUS(green_pq_get_result(connection, &count), 0);
  CHECK_NUMBER(atoi(PQcmdTuples(count)), rows);
  CHECK_STATUS(green_pq_exec(connection, "copy (select a from t order by a) to stdout", &out), 0);
  CHECK_NUMBER(PQresultStatus(out), PGRES_COPY_OUT);
  for (int size;; seen++) {
    char *row;
    size = green_pq_get_copy_data(connection, &row);
    CHECK_STATUS(size < 0 ? size : 0, 0);
    if (size == 0) break;
    bool right = atoi(row) == seen;
    PQfreemem(row);
    CHECK(right);
  }
  CHECK_NUMBER(seen, rows);
  CHECK_STATUS(green_pq_get_result(connection, &end), 0);
  CHECK_NUMBER(PQresultStatus(end), PGRES_COMMAND_OK);
  CHECK_ANSWER(connection, "select 1", "1");
  return 0;
}

TEST(copy_in_is_ended_with_an_error) {
  AUTO_CONNECTION PGconn *connection = NULL;
  AUTO_RESULT PGresult *in = NULL, *refused = NULL, *other = NULL;
  CHECK_CONNECTED(&connection);
  CHECK_ANSWER(connection, "create temporary table t (a int); select 1", "1");
  CHECK_STATUS(green_pq_exec(connection, "copy t from stdin", &in), 0);
  CHECK_STATUS(green_pq_exec(connection, "select 1", &other), GREEN_EINVAL);
  CHECK_LEFT("a COPY is under way");
  CHECK_STATUS(green_pq_put_copy_data(connection, "1\n", 2), 0);
  CHECK_STATUS(green_pq_put_copy_end(connection, "thought better of it"), 0);
  CHECK_STATUS(green_pq_get_result(connection, &refused), 0);
  CHECK_CONTAINS(PQresultErrorMessage(refused), "thought better of it");
  CHECK_STATUS(green_pq_put_copy_data(connection, "1\n", 2), GREEN_EINVAL);
  CHECK_ANSWER(connection, "select count(*) from t", "0");
  return 0;
}

/* ---- large objects ---- */

TEST(large_objects) {
  AUTO_CONNECTION PGconn *connection = NULL;
  static char data[100000], back[sizeof data + 10];
  Oid object = 0;
  int fd;
  memset(data, 'a', sizeof data);
  memcpy(data + 50000, "\0\1\2\3", 4);
  CHECK_CONNECTED(&connection);
  CHECK_ANSWER(connection, "begin; select 1", "1");
  CHECK_STATUS(green_pq_lo_create(connection, &object), 0);
  CHECK(object != 0);
  fd = green_pq_lo_open(connection, object, 0x20000 | 0x40000);
  CHECK_STATUS(fd < 0 ? fd : 0, 0);
  CHECK_STATUS(green_pq_lo_write(connection, fd, data, sizeof data), (int)sizeof data);
  CHECK_NUMBER(green_pq_lo_seek(connection, fd, 0, SEEK_SET), 0);
  CHECK_STATUS(green_pq_lo_read(connection, fd, back, sizeof back), (int)sizeof data);
  CHECK(memcmp(data, back, sizeof data) == 0);
  CHECK_STATUS(green_pq_lo_truncate(connection, fd, 50004), 0);
  CHECK_NUMBER(green_pq_lo_seek(connection, fd, -4, SEEK_END), 50000);
  CHECK_STATUS(green_pq_lo_read(connection, fd, back, sizeof back), 4);
  CHECK(memcmp(back, "\0\1\2\3", 4) == 0);
  CHECK_STATUS(green_pq_lo_close(connection, fd), 0);
  CHECK_STATUS(green_pq_lo_unlink(connection, object), 0);
  CHECK_STATUS(green_pq_lo_open(connection, object, 0x40000), GREEN_EPROTO);
  CHECK_LEFT("does not exist");
  return 0;
}
