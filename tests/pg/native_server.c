/* A real server, natively: refusals, its death and return, and how much memory a large result
 * takes. */
#include <greenio/pg_pool.h>
#include <greenio/stream.h>
#include <stdlib.h>
#include <string.h>
#include "../pq/control.h"
#include "pg_test.h"

static int try_to_connect(const char *format, const char *one, const char *two) {
  AUTO_PG green_pg *pg = NULL;
  char address[300];
  snprintf(address, sizeof address, format, one, two);
  int rc = green_pg_connect(&pg, address);
  CHECK(!pg || rc == 0);
  return rc;
}

TEST(a_server_that_refuses_says_why) {
  const char *loopback = getenv("GREENIO_PG_LOOPBACK"), *port = getenv("GREENIO_PG_CLOSED_PORT");
  CHECK_STATUS(try_to_connect("%s user=guarded password=%s", loopback, "secret"), 0);
  CHECK_STATUS(try_to_connect("%s user=guarded password=%s", loopback, "wrong"), GREEN_EACCES);
  if (!test_allocator_failed()) {
    CHECK_CONTAINS(green_message(), "password authentication failed");
    CHECK(!strstr(green_message(), "28P01") && !strstr(green_message(), "LOCATION"));
  }
  if (test_scale(0, 1)) return 0;
  CHECK_STATUS(try_to_connect("%s user=nobody password=%s", loopback, "x"), GREEN_EACCES);
  CHECK_STATUS(try_to_connect("%s dbname=%s", pg_address(), "nowhere"), GREEN_ENOENT);
  CHECK_STATUS(try_to_connect("host=127.0.0.1 port=%s%s", port, ""), GREEN_ECONNREFUSED);
  CHECK_STATUS(try_to_connect("host=%s user=postgres%s", "/no/such/folder", ""),
               GREEN_ECONNREFUSED);
  CHECK_STATUS(try_to_connect("host=no.such.host.invalid%s%s", "", ""), GREEN_ENOHOST);
  CHECK_STATUS(try_to_connect("%s%s", "memory:", ""), GREEN_ENOTSUP);
  if (!test_allocator_failed()) CHECK_CONTAINS(green_message(), "postgres://");
  CHECK_STATUS(try_to_connect("%s%s", "postgres://[", ""), GREEN_EINVAL);
  CHECK_STATUS(try_to_connect("postgres://me:%s@%s", "secret", "[::1"), GREEN_EINVAL);
  if (!test_allocator_failed()) CHECK(!strstr(green_message(), "secret"));
  CHECK_STATUS(try_to_connect("host=x password=%s %s", "my", "secret"), GREEN_EINVAL);
  if (!test_allocator_failed()) {
    CHECK(!strstr(green_message(), "secret"));
    CHECK_CONTAINS(green_message(), "missing \"=\"");
  }
  return 0;
}

/* Takes connections, and says nothing. */
static int open_silent(green_listener **listener, unsigned *port) {
  green_address address;
  int rc = green_listener_open(listener, "127.0.0.1", 0, NULL);
  if (rc == 0) rc = green_listener_address(*listener, &address);
  if (rc == 0) *port = address.port;
  return rc;
}

static void auto_listener(green_listener **listener) {
  green_listener_release(*listener);
}
#define AUTO_SILENT __attribute__((unused, cleanup(auto_listener)))

/* As psql: each host has so long, and then comes the next. */
TEST(connect_timeout_is_heeded_and_the_next_host_tried) {
  if (test_scale(0, 1)) SKIP("it takes seconds");
  AUTO_SILENT green_listener *listener = NULL;
  AUTO_PG green_pg *pg = NULL;
  const char *closed = getenv("GREENIO_PG_CLOSED_PORT"), *real = getenv("GREENIO_PG_PORT");
  unsigned silent = 0;
  char conninfo[300];
  CHECK_STATUS(open_silent(&listener, &silent), 0);
  snprintf(conninfo, sizeof conninfo,
           "host=127.0.0.1,localhost,127.0.0.1 port=%s,%u,%s user=guarded password=secret "
           "dbname=postgres connect_timeout=5",
           closed, silent, real);
  CHECK_STATUS(green_pg_connect(&pg, conninfo), 0);
  CHECK_ANSWER(pg, "select 'there'", "there");
  green_pg_release(pg);
  pg = NULL;
  snprintf(conninfo, sizeof conninfo, "postgres://127.0.0.1:%u,127.0.0.1:%s/?connect_timeout=2",
           silent, closed);
  CHECK_STATUS(green_pg_connect(&pg, conninfo), GREEN_ECONNREFUSED);
  CHECK_CONTAINS(green_message(), "(connect_timeout)");
  CHECK_CONTAINS(green_message(), closed);
  CHECK_STATUS(try_to_connect("host=127.0.0.1 connect_timeout=%s%s", "soon", ""), GREEN_EINVAL);
  CHECK_CONTAINS(green_message(), "connect_timeout");
  CHECK_STATUS(try_to_connect("%s client_encoding=%s", pg_address(), "LATIN1"), GREEN_EINVAL);
  CHECK_CONTAINS(green_message(), "client_encoding");
  CHECK_STATUS(try_to_connect("%s client_encoding=%s", pg_address(), "utf-8"), 0);
  return 0;
}

struct worker {
  green_pg_pool *pool;
  int *lost, *answered;
};

/* Queries until one has failed and a later one has worked. */
static int work(void *arg) {
  const struct worker *worker = arg;
  bool lost = false;
  for (;;) {
    int rc;
    GREEN_PG_WITH(worker->pool, pg) {
      rc = green_pg_query(pg, NULL, lost ? "select 1" : "select pg_sleep(60)", GREEN_PG_NONE);
    }
    else {
      rc = green_pg_error(pg)->status;
    }
    if (rc == 0 && lost) {
      ++*worker->answered;
      return 0;
    }
    if (rc < 0 && !lost) {
      if (rc != GREEN_ECONNRESET) return rc;
      ++*worker->lost;
      lost = true;
    }
    rc = green_sleep(5);
    if (rc < 0) return rc;
  }
}

static int until(const int *count, int wanted, const struct test_futures *tasks) {
  while (*count < wanted) {
    for (size_t i = 0; i < tasks->count; i++)
      if (green_done(tasks->at[i]) && green_future_status(tasks->at[i]) < 0) return 0;
    CHECK_STATUS(green_sleep(5), 0);
  }
  return 0;
}

static int until_asleep(size_t count) {
  AUTO_PG green_pg *pg = NULL;
  CHECK_CONNECTED(&pg);
  for (;;) {
    AUTO_RESULT green_pg_result *result = NULL;
    int64_t asleep;
    CHECK_STATUS(
        green_pg_query(pg, &result,
                       "select count(*) from pg_stat_activity where wait_event = 'PgSleep' "
                       "and query = 'select pg_sleep(60)'",
                       GREEN_PG_NONE),
        0);
    CHECK_STATUS(green_pg_get_int64(result, 0, 0, &asleep), 0);
    if (asleep >= (int64_t)count) return 0;
    CHECK_STATUS(green_sleep(5), 0);
  }
}

TEST(a_pool_lives_through_the_death_of_its_server) {
  enum { CONNECTIONS = 4 };
  if (test_scale(0, 1)) SKIP("the server is not restarted for each allocation");
  green_pg_pool *pool;
  int lost = 0, answered = 0;
  green_pg_pool_options options = {.max = CONNECTIONS};
  CHECK_STATUS(green_pg_pool_new(&pool, pg_address(), &options), 0);
  struct worker worker = {pool, &lost, &answered};
  struct test_futures tasks = test_futures(CONNECTIONS);
  for (int i = 0; i < CONNECTIONS; i++) tasks.at[i] = green_spawn(work, &worker);
  int rc = until_asleep(CONNECTIONS);
  if (rc == 0) rc = pq_server("stop");
  if (rc == 0) rc = until(&lost, CONNECTIONS, &tasks);
  int started = pq_server("start");
  if (rc == 0) rc = until(&answered, CONNECTIONS, &tasks);
  test_auto_join_all(&tasks);
  green_pg_pool_counts counts = green_pg_pool_statistics(pool);
  green_join(green_pg_pool_shutdown(pool));
  green_pg_pool_release(pool);
  CHECK_STATUS(rc, 0);
  CHECK_STATUS(started, 0);
  CHECK_NUMBER(lost, CONNECTIONS);
  CHECK_NUMBER(answered, CONNECTIONS);
  CHECK_NUMBER(counts.broken, CONNECTIONS);
  CHECK(counts.made > CONNECTIONS && counts.open <= CONNECTIONS);
  return 0;
}

static size_t resident(void) {
  size_t pages = 0;
  FILE *file = fopen("/proc/self/statm", "r");
  if (!file || fscanf(file, "%*s %zu", &pages) != 1) pages = 0;
  if (file) fclose(file);
  return pages * (size_t)sysconf(_SC_PAGESIZE);
}

/* Bytes of the result; GREENIO_PG_RESULT_MIB says another size. */
static size_t result_size(void) {
  const char *wanted = getenv("GREENIO_PG_RESULT_MIB");
  return (wanted ? strtoul(wanted, NULL, 10) : 64) << 20;
}

#if defined __SANITIZE_ADDRESS__
#define MEMORY_LIMIT SIZE_MAX /* what is freed stays resident */
#else
#define MEMORY_LIMIT ((size_t)8 << 20)
#endif

TEST(a_large_result_takes_constant_memory) {
  if (test_scale(0, 1)) SKIP("reading rows with failing allocations is tested elsewhere");
  AUTO_PG green_pg *pg = NULL;
  size_t size = result_size(), received = 0, before = 0, most = 0;
  CHECK_CONNECTED(&pg);
  CHECK_STATUS(green_pg_cursor_open(pg, "select repeat('x', 8192) from generate_series(1, $1)",
                                    GREEN_PG_VALUES(green_pg_int64((int64_t)(size / 8192)))),
               0);
  for (size_t batch = 0;; batch++) {
    AUTO_RESULT green_pg_result *result = NULL;
    int rc = green_pg_cursor_fetch(pg, &result);
    if (rc < 0) return test_saw(rc);
    if (rc == 0) break;
    for (size_t row = 0; row < green_pg_row_count(result); row++) {
      size_t length;
      green_pg_text_at(result, row, 0, &length);
      received += length;
    }
    if (batch == 20) before = resident();
    if (resident() > most) most = resident();
  }
  CHECK_NUMBER(received, size);
  size_t grown = most > before ? most - before : 0;
  if (getenv("GREENIO_PG_RESULT_MIB"))
    printf("a result of %zu MiB: memory grew by %zu KiB\n", size >> 20, grown >> 10);
  CHECK(grown < MEMORY_LIMIT);
  return 0;
}
