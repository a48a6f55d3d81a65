/* What the raw requests are sent to, natively and in Node. Listens on a port of the system's
 * choice, says which on its first line, and goes on until it is told to end; then it says how that
 * went. Options NAME=VALUE are those of green_server_options, and `drain`. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <greenio/greenio.h>
#include <greenio/server.h>
#include "read_option.h"

static unsigned smuggled, begun, cancelled;
static size_t moved; /* bytes of a body that never ends, the last one */
static green_server *server;

static int hello(green_request *request, green_response *response, void *arg) {
  (void)request, (void)arg;
  return green_response_send(response, 200, "text/plain", "hello", 5);
}

static int echo(green_request *request, green_response *response, void *arg) {
  const char *data;
  size_t size;
  (void)arg;
  int rc = green_request_body(request, &data, &size);
  return rc < 0 ? rc : green_response_send(response, 200, "text/plain", data, size);
}

/* What no client has asked for. */
static int hidden(green_request *request, green_response *response, void *arg) {
  (void)request, (void)arg;
  smuggled++;
  return green_response_send(response, 200, "text/plain", "smuggled", 8);
}

static int headers(green_request *request, green_response *response, void *arg) {
  char text[4096] = "";
  size_t used = 0;
  (void)arg;
  for (size_t i = 0; i < green_request_header_count(request); i++) {
    green_http_header header = green_request_header_at(request, i);
    if (used + strlen(header.name) + strlen(header.value) + 3 > sizeof text) break;
    used += (size_t)sprintf(text + used, "%s:%s\n", header.name, header.value);
  }
  return green_response_send(response, 200, "text/plain", text, used);
}

static int counts(green_request *request, green_response *response, void *arg) {
  (void)request, (void)arg;
  return green_response_print(response, 200, "text/plain", "%u %u %u %zu %u", smuggled, begun,
                              cancelled, moved, green_server_connection_count(server));
}

static int status(green_request *request, green_response *response, void *arg) {
  const char *text = green_request_query(request, "status");
  (void)arg;
  return green_response_send_status(response, text ? atoi(text) : 204);
}

/* With a body that has nothing to do with the status: of `size` bytes, "x" each. */
static int sends(green_request *request, green_response *response, void *arg) {
  static char body[1000];
  const char *text = green_request_query(request, "status");
  const char *size = green_request_query(request, "size");
  (void)arg;
  memset(body, 'x', sizeof body);
  return green_response_send(response, text ? atoi(text) : 200, "text/plain", body,
                             size ? (size_t)atoi(size) : 3);
}

/* The same in two pieces, with its size said or not. */
static int pieces(green_request *request, green_response *response, void *arg) {
  const char *text = green_request_query(request, "status");
  const char *sized = green_request_query(request, "sized");
  (void)arg;
  int rc =
      green_response_start(response, text ? atoi(text) : 200, "text/plain", sized ? 6 : UINT64_MAX);
  if (rc == 0) rc = green_response_write(response, "xxx", 3);
  if (rc == 0) rc = green_yield();
  return rc < 0 ? rc : green_response_write(response, "yyy", 3);
}

static int note(int rc) {
  if (rc == GREEN_ECANCELED || rc == GREEN_ECONNRESET || rc == GREEN_ETIMEDOUT) cancelled++;
  return rc;
}

static int wait_a_bit(green_request *request, green_response *response, void *arg) {
  const char *time = green_request_query(request, "ms");
  (void)arg;
  begun++;
  int rc = note(green_sleep(time ? (uint64_t)atoll(time) : 1));
  return rc < 0 ? rc : green_response_send(response, 200, "text/plain", "waited", 6);
}

static int endless(green_request *request, green_response *response, void *arg) {
  static const char piece[16384];
  (void)request, (void)arg;
  begun++;
  int rc = green_response_start(response, 200, "application/octet-stream", UINT64_MAX);
  for (moved = 0; rc == 0; moved += sizeof piece)
    rc = green_response_write(response, piece, sizeof piece);
  return note(rc);
}

/* Reads a body, however large. */
static int swallow(green_request *request, green_response *response, void *arg) {
  char piece[4096];
  int rc;
  (void)arg;
  begun++;
  green_request_set_max_body(request, SIZE_MAX);
  for (moved = 0; (rc = green_request_read(request, piece, sizeof piece)) > 0;) moved += (size_t)rc;
  return rc < 0 ? note(rc) : green_response_print(response, 200, "text/plain", "%zu", moved);
}

/* Says what will be wanted, twice, and waits for GET /go each time. */
static green_future *go;

static int wait_for_go(void) {
  int rc = go ? GREEN_EBUSY : green_future_new(&go);
  if (rc < 0) return rc;
  rc = green_wait(go);
  green_future_release(go);
  go = NULL;
  return rc;
}

static int hints(green_request *request, green_response *response, void *arg) {
  static const char *const first[] = {"</style.css>; rel=preload; as=style",
                                      "<https://x.example/a?b=1>;rel=\"preconnect\""};
  static const char *const second[] = {"</more.js>; rel=preload; as=script; crossorigin"};
  (void)request, (void)arg;
  int rc = green_response_send_hints(response, first, 2);
  if (rc == 0) rc = wait_for_go();
  if (rc == 0) rc = green_response_send_hints(response, second, 1);
  if (rc == 0) rc = wait_for_go();
  return rc < 0 ? rc : green_response_send(response, 200, "text/plain", "hinted", 6);
}

static int let_go(green_request *request, green_response *response, void *arg) {
  (void)request, (void)arg;
  if (go) green_resolve(go, NULL, NULL);
  return green_response_print(response, 200, "text/plain", "%d", go != NULL);
}

/* Has the server use another certificate; its status is the answer. */
static int renew(green_request *request, green_response *response, void *arg) {
  (void)arg;
  int rc = green_server_set_certificate(server, green_request_query(request, "certificate"),
                                        green_request_query(request, "key"));
  return green_response_print(response, 200, "text/plain", "%s", green_status_name(rc));
}

static const struct {
  const char *method, *path;
  green_handler function;
} routes[] = {
    {"GET", "/", hello},         {"POST", "/", echo},          {NULL, "/smuggled", hidden},
    {NULL, "/headers", headers}, {"GET", "/counts", counts},   {"GET", "/no-content", status},
    {NULL, "/status", status},   {NULL, "/sends", sends},      {NULL, "/pieces", pieces},
    {NULL, "/wait", wait_a_bit}, {"GET", "/endless", endless}, {"POST", "/swallow", swallow},
    {"GET", "/renew", renew},    {NULL, "/hints", hints},      {"GET", "/go", let_go},
};

/* ---- the program ----------------------------------------------------------------------------- */

struct start {
  int argc;
  char **argv;
};

/* As a task that is ready when the server begins to wait: by then it takes signals. */
static int say_where(void *arg) {
  green_address address;
  char text[160];
  (void)arg;
  int rc = green_server_address(server, &address);
  if (rc == 0) printf("listening on %s\n", green_address_text(&address, text, sizeof text));
  fflush(stdout);
  return rc;
}

static int open_server(green_app *app, const green_server_options *options) {
  int rc = green_server_open(&server, app, options);
  if (rc < 0) {
    printf("failed: %s: %s\n", green_status_name(rc), green_message());
    fflush(stdout);
  } else {
    green_future_release(green_spawn(say_where, NULL));
  }
  return rc;
}

static int serve(void *arg) {
  const struct start *start = arg;
  green_server_options options = {.host = "127.0.0.1"};
  green_app *app;
  uint64_t drain = 1000;
  int rc = green_app_new(&app, &(green_app_options){.workers = 1000});
  for (size_t i = 0; rc == 0 && i < sizeof routes / sizeof *routes; i++)
    rc = green_app_route(app, routes[i].method, routes[i].path, routes[i].function, NULL);
  for (int i = 1; i < start->argc; i++) read_option(&options, &drain, start->argv[i]);
  if (options.path) options.host = NULL;
  if (rc == 0) rc = open_server(app, &options);
  if (rc == 0) {
    int ended = green_server_wait(server, drain);
    printf("ended: %s\n", ended < 0 ? green_status_name(ended) : "0");
  }
  green_server_release(server);
  green_join(green_app_shutdown(app));
  green_app_release(app);
  return rc;
}

int main(int argc, char **argv) {
  struct start start = {argc, argv};
  int rc = green_run(serve, &start);
  printf("returned: %s\n", rc < 0 ? green_status_name(rc) : "0");
  return rc < 0;
}
