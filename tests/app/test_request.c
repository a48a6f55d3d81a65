/* What a request says, and its body: whole, in pieces, as a form. */
#include <stdlib.h>
#include <string.h>
#include "client.h"

static const char *some(const char *text) {
  return text ? text : "-";
}

static int show(green_request *request, green_response *response, void *arg) {
  struct test_trace trace = {0};
  (void)arg;
  test_trace(&trace, "%s", green_request_method(request));
  test_trace(&trace, "%s", green_request_path(request));
  test_trace(&trace, "%s", green_request_target(request));
  test_trace(&trace, "q=%s", some(green_request_query(request, "q")));
  test_trace(&trace, "%zu", green_request_query_count(request));
  test_trace(&trace, "%s", some(green_request_header(request, "x-one")));
  test_trace(&trace, "%s", some(green_request_header(request, "X-TWO")));
  test_trace(&trace, "%d", green_request_header(request, "x-on") != NULL);
  test_trace(&trace, "%s", some(green_request_cookie(request, "b")));
  test_trace(&trace, "%d", green_request_cookie(request, "c") != NULL);
  test_trace(&trace, "%s", green_request_peer(request)->host);
  test_trace(&trace, "%zu", green_request_header_count(request));
  test_trace(&trace, "%d", green_request_header_at(request, 99).name == NULL);
  return green_response_send(response, 200, "text/plain", trace.text, trace.length);
}

TEST(app_request_says) {
  AUTO_APP green_app *app = NULL;
  AUTO_CLIENT struct client client = {0};
  CHECK_STATUS(green_app_new(&app, &(green_app_options){.workers = 5}), 0);
  CHECK_STATUS(green_app_use(app, show, NULL), 0);
  CHECK_STATUS(client_ask(&client, app,
                          &(struct ask){.target = "/a%20b?q=1+2&r=%41",
                                        .headers = "X-One: 1\nx-two: 2\nx-one: 3\nCookie: a=1\n"
                                                   "Cookie: b=2; a=3\n"}),
               200);
  CHECK_STRING(client.body, "GET /a b /a%20b?q=1+2&r=%41 q=1 2 2 1 2 0 2 0 127.0.0.1 5 1");
  return 0;
}

TEST(app_request_with_many_headers) {
  static char headers[200 * 40];
  size_t at = 0;
  for (int i = 0; i < 200; i++)
    at +=
        (size_t)snprintf(headers + at, sizeof headers - at, "x-header-%d: the value of %d\n", i, i);
  strcpy(headers + at, "x-one: 1\n");
  AUTO_APP green_app *app = NULL;
  AUTO_CLIENT struct client client = {0};
  CHECK_STATUS(green_app_new(&app, &(green_app_options){.workers = 5}), 0);
  CHECK_STATUS(green_app_use(app, show, NULL), 0);
  CHECK_STATUS(client_ask(&client, app, &(struct ask){.target = "/", .headers = headers}), 200);
  CHECK_STRING(client.body, "GET / / q=- 0 1 - 0 - 0 127.0.0.1 201 0");
  return 0;
}

/* ---- bodies ---------------------------------------------------------------------------------- */

static int echo(green_request *request, green_response *response, void *arg) {
  const char *data, *again;
  size_t size;
  (void)arg;
  int rc = green_request_body(request, &data, &size);
  if (rc < 0) return rc;
  if (data[size] || green_request_body(request, &again, NULL) < 0 || again != data)
    return GREEN_EIO;
  char piece[1];
  if (green_request_read(request, piece, 1) != GREEN_EALREADY) return GREEN_EIO;
  return green_response_send(response, 200, NULL, data, size);
}

/* Reads in pieces, and says how many bytes there were and their sum. */
static int sum(green_request *request, green_response *response, void *arg) {
  char piece[700];
  unsigned long count = 0, total = 0;
  int rc;
  if (arg) green_request_set_max_body(request, *(size_t *)arg);
  while ((rc = green_request_read(request, piece, sizeof piece)) > 0)
    for (int i = 0; i < rc; i++, count++) total += (unsigned char)piece[i];
  if (rc < 0) return rc;
  return green_response_print(response, 200, "text/plain", "%lu %lu", count, total);
}

static char *fill(char *data, size_t size) {
  for (size_t i = 0; i < size; i++) data[i] = (char)('a' + i % 26);
  return data;
}

TEST(app_body_whole) {
  static char data[50000];
  AUTO_APP green_app *app = NULL;
  AUTO_CLIENT struct client client = {0};
  CHECK_STATUS(green_app_new(&app, &(green_app_options){.workers = 5}), 0);
  CHECK_STATUS(green_app_use(app, echo, NULL), 0);
  for (int chunked = 0; chunked < 2; chunked++)
    for (size_t size = 0; size <= sizeof data; size = size * 5 + 1) {
      fill(data, sizeof data);
      struct ask ask = {
          .target = "/", .body = data, .size = size, .chunked = chunked, .piece = 777};
      if (!size) ask.body = NULL;
      ask.method = "POST";
      CHECK_STATUS(client_ask(&client, app, &ask), 200);
      CHECK_NUMBER(client.size, size);
      CHECK(memcmp(client.body, data, size) == 0);
    }
  return 0;
}

TEST(app_body_over_the_limit_is_413) {
  static char data[3000];
  size_t any = SIZE_MAX;
  green_app_options options = {.workers = 5, .max_body = 1000};
  AUTO_APP green_app *app = NULL;
  AUTO_CLIENT struct client client = {0};
  CHECK_STATUS(green_app_new(&app, &options), 0);
  CHECK_STATUS(green_app_route(app, "POST", "/whole", echo, NULL), 0);
  CHECK_STATUS(green_app_route(app, "POST", "/pieces", sum, NULL), 0);
  CHECK_STATUS(green_app_route(app, "POST", "/more", sum, &any), 0);
  fill(data, sizeof data);
  for (int chunked = 0; chunked < 2; chunked++) {
    struct ask ask = {
        .target = "/whole", .body = data, .size = 1000, .chunked = chunked, .piece = 100};
    CHECK_STATUS(client_ask(&client, app, &ask), 200);
    ask.size = 1001;
    CHECK_STATUS(client_ask(&client, app, &ask), 413);
    ask.target = "/pieces";
    CHECK_STATUS(client_ask(&client, app, &ask), 413);
    ask.target = "/more";
    CHECK_STATUS(client_ask(&client, app, &ask), 200);
  }
  struct ask claim = {.target = "/whole", .body = "a", .claim = 5000, .open = true};
  CHECK_STATUS(client_ask(&client, app, &claim), 413);
  CHECK(client.unread);
  return 0;
}

/* Ten bytes in pieces, the rest whole. */
static int read_then_whole(green_request *request, green_response *response, void *arg) {
  char piece[10];
  const char *data;
  size_t size;
  (void)arg;
  int rc = green_request_read(request, piece, sizeof piece);
  if (rc > 0) rc = green_request_body(request, &data, &size);
  return rc < 0 ? rc : green_response_send(response, 200, NULL, data, size);
}

TEST(app_the_limit_is_of_the_body_however_it_is_read) {
  green_app_options options = {.workers = 5, .max_body = 100};
  static char data[101];
  AUTO_APP green_app *app = NULL;
  AUTO_CLIENT struct client client = {0};
  CHECK_STATUS(green_app_new(&app, &options), 0);
  CHECK_STATUS(green_app_use(app, read_then_whole, NULL), 0);
  fill(data, sizeof data);
  for (size_t piece = 10; piece <= 1000; piece *= 10) {
    struct ask ask = {.target = "/", .body = data, .size = 100, .chunked = true, .piece = piece};
    CHECK_STATUS(client_ask(&client, app, &ask), 200);
    CHECK_NUMBER(client.size, 90);
    ask.size = 101;
    CHECK_STATUS(client_ask(&client, app, &ask), 413);
  }
  return 0;
}

TEST(app_wait_for_body_is_413_before_anything_else) {
  green_app_options options = {.workers = 5, .max_body = 4};
  AUTO_APP green_app *app = NULL;
  AUTO_CLIENT struct client client = {0};
  CHECK_STATUS(green_app_new(&app, &options), 0);
  CHECK_STATUS(green_app_use(app, green_app_wait_for_body, NULL), 0);
  CHECK_STATUS(green_app_use(app, echo, NULL), 0);
  CHECK_STATUS(client_post(&client, app, "/", NULL, "abcde"), 413);
  CHECK_STATUS(client_post(&client, app, "/", NULL, "abcd"), 200);
  CHECK_STRING(client.body, "abcd");
  return 0;
}

/* What nobody reads stays with the client. */
TEST(app_body_in_pieces_is_held_back) {
  size_t size = 300000;
  static char data[300000];
  AUTO_FUTURE green_future *gate = NULL;
  AUTO_APP green_app *app = NULL;
  AUTO_CLIENT struct client client = {0};
  CHECK_STATUS(green_future_new(&gate), 0);
  CHECK_STATUS(green_app_new(&app, &(green_app_options){.workers = 5}), 0);
  extern int app_await(green_request *, green_response *, void *);
  CHECK_STATUS(green_app_use(app, app_await, gate), 0);
  CHECK_STATUS(green_app_use(app, sum, NULL), 0);
  struct ask ask = {.target = "/", .body = fill(data, size), .size = size};
  CHECK_STATUS(client_begin(&client, app, &ask), 0);
  for (int i = 0; i < 3; i++) {
    CHECK_STATUS(green_yield(), 0);
    CHECK(!client_pump(&client));
  }
  CHECK_ALLOCATIONS();
  CHECK_NUMBER(client.left, size - 65536);
  green_resolve(gate, NULL, NULL);
  CHECK_STATUS(client_wait(&client, SIZE_MAX), 200);
  unsigned long total = 0;
  char expected[64];
  for (size_t i = 0; i < size; i++) total += (unsigned char)data[i];
  snprintf(expected, sizeof expected, "%zu %lu", size, total);
  CHECK_STRING(client.body, expected);
  return 0;
}

int app_await(green_request *request, green_response *response, void *future);
int app_await(green_request *request, green_response *response, void *future) {
  (void)request;
  return green_response_await(response, green_future_retain(future));
}

TEST(app_body_that_breaks_off) {
  static const struct {
    int status, answer;
  } cases[] = {{GREEN_EPROTO, 400}, {GREEN_ETIMEDOUT, 408}};
  AUTO_APP green_app *app = NULL;
  AUTO_CLIENT struct client client = {0};
  CHECK_STATUS(green_app_new(&app, &(green_app_options){.workers = 5}), 0);
  CHECK_STATUS(green_app_route(app, "POST", "/whole", echo, NULL), 0);
  CHECK_STATUS(green_app_route(app, "POST", "/pieces", sum, NULL), 0);
  for (int i = 0; i < 4; i++) {
    struct ask ask = {
        .target = i % 2 ? "/whole" : "/pieces", .body = "abc", .claim = 9, .open = true};
    client_end(&client);
    CHECK_STATUS(client_begin(&client, app, &ask), 0);
    CHECK(!client_pump(&client));
    CHECK_STATUS(green_yield(), 0);
    green__exchange_push_end(client.exchange, cases[i / 2].status);
    CHECK_STATUS(client_wait(&client, SIZE_MAX), cases[i / 2].answer);
  }
  return 0;
}

static int read_until_gone(green_request *request, green_response *response, void *trace) {
  char piece[10];
  int rc, again = 0;
  (void)response;
  while ((rc = green_request_read(request, piece, sizeof piece)) > 0) continue;
  GREEN_SHIELD {
    again = green_request_read(request, piece, sizeof piece);
  }
  test_trace(trace, "%s %s", green_status_name(rc), green_status_name(again));
  return rc;
}

TEST(app_body_of_a_client_that_has_gone) {
  struct test_trace trace = {0};
  AUTO_APP green_app *app = NULL;
  AUTO_CLIENT struct client client = {0};
  CHECK_STATUS(green_app_new(&app, &(green_app_options){.workers = 5}), 0);
  CHECK_STATUS(green_app_use(app, read_until_gone, &trace), 0);
  struct ask ask = {.target = "/", .body = "abc", .claim = 9, .open = true};
  CHECK_STATUS(client_begin(&client, app, &ask), 0);
  CHECK(!client_pump(&client));
  CHECK_STATUS(green_yield(), 0);
  client_end(&client);
  CHECK_STATUS(green_yield(), 0);
  CHECK_ALLOCATIONS();
  CHECK_STRING(trace.text, "ECANCELED ECONNRESET");
  return 0;
}

static int read_with_a_deadline(green_request *request, green_response *response, void *passed) {
  char piece[10];
  int rc = 0;
  GREEN_TIMEOUT(1) {
    rc = green_request_read(request, piece, sizeof piece);
  }
  green_resolve(passed, NULL, NULL);
  if (rc != GREEN_ETIMEDOUT) return GREEN_EIO;
  rc = green_request_read(request, piece, sizeof piece);
  if (rc < 0) return rc;
  return green_response_send(response, 200, NULL, piece, (size_t)rc);
}

TEST(app_body_is_whole_after_an_interrupted_read) {
  AUTO_APP green_app *app = NULL;
  AUTO_CLIENT struct client client = {0};
  AUTO_FUTURE green_future *passed = NULL;
  CHECK_STATUS(green_future_new(&passed), 0);
  CHECK_STATUS(green_app_new(&app, &(green_app_options){.workers = 5}), 0);
  CHECK_STATUS(green_app_use(app, read_with_a_deadline, passed), 0);
  CHECK_STATUS(client_begin(&client, app, &(struct ask){.target = "/", .claim = 3, .open = true}),
               0);
  CHECK_STATUS(green_wait(passed), 0);
  CHECK_NUMBER(green__exchange_push(client.exchange, "abc", 3), 3);
  CHECK_STATUS(client_wait(&client, SIZE_MAX), 200);
  CHECK_STRING(client.body, "abc");
  return 0;
}

/* ---- forms ----------------------------------------------------------------------------------- */

static int show_form(green_request *request, green_response *response, void *arg) {
  const char *value;
  struct test_trace trace = {0};
  (void)arg;
  int rc = green_request_form(request, "a", &value);
  if (rc < 0) return rc;
  test_trace(&trace, "a:%s", value ? value : "-");
  size_t count;
  rc = green_request_form_count(request, &count);
  if (rc < 0) return rc;
  for (size_t i = 0; i < count; i++) {
    green_http_header field = green_request_form_at(request, i);
    test_trace(&trace, "%s=%s", field.name, field.value);
  }
  return green_response_send(response, 200, NULL, trace.text, trace.length);
}

#define PART(name, content) "--b\r\nContent-Disposition: form-data; " name "\r\n\r\n" content "\r\n"

TEST(app_forms) {
  static const char *const urlencoded = "application/x-www-form-urlencoded; charset=utf-8";
  static const char *const multipart = "multipart/form-data; boundary=b";
  AUTO_APP green_app *app = NULL;
  AUTO_CLIENT struct client client = {0};
  CHECK_STATUS(green_app_new(&app, &(green_app_options){.workers = 5}), 0);
  CHECK_STATUS(green_app_use(app, show_form, NULL), 0);
  CHECK_STATUS(client_post(&client, app, "/", urlencoded, "b=2+3&a=%201&a=5"), 200);
  CHECK_STRING(client.body, "a: 1 b=2 3 a= 1 a=5");
  CHECK_STATUS(client_post(&client, app, "/", urlencoded, ""), 200);
  CHECK_STRING(client.body, "a:-");
  CHECK_STATUS(client_post(&client, app, "/", multipart,
                           PART("name=b", "x=y&") PART("name=\"a\"", "line\r\n--") "--b--\r\n"),
               200);
  CHECK_STRING(client.body, "a:line\r\n-- b=x=y& a=line\r\n--");
  CHECK_STATUS(client_post(&client, app, "/", multipart, PART("name=a; filename=f", "") "--b--"),
               400);
  CHECK_STATUS(client_post(&client, app, "/", multipart, "--b\r\nno"), 400);
  CHECK_STATUS(client_post(&client, app, "/", "text/plain", "a=1"), 400);
  CHECK_STATUS(client_post(&client, app, "/", NULL, "a=1"), 400);
  CHECK_STATUS(client_get(&client, app, "/"), 400);
  return 0;
}

static int show_parts(green_request *request, green_response *response, void *arg) {
  struct test_trace trace = {0};
  green_request_part part;
  char piece[1000];
  int rc;
  (void)arg;
  green_request_set_max_body(request, SIZE_MAX);
  while ((rc = green_request_next_part(request, &part)) == 1) {
    unsigned long size = 0;
    while (*part.name != 's' && (rc = green_request_read_part(request, piece, sizeof piece)) > 0)
      size += (unsigned long)rc;
    test_trace(&trace, "%s:%s:%s:%lu", part.name, part.filename ? part.filename : "-",
               part.type ? part.type : "-", size);
  }
  if (rc < 0) return rc;
  return green_response_send(response, 200, NULL, trace.text, trace.length);
}

/* A file larger than all that is held at once, between fields; one that is passed over unread. */
/* A deadline passes while the body comes; then it is read after all. */
static int form_later(green_request *request, green_response *response, void *passed) {
  const char *name, *last;
  int rc = 0;
  GREEN_TIMEOUT(1) {
    rc = green_request_form(request, "name", &name);
  }
  green_resolve(passed, NULL, NULL);
  if (rc != GREEN_ETIMEDOUT) return rc < 0 ? rc : GREEN_EIO;
  rc = green_request_form(request, "name", &name);
  if (rc == 0) rc = green_request_form(request, "last", &last);
  size_t count;
  if (rc == 0) rc = green_request_form_count(request, &count);
  if (rc < 0) return rc;
  return green_response_print(response, 200, NULL, "%s %s %zu", name ? name : "-",
                              last ? last : "-", count);
}

TEST(app_forms_are_whole_after_an_interrupted_read) {
  static const char body[] = "--x\r\nContent-Disposition: form-data; name=name\r\n\r\nAda "
                             "Lovelace\r\n--x\r\nContent-Disposition: form-data; name=last\r\n\r\n"
                             "y\r\n--x--\r\n";
  static const char type[] = "Content-Type: multipart/form-data; boundary=x\n";
  AUTO_APP green_app *app = NULL;
  AUTO_CLIENT struct client client = {0};
  AUTO_FUTURE green_future *passed = NULL;
  CHECK_STATUS(green_future_new(&passed), 0);
  CHECK_STATUS(green_app_new(&app, &(green_app_options){.workers = 5}), 0);
  CHECK_STATUS(green_app_use(app, form_later, passed), 0);
  struct ask ask = {.target = "/", .headers = type, .body = body, .chunked = true, .open = true};
  ask.size = 65; /* in the midst of the first value */
  CHECK_STATUS(client_begin(&client, app, &ask), 0);
  client_pump(&client);
  CHECK_STATUS(green_wait(passed), 0);
  green__exchange_push(client.exchange, body + ask.size, sizeof body - 1 - ask.size);
  green__exchange_push_end(client.exchange, 0);
  CHECK_STATUS(client_wait(&client, SIZE_MAX), 200);
  CHECK_STRING(client.body, "Ada Lovelace y 2");
  return 0;
}

TEST(app_uploads_come_in_pieces) {
  static const char before[] = PART("name=a", "1") "--b\r\nContent-Disposition: form-data; name=f; "
                                                   "filename=\"g h\"\r\nContent-Type: x/y\r\n\r\n";
  static const char between[] = "\r\n--b\r\nContent-Disposition: form-data; name=skipped\r\n\r\n";
  static const char after[] = "\r\n" PART("name=c", "22") "--b--";
  size_t file = 500000, size = 0;
  char *body = malloc(2 * file + 1000);
  CHECK(body);
  memcpy(body, before, sizeof before - 1);
  size = sizeof before - 1;
  fill(body + size, file);
  size += file;
  memcpy(body + size, between, sizeof between - 1);
  size += sizeof between - 1;
  fill(body + size, file);
  size += file;
  memcpy(body + size, after, sizeof after - 1);
  size += sizeof after - 1;
  AUTO_APP green_app *app = NULL;
  AUTO_CLIENT struct client client = {0};
  int rc = green_app_new(&app, &(green_app_options){.workers = 5});
  if (rc == 0) rc = green_app_use(app, show_parts, NULL);
  struct ask ask = {.target = "/",
                    .headers = "Content-Type: multipart/form-data; boundary=b\n",
                    .body = body,
                    .size = size,
                    .chunked = true};
  if (rc == 0) rc = client_ask(&client, app, &ask);
  free(body);
  CHECK_STATUS(rc, 200);
  CHECK_STRING(client.body, "a:-:-:1 f:g h:x/y:500000 skipped:-:-:0 c:-:-:2");
  return 0;
}
