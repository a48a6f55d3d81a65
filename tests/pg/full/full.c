/* Writes into a database until its disk is full and the connection lost, and then tries again:
 * full.test.mjs makes the disk. A line for each kind of thing that came of it.
 *
 *   full CONNINFO */
#include <greenio/greenio.h>
#include <greenio/pg.h>
#include <stdio.h>

static char **arguments;

static void report(const char *what, int rc, const char *message) {
  printf("%s %s %s\n", what, rc < 0 ? green_status_name(rc) : "0", message);
  fflush(stdout);
}

/* What cannot be compressed. */
static int insert(green_pg *pg) {
  return green_pg_query_prepared(
      pg, NULL,
      "insert into filling select string_agg(md5(random()::text || i), ' ') "
      "from generate_series(1, 300) i",
      GREEN_PG_NONE);
}

static int fill(green_pg *pg) {
  int refused = 0, written = 0;
  for (int i = 0; i < 5000 && refused < 40; i++) {
    int rc = insert(pg);
    if (rc == 0) written++;
    if (rc < 0 && !green_pg_is_alive(pg)) {
      report("lost", rc, green_pg_error(pg)->message);
      break;
    }
    if (rc < 0 && ++refused == 1) report("refused", rc, green_pg_error(pg)->message);
  }
  printf("written %d\n", written);
  return 0;
}

static int app(void *arg) {
  (void)arg;
  green_pg *pg, *again;
  int rc = green_pg_connect(&pg, arguments[1]);
  if (rc == 0) rc = green_pg_run(pg, "create table filling (words text)");
  if (rc < 0) return green_fail(rc, "%s", green_message());
  fill(pg);
  for (int i = 0; i < 3; i++) {
    rc = green_pg_connect(&again, arguments[1]);
    report("connected", rc, rc < 0 ? green_message() : "");
    if (rc == 0) report("inserted", rc = insert(again), green_pg_error(again)->message);
    green_pg_release(again);
  }
  green_pg_release(pg);
  return 0;
}

int main(int argc, char **argv) {
  arguments = argv;
  return argc < 2 || green_run(app, NULL) < 0;
}
