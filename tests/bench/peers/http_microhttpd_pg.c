/* http.pg's peer: libmicrohttpd's own thread, whose plain callback selects by primary key with a
 * call of libpq's that blocks, so that one connection is all that it can use. Prints its port and
 * serves until it is killed. Usage: bench_http_microhttpd_pg CONNINFO */
#include <libpq-fe.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "../pg.h"

static PGresult *select_one(PGconn *connection) {
  char aid[16];
  snprintf(aid, sizeof aid, "%ld", 1 + random() % BENCH_ROWS);
  return PQexecPrepared(connection, "select", 1, (const char *[]){aid}, NULL, NULL, 0);
}

static enum MHD_Result answer(void *arg, struct MHD_Connection *client, const char *url,
                              const char *method, const char *version, const char *data,
                              size_t *data_size, void **context) {
  (void)url, (void)method, (void)version, (void)data, (void)data_size;
  static char seen;
  if (!*context) { /* the head alone is there */
    *context = &seen;
    return MHD_YES;
  }
  PGresult *selected = select_one(arg);
  char body[16];
  enum MHD_Result result = MHD_NO;
  if (PQntuples(selected) == 1) {
    int size = snprintf(body, sizeof body, "%s\n", PQgetvalue(selected, 0, 0));
    struct MHD_Response *response =
        MHD_create_response_from_buffer((size_t)size, body, MHD_RESPMEM_MUST_COPY);
    MHD_add_response_header(response, "Content-Type", "text/plain");
    result = MHD_queue_response(client, MHD_HTTP_OK, response);
    MHD_destroy_response(response);
  }
  PQclear(selected);
  return result;
}

static PGconn *connect_to(const char *conninfo) {
  PGconn *connection = PQconnectdb(conninfo);
  PGresult *prepared = PQprepare(connection, "select",
                                 "SELECT abalance FROM pgbench_accounts WHERE aid = $1", 0, NULL);
  if (PQresultStatus(prepared) != PGRES_COMMAND_OK) {
    fprintf(stderr, "%s", PQerrorMessage(connection));
    exit(1);
  }
  PQclear(prepared);
  return connection;
}

int main(int argc, char **argv) {
  if (argc != 2) return 2;
  struct MHD_Daemon *daemon =
      MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_TURBO, 0, NULL, NULL, answer,
                       connect_to(argv[1]), MHD_OPTION_END);
  if (!daemon) return 1;
  printf("%u\n", MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT)->port);
  fflush(stdout);
  for (;;) pause();
}
