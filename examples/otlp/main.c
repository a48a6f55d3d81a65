/* A server that answers by way of itself and of PostgreSQL, or one request to it, within one trace, sent to a
 * collector:
 *
 *   otlp serve COLLECTOR [DATABASE [FOLDER]]   says its address on a line; FOLDER is there at /page/
 *   otlp ask COLLECTOR URL                     begins a trace, says its traceparent, and prints the answer
 */
#include <stdio.h>
#include <string.h>
#include <greenio/pg_pool.h>
#include <greenio/server.h>
#include "otlp.h"

static struct {
  const char *collector, *what, *folder;
  green_http_client *client; /* for this server itself alone: it is told what trace it is */
  green_pg_pool *database;
  char base[GREEN_ADDRESS_TEXT + 8];
} program;

/* GET /query: what the database has been asked, word for word. */
static int answer_query(green_request *request, green_response *response, void *arg) {
  int rc = GREEN_EIO; /* no connection: the message says why */
  (void)request, (void)arg;
  if (!program.database) return green_fail(GREEN_ENOTSUP, "there is no database");
  GREEN_PG_WITH(program.database, pg) {
    green_pg_result *result = NULL;
    rc = green_pg_query(pg, &result, "select current_query()", GREEN_PG_NONE);
    if (rc == 0) {
      const char *text = green_pg_text_at(result, 0, 0, NULL);
      rc = green_response_send(response, 200, "text/plain", text, strlen(text));
    }
    green_pg_result_release(result);
  }
  return rc;
}

/* GET /: the same, asked of itself in another task. */
static int ask_itself(void *arg) {
  char url[sizeof program.base + 8];
  snprintf(url, sizeof url, "%s/query", program.base);
  return green_http_get(program.client, arg, url);
}

static int answer_root(green_request *request, green_response *response, void *arg) {
  green_http_response *inner = NULL;
  size_t size;
  (void)request, (void)arg;
  int rc = green_join(green_spawn(ask_itself, &inner));
  if (rc < 0) return rc;
  const void *body = green_http_response_body(inner, &size);
  rc = green_response_send(response, green_http_response_status(inner), "text/plain", body, size);
  green_http_response_release(inner);
  return rc;
}

static int serve_app(green_app *app) {
  green_server_options options = {.host = "127.0.0.1"};
  green_server *server;
  green_address address;
  char text[GREEN_ADDRESS_TEXT];
  int rc = green_server_open(&server, app, &options);
  if (rc < 0) return rc;
  rc = green_server_address(server, &address);
  if (rc == 0)
    snprintf(program.base, sizeof program.base, "http://%s",
             green_address_text(&address, text, sizeof text));
  if (rc == 0) printf("%s\n", program.base);
  fflush(stdout);
  if (rc == 0) rc = green_server_wait(server, 1000);
  green_server_release(server);
  return rc;
}

static int run_server(void) {
  green_app *app;
  int rc = green_app_new(&app, &(green_app_options){.trace = GREEN_APP_TRACE_CONTINUE});
  if (rc < 0) return rc;
  if (program.what)
    rc = green_pg_pool_new(&program.database, program.what,
                           &(green_pg_pool_options){.max = 2, .traceparent = true});
  if (rc == 0) rc = green_app_route(app, "GET", "/", answer_root, NULL);
  if (rc == 0) rc = green_app_route(app, "GET", "/query", answer_query, NULL);
  if (rc == 0 && program.folder) rc = green_app_serve_files(app, "/page", program.folder);
  if (rc == 0) rc = serve_app(app);
  green_join(green_app_shutdown(app));
  green_app_release(app);
  if (program.database) green_join(green_pg_pool_shutdown(program.database));
  green_pg_pool_release(program.database);
  return rc;
}

static int run_request(void) {
  green_http_response *response = NULL;
  green_traceparent context;
  char text[GREEN_TRACEPARENT_SIZE];
  int rc = green_traceparent_new(&context, NULL);
  if (rc < 0) return rc;
  context.flags = GREEN_TRACE_SAMPLED;
  green_traceparent_write(&context, text);
  memset(context.span_id, 0, sizeof context.span_id); /* the request's span is the trace's first */
  rc = green_traceparent_set(&context, NULL);
  if (rc == 0) rc = green_http_get(program.client, &response, program.what);
  if (rc == 0) printf("%s\n%s\n", text, (const char *)green_http_response_body(response, NULL));
  green_http_response_release(response);
  return rc;
}

static int run(void *arg) {
  bool serves = *(const bool *)arg;
  struct otlp_options options = {
      .url = program.collector, .service = serves ? "server" : "client", .interval = 200};
  int rc =
      green_http_client_new(&program.client, &(green_http_client_options){.traceparent = true});
  if (rc == 0) rc = otlp_start(&options);
  if (rc < 0) return rc;
  rc = serves ? run_server() : run_request();
  if (rc < 0) fprintf(stderr, "otlp: %s\n", green_message());
  otlp_stop();
  green_http_client_release(program.client);
  return rc;
}

int main(int argc, char **argv) {
  bool serves = argc > 1 && strcmp(argv[1], "serve") == 0;
  bool asks = argc == 4 && strcmp(argv[1], "ask") == 0;
  if (!asks && !(serves && argc >= 3 && argc <= 5)) {
    fprintf(stderr,
            "usage: otlp serve COLLECTOR [DATABASE [FOLDER]]\n       otlp ask COLLECTOR URL\n");
    return 2;
  }
  program.collector = argv[2];
  program.what = argv[3];
  program.folder = argc > 4 ? argv[4] : NULL;
  return green_run(run, &serves) < 0;
}
