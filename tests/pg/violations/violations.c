/* What green_pg makes of a server that breaks the protocol: violations.test.mjs is that server, and
 * judges what is printed here.
 *
 *   violations CONNINFO MODE:NAME ...
 *
 * NAME is what the server is to do, as the database's name. A line for each:
 *   MODE:NAME STATUS alive|lost|none MESSAGE [(outcome unknown)] [(SQLSTATE)] */
#include <greenio/greenio.h>
#include <greenio/pg.h>
#include <stdio.h>
#include <string.h>

#define AT_ONCE 8 /* as many as there are commits that wait for their deadline */

static char **arguments;
static int next = 2, count;

/* With a deadline, which passes in the middle of some answers: behind what is sent at once. */
static int commit(green_pg *pg) {
  int rc = GREEN_EPROTO;
  GREEN_PG_TRANSACTION(pg) {
    GREEN_TIMEOUT(5000) {
      rc = green_pg_commit(pg);
    }
  }
  else {
    rc = green_pg_error(pg)->status;
  }
  return rc;
}

/* A COPY that begins when its deadline has passed; the answer of the query behind it is its own. */
static int copy_late(green_pg *pg, const char *mode) {
  green_pg_result *result = NULL;
  int rc = 0;
  GREEN_TIMEOUT(100) {
    if (strstr(mode, "copy_in"))
      rc = green_pg_copy_in(pg, "copy t from stdin");
    else
      rc = green_pg_copy_out(pg, "copy t to stdout");
  }
  if (rc != GREEN_ETIMEDOUT) return rc < 0 ? rc : GREEN_EPROTO;
  rc = green_pg_query(pg, &result, "select 1", GREEN_PG_NONE);
  if (rc == 0 &&
      (!green_pg_row_count(result) || strcmp(green_pg_text_at(result, 0, 0, NULL), "x") != 0))
    rc = GREEN_EPROTO;
  green_pg_result_release(result);
  return rc;
}

static int call(green_pg *pg, const char *mode) {
  green_pg_result *result = NULL;
  const void *data;
  size_t size;
  int rc = GREEN_EINVAL;
  if (strncmp(mode, "query:", 6) == 0) rc = green_pg_query(pg, &result, "select 1", GREEN_PG_NONE);
  if (strncmp(mode, "prepared:", 9) == 0)
    rc = green_pg_query_prepared(pg, &result, "select 1", GREEN_PG_NONE);
  if (strncmp(mode, "run:", 4) == 0) rc = green_pg_run(pg, "select 1");
  if (strncmp(mode, "commit:", 7) == 0) rc = commit(pg);
  if (strncmp(mode, "late:", 5) == 0) rc = copy_late(pg, mode);
  if (strncmp(mode, "rows:", 5) == 0) {
    rc = green_pg_cursor_open(pg, "select 1", GREEN_PG_NONE);
    for (int more = 1; rc == 0 && more > 0;) {
      more = green_pg_cursor_fetch(pg, &result);
      green_pg_result_release(result);
      result = NULL;
      if (more < 0) rc = more;
    }
  }
  if (strncmp(mode, "copy_out:", 9) == 0) {
    rc = green_pg_copy_out(pg, "copy t to stdout");
    for (int more = 1; rc == 0 && more > 0;) {
      more = green_pg_copy_read(pg, &data, &size);
      if (more < 0) rc = more;
    }
  }
  if (strncmp(mode, "copy_in:", 8) == 0) {
    rc = green_pg_copy_in(pg, "copy t from stdin");
    if (rc == 0) rc = green_pg_copy_write(pg, "1\n", 2);
    if (rc == 0) rc = green_pg_copy_end(pg, NULL, NULL);
  }
  green_pg_result_release(result);
  return rc;
}

/* Messages in one line of plain text. */
static void report(const char *what, int rc, const char *state, const char *message) {
  char text[200];
  snprintf(text, sizeof text, "%s", message);
  for (char *at = text; *at; at++)
    if (*at < ' ' || *at > '~') *at = ' ';
  printf("%s %s %s %s\n", what, rc < 0 ? green_status_name(rc) : "0", state, text);
  fflush(stdout);
}

static int examine(const char *what) {
  const char *name = strchr(what, ':') + 1;
  char conninfo[400];
  green_pg *pg = NULL;
  int rc = 0;
  bool alive = false;
  snprintf(conninfo, sizeof conninfo, "%s dbname=%s", arguments[1], name);
  GREEN_TIMEOUT(60000) {
    rc = green_pg_connect(&pg, conninfo);
  }
  GREEN_TIMEOUT(strncmp(name, "endless", 7) == 0 ? 200 : 60000) {
    if (rc == 0) rc = call(pg, what);
  }
  if (!pg) {
    report(what, rc, "none", green_message());
    return 0;
  }
  char message[200], sqlstate[6];
  snprintf(message, sizeof message - 40, "%s", rc < 0 ? green_pg_error(pg)->message : "");
  memcpy(sqlstate, green_pg_error(pg)->sqlstate, sizeof sqlstate);
  bool unknown = green_pg_error(pg)->outcome_unknown;
  alive = green_pg_is_alive(pg);
  if (!alive && green_pg_run(pg, "") != GREEN_ECLOSED) alive = true; /* it says so, and works */
  if (unknown) strcat(message, " (outcome unknown)");
  if (*sqlstate) snprintf(message + strlen(message), 20, " (%s)", sqlstate);
  report(what, rc, alive ? "alive" : "lost", message);
  green_pg_release(pg);
  return 0;
}

static int work(void *arg) {
  (void)arg;
  while (next < count) {
    int rc = examine(arguments[next++]);
    if (rc < 0) return rc;
  }
  return 0;
}

static int app(void *arg) {
  (void)arg;
  green_future *tasks[AT_ONCE];
  int rc = 0;
  for (int i = 0; i < AT_ONCE; i++) tasks[i] = green_spawn(work, NULL);
  for (int i = 0; i < AT_ONCE; i++) {
    int ended = green_join(tasks[i]);
    if (ended < 0) rc = ended;
  }
  return rc;
}

int main(int argc, char **argv) {
  arguments = argv;
  count = argc;
  return green_run(app, NULL) < 0;
}
