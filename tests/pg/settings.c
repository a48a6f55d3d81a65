/* Connects and says how that went, for settings.test.mjs:
 *
 *   pg_settings CONNINFO QUERY [CONNINFO QUERY ...]
 *
 * prints a line for each: "0" and the first value of the query ("": none is made), or the status
 * and the message. */
#include <stdio.h>
#include <greenio/greenio.h>
#include <greenio/pg.h>

static char **arguments;

static void print(int rc, const char *text) {
  printf("%d ", rc);
  for (; text && *text; text++) putchar(*text == '\n' ? ' ' : *text);
  putchar('\n');
}

static void attempt(const char *conninfo, const char *query) {
  green_pg *pg = NULL;
  green_pg_result *result = NULL;
  int rc = green_pg_connect(&pg, conninfo);
  if (rc == 0 && *query) rc = green_pg_query(pg, &result, query, GREEN_PG_NONE);
  print(rc, rc < 0 ? green_message() : result ? green_pg_text_at(result, 0, 0, NULL) : "");
  green_pg_result_release(result);
  green_pg_release(pg);
}

static int app(void *arg) {
  (void)arg;
  for (char **at = arguments + 1; at[0] && at[1]; at += 2) attempt(at[0], at[1]);
  return 0;
}

int main(int argc, char **argv) {
  (void)argc;
  arguments = argv;
  return green_run(app, NULL) < 0;
}
