/* The application that cases.mjs asks. See application.h. */
#include "application.h"

#include <stdlib.h>
#include <string.h>
#include <greenio/greenio.h>

#define TEXT "text/plain; charset=utf-8"

static unsigned long number(green_request *request, const char *name) {
  const char *value = green_request_query(request, name);
  return value ? strtoul(value, NULL, 10) : 0;
}

static int show_trace(green_request *request, green_response *response, void *arg) {
  char text[GREEN_TRACEPARENT_SIZE + GREEN_TRACESTATE_MOST + 2], parent[GREEN_TRACEPARENT_SIZE];
  green_traceparent context;
  (void)request, (void)arg;
  green_traceparent_current(&context);
  green_traceparent_write(&context, parent);
  snprintf(text, sizeof text, "%s %s", parent, green_tracestate());
  return green_response_send(response, 200, "text/plain", text, strlen(text));
}

static int hello(green_request *request, green_response *response, void *arg) {
  (void)request;
  (void)arg;
  return green_response_give(response, 200, TEXT, "hello", 5, NULL);
}

/* ---- what a request says --------------------------------------------------------------------- */

static int show(green_request *request, green_response *response, void *arg) {
  size_t at = 0, room = 20000;
  char *text = green_request_alloc(request, room);
  (void)arg;
  if (!text) return GREEN_ENOMEM;
  at += (size_t)snprintf(text, room, "%s %s\n", green_request_method(request),
                         green_request_path(request));
  for (size_t i = 0; i < green_request_query_count(request) && at < room; i++) {
    green_http_header field = green_request_query_at(request, i);
    at += (size_t)snprintf(text + at, room - at, "?%s=%s\n", field.name, field.value);
  }
  for (size_t i = 0; i < green_request_header_count(request) && at < room; i++) {
    green_http_header field = green_request_header_at(request, i);
    at += (size_t)snprintf(text + at, room - at, "%s: %s\n", field.name, field.value);
  }
  if (at > room) return GREEN_EMSGSIZE;
  return green_response_send(response, 200, TEXT, text, at);
}

static int note(green_request *request, green_response *response, void *arg) {
  (void)arg;
  return green_response_print(response, 200, TEXT, "note %s", green_request_param(request, "id"));
}

static int rest(green_request *request, green_response *response, void *arg) {
  (void)arg;
  return green_response_print(response, 200, TEXT, "rest %s", green_request_param(request, "*"));
}

/* ---- bodies ---------------------------------------------------------------------------------- */

static int body(green_request *request, green_response *response, void *arg) {
  const char *data;
  size_t size;
  (void)arg;
  int rc = green_request_body(request, &data, &size);
  return rc < 0 ? rc : green_response_send(response, 200, "application/octet-stream", data, size);
}

/* Any size, in pieces. */
static int sum(green_request *request, green_response *response, void *arg) {
  char piece[4096];
  unsigned long size = 0, total = 0;
  int rc;
  (void)arg;
  green_request_set_max_body(request, SIZE_MAX);
  while ((rc = green_request_read(request, piece, sizeof piece)) > 0)
    for (int i = 0; i < rc; i++, size++) total += (unsigned char)piece[i];
  return rc < 0 ? rc : green_response_print(response, 200, TEXT, "%lu %lu", size, total);
}

/* Answers without having read the body. */
static int deaf(green_request *request, green_response *response, void *arg) {
  (void)request;
  (void)arg;
  return green_response_send_status(response, 403);
}

/* Answers while it reads: where the host can. */
static int pipe_body(green_request *request, green_response *response, void *arg) {
  char piece[4096];
  int rc = green_response_start(response, 200, "application/octet-stream", UINT64_MAX), got = 1;
  (void)arg;
  green_request_set_max_body(request, SIZE_MAX);
  while (rc == 0 && (got = green_request_read(request, piece, sizeof piece)) > 0)
    rc = green_response_write(response, piece, (size_t)got);
  return rc < 0 ? rc : got;
}

/* Reads behind the beginning of its answer, and says how that ended. */
static int late(green_request *request, green_response *response, void *arg) {
  char piece[4096];
  int got;
  (void)arg;
  green_request_set_max_body(request, SIZE_MAX);
  int rc = green_response_start(response, 200, TEXT, UINT64_MAX);
  if (rc < 0) return rc;
  while ((got = green_request_read(request, piece, sizeof piece)) > 0) continue;
  const char *name = green_status_name(got);
  return green_response_write(response, name, strlen(name));
}

static int peer(green_request *request, green_response *response, void *arg) {
  const green_address *address = green_request_peer(request);
  (void)arg;
  return green_response_print(response, 200, TEXT, "%d %s", address->family, address->host);
}

static int form(green_request *request, green_response *response, void *arg) {
  const char *name, *text;
  (void)arg;
  size_t count;
  int rc = green_request_form(request, "name", &name);
  if (rc == 0) rc = green_request_form(request, "text", &text);
  if (rc == 0) rc = green_request_form_count(request, &count);
  if (rc < 0) return rc;
  return green_response_print(response, 200, TEXT, "%zu name=%s text=%s", count, name ? name : "-",
                              text ? text : "-");
}

static int upload(green_request *request, green_response *response, void *arg) {
  char piece[4096], text[1000];
  size_t at = 0;
  green_request_part part;
  int rc;
  (void)arg;
  green_request_set_max_body(request, SIZE_MAX);
  while ((rc = green_request_next_part(request, &part)) == 1) {
    unsigned long size = 0, total = 0;
    while ((rc = green_request_read_part(request, piece, sizeof piece)) > 0)
      for (int i = 0; i < rc; i++, size++) total += (unsigned char)piece[i];
    if (rc < 0) return rc;
    int more =
        snprintf(text + at, sizeof text - at, "%s %s %s %lu %lu\n", part.name,
                 part.filename ? part.filename : "-", part.type ? part.type : "-", size, total);
    if (more < 0 || (at += (size_t)more) >= sizeof text) return GREEN_EMSGSIZE;
  }
  return rc < 0 ? rc : green_response_send(response, 200, TEXT, text, at);
}

/* ---- answers --------------------------------------------------------------------------------- */

static bool is(const char *text, const char *word) {
  return text && strcmp(text, word) == 0;
}

static int in_pieces(green_response *response, int code, uint64_t size) {
  int rc = green_response_start(response, code, TEXT, size);
  return rc < 0 ? rc : green_response_write(response, "pieces", 6);
}

/* ?how=whole, given, pieces, known: a response of any status, made in any way. */
static int status(green_request *request, green_response *response, void *arg) {
  const char *how = green_request_query(request, "how");
  int code = atoi(green_request_param(request, "code"));
  (void)arg;
  if (is(how, "whole")) return green_response_print(response, code, TEXT, "whole");
  if (is(how, "given")) return green_response_give(response, code, TEXT, "given", 5, NULL);
  if (is(how, "pieces")) return in_pieces(response, code, UINT64_MAX);
  if (is(how, "known")) return in_pieces(response, code, 6);
  return green_response_send_status(response, code);
}

static char *letters(green_request *request, size_t size) {
  char *data = green_request_alloc(request, size + 1);
  for (size_t i = 0; data && i < size; i++) data[i] = (char)('a' + i % 26);
  return data;
}

static int large(green_request *request, green_response *response, void *arg) {
  size_t size = number(request, "size");
  char *data = letters(request, size);
  (void)arg;
  return data ? green_response_give(response, 200, TEXT, data, size, NULL) : GREEN_ENOMEM;
}

/* ?pieces=&size=&wait=&known=1&fail=1 */
static int stream(green_request *request, green_response *response, void *arg) {
  unsigned long pieces = number(request, "pieces"), size = number(request, "size");
  unsigned long wait = number(request, "wait");
  char *data = letters(request, size);
  (void)arg;
  if (!data) return GREEN_ENOMEM;
  uint64_t whole = number(request, "known") ? (uint64_t)pieces * size : UINT64_MAX;
  int rc = green_response_start(response, 200, TEXT, whole);
  for (unsigned long i = 0; rc == 0 && i < pieces; i++) {
    if (i && wait) rc = green_sleep(wait);
    if (rc == 0) rc = green_response_write(response, data, size);
  }
  if (rc == 0 && number(request, "fail")) return green_fail(GREEN_EIO, "as it was asked to");
  return rc;
}

static int events(green_request *request, green_response *response, void *arg) {
  const char *last = green_request_last_event_id(request);
  int first = last ? atoi(last) + 1 : 1;
  char id[16];
  (void)arg;
  int rc = green_response_start_events(response, 50);
  for (int i = first; rc == 0 && i <= 3; i++) {
    snprintf(id, sizeof id, "%d", i);
    green_response_event event = {
        .event = "count", .id = id, .data = i == 2 ? "two\nlines" : "a line"};
    rc = green_response_send_event(response, &event);
  }
  if (rc == 0 && number(request, "wait")) rc = green_sleep(number(request, "wait"));
  return rc;
}

static int set_cookies(green_request *request, green_response *response, void *arg) {
  green_response_cookie a = {.name = "a", .value = "1"},
                        b = {.name = "b", .value = "2", .max_age = 60};
  (void)request;
  (void)arg;
  int rc = green_response_set_cookie(response, &a);
  if (rc == 0) rc = green_response_set_cookie(response, &b);
  return rc < 0 ? rc : green_response_send(response, 200, TEXT, "set", 3);
}

static int show_cookies(green_request *request, green_response *response, void *arg) {
  const char *a = green_request_cookie(request, "a"), *b = green_request_cookie(request, "b");
  (void)arg;
  return green_response_print(response, 200, TEXT, "a=%s b=%s", a ? a : "-", b ? b : "-");
}

static int redirect(green_request *request, green_response *response, void *arg) {
  (void)request;
  (void)arg;
  return green_response_redirect(response, 303, "/hello");
}

static int tagged(green_request *request, green_response *response, void *arg) {
  (void)arg;
  int rc = green_response_set_etag(response, request, "v1");
  return rc ? rc < 0 ? rc : 0 : green_response_send(response, 200, TEXT, "tagged", 6);
}

static int inject(green_request *request, green_response *response, void *arg) {
  const char *value = green_request_query(request, "value");
  (void)arg;
  int rc = green_response_set_header(response, "X-Value", value ? value : "");
  if (rc == GREEN_EINVAL) return green_response_send(response, 400, TEXT, "refused", 7);
  return rc < 0 ? rc : green_response_send(response, 200, TEXT, "set", 3);
}

/* ---- waiting and failing --------------------------------------------------------------------- */

static int slow(green_request *request, green_response *response, void *arg) {
  (void)arg;
  int rc = green_sleep(number(request, "ms"));
  return rc < 0 ? rc : green_response_send(response, 200, TEXT, "slow", 4);
}

static int fail(green_request *request, green_response *response, void *arg) {
  (void)request;
  (void)response;
  (void)arg;
  return green_fail(GREEN_EIO, "as it was asked to");
}

static int cancelled_count;

static int wait_for_ever(green_request *request, green_response *response, void *arg) {
  (void)request;
  (void)response;
  (void)arg;
  int rc = green_sleep(600000);
  if (rc == GREEN_ECANCELED) cancelled_count++;
  return rc;
}

/* Until the client goes away. */
static int watch(green_request *request, green_response *response, void *arg) {
  (void)arg;
  int rc = green_response_start_events(response, 20);
  if (rc == 0)
    rc = green_response_send_event(response, &(green_response_event){.data = "begun", .retry = 7});
  return rc < 0 ? rc : wait_for_ever(request, response, NULL);
}

static int show_cancelled(green_request *request, green_response *response, void *arg) {
  (void)request;
  (void)arg;
  return green_response_print(response, 200, TEXT, "%d", cancelled_count);
}

/* ?instead=STATUS: response middleware makes another response of what there is; &how= as above. */
static int replace(green_request *request, green_response *response, void *arg) {
  const char *instead = green_request_query(request, "instead");
  const char *how = green_request_query(request, "by");
  (void)arg;
  if (!instead) return 0;
  if (is(how, "pieces")) return in_pieces(response, atoi(instead), UINT64_MAX);
  return green_response_print(response, atoi(instead), TEXT, "instead");
}

static int sign(green_request *request, green_response *response, void *arg) {
  (void)request;
  (void)arg;
  return green_response_set_header(response, "X-Served-By", "greenio");
}

static void no_log(const char *line, void *arg) {
  (void)line;
  (void)arg;
}

/* ---- the application ------------------------------------------------------------------------- */

int application_new(green_app **out, const char *folder) {
  static const struct {
    const char *method, *path;
    green_handler function;
  } routes[] = {
      {"GET", "/hello", hello},
      {NULL, "/show", show},
      {NULL, "/show/*", show},
      {"GET", "/notes/:id", note},
      {"PUT", "/notes/:id", note},
      {"GET", "/rest/*", rest},
      {"POST", "/body", body},
      {"PUT", "/body", body},
      {"POST", "/sum", sum},
      {"POST", "/deaf", deaf},
      {"POST", "/pipe", pipe_body},
      {"POST", "/late", late},
      {"GET", "/peer", peer},
      {"POST", "/form", form},
      {"POST", "/upload", upload},
      {"GET", "/status/:code", status},
      {"GET", "/large", large},
      {"GET", "/stream", stream},
      {"GET", "/events", events},
      {"GET", "/cookies/set", set_cookies},
      {"GET", "/cookies/show", show_cookies},
      {"GET", "/redirect", redirect},
      {"GET", "/tagged", tagged},
      {"GET", "/inject", inject},
      {"GET", "/slow", slow},
      {"GET", "/trace", show_trace},
      {"GET", "/fail", fail},
      {"GET", "/wait", wait_for_ever},
      {"GET", "/watch", watch},
      {"GET", "/cancelled", show_cancelled},
  };
  static const char *const hosts[] = {"127.0.0.1", "[::1]", "localhost", "app.example", "x"};
  green_app_options options = {
      .workers = 20, .max_body = 100000, .max_streams = 30, .trace = GREEN_APP_TRACE_CONTINUE};
  int rc = green_app_new(out, &options);
  if (rc < 0) return rc;
  for (size_t i = 0; rc == 0 && i < sizeof routes / sizeof *routes; i++)
    rc = green_app_route(*out, routes[i].method, routes[i].path, routes[i].function, NULL);
  for (size_t i = 0; rc == 0 && i < sizeof hosts / sizeof *hosts; i++)
    rc = green_app_allow_host(*out, hosts[i]);
  if (rc == 0) rc = green_app_add_header(*out, "X-Content-Type-Options", "nosniff");
  if (rc == 0) rc = green_app_serve_files(*out, "/files", folder);
  if (rc == 0) rc = green_app_serve_metrics(*out, "/metrics", NULL);
  if (rc == 0) rc = green_app_use_after(*out, replace, NULL);
  if (rc == 0) rc = green_app_use_after(*out, sign, NULL);
  green_app_set_error_log(*out, no_log, NULL);
  if (rc == 0) return 0;
  green_app_release(*out);
  *out = NULL;
  return rc;
}

/* ?cache=, an answer that is to stay as it is. */
static int kept(green_request *request, green_response *response, void *arg) {
  int rc =
      green_response_set_header(response, "Cache-Control", green_request_query(request, "cache"));
  return rc < 0 ? rc : large(request, response, arg);
}

int application_add_coded(green_app *app, green_app **out, const char *folder) {
  static const struct {
    const char *path;
    green_handler function;
  } routes[] = {{"/coded/large", large},   {"/coded/stream", stream}, {"/coded/kept", kept},
                {"/coded/tagged", tagged}, {"/coded/events", events}, {"/coded/hello", hello}};
  green_app_options options = {.pool = green_app_pool(app), .compress = true, .etags = true};
  int rc = green_app_new(out, &options);
  if (rc < 0) return rc;
  for (size_t i = 0; rc == 0 && i < sizeof routes / sizeof *routes; i++)
    rc = green_app_route(*out, "GET", routes[i].path, routes[i].function, NULL);
  if (rc == 0) rc = green_app_serve_files(*out, "/coded/files", folder);
  if (rc == 0) rc = green_app_route(app, NULL, "/coded/*", green_app_handle, *out);
  if (rc == 0) return 0;
  green_app_release(*out);
  *out = NULL;
  return rc;
}

static int write_file(const char *folder, const char *name, const char *data, size_t size) {
  char path[1000];
  green_file *file;
  snprintf(path, sizeof path, "%s/%s", folder, name);
  int rc = green_file_open(&file, path, GREEN_FILE_WRITE | GREEN_FILE_CREATE | GREEN_FILE_TRUNCATE);
  if (rc < 0) return rc;
  rc = green_file_write(file, data, size, 0);
  int closed = green_file_close(file);
  green_file_release(file);
  return rc < 0 ? rc : closed;
}

int application_files(const char *folder) {
  size_t size = 300000;
  int rc = green_directory_make(folder);
  if (rc < 0 && rc != GREEN_EEXIST) return rc;
  char *data = malloc(size);
  if (!data) return GREEN_ENOMEM;
  for (size_t i = 0; i < size; i++) data[i] = (char)('a' + i % 26);
  rc = write_file(folder, "digits.txt", "0123456789", 10);
  if (rc == 0) rc = write_file(folder, "index.html", "<p>index", 8);
  if (rc == 0) rc = write_file(folder, "letters.bin", data, size);
  if (rc == 0) rc = write_file(folder, "letters.txt", data, size);
  free(data);
  return rc;
}
