/* What a response is made of: headers, bodies, bodies in pieces, events. */
#include <string.h>
#include "client.h"

static void keep_line(const char *line, void *trace) {
  test_trace(trace, "%s", line);
}

static int set_headers(green_request *request, green_response *response, void *arg) {
  static const char *const refused[][2] = {
      {"X-A", "a\r\nX-B: b"},
      {"X-A", " a"},
      {"X-A", "a\t"},
      {"X-A", "a\nb"},
      {"X-A", "\x7f"},
      {"X A", "a"},
      {"", "a"},
      {"X:", "a"},
      {"Content-Length", "1"},
      {"connection", "close"},
      {"Upgrade", "h2c"},
      {"X-\xc3\xa4", "a"},
      {"Transfer-Encoding", "chunked"},
  };
  (void)request;
  (void)arg;
  for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
    int rc = green_response_set_header(response, refused[i][0], refused[i][1]);
    if (rc == GREEN_EINVAL) rc = green_response_add_header(response, refused[i][0], refused[i][1]);
    if (rc != GREEN_EINVAL) return GREEN_EIO;
  }
  green_response_set_header(response, "X A", "a");
  if (strcmp(green_message(), "bad header name \"X A\"") != 0) return GREEN_EIO;
  green_response_set_header(response, "Upgrade", "h2c");
  if (strcmp(green_message(), "Upgrade: a header that is the server's to send") != 0)
    return GREEN_EIO;
  int rc = green_response_set_header(response, "X-A", "1");
  if (rc == 0) rc = green_response_add_header(response, "x-a", "2");
  if (rc == 0) rc = green_response_set_header(response, "X-B", "1");
  if (rc == 0) rc = green_response_set_header(response, "x-b", "2\tb");
  if (rc == 0) rc = green_response_set_header(response, "X-C", "1");
  if (rc == 0) rc = green_response_set_header(response, "x-c", NULL);
  if (rc == 0) rc = green_response_send(response, 201, "a/b", "made", 4);
  if (rc == 0 && strcmp(green_response_header(response, "CONTENT-TYPE"), "a/b") != 0)
    return GREEN_EIO;
  return rc;
}

TEST(app_response_headers) {
  AUTO_APP green_app *app = NULL;
  AUTO_CLIENT struct client client = {0};
  CHECK_STATUS(green_app_new(&app, &(green_app_options){.workers = 5}), 0);
  CHECK_STATUS(green_app_use(app, set_headers, NULL), 0);
  CHECK_STATUS(client_get(&client, app, "/"), 201);
  CHECK_STRING(client.headers, "X-A: 1\nx-a: 2\nx-b: 2\tb\nContent-Type: a/b\n");
  return 0;
}

static int set_cookies(green_request *request, green_response *response, void *arg) {
  static const green_response_cookie bad[] = {
      {.name = "a b", .value = "1"},
      {.name = "", .value = "1"},
      {.value = "1"},
      {.name = "a"},
      {.name = "a", .value = "1 2"},
      {.name = "a", .value = "1;2"},
      {.name = "a", .value = "1\n"},
      {.name = "a", .value = "1", .path = "/;x"},
      {.name = "a", .value = "1", .domain = "a\r\n"},
      {.name = "a", .value = "1", .same_site = "None"},
      {.name = "a", .value = "1", .same_site = "Some"},
  };
  (void)request;
  (void)arg;
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
    if (green_response_set_cookie(response, &bad[i]) != GREEN_EINVAL) return GREEN_EIO;
  green_response_cookie a = {.name = "a", .value = "1"},
                        b = {.name = "b", .value = "", .max_age = -1};
  green_response_cookie c = {.name = "c",
                             .value = "x",
                             .path = "/p",
                             .domain = "example.org",
                             .same_site = "None",
                             .max_age = 60,
                             .secure = true,
                             .script = true};
  int rc = green_response_set_cookie(response, &a);
  if (rc == 0) rc = green_response_set_cookie(response, &b);
  if (rc == 0) rc = green_response_set_cookie(response, &c);
  return rc < 0 ? rc : green_response_redirect(response, 303, "/next?a=b");
}

TEST(app_response_cookies_and_redirect) {
  AUTO_APP green_app *app = NULL;
  AUTO_CLIENT struct client client = {0};
  CHECK_STATUS(green_app_new(&app, &(green_app_options){.workers = 5}), 0);
  CHECK_STATUS(green_app_use(app, set_cookies, NULL), 0);
  CHECK_STATUS(client_get(&client, app, "/"), 303);
  CHECK_STRING(client.headers,
               "Set-Cookie: a=1; Path=/; SameSite=Lax; HttpOnly\n"
               "Set-Cookie: b=; Path=/; Max-Age=0; SameSite=Lax; HttpOnly\n"
               "Set-Cookie: c=x; Path=/p; Domain=example.org; Max-Age=60; SameSite=None; Secure\n"
               "Location: /next?a=b\n"
               "Content-Type: text/plain; charset=utf-8\n");
  return 0;
}

/* ---- whole bodies ---------------------------------------------------------------------------- */

static int drops;

static void count_drop(void *data) {
  (void)data;
  drops++;
}

/* ---- hints ----------------------------------------------------------------------------------- */

static int send_hints(green_request *request, green_response *response, void *arg) {
  static const char *const none[] = {"",           "/a",          "<>",         "<a b>",
                                     "<a",         "<a>;",        "<a> x",      "<a>; =b",
                                     "<a>; rel=",  "<a>, <b>",    "<a>; b=\"c", "<a>; b=\"c d\"",
                                     "<a>; b=c d", "<a>\r\nX: y", "<a>; b\x80"};
  static const char *const good[] = {"<a>", "</a>; rel=preload;as=style", "<a>;b=\"c,d\" ; e"};
  static char large[5000];
  const char *const too_large[] = {large};
  (void)request, (void)arg;
  for (size_t i = 0; i < sizeof none / sizeof *none; i++)
    if (green_response_send_hints(response, &none[i], 1) != GREEN_EINVAL) return GREEN_EIO;
  if (green_response_send_hints(response, NULL, 0) != GREEN_EINVAL) return GREEN_EPROTO;
  memset(large, 'a', sizeof large - 1);
  memcpy(large, "<", 1);
  memcpy(large + sizeof large - 2, ">", 1);
  if (green_response_send_hints(response, too_large, 1) != GREEN_EMSGSIZE) return GREEN_EMSGSIZE;
  int rc = green_response_send_hints(response, good, 3);
  if (rc == 0) rc = green_response_start(response, 200, "text/plain", 4);
  if (rc < 0) return rc;
  if (green_response_send_hints(response, good, 1) != GREEN_EALREADY) return GREEN_EALREADY;
  return green_response_write(response, "body", 4);
}

TEST(app_response_hints) {
  AUTO_APP green_app *app = NULL;
  AUTO_CLIENT struct client client = {0};
  CHECK_STATUS(green_app_new(&app, &(green_app_options){.workers = 5}), 0);
  CHECK_STATUS(green_app_use(app, send_hints, NULL), 0);
  CHECK_STATUS(client_get(&client, app, "/"), 200);
  CHECK_STRING(client.body, "body");
  return 0;
}

static int give_twice(green_request *request, green_response *response, void *arg) {
  (void)request;
  (void)arg;
  int rc = green_response_give(response, 200, NULL, "first", 5, count_drop);
  if (rc < 0) return rc;
  if (drops != 0 || green_response_give(response, 999, NULL, "x", 1, count_drop) != GREEN_EINVAL)
    return GREEN_EIO;
  if (drops != 1) return GREEN_EIO;
  rc = green_response_give(response, 200, NULL, "second", 6, count_drop);
  return rc == 0 && drops != 2 ? GREEN_EIO : rc;
}

TEST(app_response_bodies_are_dropped_once) {
  AUTO_APP green_app *app = NULL;
  AUTO_CLIENT struct client client = {0};
  drops = 0;
  CHECK_STATUS(green_app_new(&app, &(green_app_options){.workers = 5}), 0);
  CHECK_STATUS(green_app_use(app, give_twice, NULL), 0);
  CHECK_STATUS(client_get(&client, app, "/"), 200);
  CHECK_STRING(client.body, "second");
  CHECK_STATUS(green_yield(), 0);
  CHECK_NUMBER(drops, 3);
  return 0;
}

static int print_long(green_request *request, green_response *response, void *arg) {
  (void)request;
  (void)arg;
  return green_response_print(response, 200, "text/plain", "%5000d", 7);
}

static int no_content(green_request *request, green_response *response, void *arg) {
  (void)request;
  (void)arg;
  return green_response_send(response, 204, NULL, "none", 4);
}

TEST(app_response_texts) {
  AUTO_APP green_app *app = NULL;
  AUTO_CLIENT struct client client = {0};
  CHECK_STATUS(green_app_new(&app, &(green_app_options){.workers = 5}), 0);
  CHECK_STATUS(green_app_route(app, "GET", "/long", print_long, NULL), 0);
  CHECK_STATUS(green_app_route(app, "GET", "/none", no_content, NULL), 0);
  CHECK_STATUS(client_get(&client, app, "/long"), 200);
  CHECK_NUMBER(client.size, 5000);
  CHECK_STRING(client.body + 4990, "         7");
  CHECK_STATUS(client_get(&client, app, "/none"), 204);
  CHECK_NUMBER(client.size, 0);
  CHECK(client.bodiless && client.announced == GREEN__UNKNOWN);
  return 0;
}

/* ---- in pieces ------------------------------------------------------------------------------- */

struct stream {
  struct test_trace *trace;
  uint64_t size;      /* announced */
  size_t pieces;      /* of 1000 bytes */
  green_future *gate; /* waited on after the first piece; NULL: none */
  int rc;             /* what it ends with */
};

static int stream(green_request *request, green_response *response, void *arg) {
  const struct stream *stream = arg;
  char piece[1000];
  (void)request;
  int rc = green_response_start(response, 200, "text/plain", stream->size);
  for (size_t i = 0; rc == 0 && i < stream->pieces; i++) {
    memset(piece, 'a' + (int)(i % 26), sizeof piece);
    rc = green_response_write(response, piece, sizeof piece);
    if (rc == 0 && i == 0 && stream->gate) rc = green_wait(stream->gate);
  }
  if (stream->trace) test_trace(stream->trace, "%s", green_status_name(rc));
  return rc < 0 ? rc : stream->rc;
}

TEST(app_streams) {
  struct stream known = {NULL, 300000, 300, NULL, 0}, unknown = {NULL, UINT64_MAX, 300, NULL, 0};
  AUTO_APP green_app *app = NULL;
  AUTO_CLIENT struct client client = {0};
  CHECK_STATUS(green_app_new(&app, &(green_app_options){.workers = 5}), 0);
  CHECK_STATUS(green_app_route(app, "GET", "/known", stream, &known), 0);
  CHECK_STATUS(green_app_route(app, "GET", "/unknown", stream, &unknown), 0);
  CHECK_STATUS(client_get(&client, app, "/known"), 200);
  CHECK(client.whole);
  CHECK_NUMBER(client.announced, 300000);
  CHECK_NUMBER(client.size, 300000);
  for (size_t i = 0; i < client.size; i += 1000)
    CHECK_NUMBER(client.body[i], 'a' + (int)(i / 1000 % 26));
  CHECK_STATUS(client_get(&client, app, "/unknown"), 200);
  CHECK(client.whole && client.announced == UINT64_MAX);
  CHECK_NUMBER(client.size, 300000);
  CHECK_STATUS(client_ask(&client, app, &(struct ask){.method = "HEAD", .target = "/known"}), 200);
  CHECK(client.bodiless && client.announced == 300000 && client.size == 0);
  return 0;
}

TEST(app_streams_begin_before_they_end) {
  AUTO_FUTURE green_future *gate = NULL;
  CHECK_STATUS(green_future_new(&gate), 0);
  struct stream slow = {NULL, UINT64_MAX, 2, gate, 0};
  AUTO_APP green_app *app = NULL;
  AUTO_CLIENT struct client client = {0};
  CHECK_STATUS(green_app_new(&app, &(green_app_options){.workers = 5}), 0);
  CHECK_STATUS(green_app_use(app, stream, &slow), 0);
  CHECK_STATUS(client_begin(&client, app, &(struct ask){.target = "/"}), 0);
  CHECK_STATUS(client_wait(&client, 1000), 200);
  CHECK_NUMBER(client.size, 1000);
  green_resolve(gate, NULL, NULL);
  CHECK_STATUS(client_wait(&client, SIZE_MAX), 200);
  CHECK_NUMBER(client.size, 2000);
  return 0;
}

/* A client that takes nothing stops its task, and no other. */
TEST(app_streams_are_held_back) {
  struct test_trace trace = {0};
  struct stream endless = {&trace, UINT64_MAX, SIZE_MAX, NULL, 0};
  AUTO_APP green_app *app = NULL;
  AUTO_CLIENT struct client client = {0};
  const void *data;
  size_t size;
  CHECK_STATUS(green_app_new(&app, &(green_app_options){.workers = 5}), 0);
  green_app_set_error_log(app, keep_line, &trace);
  CHECK_STATUS(green_app_use(app, stream, &endless), 0);
  CHECK_STATUS(client_begin(&client, app, &(struct ask){.target = "/"}), 0);
  for (int i = 0; i < 3; i++) CHECK_STATUS(green_yield(), 0);
  CHECK_ALLOCATIONS();
  const struct green__answer *answer = green__exchange_answer(client.exchange);
  CHECK(answer && answer->status == 200);
  CHECK_NUMBER(green__exchange_output(client.exchange, &data, &size), GREEN__OUTPUT_READY);
  CHECK_NUMBER(size, 65536);
  client_end(&client);
  CHECK_STATUS(green_yield(), 0);
  CHECK_STRING(trace.text, "ECANCELED");
  return 0;
}

static char much[70000];

static int write_with_a_deadline(green_request *request, green_response *response, void *trace) {
  (void)request;
  int rc = green_response_start(response, 200, NULL, UINT64_MAX), shielded = 0;
  if (rc < 0) return rc;
  GREEN_TIMEOUT(1) {
    rc = green_response_write(response, much, sizeof much);
  }
  test_trace(trace, "%s", green_status_name(rc));
  rc = green_response_write(response, "!", 1);
  test_trace(trace, "%s", green_status_name(rc));
  GREEN_SHIELD {
    shielded = green_response_write(response, much, sizeof much);
  }
  test_trace(trace, "%s", green_status_name(shielded));
  return shielded;
}

TEST(app_streams_are_whole_after_an_interrupted_write) {
  struct test_trace trace = {0};
  AUTO_APP green_app *app = NULL;
  AUTO_CLIENT struct client client = {0};
  const void *data;
  size_t size;
  CHECK_STATUS(green_app_new(&app, &(green_app_options){.workers = 5}), 0);
  CHECK_STATUS(green_app_use(app, write_with_a_deadline, &trace), 0);
  CHECK_STATUS(client_begin(&client, app, &(struct ask){.target = "/"}), 0);
  while (!strstr(trace.text, "ETIMEDOUT") && !test_allocator_failed())
    CHECK_STATUS(green_sleep(1), 0);
  CHECK_ALLOCATIONS();
  CHECK(green__exchange_answer(client.exchange));
  CHECK_NUMBER(green__exchange_output(client.exchange, &data, &size), GREEN__OUTPUT_READY);
  CHECK_NUMBER(size, 65536);
  green__exchange_sent(client.exchange, size);
  CHECK_STATUS(green_yield(), 0);
  CHECK_ALLOCATIONS();
  CHECK_STRING(trace.text, "ETIMEDOUT OK");
  CHECK_NUMBER(green__exchange_output(client.exchange, &data, &size), GREEN__OUTPUT_READY);
  CHECK_NUMBER(((const char *)data)[0], '!');
  client_end(&client);
  CHECK_STATUS(green_yield(), 0);
  CHECK_STRING(trace.text, "ETIMEDOUT OK ECONNRESET");
  return 0;
}

static char noise[200000];

static void make_noise(void) {
  uint32_t state = 1;
  for (size_t i = 0; i < sizeof noise; i++)
    noise[i] = (char)((state = state * 1664525 + 1013904223) >> 24);
}

static int write_coded_with_a_deadline(green_request *request, green_response *response,
                                       void *trace) {
  (void)request;
  int rc = green_response_start(response, 200, "text/plain", UINT64_MAX);
  if (rc < 0) return rc;
  GREEN_TIMEOUT(1) {
    rc = green_response_write(response, noise, sizeof noise);
  }
  test_trace(trace, "%s", green_status_name(rc));
  test_trace(trace, "%s", green_status_name(green_response_write(response, "!", 1)));
  test_trace(trace, "%s", green_status_name(green_response_flush(response)));
  return 0;
}

/* What the encoder gave and nobody got cannot be given again: nothing may follow it. */
TEST(app_streams_that_are_compressed_are_broken_off_after_an_interrupted_write) {
  struct test_trace trace = {0};
  AUTO_APP green_app *app = NULL;
  AUTO_CLIENT struct client client = {0};
  make_noise();
  CHECK_STATUS(green_app_new(&app, &(green_app_options){.compress = true}), 0);
  green_app_set_error_log(app, keep_line, &trace);
  CHECK_STATUS(green_app_use(app, write_coded_with_a_deadline, &trace), 0);
  struct ask ask = {.target = "/", .headers = "Accept-Encoding: gzip\n"};
  CHECK_STATUS(client_begin(&client, app, &ask), 0);
  while (!strstr(trace.text, "ETIMEDOUT") && !test_allocator_failed())
    CHECK_STATUS(green_sleep(1), 0);
  CHECK_ALLOCATIONS();
  CHECK_STATUS(client_wait(&client, SIZE_MAX), 200);
  CHECK_STRING(client_header(&client, "Content-Encoding"), "gzip");
  CHECK(client.broken);
  CHECK_STRING(trace.text, "ETIMEDOUT ECONNABORTED ECONNABORTED "
                           "GET /: ECONNABORTED: a write of the body has failed halfway");
  return 0;
}

static int send_event_with_a_deadline(green_request *request, green_response *response,
                                      void *trace) {
  static char data[100001];
  green_response_event large = {.data = memset(data, 'x', sizeof data - 1)}, next = {.data = "y"};
  (void)request;
  int rc = green_response_start_events(response, 1);
  if (rc < 0) return rc;
  GREEN_TIMEOUT(1) {
    rc = green_response_send_event(response, &large);
  }
  test_trace(trace, "%s", green_status_name(rc));
  rc = green_sleep(5); /* heartbeats are due */
  if (rc < 0) return rc;
  test_trace(trace, "%s", green_status_name(green_response_send_event(response, &next)));
  return 0;
}

/* Another event, or a heartbeat, would end the half of one, and the client would take it for all. */
TEST(app_events_are_broken_off_after_half_of_one) {
  struct test_trace trace = {0};
  AUTO_APP green_app *app = NULL;
  AUTO_CLIENT struct client client = {0};
  CHECK_STATUS(green_app_new(&app, NULL), 0);
  green_app_set_error_log(app, keep_line, &trace);
  CHECK_STATUS(green_app_use(app, send_event_with_a_deadline, &trace), 0);
  CHECK_STATUS(client_begin(&client, app, &(struct ask){.target = "/"}), 0);
  while (!strstr(trace.text, "ETIMEDOUT") && !test_allocator_failed())
    CHECK_STATUS(green_sleep(1), 0);
  CHECK_ALLOCATIONS();
  CHECK_STATUS(client_wait(&client, SIZE_MAX), 200);
  CHECK(client.broken);
  CHECK_NUMBER(client.size, 65536);
  CHECK_CONTAINS(trace.text, "ETIMEDOUT ECONNABORTED GET /: ECONNABORTED: ");
  return 0;
}

TEST(app_streams_that_fail_are_broken_off) {
  struct test_trace trace = {0};
  struct stream fails = {NULL, UINT64_MAX, 2, NULL, GREEN_EIO}, is_short = {NULL, 3000, 2, NULL, 0},
                is_long = {&trace, 1500, 2, NULL, 0};
  AUTO_APP green_app *app = NULL;
  AUTO_CLIENT struct client client = {0};
  CHECK_STATUS(green_app_new(&app, &(green_app_options){.workers = 5}), 0);
  green_app_set_error_log(app, keep_line, &trace);
  CHECK_STATUS(green_app_route(app, "GET", "/fails", stream, &fails), 0);
  CHECK_STATUS(green_app_route(app, "GET", "/short", stream, &is_short), 0);
  CHECK_STATUS(green_app_route(app, "GET", "/long", stream, &is_long), 0);
  CHECK_STATUS(client_get(&client, app, "/fails"), 200);
  CHECK(client.broken && client.size == 2000);
  CHECK_STRING(trace.text, "GET /fails: EIO: input/output error");
  memset(&trace, 0, sizeof trace);
  CHECK_STATUS(client_get(&client, app, "/short"), 200);
  CHECK(client.broken);
  CHECK_STRING(trace.text, "GET /short: EINVAL: the body is shorter than its size");
  memset(&trace, 0, sizeof trace);
  CHECK_STATUS(client_get(&client, app, "/long"), 200);
  CHECK(client.broken && client.size == 1000);
  CHECK_CONTAINS(trace.text, "EINVAL GET /long: EINVAL: more than the size");
  return 0;
}

static int replace(green_request *request, green_response *response, void *arg) {
  (void)request;
  return green_response_send(response, 200, NULL, arg, strlen(arg));
}

TEST(app_streams_may_be_replaced) {
  struct test_trace trace = {0};
  struct stream replaced = {&trace, UINT64_MAX, 2, NULL, 0};
  AUTO_APP green_app *app = NULL;
  AUTO_CLIENT struct client client = {0};
  CHECK_STATUS(green_app_new(&app, &(green_app_options){.workers = 5}), 0);
  green_app_set_error_log(app, keep_line, &trace);
  CHECK_STATUS(green_app_use(app, stream, &replaced), 0);
  CHECK_STATUS(green_app_use_after(app, replace, "instead"), 0);
  CHECK_STATUS(client_get(&client, app, "/"), 200);
  CHECK_STRING(client.body, "instead");
  CHECK_STRING(trace.text, "ECLOSED");
  return 0;
}

TEST(app_streams_may_be_replaced_by_streams) {
  struct test_trace trace = {0};
  struct stream replaced = {&trace, UINT64_MAX, 2, NULL, 0}, instead = {&trace, 3000, 3, NULL, 0};
  AUTO_APP green_app *app = NULL;
  AUTO_CLIENT struct client client = {0};
  CHECK_STATUS(green_app_new(&app, &(green_app_options){.workers = 5}), 0);
  green_app_set_error_log(app, keep_line, &trace);
  CHECK_STATUS(green_app_use(app, stream, &replaced), 0);
  CHECK_STATUS(green_app_use_after(app, stream, &instead), 0);
  CHECK_STATUS(client_get(&client, app, "/"), 200);
  CHECK(client.whole);
  CHECK_NUMBER(client.size, 3000);
  CHECK_STRING(trace.text, "OK ECLOSED");
  return 0;
}

TEST(app_streams_may_be_replaced_by_streams_that_are_compressed) {
  struct test_trace trace = {0};
  struct stream replaced = {&trace, UINT64_MAX, 2, NULL, 0}, instead = {&trace, 3000, 3, NULL, 0};
  AUTO_APP green_app *inner = NULL;
  AUTO_APP green_app *app = NULL;
  AUTO_CLIENT struct client client = {0};
  CHECK_STATUS(green_app_new(&inner, NULL), 0);
  CHECK_STATUS(green_app_use(inner, stream, &replaced), 0);
  CHECK_STATUS(green_app_use_after(inner, stream, &instead), 0);
  CHECK_STATUS(green_app_new(&app, &(green_app_options){.compress = true}), 0);
  green_app_set_error_log(app, keep_line, &trace);
  CHECK_STATUS(green_app_use(app, green_app_handle, inner), 0);
  struct ask ask = {.target = "/", .headers = "Accept-Encoding: gzip\n"};
  CHECK_STATUS(client_ask(&client, app, &ask), 200);
  CHECK_STRING(client_header(&client, "Content-Encoding"), "gzip");
  CHECK_STRING(trace.text, "OK ECLOSED");
  CHECK(client.whole);
  static const char end[4] = {3000 & 255, 3000 >> 8}; /* gzip's: how much it is when decoded */
  CHECK(memcmp(client.body + client.size - sizeof end, end, sizeof end) == 0);
  return 0;
}

static int flush(green_request *request, green_response *response, void *trace) {
  (void)request;
  int rc = green_response_flush(response);
  test_trace(trace, "%s", green_status_name(rc));
  rc = green_response_start(response, 200, NULL, UINT64_MAX);
  if (rc == 0) rc = green_response_write(response, "abc", 3);
  if (rc == 0) rc = green_response_flush(response);
  test_trace(trace, "%s", green_status_name(rc));
  return rc < 0 ? rc : 0;
}

TEST(app_streams_can_be_flushed) {
  struct test_trace trace = {0};
  AUTO_APP green_app *app = NULL;
  AUTO_CLIENT struct client client = {0};
  CHECK_STATUS(green_app_new(&app, &(green_app_options){.workers = 5}), 0);
  CHECK_STATUS(green_app_use(app, flush, &trace), 0);
  CHECK_STATUS(client_begin(&client, app, &(struct ask){.target = "/"}), 0);
  for (int i = 0; i < 3; i++) CHECK_STATUS(green_yield(), 0);
  CHECK_ALLOCATIONS();
  CHECK_STRING(trace.text, "EINVAL");
  CHECK_STATUS(client_wait(&client, SIZE_MAX), 200);
  CHECK_STRING(trace.text, "EINVAL OK");
  CHECK_STRING(client.body, "abc");
  return 0;
}

/* ---- events ---------------------------------------------------------------------------------- */

static int events(green_request *request, green_response *response, void *gate) {
  const char *last = green_request_last_event_id(request);
  green_response_event first = {
      .event = "hello", .id = last ? "8" : "1", .data = "one\ntwo\r\nthree", .retry = 500};
  green_response_event bad = {.id = "a\nb"}, second = {.data = ""};
  int rc = green_response_start_events(response, 1);
  if (rc == 0 && green_response_send_event(response, &bad) != GREEN_EINVAL) return GREEN_EIO;
  if (rc == 0) rc = green_response_send_event(response, &first);
  if (rc == 0) rc = green_wait(gate);
  if (rc == 0) rc = green_response_send_event(response, &second);
  return rc;
}

TEST(app_events_with_heartbeats) {
  static const char first[] =
      "event: hello\nid: 8\nretry: 500\ndata: one\ndata: two\ndata: three\n\n";
  AUTO_FUTURE green_future *gate = NULL;
  CHECK_STATUS(green_future_new(&gate), 0);
  AUTO_APP green_app *app = NULL;
  AUTO_CLIENT struct client client = {0};
  CHECK_STATUS(green_app_new(&app, &(green_app_options){.workers = 5}), 0);
  CHECK_STATUS(green_app_use(app, events, gate), 0);
  struct ask ask = {.target = "/", .headers = "Last-Event-ID: 7\n"};
  CHECK_STATUS(client_begin(&client, app, &ask), 0);
  CHECK_STATUS(client_wait(&client, sizeof first - 1 + 6), 200);
  CHECK_STRING(client_header(&client, "content-type"), "text/event-stream");
  CHECK(strncmp(client.body, first, sizeof first - 1) == 0);
  CHECK(strncmp(client.body + sizeof first - 1, ":\n\n:\n\n", 6) == 0);
  green_resolve(gate, NULL, NULL);
  CHECK_STATUS(client_wait(&client, SIZE_MAX), 200);
  CHECK_STRING(client.body + client.size - 8, "data: \n\n");
  return 0;
}

static int event_of_weeks(green_request *request, green_response *response, void *arg) {
  (void)request, (void)arg;
  int rc = green_response_start_events(response, UINT64_MAX);
  if (rc == 0) rc = green_sleep(2);
  green_response_event event = {.data = "x", .retry = UINT64_MAX};
  return rc == 0 ? green_response_send_event(response, &event) : rc;
}

/* As many milliseconds as there can be: none of them becomes none. */
TEST(app_times_of_weeks) {
  AUTO_APP green_app *app = NULL;
  AUTO_CLIENT struct client client = {0};
  CHECK_STATUS(green_app_new(&app, &(green_app_options){.timeout = UINT64_MAX}), 0);
  CHECK_STATUS(green_app_use(app, event_of_weeks, NULL), 0);
  struct ask ask = {.target = "/"};
  CHECK_STATUS(client_begin(&client, app, &ask), 0);
  CHECK_STATUS(client_wait(&client, SIZE_MAX), 200);
  CHECK_STRING(client.body, "retry: 18446744073709551615\ndata: x\n\n");
  return 0;
}

#define LARGE 100000

static int large_event(green_request *request, green_response *response, void *data) {
  (void)request;
  int rc = green_response_start_events(response, 1);
  if (rc == 0) rc = green_response_send_event(response, &(green_response_event){.data = data});
  return rc;
}

/* The client takes all at once, and the heartbeat is due before the task goes on. */
TEST(app_heartbeats_do_not_part_events) {
  static char data[LARGE + 1];
  AUTO_APP green_app *app = NULL;
  AUTO_CLIENT struct client client = {0};
  memset(data, 'x', LARGE);
  CHECK_STATUS(green_app_new(&app, &(green_app_options){.workers = 5}), 0);
  CHECK_STATUS(green_app_use(app, large_event, data), 0);
  CHECK_STATUS(client_begin(&client, app, &(struct ask){.target = "/"}), 0);
  CHECK_STATUS(client_wait(&client, 1), 200);
  for (uint64_t since = green_now(); green_now() - since < 10000000;) continue;
  CHECK_STATUS(client_wait(&client, SIZE_MAX), 200);
  CHECK_NUMBER(strspn(client.body + strlen("data: "), "x"), LARGE);
  return 0;
}
