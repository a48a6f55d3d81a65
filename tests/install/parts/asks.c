/* greenio::pg where nothing listens. */
#include <greenio/greenio.h>
#include <greenio/pg.h>
#include <stdio.h>

static int ask(void *arg) {
  green_pg *pg;
  (void)arg;
  int rc = green_pg_connect(&pg, "host=127.0.0.1 port=1 connect_timeout=5");
  printf("%s\n", green_status_name(rc));
  if (rc == 0) green_pg_release(pg);
  return 0;
}

int main(void) {
  return green_run(ask, NULL) < 0;
}
