/* libpq made green: its own functions in tasks. The first tests are the cases of libpq's example
 * programs. */
#include "made_green.h"
#include "../trace/spans.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/select.h>
#include <unistd.h>

#define CHECK_DONE(connection, query)                                                              \
  do {                                                                                             \
    AUTO_RESULT PGresult *done_ = PQexec(connection, query);                                       \
    CHECK_UNLESS_NO_MEMORY(PQresultStatus(done_) == PGRES_COMMAND_OK);                             \
  } while (0)

/* ---- the cases of libpq's example programs ---- */

/* testlibpq: a query by a cursor, in a transaction. */
static int query_by_cursor(void *arg) {
  (void)arg;
  AUTO_CONNECTION PGconn *connection = NULL;
  CHECK_OPENED(&connection, pq_address());
  CHECK_DONE(connection, "begin");
  CHECK_DONE(connection,
             "declare portal cursor for select datname, oid from pg_database order by 2");
  AUTO_RESULT PGresult *rows = PQexec(connection, "fetch all in portal");
  CHECK_UNLESS_NO_MEMORY(PQresultStatus(rows) == PGRES_TUPLES_OK);
  CHECK_STRING(PQfname(rows, 0), "datname");
  CHECK_NUMBER(PQntuples(rows), 3);
  CHECK_STRING(PQgetvalue(rows, 0, 0), "template1");
  CHECK_DONE(connection, "close portal");
  CHECK_DONE(connection, "end");
  return 0;
}

TEST(queries_in_twenty_tasks) {
  size_t count = test_scale(20, 2);
  AUTO_JOIN_ALL struct test_futures tasks = test_futures(count);
  for (size_t i = 0; i < count; i++) {
    tasks.at[i] = green_spawn(query_by_cursor, NULL);
    CHECK_STARTED(tasks.at[i]);
  }
  CHECK_STATUS(green_wait_all(tasks.at, count), 0);
  return 0;
}

/* testlibpq2: notifications, waited for on the socket. */
static int notify_four_times(void *arg) {
  (void)arg;
  AUTO_CONNECTION PGconn *connection = NULL;
  CHECK_OPENED(&connection, pq_address());
  for (int i = 0; i < 4; i++) CHECK_DONE(connection, "notify tbl2");
  return 0;
}

TEST(four_notifications) {
  AUTO_CONNECTION PGconn *connection = NULL;
  CHECK_OPENED(&connection, pq_address());
  CHECK_DONE(connection, "listen tbl2");
  AUTO_JOIN green_future *notifier = green_spawn(notify_four_times, NULL);
  CHECK_STARTED(notifier);
  for (int heard = 0; heard < 4;) {
    fd_set input;
    FD_ZERO(&input);
    FD_SET(PQsocket(connection), &input);
    struct timeval moment = {.tv_usec = 20000}; /* the notifier may have failed */
    int ready = select(PQsocket(connection) + 1, &input, NULL, NULL, &moment);
    CHECK_UNLESS_NO_MEMORY(ready >= 0);
    CHECK(PQconsumeInput(connection));
    for (PGnotify *notify; (notify = PQnotifies(connection)); heard++) PQfreemem(notify);
    if (green_done(notifier)) CHECK_STATUS(green_wait(notifier), 0);
  }
  CHECK_STATUS(green_wait(notifier), 0);
  return 0;
}

/* testlibpq3: parameters, and results in binary. */
TEST(parameters_and_binary_results) {
  AUTO_CONNECTION PGconn *connection = NULL;
  CHECK_OPENED(&connection, pq_address());
  const char *text[] = {"joe's place"};
  const char number[4] = {0, 0, 0, 2};
  const char *binary[] = {number};
  const int lengths[] = {4}, formats[] = {1};
  AUTO_RESULT PGresult *by_text = PQexecParams(
      connection, "select 1, 'joe''s place', '\\x0001'::bytea where 'joe''s place' = $1", 1, NULL,
      text, NULL, NULL, 1);
  CHECK_UNLESS_NO_MEMORY(PQresultStatus(by_text) == PGRES_TUPLES_OK);
  CHECK_NUMBER(PQntuples(by_text), 1);
  CHECK(memcmp(PQgetvalue(by_text, 0, 0), "\0\0\0\1", 4) == 0);
  CHECK(memcmp(PQgetvalue(by_text, 0, 2), "\0\1", 2) == 0);
  AUTO_RESULT PGresult *by_number =
      PQexecParams(connection, "select i from generate_series(1, 3) as i where i = $1::int4", 1,
                   NULL, binary, lengths, formats, 0);
  CHECK_UNLESS_NO_MEMORY(PQresultStatus(by_number) == PGRES_TUPLES_OK);
  CHECK_STRING(PQgetvalue(by_number, 0, 0), "2");
  return 0;
}

static void remove_file(char (*path)[40]) {
  unlink(*path);
}

/* testlo: a file into a large object, read, overwritten, and out again. */
TEST(large_objects_from_file_to_file) {
  AUTO_CONNECTION PGconn *connection = NULL;
  CHECK_OPENED(&connection, pq_address());
  __attribute__((cleanup(remove_file))) char in[40] = "/tmp/greenio-pq-XXXXXX";
  __attribute__((cleanup(remove_file))) char out[40] = "";
  char part[11] = "";
  int file = mkstemp(in);
  CHECK(file >= 0 && write(file, "0123456789abcdef", 16) == 16);
  close(file);
  snprintf(out, sizeof out, "%.30s.out", in);
  CHECK_DONE(connection, "begin");
  Oid object = lo_import(connection, in);
  CHECK_UNLESS_NO_MEMORY(object != InvalidOid);
  int fd = lo_open(connection, object, 0x20000 | 0x40000);
  CHECK_UNLESS_NO_MEMORY(fd >= 0);
  CHECK_UNLESS_NO_MEMORY(lo_lseek(connection, fd, 10, SEEK_SET) == 10);
  CHECK_UNLESS_NO_MEMORY(lo_read(connection, fd, part, 10) == 6);
  CHECK_STRING(part, "abcdef");
  CHECK_UNLESS_NO_MEMORY(lo_lseek64(connection, fd, 0, SEEK_SET) == 0);
  CHECK_UNLESS_NO_MEMORY(lo_write(connection, fd, "XXXX", 4) == 4);
  CHECK_UNLESS_NO_MEMORY(lo_close(connection, fd) == 0);
  CHECK_UNLESS_NO_MEMORY(lo_export(connection, object, out) == 1);
  char written[20] = "";
  FILE *exported = fopen(out, "r");
  CHECK(exported && fread(written, 1, sizeof written - 1, exported) == 16);
  fclose(exported);
  CHECK_STRING(written, "XXXX456789abcdef");
  CHECK_DONE(connection, "end");
  return 0;
}

/* ---- connecting ---- */

TEST(connections_that_are_refused) {
  CHECK_MADE_GREEN();
  char conninfo[300];
  AUTO_CONNECTION PGconn *right = NULL;
  snprintf(conninfo, sizeof conninfo, "%s user=guarded password=secret", pq_loopback());
  int rc = pq_open_green(&right, conninfo);
  if (rc < 0) return rc;
  CHECK_GREEN_ANSWER(right, "select current_user", "guarded");
  snprintf(conninfo, sizeof conninfo, "%s user=guarded password=wrong", pq_loopback());
  AUTO_CONNECTION PGconn *wrong = PQconnectdb(conninfo);
  CHECK_NUMBER(PQstatus(wrong), CONNECTION_BAD);
  CHECK_UNLESS_NO_MEMORY(strstr(PQerrorMessage(wrong), "password authentication failed"));
  snprintf(conninfo, sizeof conninfo, "host=127.0.0.1 port=%s user=guarded", pq_closed_port());
  AUTO_CONNECTION PGconn *nobody = PQconnectdb(conninfo);
  CHECK_UNLESS_NO_MEMORY(strstr(PQerrorMessage(nobody), "Connection refused"));
  return 0;
}

static int interrupt_query(PGconn *connection) {
  AUTO_RESULT PGresult *result = NULL;
  GREEN_TIMEOUT(50) {
    result = PQexec(connection, "select pg_sleep(1000)");
  }
  CHECK_UNLESS_NO_MEMORY(pq_was_cancelled(result));
  CHECK_USABLE(connection);
  CHECK_GREEN_ANSWER(connection, "select 'next'", "next");
  return 0;
}

static int query_with_tls(void *arg) {
  (void)arg;
  char conninfo[300];
  snprintf(conninfo, sizeof conninfo, "%s user=guarded password=secret sslmode=require",
           pq_loopback());
  AUTO_CONNECTION PGconn *connection = NULL;
  int rc = pq_open_green(&connection, conninfo);
  if (rc < 0) return rc;
  CHECK(PQsslInUse(connection));
  return interrupt_query(connection);
}

TEST(a_deadline_in_a_query_with_tls) {
  if (!pq_has_tls()) SKIP("this libpq was compiled without TLS");
  green_spawn_options options = {.stack_size = (size_t)256 << 10};
  AUTO_JOIN green_future *task = green_spawn_with(query_with_tls, NULL, &options);
  CHECK_STARTED(task);
  CHECK_STATUS(green_wait(task), 0);
  return 0;
}

TEST(a_deadline_while_connecting) {
  CHECK_MADE_GREEN();
  green_listener *listener = NULL;
  green_address address;
  CHECK_STATUS(green_listener_open(&listener, "127.0.0.1", 0, NULL), 0);
  green_listener_address(listener, &address);
  char conninfo[100];
  snprintf(conninfo, sizeof conninfo, "host=127.0.0.1 port=%u user=guarded sslmode=disable",
           address.port);
  PGconn *connection = NULL;
  GREEN_TIMEOUT(20) {
    connection = PQconnectdb(conninfo);
  }
  ConnStatusType status = PQstatus(connection);
  PQfinish(connection);
  green_listener_release(listener);
  if (test_allocator_failed()) test_saw(GREEN_ENOMEM);
  CHECK_NUMBER(status, CONNECTION_BAD);
  return 0;
}

/* ---- interrupted ---- */

TEST(a_deadline_in_a_made_green_query) {
  AUTO_CONNECTION PGconn *connection = NULL;
  CHECK_OPENED(&connection, pq_address());
  return interrupt_query(connection);
}

struct cancelled {
  PGconn *connection;
  bool in_result, slept;
};

static int query_until_cancelled(void *arg) {
  struct cancelled *cancelled = arg;
  AUTO_RESULT PGresult *result = PQexec(cancelled->connection, "select pg_sleep(1000)");
  cancelled->in_result = pq_was_cancelled(result);
  cancelled->slept = green_sleep(1) == 0; /* it was delivered to the query */
  return green_cancelled();
}

TEST(a_cancel_in_a_made_green_query) {
  AUTO_CONNECTION PGconn *connection = NULL, *watcher = NULL;
  CHECK_OPENED(&connection, pq_address());
  CHECK_CONNECTED(&watcher);
  struct cancelled cancelled = {connection, false, false};
  AUTO_JOIN green_future *task = green_spawn(query_until_cancelled, &cancelled);
  CHECK_STARTED(task);
  CHECK_STATUS(pq_until_asleep(watcher, connection, task), 0);
  green_cancel(task);
  CHECK_STATUS(green_wait(task), 1);
  CHECK_UNLESS_NO_MEMORY(cancelled.in_result);
  CHECK_USABLE(connection);
  CHECK_UNLESS_NO_MEMORY(cancelled.slept);
  CHECK_GREEN_ANSWER(connection, "select 'next'", "next");
  return 0;
}

TEST(a_deadline_among_rows_of_a_made_green_query) {
  AUTO_CONNECTION PGconn *connection = NULL;
  CHECK_OPENED(&connection, pq_address());
  CHECK_UNLESS_NO_MEMORY(PQsendQuery(connection,
                                     "select i, pg_sleep(case when i > 100 then 1000 else 0 end) "
                                     "from generate_series(1, 100000) as i"));
  CHECK(PQsetSingleRowMode(connection));
  bool cancelled = false;
  GREEN_TIMEOUT(100) {
    for (PGresult *row; (row = PQgetResult(connection)); PQclear(row))
      cancelled = cancelled || pq_was_cancelled(row);
  }
  CHECK_UNLESS_NO_MEMORY(cancelled);
  CHECK_USABLE(connection);
  CHECK_GREEN_ANSWER(connection, "select 'next'", "next");
  return 0;
}

/* The server stops at the first row, and takes no more. */
#define SLOW_TABLE                                                                                 \
  "create temporary table slow (a int);"                                                           \
  "create function pg_temp.pause() returns trigger language plpgsql as "                           \
  "'begin perform pg_sleep(1000); return new; end';"                                               \
  "create trigger pause before insert on slow for each row execute function pg_temp.pause()"

TEST(a_deadline_in_a_made_green_copy) {
  AUTO_CONNECTION PGconn *connection = NULL;
  CHECK_OPENED(&connection, pq_address());
  CHECK_DONE(connection, SLOW_TABLE);
  AUTO_RESULT PGresult *in = PQexec(connection, "copy slow from stdin");
  CHECK_UNLESS_NO_MEMORY(PQresultStatus(in) == PGRES_COPY_IN);
  static char row[8192];
  memset(row, '1', sizeof row);
  for (size_t i = 4; i < sizeof row; i += 5) row[i] = '\n';
  row[sizeof row - 1] = '\n';
  AUTO_RESULT PGresult *end = NULL;
  GREEN_TIMEOUT(100) {
    for (int i = 0; i < 1000; i++)
      if (PQputCopyData(connection, row, sizeof row) != 1) break;
    PQputCopyEnd(connection, NULL);
    end = PQgetResult(connection);
  }
  CHECK_UNLESS_NO_MEMORY(pq_was_cancelled(end));
  AUTO_RESULT PGresult *more = PQgetResult(connection);
  CHECK_USABLE(connection);
  CHECK(more == NULL);
  CHECK_GREEN_ANSWER(connection, "select count(*) from slow", "0");
  return 0;
}

/* ---- what cannot be saved ---- */

static void set_grace(const unsigned *milliseconds) {
  green_pq_set_grace(*milliseconds);
}

/* `query`: its answer, or taking it from us, is what the server does not come to. */
static int lose(const char *query) {
  __attribute__((unused, cleanup(set_grace))) unsigned usual = PQ_GRACE;
  green_pq_set_grace(100);
  AUTO_CONNECTION PGconn *connection = NULL;
  CHECK_OPENED(&connection, pq_address());
  AUTO_STOPPED struct pq_stopped stopped = {0};
  CHECK_STATUS(pq_stop(&stopped, connection), 0);
  AUTO_RESULT PGresult *result = NULL, *next = NULL;
  GREEN_TIMEOUT(20) {
    result = PQexec(connection, query);
  }
  CHECK(!result || PQresultStatus(result) == PGRES_FATAL_ERROR);
  next = PQexec(connection, "select 'not an answer to this'");
  CHECK(!next || PQresultStatus(next) == PGRES_FATAL_ERROR);
  CHECK_NUMBER(PQstatus(connection), CONNECTION_BAD);
  PQreset(connection);
  CHECK_USABLE(connection);
  CHECK_GREEN_ANSWER(connection, "select 2", "2");
  return 0;
}

TEST(a_silent_server_loses_a_made_green_connection) {
  return lose("select 1");
}

TEST(a_server_that_takes_nothing_loses_a_made_green_connection) {
  size_t size = (size_t)8 << 20;
  char *query = malloc(size);
  CHECK(query != NULL);
  memset(query, ' ', size - 1);
  query[size - 1] = 0;
  memcpy(query, "select 1", 8);
  int rc = lose(query);
  free(query);
  return rc;
}

static int sleep_in_query(void *arg) {
  AUTO_RESULT PGresult *result = PQexec(arg, "select pg_sleep(1000)");
  return PQresultStatus(result) == PGRES_FATAL_ERROR ? (int)PQstatus(arg) : -1;
}

TEST(a_server_that_is_killed_in_a_made_green_query) {
  if (test_scale(1, 0) == 0) SKIP("restarting the server for each allocation takes minutes");
  AUTO_CONNECTION PGconn *connection = NULL, *watcher = NULL;
  CHECK_OPENED(&connection, pq_address());
  CHECK_CONNECTED(&watcher);
  AUTO_JOIN green_future *task = green_spawn(sleep_in_query, connection);
  CHECK_STARTED(task);
  CHECK_STATUS(pq_until_asleep(watcher, connection, task), 0);
  CHECK_STATUS(pq_server("stop"), 0);
  CHECK_STATUS(green_wait(task), CONNECTION_BAD);
  PQreset(connection);
  CHECK_NUMBER(PQstatus(connection), CONNECTION_BAD);
  CHECK_STATUS(pq_server("start"), 0);
  PQreset(connection);
  CHECK_GREEN_ANSWER(connection, "select 'back'", "back");
  return 0;
}

/* ---- one handle, one task ---- */

TEST(a_made_green_handle_belongs_to_one_task) {
  AUTO_CONNECTION PGconn *connection = NULL;
  AUTO_RESULT PGresult *explicitly = NULL;
  CHECK_OPENED(&connection, pq_address());
  AUTO_JOIN green_future *task = green_spawn(sleep_in_query, connection);
  CHECK_STARTED(task);
  CHECK_STATUS(green_yield(), 0);
  const char *said;
  {
    AUTO_CAPTURE struct test_capture capture = test_capture_stderr();
    AUTO_RESULT PGresult *refused = PQexec(connection, "select 1");
    bool sent = PQsendQuery(connection, "select 1");
    PQfinish(connection); /* is not freed */
    said = test_captured(&capture);
    CHECK(!refused && !sent);
    CHECK_CONTAINS(said, "PQexec() on a connection that another task");
    CHECK_CONTAINS(said, "is in the middle of PQexec() with");
    CHECK_CONTAINS(said, "PQfinish() on a connection");
  }
  CHECK_STATUS(green_pq_exec(connection, "select 1", &explicitly), GREEN_EBUSY);
  green_cancel(task);
  CHECK(test_saw(green_wait(task)) >= 0);
  CHECK_USABLE(connection);
  CHECK_GREEN_ANSWER(connection, "select 'whole'", "whole");
  return 0;
}

/* libpq's lock, which it holds while Kerberos talks to its server. */
static pgthreadlock_t thread_lock;

static int hold_lock(void *arg) {
  int *holders = arg;
  thread_lock(1);
  bool alone = ++*holders == 1;
  int rc = green_sleep(1);
  --*holders;
  thread_lock(0);
  return alone ? rc : GREEN_EPROTO;
}

TEST(libpq_has_a_lock_that_tasks_wait_for) {
  CHECK_MADE_GREEN();
  thread_lock = PQregisterThreadLock(NULL);
  PQregisterThreadLock(thread_lock);
  int holders = 0;
  AUTO_JOIN_ALL struct test_futures tasks = test_futures(5);
  for (int i = 0; i < 5; i++) {
    tasks.at[i] = green_spawn(hold_lock, &holders);
    CHECK_STARTED(tasks.at[i]);
  }
  CHECK_STATUS(green_wait_all(tasks.at, 5), 0);
  return 0;
}

/* ---- spans ---- */

TEST(spans_of_libpqs_own_functions) {
  AUTO_CONNECTION PGconn *connection = NULL;
  struct last_span last = {.status = 1};
  AUTO_OBSERVATION green_observation *observation = NULL;
  CHECK_OPENED(&connection, pq_address());
  CHECK_DONE(connection, "create temporary table t (a int)");
  CHECK_STATUS(keep_spans(&observation, &last), 0);
  AUTO_RESULT PGresult *refused = PQexec(connection, "select 'secret' from nowhere");
  CHECK_STRING(last.detail, "select ? from nowhere");
  CHECK_STATUS(last.status, GREEN_ESQL);
  AUTO_RESULT PGresult *copying = PQexec(connection, "copy t from stdin");
  CHECK_UNLESS_NO_MEMORY(PQresultStatus(copying) == PGRES_COPY_IN);
  CHECK_UNLESS_NO_MEMORY(PQputCopyData(connection, "1\n", 2) == 1);
  CHECK_UNLESS_NO_MEMORY(PQputCopyEnd(connection, NULL) == 1);
  CHECK_UNLESS_NO_MEMORY(last.ended == 1); /* or it has, when it had begun */
  AUTO_RESULT PGresult *copied = PQgetResult(connection);
  CHECK_UNLESS_NO_MEMORY(PQresultStatus(copied) == PGRES_COMMAND_OK);
  CHECK_NUMBER(last.ended, 2);
  CHECK_STATUS(last.status, 0);
  return 0;
}
