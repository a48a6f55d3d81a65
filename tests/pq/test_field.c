/* What users of other clients have met, put to libpq made green: the threads are named. */
#include "made_green.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int port_of_loopback(void) {
  return atoi(strstr(pq_loopback(), "port=") + 5);
}

/* pgjdbc 4027: behind a COPY out that was cancelled, the next statement read what was left of it. */
TEST(a_deadline_in_copy_out_leaves_nothing_for_the_next_statement) {
  AUTO_CONNECTION PGconn *connection = NULL;
  AUTO_RESULT PGresult *out = NULL, *end = NULL, *more = NULL;
  CHECK_OPENED(&connection, pq_address());
  out = PQexec(connection, "copy (select i, pg_sleep(case when i > 1000 then 1000 else 0 end) "
                           "from generate_series(1, 2000) as i) to stdout");
  CHECK_UNLESS_NO_MEMORY(PQresultStatus(out) == PGRES_COPY_OUT);
  int size = 1;
  GREEN_TIMEOUT(100) {
    while (size > 0) {
      char *row;
      size = PQgetCopyData(connection, &row, 0);
      PQfreemem(row);
    }
    end = PQgetResult(connection);
  }
  CHECK_UNLESS_NO_MEMORY(pq_was_cancelled(end));
  more = PQgetResult(connection);
  CHECK_UNLESS_NO_MEMORY(more == NULL);
  CHECK_USABLE(connection);
  CHECK_GREEN_ANSWER(connection, "select 'next'", "next");
  return 0;
}

struct sleeping {
  PGconn *connection;
  bool cancelled, over;
};

static int sleep_in_query(void *arg) {
  struct sleeping *sleeping = arg;
  AUTO_RESULT PGresult *first = NULL, *second = NULL;
  if (PQsendQuery(sleeping->connection, "select pg_sleep(1000)")) {
    first = PQgetResult(sleeping->connection);
    second = PQgetResult(sleeping->connection);
  }
  sleeping->cancelled = pq_was_cancelled(first);
  sleeping->over = !second;
  return 0;
}

/* libpqxx 255: who cancels, when the thread that asked is in the call? Another task, by PQcancel(). */
TEST(results_behind_a_cancel_of_another_task) {
  AUTO_CONNECTION PGconn *connection = NULL, *watcher = NULL;
  CHECK_OPENED(&connection, pq_address());
  CHECK_CONNECTED(&watcher);
  struct sleeping sleeping = {connection, false, false};
  char error[256] = "";
  AUTO_JOIN green_future *task = green_spawn(sleep_in_query, &sleeping);
  CHECK_STARTED(task);
  CHECK_STATUS(pq_until_asleep(watcher, connection, task), 0);
  PGcancel *request = PQgetCancel(connection);
  int asked = PQcancel(request, error, sizeof error);
  PQfreeCancel(request);
  CHECK_UNLESS_NO_MEMORY(asked == 1);
  CHECK_STATUS(green_wait(task), 0);
  CHECK_UNLESS_NO_MEMORY(sleeping.cancelled && sleeping.over);
  CHECK_GREEN_ANSWER(connection, "select 'next'", "next");
  return 0;
}

static int listen_until_dead(void *arg) {
  PGconn *connection = arg;
  struct pollfd one = {.fd = PQsocket(connection), .events = POLLIN};
  while (PQconsumeInput(connection))
    if (poll(&one, 1, -1) < 0) return GREEN_EIO;
  return PQstatus(connection) == CONNECTION_BAD ? 0 : GREEN_EPROTO;
}

/* aiopg 249, psycopg2 1679, node-postgres 3003: nobody told the listener that its server had gone. */
TEST(a_listener_hears_that_its_server_has_gone_and_listens_anew) {
  if (test_scale(1, 0) == 0) SKIP("restarting the server for each allocation takes minutes");
  AUTO_CONNECTION PGconn *connection = NULL, *idle = NULL, *other = NULL;
  CHECK_OPENED(&connection, pq_address());
  CHECK_OPENED(&idle, pq_address());
  PQclear(PQexec(connection, "listen news"));
  AUTO_JOIN green_future *task = green_spawn(listen_until_dead, connection);
  CHECK_STARTED(task);
  CHECK_STATUS(green_yield(), 0);
  CHECK_STATUS(pq_server("stop"), 0);
  CHECK_STATUS(green_wait(task), 0);
  CHECK_STATUS(pq_server("start"), 0);
  AUTO_RESULT PGresult *lost = PQexec(idle, "select 1"); /* idle while the server was restarted */
  CHECK_NUMBER(PQresultStatus(lost), PGRES_FATAL_ERROR); /* the server's last words */
  AUTO_RESULT PGresult *never = PQexec(idle, "select 1");
  CHECK(!never || PQresultStatus(never) == PGRES_FATAL_ERROR);
  CHECK_NUMBER(PQstatus(idle), CONNECTION_BAD);
  PQreset(connection);
  CHECK_USABLE(connection);
  PQclear(PQexec(connection, "listen news"));
  CHECK_OPENED(&other, pq_address());
  PQclear(PQexec(other, "notify news, 'again'"));
  PGnotify *notify = NULL;
  CHECK_STATUS(green_pq_notification(connection, &notify), 0);
  bool right = strcmp(notify->extra, "again") == 0;
  PQfreemem(notify);
  CHECK(right);
  return 0;
}

/* psycopg 580, 602: the next host was not tried, or not for what it is. */
TEST(the_next_host_is_tried_for_what_was_asked_for) {
  AUTO_CONNECTION PGconn *connection = NULL, *standby = NULL;
  char conninfo[300];
  snprintf(conninfo, sizeof conninfo,
           "host=127.0.0.1,localhost port=%s,%d user=guarded password=secret dbname=postgres "
           "sslmode=disable target_session_attrs=read-write",
           pq_closed_port(), port_of_loopback());
  CHECK_OPENED(&connection, conninfo);
  CHECK_NUMBER(atoi(PQport(connection)), port_of_loopback());
  strcpy(strstr(conninfo, "read-write"), "standby");
  standby = PQconnectdb(conninfo);
  CHECK_NUMBER(PQstatus(standby), CONNECTION_BAD);
  CHECK_UNLESS_NO_MEMORY(strstr(PQerrorMessage(standby), "server is not in hot standby mode"));
  strcpy(strstr(conninfo, "standby"), "prefer-standby");
  AUTO_CONNECTION PGconn *preferred = NULL;
  CHECK_OPENED(&preferred, conninfo);
  return 0;
}

/* psycopg2 985, 1253, ruby-pg 618: a host that says nothing used up all the time. */
TEST(a_host_that_says_nothing_is_passed_over_in_its_time) {
  if (test_scale(0, 1)) SKIP("it takes seconds");
  green_listener *listener = NULL;
  green_address address;
  CHECK_STATUS(green_listener_open(&listener, "127.0.0.1", 0, NULL), 0);
  green_listener_address(listener, &address);
  char conninfo[300];
  snprintf(conninfo, sizeof conninfo,
           "host=127.0.0.1,127.0.0.1 port=%u,%d user=guarded password=secret dbname=postgres "
           "sslmode=disable connect_timeout=5",
           address.port, port_of_loopback());
  AUTO_CONNECTION PGconn *connection = NULL;
  int rc = pq_open_green(&connection, conninfo);
  green_listener_release(listener);
  CHECK_STATUS(rc, 0);
  CHECK_NUMBER(atoi(PQport(connection)), port_of_loopback());
  return 0;
}

/* A libpq without TLS: `prefer` goes on without, `require` says so. One with it does not ask for it here. */
TEST(tls_that_is_refused) {
  AUTO_CONNECTION PGconn *wanted = NULL, *preferred = NULL;
  char conninfo[300];
  snprintf(conninfo, sizeof conninfo, "%s application_name=x", pq_silence());
  CHECK_OPENED(&preferred, conninfo);
  snprintf(conninfo, sizeof conninfo, "%s sslmode=require", pq_address());
  wanted = PQconnectdb(conninfo);
  if (pq_has_tls()) {
    CHECK_USABLE(wanted); /* a Unix-domain socket, where libpq does not ask for it */
    return 0;
  }
  CHECK_NUMBER(PQstatus(wanted), CONNECTION_BAD);
  CHECK_UNLESS_NO_MEMORY(strstr(PQerrorMessage(wanted), "SSL support is not compiled in"));
  return 0;
}

/* Values of many megabytes, both ways at once. */
TEST(large_values) {
  AUTO_CONNECTION PGconn *connection = NULL;
  CHECK_OPENED(&connection, pq_address());
  size_t size = test_scale((size_t)16 << 20, 1 << 16);
  char *value = malloc(size + 1);
  CHECK(value != NULL);
  for (size_t i = 0; i < size; i++) value[i] = (char)('a' + i % 26);
  value[size] = 0;
  const char *values[] = {value};
  PGresult *result = PQexecParams(connection, "select $1::text", 1, NULL, values, NULL, NULL, 0);
  bool come = PQresultStatus(result) == PGRES_TUPLES_OK;
  bool same = come && (size_t)PQgetlength(result, 0, 0) == size &&
              memcmp(PQgetvalue(result, 0, 0), value, size) == 0;
  PQclear(result);
  free(value);
  CHECK_UNLESS_NO_MEMORY(come);
  CHECK(same);
  return 0;
}

static void count_notice(void *arg, const PGresult *result) {
  int *notices = arg;
  if (strstr(PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY), "halfway")) ++*notices;
}

/* Notices come while a statement is under way, its task parked. */
TEST(notices_in_the_middle_of_a_statement) {
  AUTO_CONNECTION PGconn *connection = NULL;
  int notices = 0;
  CHECK_OPENED(&connection, pq_address());
  PQsetNoticeReceiver(connection, count_notice, &notices);
  AUTO_RESULT PGresult *done =
      PQexec(connection, "do $$ begin for i in 1 .. 3 loop raise notice 'halfway %', i; "
                         "perform pg_sleep(0.01); end loop; end $$");
  CHECK_UNLESS_NO_MEMORY(PQresultStatus(done) == PGRES_COMMAND_OK);
  CHECK_NUMBER(notices, 3);
  return 0;
}

/* node-postgres 3557, 133, postgres.js 680: passwords with characters that mean something. */
TEST(passwords_with_odd_characters) {
  AUTO_CONNECTION PGconn *owner = NULL, *by_pairs = NULL, *by_url = NULL;
  char url[300];
  CHECK_OPENED(&owner, pq_address());
  PQclear(PQexec(owner, "do $$ begin create role odd login password 'p''a ss\\w:?ö%@/#&='; "
                        "exception when duplicate_object then null; end $$"));
  char pairs[300];
  snprintf(pairs, sizeof pairs, "%s user=odd password='p\\'a ss\\\\w:?ö%%@/#&='", pq_loopback());
  CHECK_OPENED(&by_pairs, pairs);
  CHECK_GREEN_ANSWER(by_pairs, "select current_user", "odd");
  snprintf(url, sizeof url,
           "postgres://odd:p%%27a%%20ss%%5Cw%%3A%%3F%%C3%%B6%%25%%40%%2F%%23%%26%%3D@localhost:%d/"
           "postgres?sslmode=disable",
           port_of_loopback());
  CHECK_OPENED(&by_url, url);
  CHECK_GREEN_ANSWER(by_url, "select current_user", "odd");
  return 0;
}

/* An error in the middle of a pipeline: what follows is passed over until the sync, and no further. */
TEST(an_error_in_the_middle_of_a_pipeline) {
  AUTO_CONNECTION PGconn *connection = NULL;
  CHECK_OPENED(&connection, pq_address());
  CHECK(PQenterPipelineMode(connection) == 1);
  static const char *const queries[] = {"select 1", "select 1 / 0", "select 3"};
  for (int i = 0; i < 3; i++)
    CHECK_UNLESS_NO_MEMORY(PQsendQueryParams(connection, queries[i], 0, NULL, NULL, NULL, NULL, 0));
  CHECK_UNLESS_NO_MEMORY(PQpipelineSync(connection));
  CHECK_UNLESS_NO_MEMORY(PQsendQueryParams(connection, "select 4", 0, NULL, NULL, NULL, NULL, 0));
  CHECK_UNLESS_NO_MEMORY(PQpipelineSync(connection));
  static const ExecStatusType expected[] = {PGRES_TUPLES_OK,        PGRES_FATAL_ERROR,
                                            PGRES_PIPELINE_ABORTED, PGRES_PIPELINE_SYNC,
                                            PGRES_TUPLES_OK,        PGRES_PIPELINE_SYNC};
  for (int i = 0; i < 6; i++) {
    AUTO_RESULT PGresult *result = PQgetResult(connection);
    if (i != 0 && !result) result = PQgetResult(connection); /* between two statements */
    CHECK_UNLESS_NO_MEMORY(PQresultStatus(result) == expected[i]);
  }
  CHECK(PQexitPipelineMode(connection) == 1);
  CHECK_GREEN_ANSWER(connection, "select 'next'", "next");
  return 0;
}
