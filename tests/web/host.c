/* An application for what the JavaScript hosts of applications do by themselves: node.test.mjs,
 * fetch.test.mjs. As a program it serves, by options NAME=VALUE; with "fetch" it only answers
 * module.green.app.fetch(). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <greenio/greenio.h>
#include <greenio/js.h>
#include <greenio/server.h>
#include "../raw/read_option.h"

static int begun, cancelled;

static int hello(green_request *request, green_response *response, void *arg) {
  (void)request, (void)arg;
  return green_response_send(response, 200, "text/plain", "hello\n", 6);
}

static int body(green_request *request, green_response *response, void *arg) {
  static char bytes[65536];
  (void)request, (void)arg;
  memset(bytes, 'b', sizeof bytes);
  return green_response_give(response, 200, "application/octet-stream", bytes, sizeof bytes, NULL);
}

static int wait_a_bit(green_request *request, green_response *response, void *arg) {
  const char *time = green_request_query(request, "ms");
  (void)arg;
  begun++;
  int rc = green_sleep(time ? (unsigned)atoi(time) : 1);
  if (rc < 0) return rc;
  return green_response_send(response, 200, "text/plain", "waited\n", 7);
}

/* Goes on behind an answer that its client has whole. */
static int lingers(green_request *request, green_response *response, void *arg) {
  (void)request, (void)arg;
  int rc = green_response_start(response, 200, "text/plain", 6);
  if (rc == 0) rc = green_response_write(response, "whole\n", 6);
  if (rc == 0) rc = green_response_flush(response);
  if (rc == 0) rc = green_sleep(50);
  begun++;
  if (rc == GREEN_ECANCELED) cancelled++;
  return rc;
}

/* Waits until its client has gone. */
static int for_ever(green_request *request, green_response *response, void *arg) {
  (void)request, (void)response, (void)arg;
  begun++;
  int rc = green_sleep(3600000);
  if (rc == GREEN_ECANCELED) cancelled++;
  return rc;
}

static int counts(green_request *request, green_response *response, void *arg) {
  (void)request, (void)arg;
  return green_response_print(response, 200, "text/plain", "%d %d", begun, cancelled);
}

static int hint(green_request *request, green_response *response, void *arg) {
  static const char *const links[] = {"</style.css>; rel=preload"};
  (void)request, (void)arg;
  int rc = green_response_send_hints(response, links, 1);
  return green_response_print(response, 200, "text/plain", "%s", green_status_name(rc));
}

/* What it is sent, as it comes. */
static int echo(green_request *request, green_response *response, void *arg) {
  char piece[4096];
  (void)arg;
  green_request_set_max_body(request, SIZE_MAX);
  int rc = green_response_start(response, 200, "application/octet-stream", UINT64_MAX);
  while (rc == 0 && (rc = green_request_read(request, piece, sizeof piece)) > 0)
    rc = green_response_write(response, piece, (size_t)rc);
  return rc;
}

static int measure(green_request *request, green_response *response, void *arg) {
  const char *data;
  size_t size;
  (void)arg;
  int rc = green_request_body(request, &data, &size);
  if (rc < 0) return rc;
  return green_response_print(response, 200, "text/plain", "%zu", size);
}

/* Reads all that comes, and counts as cancelled if not all does. */
static int swallow(green_request *request, green_response *response, void *arg) {
  static char piece[4096];
  (void)arg;
  begun++;
  green_request_set_max_body(request, SIZE_MAX);
  int rc;
  while ((rc = green_request_read(request, piece, sizeof piece)) > 0) continue;
  if (rc < 0) cancelled++;
  return rc < 0 ? rc : green_response_send_status(response, 200);
}

static int refuse_body(green_request *request, green_response *response, void *arg) {
  (void)request, (void)arg;
  return green_response_send_status(response, 403);
}

EM_JS(void, abort_now, (void), { globalThis.abortNow(); })

/* Its client goes away inside of the call that the task has begun in. */
static int aborted(green_request *request, green_response *response, void *arg) {
  (void)request, (void)arg;
  begun++;
  abort_now();
  return green_response_send(response, 200, "text/plain", "nobody\n", 7);
}

static size_t written; /* of a body without end */

/* ?ms=: begins so late, whoever has gone meanwhile. */
static int endless(green_request *request, green_response *response, void *arg) {
  static const char piece[16384];
  const char *time = green_request_query(request, "ms");
  (void)arg;
  begun++;
  int rc = time ? green_sleep((unsigned)atoi(time)) : 0;
  if (rc == 0) rc = green_response_start(response, 200, "application/octet-stream", UINT64_MAX);
  for (written = 0; rc == 0; written += sizeof piece)
    rc = green_response_write(response, piece, sizeof piece);
  if (rc == GREEN_ECANCELED || rc == GREEN_ECONNRESET) cancelled++;
  return rc;
}

/* Begins an answer, and then waits until its client has gone. */
static int silent(green_request *request, green_response *response, void *arg) {
  (void)request, (void)arg;
  begun++;
  int rc = green_response_start_events(response, 0);
  if (rc == 0) rc = green_response_send_event(response, &(green_response_event){.data = "begun"});
  if (rc == 0) rc = green_sleep(3600000);
  if (rc == GREEN_ECANCELED || rc == GREEN_ECONNRESET) cancelled++;
  return rc;
}

static int how_much(green_request *request, green_response *response, void *arg) {
  (void)request, (void)arg;
  return green_response_print(response, 200, "text/plain", "%zu", written);
}

static int broken(green_request *request, green_response *response, void *arg) {
  (void)request, (void)arg;
  int rc = green_response_start(response, 200, "text/plain", UINT64_MAX);
  if (rc == 0) rc = green_response_write(response, "half", 4);
  if (rc == 0) rc = green_response_flush(response);
  return rc < 0 ? rc : GREEN_EIO;
}

/* Says that it is longer than what comes of it. */
static int too_short(green_request *request, green_response *response, void *arg) {
  (void)request, (void)arg;
  int rc = green_response_start(response, 200, "text/plain", 8);
  if (rc == 0) rc = green_response_write(response, "half", 4);
  if (rc == 0) rc = green_response_flush(response);
  return rc < 0 ? rc : GREEN_EIO;
}

static int events(green_request *request, green_response *response, void *arg) {
  (void)request, (void)arg;
  int rc = green_response_start_events(response, 0);
  for (int i = 0; rc == 0 && i < 3; i++) {
    char text[16];
    snprintf(text, sizeof text, "%d", i);
    rc = green_response_send_event(response,
                                   &(green_response_event){.event = "count", .data = text});
    if (rc == 0) rc = green_sleep(1);
  }
  return rc;
}

static int cookies(green_request *request, green_response *response, void *arg) {
  (void)request, (void)arg;
  green_response_add_header(response, "Set-Cookie", "a=1");
  green_response_add_header(response, "Set-Cookie", "b=2");
  return green_response_send(response, 200, "text/plain", "", 0);
}

EM_JS(void, throw_something, (void), { throw new TypeError('thrown by JavaScript'); })

static int throws(green_request *request, green_response *response, void *arg) {
  (void)request, (void)arg;
  if (green_request_query(request, "later")) green_sleep(1);
  throw_something();
  return green_response_send_status(response, 200);
}

/* A stream whose task is lost. */
static int events_throw(green_request *request, green_response *response, void *arg) {
  (void)request, (void)arg;
  int rc = green_response_start_events(response, 0);
  if (rc == 0) rc = green_response_send_event(response, &(green_response_event){.data = "last"});
  if (rc == 0) throw_something();
  return rc;
}

static int peer(green_request *request, green_response *response, void *arg) {
  const green_address *address = green_request_peer(request);
  (void)arg;
  return green_response_print(response, 200, "text/plain", "%d %s %d %d", address->family,
                              address->host, address->port > 0, green_request_is_secure(request));
}

static int hosts(green_request *request, green_response *response, void *arg) {
  const char *host = green_request_header(request, "host");
  const char *one = green_request_header(request, "x-one");
  (void)arg;
  return green_response_print(response, 200, "text/plain", "%s %s", host ? host : "-",
                              one ? one : "-");
}

/* To where `to` says. */
static int moved(green_request *request, green_response *response, void *arg) {
  (void)arg;
  return green_response_redirect(response, 302, green_request_query(request, "to"));
}

static int no_content(green_request *request, green_response *response, void *arg) {
  (void)request, (void)arg;
  return green_response_send_status(response, 204);
}

static const struct {
  const char *method, *path;
  green_handler function;
} routes[] = {
    {"GET", "/hello", hello},         {"GET", "/body", body},
    {"GET", "/wait", wait_a_bit},     {"GET", "/lingers", lingers},
    {"GET", "/for-ever", for_ever},   {"GET", "/counts", counts},
    {"POST", "/echo", echo},          {"POST", "/measure", measure},
    {"POST", "/refuse", refuse_body}, {"POST", "/swallow", swallow},
    {"GET", "/endless", endless},     {"GET", "/silent", silent},
    {"GET", "/how-much", how_much},   {"GET", "/broken", broken},
    {"GET", "/short", too_short},     {"GET", "/events", events},
    {"GET", "/cookies", cookies},     {"GET", "/throws", throws},
    {"GET", "/peer", peer},           {"GET", "/no-content", no_content},
    {"GET", "/moved", moved},         {"GET", "/hint", hint},
    {"GET", "/hosts", hosts},         {"GET", "/events-throw", events_throw},
};

/* ---- the program ----------------------------------------------------------------------------- */

struct start {
  int argc;
  char **argv;
};

static int serve(void *arg) {
  const struct start *start = arg;
  green_server_options options = {.host = "127.0.0.1"};
  green_server *server;
  green_app *app, *patient;
  green_address address;
  char text[160];
  uint64_t drain = 1000;
  int rc = green_app_new(&app, &(green_app_options){.workers = 1000});
  for (size_t i = 0; rc == 0 && i < sizeof routes / sizeof *routes; i++)
    rc = green_app_route(app, routes[i].method, routes[i].path, routes[i].function, NULL);
  if (rc < 0) return rc;
  rc = green_app_new(&patient, &(green_app_options){.body_first = true});
  if (rc == 0) rc = green_app_use(patient, aborted, NULL);
  if (rc < 0) return rc;
  const char *word = start->argc > 1 ? start->argv[1] : "";
  if (strcmp(word, "exit") == 0) exit(3);
  if (strcmp(word, "throw") == 0) throw_something();
  if (strcmp(word, "fetch") == 0) {
    green_js_serve(app, NULL);
    green_js_serve(app, "other");
    green_js_serve(patient, "aborted");
    return 0;
  }
  for (int i = 1; i < start->argc; i++)
    if (strchr(start->argv[i], '=')) read_option(&options, &drain, start->argv[i]);
  if (options.path) options.host = NULL;
  rc = green_server_open(&server, app, &options);
  if (rc == 0) rc = green_server_address(server, &address);
  if (rc == GREEN_ENOTSUP && server) { /* a service worker */
    rc = green_server_wait(server, drain);
    green_server_release(server);
    return rc;
  }
  if (rc == 0) printf("listening on %s\n", green_address_text(&address, text, sizeof text));
  if (rc < 0) printf("failed: %s: %s\n", green_status_name(rc), green_message());
  fflush(stdout);
  if (rc < 0) return rc;
  rc = green_server_wait(server, drain);
  printf("ended: %s%s%s\n", rc < 0 ? green_status_name(rc) : "0", rc < 0 ? ": " : "",
         rc < 0 ? green_message() : "");
  green_server_release(server);
  green_app_release(app);
  return 0;
}

int main(int argc, char **argv) {
  struct start start = {argc, argv};
  return green_run(serve, &start) < 0;
}
