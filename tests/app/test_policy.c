/* What holds for every request and answer of an application: hosts, headers, and each option, also
 * of an application within another one. */
#include <string.h>
#include "client.h"

static int say(green_request *request, green_response *response, void *text) {
  (void)request;
  return green_response_send(response, 200, "text/plain", text, strlen(text));
}

static void no_log(const char *line, void *arg) {
  (void)line;
  (void)arg;
}

/* ---- hosts ----------------------------------------------------------------------------------- */

TEST(app_hosts_that_are_allowed) {
  static const struct {
    int status;
    const char *headers, *target;
  } asked[] = {
      {200, "Host: example.org\n", "/"},
      {200, "Host: EXAMPLE.org:81\n", "/"},
      {200, "Host: a.example.net\n", "/"},
      {200, "Host: A.B.example.net:9\n", "/"},
      {200, "Host: [::1]:8080\n", "/"},
      {200, "Host: [::1]\n", "/"},
      {200, "Host: only:80\n", "/"},
      {200, "Host: example.org:\n", "/"},
      {200, NULL, "http://example.org/"},
      {200, "Host: example.org\n", "http://example.org:99/?http://evil.example"},
      {421, NULL, "/"},
      {421, "Host: \n", "/"},
      {421, "Host: evil.example\n", "/"},
      {421, "Host: example.org.\n", "/"},
      {421, "Host: example.org.evil.example\n", "/"},
      {421, "Host: notexample.org\n", "/"},
      {421, "Host: example.org:80a\n", "/"},
      {421, "Host: user@example.org\n", "/"},
      {421, "Host: example.org, evil.example\n", "/"},
      {421, "Host: example.net\n", "/"},
      {421, "Host: .example.net\n", "/"},
      {421, "Host: [::1]a.example.net\n", "/"},
      {421, "Host: evil@a.example.net\n", "/"},
      {421, "Host: evil.example:80,a.example.net\n", "/"},
      {421, "Host: [::1]evil\n", "/"},
      {421, "Host: [::2]\n", "/"},
      {421, "Host: ::1\n", "/"},
      {421, "Host: only\n", "/"},
      {421, "Host: only:8\n", "/"},
      {421, "Host: only:080\n", "/"},
      {421, "Host: example.org\nHost: evil.example\n", "/"},
      {421, "Host: evil.example\nHost: example.org\n", "/"},
      {421, "Host: example.org\n", "http://evil.example/"},
      {421, "Host: example.org\n", "http://example.org@evil.example/"},
      {421, "Host: evil.example\n", "/nothing"},
  };
  static const char *const hosts[] = {"example.org", "*.example.net", "[::1]", "only:80"};
  AUTO_APP green_app *app = NULL;
  AUTO_CLIENT struct client client = {0};
  CHECK_STATUS(green_app_new(&app, &(green_app_options){.workers = 5}), 0);
  CHECK_STATUS(green_app_route(app, "GET", "/", say, "here"), 0);
  CHECK_STATUS(client_get(&client, app, "/"), 200);
  for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++)
    CHECK_STATUS(green_app_allow_host(app, hosts[i]), 0);
  for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
    struct ask ask = {.target = asked[i].target, .headers = asked[i].headers};
    int status = client_ask(&client, app, &ask);
    if (status != asked[i].status) fprintf(stderr, "%s, %s\n", ask.target, ask.headers);
    CHECK_STATUS(status, asked[i].status);
  }
  CHECK_STRING(client.body, "Misdirected Request");
  return 0;
}

TEST(app_hosts_that_cannot_be_are_refused) {
  static const char *const hosts[] = {
      "",    "*",      "*.", ":80", "a b",  "a/b", "http://a", "a,b", "[::1",     "[]",
      "[1]", "[::1]x", "a:", "a:b", "x*.a", "a\n", "*.*.a",    "u@a", "\xc3\xa4", "[a]:1x"};
  AUTO_APP green_app *app = NULL;
  CHECK_STATUS(green_app_new(&app, &(green_app_options){.workers = 5}), 0);
  for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++) {
    int rc = green_app_allow_host(app, hosts[i]);
    if (rc != GREEN_EINVAL) fprintf(stderr, "host %s\n", hosts[i]);
    CHECK_STATUS(rc, GREEN_EINVAL);
  }
  return 0;
}

/* ---- headers --------------------------------------------------------------------------------- */

static int say_sniff(green_request *request, green_response *response, void *arg) {
  int rc = green_response_set_header(response, "x-content-type-options", "of its own");
  return rc < 0 ? rc : say(request, response, arg);
}

static int clear(green_request *request, green_response *response, void *arg) {
  (void)request;
  (void)arg;
  green_response_clear(response);
  return green_response_send(response, 200, NULL, "cleared", 7);
}

static int fail(green_request *request, green_response *response, void *arg) {
  (void)request;
  (void)response;
  (void)arg;
  return green_fail(GREEN_EIO, "as it was asked to");
}

static int stream(green_request *request, green_response *response, void *arg) {
  (void)request;
  (void)arg;
  int rc = green_response_start(response, 200, "text/plain", UINT64_MAX);
  return rc < 0 ? rc : green_response_write(response, "piece", 5);
}

TEST(app_every_answer_has_the_headers) {
  static const struct {
    int status;
    const char *method, *target, *value;
  } asked[] = {
      {200, "GET", "/", "nosniff"},        {200, "HEAD", "/", "nosniff"},
      {200, "GET", "/own", "of its own"},  {200, "GET", "/cleared", "nosniff"},
      {200, "GET", "/stream", "nosniff"},  {500, "GET", "/fail", "nosniff"},
      {404, "GET", "/nothing", "nosniff"}, {405, "PUT", "/", "nosniff"},
      {204, "OPTIONS", "/", "nosniff"},    {400, "GET", "/%", "nosniff"},
      {400, "G T", "/", "nosniff"},        {421, "GET", "http://evil.example/", "nosniff"},
  };
  AUTO_APP green_app *app = NULL;
  AUTO_CLIENT struct client client = {0};
  CHECK_STATUS(green_app_new(&app, &(green_app_options){.workers = 5}), 0);
  green_app_set_error_log(app, no_log, NULL);
  CHECK_STATUS(green_app_add_header(app, "X-Content-Type-Options", "nosniff"), 0);
  CHECK_STATUS(green_app_add_header(app, "X-Other", "too"), 0);
  CHECK_STATUS(green_app_allow_host(app, "a"), 0);
  CHECK_STATUS(green_app_route(app, "GET", "/", say, "here"), 0);
  CHECK_STATUS(green_app_route(app, "GET", "/own", say_sniff, "own"), 0);
  CHECK_STATUS(green_app_route(app, "GET", "/cleared", clear, NULL), 0);
  CHECK_STATUS(green_app_route(app, "GET", "/stream", stream, NULL), 0);
  CHECK_STATUS(green_app_route(app, "GET", "/fail", fail, NULL), 0);
  for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
    struct ask ask = {.target = asked[i].target, .method = asked[i].method, .headers = "Host: a\n"};
    CHECK_STATUS(client_ask(&client, app, &ask), asked[i].status);
    CHECK_STRING(client_header(&client, "x-content-type-options"), asked[i].value);
    CHECK_STRING(client_header(&client, "x-other"), "too");
  }
  AUTO_FUTURE green_future *ended = green_app_shutdown(app);
  CHECK_STATUS(client_get(&client, app, "/"), 421);
  CHECK_STATUS(client_ask(&client, app, &(struct ask){.target = "/", .headers = "Host: a\n"}), 503);
  CHECK_STRING(client_header(&client, "x-other"), "too");
  return 0;
}

TEST(app_headers_for_every_answer_that_cannot_be) {
  char name[] = "X-A";
  AUTO_APP green_app *app = NULL;
  AUTO_CLIENT struct client client = {0};
  CHECK_STATUS(green_app_new(&app, &(green_app_options){.workers = 5}), 0);
  CHECK_STATUS(green_app_add_header(app, "a b", "c"), GREEN_EINVAL);
  CHECK_STATUS(green_app_add_header(app, "", "c"), GREEN_EINVAL);
  CHECK_STATUS(green_app_add_header(app, "Content-Length", "5"), GREEN_EINVAL);
  CHECK_STATUS(green_app_add_header(app, "X", "a\r\nb: c"), GREEN_EINVAL);
  CHECK_STATUS(green_app_add_header(app, "X", "a "), GREEN_EINVAL);
  for (; name[2] < 'A' + 15; name[2]++) CHECK_STATUS(green_app_add_header(app, name, "x"), 0);
  CHECK_STATUS(green_app_add_header(app, "x-b", "y"), GREEN_EALREADY);
  CHECK_STATUS(green_app_add_header(app, "X-P", "y"), GREEN_ENOSPC);
  CHECK_STATUS(client_get(&client, app, "/"), 404);
  CHECK_STRING(client_header(&client, "x-o"), "x");
  return 0;
}

/* ---- options, of an application and of one within another ------------------------------------ */

static int take_body(green_request *request, green_response *response, void *arg) {
  const char *data;
  size_t size;
  (void)arg;
  int rc = green_request_body(request, &data, &size);
  return rc < 0 ? rc : green_response_send(response, 200, NULL, data, size);
}

static int sleep_long(green_request *request, green_response *response, void *arg) {
  (void)request;
  (void)response;
  (void)arg;
  return green_sleep(600000);
}

static int wait_and_say(green_request *request, green_response *response, void *gate) {
  int rc = green_wait(gate);
  return rc < 0 ? rc : say(request, response, "waited");
}

static int watch(green_request *request, green_response *response, void *gate) {
  (void)request;
  int rc = green_response_start_events(response, 0);
  return rc < 0 ? rc : green_wait(gate);
}

/* The application itself, or within another one that has no options. */
static int make(green_app **asked, green_app **inner, const green_app_options *options, bool within,
                green_future *gate) {
  int rc = green_app_new(inner, options);
  if (rc == 0) rc = green_app_add_header(*inner, "X-Inner", "yes");
  if (rc == 0) rc = green_app_allow_host(*inner, "a");
  if (rc == 0) rc = green_app_route(*inner, "POST", "/body", take_body, NULL);
  if (rc == 0) rc = green_app_route(*inner, "GET", "/long", sleep_long, NULL);
  if (rc == 0) rc = green_app_route(*inner, "GET", "/gate", wait_and_say, gate);
  if (rc == 0) rc = green_app_route(*inner, "GET", "/events", watch, gate);
  if (rc == 0) rc = green_app_route(*inner, "GET", "/quick", say, "quick");
  if (rc == 0) green_app_set_error_log(*inner, no_log, NULL);
  if (rc < 0 || !within) return rc;
  rc = green_app_new(asked, &(green_app_options){.workers = 5});
  if (rc == 0) green_app_set_error_log(*asked, no_log, NULL);
  return rc < 0 ? rc : green_app_route(*asked, NULL, "/*", green_app_handle, *inner);
}

static int ask_for(struct client *client, green_app *app, const char *target, const char *body) {
  struct ask ask = {.target = target, .headers = "Host: a\n", .body = body};
  return client_ask(client, app, &ask);
}

static int begin(struct client *client, green_app *app, const char *target) {
  return client_begin(client, app, &(struct ask){.target = target, .headers = "Host: a\n"});
}

/* Whether a status says that there was no memory, which it may. */
#define CHECK_ANSWER(expression, expected)                                                         \
  CHECK_STATUS(expression, expected);                                                              \
  CHECK_STRING(client_header(&client, "x-inner"), "yes")

static int check_body_and_time(bool within) {
  green_app_options options = {.workers = 3, .max_body = 5, .timeout = 20};
  AUTO_FUTURE green_future *gate = NULL;
  CHECK_STATUS(green_future_new(&gate), 0);
  AUTO_APP green_app *inner = NULL, *outer = NULL;
  AUTO_CLIENT struct client client = {0};
  CHECK_STATUS(make(&outer, &inner, &options, within, gate), 0);
  green_app *app = within ? outer : inner;
  CHECK_ANSWER(ask_for(&client, app, "/body", "12345"), 200);
  CHECK_ANSWER(ask_for(&client, app, "/body", "123456"), 413);
  CHECK_ANSWER(ask_for(&client, app, "/long", NULL), 503);
  CHECK_STATUS(client_ask(&client, app, &(struct ask){.target = "/quick", .headers = "Host: b\n"}),
               421);
  return 0;
}

static int check_queue(bool within) {
  green_app_options options = {.workers = 1, .max_queued = 1};
  AUTO_FUTURE green_future *gate = NULL;
  CHECK_STATUS(green_future_new(&gate), 0);
  AUTO_APP green_app *inner = NULL, *outer = NULL;
  AUTO_CLIENT struct client client = {0}, first = {0}, second = {0};
  CHECK_STATUS(make(&outer, &inner, &options, within, gate), 0);
  green_app *app = within ? outer : inner;
  CHECK_STATUS(begin(&first, app, "/gate"), 0);
  for (int i = 0; i < 3; i++) CHECK_STATUS(green_yield(), 0);
  CHECK_STATUS(begin(&second, app, "/gate"), 0);
  for (int i = 0; i < 3; i++) CHECK_STATUS(green_yield(), 0);
  CHECK_ALLOCATIONS();
  CHECK_NUMBER(green_pool_worker_count(green_app_pool(inner)), 1);
  CHECK_NUMBER(green_pool_queued_count(green_app_pool(inner)), 1);
  CHECK_STATUS(begin(&client, app, "/quick"), 0);
  CHECK_ALLOCATIONS(); /* without memory for a worker it waits for those that there are */
  CHECK_STATUS(client_wait(&client, SIZE_MAX), 503);
  green_resolve(gate, NULL, NULL);
  CHECK_STATUS(client_wait(&first, SIZE_MAX), 200);
  CHECK_STATUS(client_wait(&second, SIZE_MAX), 200);
  return 0;
}

/* More streams than workers: they hold none, of either application, and beyond the limit are 503.
 */
static int check_streams(bool within) {
  green_app_options options = {.workers = 1, .max_streams = 3};
  AUTO_FUTURE green_future *gate = NULL;
  CHECK_STATUS(green_future_new(&gate), 0);
  AUTO_APP green_app *inner = NULL, *outer = NULL;
  AUTO_CLIENT struct client client = {0}, one = {0}, two = {0}, three = {0};
  CHECK_STATUS(make(&outer, &inner, &options, within, gate), 0);
  green_app *app = within ? outer : inner;
  if (within) CHECK_STATUS(green_pool_set_max_workers(green_app_pool(outer), 1), 0);
  struct client *const streams[] = {&one, &two, &three};
  for (size_t i = 0; i < 3; i++) {
    CHECK_STATUS(begin(streams[i], app, "/events"), 0);
    CHECK_STATUS(client_wait(streams[i], 0), 200);
  }
  CHECK_ALLOCATIONS();
  CHECK_ANSWER(ask_for(&client, app, "/quick", NULL), 200);
  CHECK_ANSWER(ask_for(&client, app, "/events", NULL), 503);
  CHECK_NUMBER(green_pool_worker_count(green_app_pool(inner)), 1);
  client_end(&one);
  for (int i = 0; i < 4; i++) CHECK_STATUS(green_yield(), 0);
  CHECK_STATUS(begin(&one, app, "/events"), 0);
  CHECK_STATUS(client_wait(&one, 0), 200);
  green_resolve(gate, NULL, NULL);
  for (size_t i = 0; i < 3; i++) CHECK_STATUS(client_wait(streams[i], SIZE_MAX), 200);
  CHECK_STATUS(green_join(green_app_shutdown(app)), 0);
  CHECK_NUMBER(green_pool_worker_count(green_app_pool(app)), 0);
  return 0;
}

TEST(app_options_of_an_app) {
  int rc = check_body_and_time(false);
  if (rc == 0) rc = check_queue(false);
  return rc < 0 ? rc : check_streams(false);
}

TEST(app_options_of_an_app_within_an_app) {
  int rc = check_body_and_time(true);
  if (rc == 0) rc = check_queue(true);
  return rc < 0 ? rc : check_streams(true);
}

TEST(app_options_that_cannot_be) {
  green_app *app = NULL;
  CHECK_STATUS(green_app_new(&app, &(green_app_options){.max_streams = -1}), GREEN_EINVAL);
  CHECK_STATUS(green_app_new(&app, &(green_app_options){.workers = -1}), GREEN_EINVAL);
  CHECK(!app);
  return 0;
}

static int never(green_request *request, green_response *response, void *app) {
  int rc = green_app_handle(request, response, app);
  if (rc == GREEN_ECLOSED) return green_response_send_status(response, 502);
  return rc;
}

TEST(app_within_an_app_that_was_shut_down) {
  AUTO_POOL green_pool *pool = NULL;
  CHECK_STATUS(green_pool_new(&pool, &(green_pool_options){.max_workers = 3}), 0);
  AUTO_APP green_app *outer = NULL, *inner = NULL;
  AUTO_CLIENT struct client client = {0};
  CHECK_STATUS(green_app_new(&outer, &(green_app_options){.pool = pool}), 0);
  CHECK_STATUS(green_app_new(&inner, &(green_app_options){.pool = pool}), 0);
  CHECK_STATUS(green_app_route(outer, NULL, "/*", never, inner), 0);
  CHECK_STATUS(green_app_route(inner, "GET", "/", say, "inner"), 0);
  CHECK_STATUS(client_get(&client, outer, "/"), 200);
  green_future_release(green_app_shutdown(inner));
  CHECK_STATUS(client_get(&client, outer, "/"), 502);
  return 0;
}

/* ---- bodies before workers ------------------------------------------------------------------- */

static int read_some(green_request *request, green_response *response, void *arg) {
  char data[3];
  size_t size = 0;
  int rc;
  (void)arg;
  if (green_request_query(request, "any")) green_request_set_max_body(request, SIZE_MAX);
  while ((rc = green_request_read(request, data, sizeof data)) > 0) size += (size_t)rc;
  return rc < 0 ? rc : green_response_print(response, 200, NULL, "%zu", size);
}

TEST(app_bodies_before_workers) {
  green_app_options options = {.workers = 1, .max_body = 10, .body_first = true};
  AUTO_APP green_app *app = NULL;
  AUTO_CLIENT struct client client = {0}, slow = {0};
  CHECK_STATUS(green_app_new(&app, &options), 0);
  CHECK_STATUS(green_app_route(app, "POST", "/body", take_body, NULL), 0);
  CHECK_STATUS(green_app_route(app, "POST", "/read", read_some, NULL), 0);
  struct ask ask = {.target = "/body", .body = "123", .claim = 5, .open = true};
  CHECK_STATUS(client_begin(&slow, app, &ask), 0);
  CHECK(!client_pump(&slow));
  CHECK_ALLOCATIONS();
  CHECK_NUMBER(green_pool_worker_count(green_app_pool(app)), 0);
  CHECK_STATUS(client_post(&client, app, "/body", NULL, "other"), 200);
  CHECK_STRING(client.body, "other");
  slow.to_send = "45";
  slow.left = 2;
  slow.end_due = true;
  CHECK_STATUS(client_wait(&slow, SIZE_MAX), 200);
  CHECK_STRING(slow.body, "12345");
  client_end(&slow);

  ask = (struct ask){.target = "/read", .body = "1234567890", .chunked = true, .piece = 4};
  CHECK_STATUS(client_ask(&client, app, &ask), 200);
  CHECK_STRING(client.body, "10");
  ask.body = "12345678901";
  CHECK_STATUS(client_ask(&client, app, &ask), 413);
  ask.target = "/read?any=1";
  CHECK_STATUS(client_ask(&client, app, &ask), 200);
  CHECK_STRING(client.body, "11");
  ask = (struct ask){.target = "/body", .body = "1", .claim = 11, .open = true};
  CHECK_STATUS(client_ask(&client, app, &ask), 413);
  CHECK_STATUS(client_ask(&client, app, &(struct ask){.target = "/body", .method = "POST"}), 200);

  ask = (struct ask){.target = "/body", .body = "123", .claim = 5, .open = true};
  CHECK_STATUS(client_begin(&slow, app, &ask), 0);
  CHECK(!client_pump(&slow));
  CHECK_ALLOCATIONS();
  green__exchange_push_end(slow.exchange, GREEN_ETIMEDOUT);
  CHECK_STATUS(client_wait(&slow, SIZE_MAX), 408);
  client_end(&slow);
  CHECK_STATUS(client_begin(&slow, app, &ask), 0);
  CHECK(!client_pump(&slow));
  client_end(&slow); /* gone before there is a task */
  CHECK_STATUS(client_post(&client, app, "/body", NULL, "last"), 200);
  return 0;
}

/* ---- headers of security --------------------------------------------------------------------- */

TEST(app_security_headers_are_on_every_answer_and_keep_what_there_is) {
  AUTO_APP green_app *app = NULL;
  AUTO_CLIENT struct client there = {0};
  AUTO_CLIENT struct client nothing = {0};
  CHECK_STATUS(green_app_new(&app, NULL), 0);
  CHECK_STATUS(green_app_route(app, "GET", "/", say, "said"), 0);
  CHECK_STATUS(green_app_add_header(app, "Referrer-Policy", "no-referrer"), 0);
  CHECK_STATUS(green_app_add_security_headers(app, NULL), 0);
  CHECK_STATUS(green_app_add_security_headers(app, "default-src 'none'"), 0); /* nothing new */
  CHECK_STATUS(client_get(&there, app, "/"), 200);
  CHECK_STATUS(client_get(&nothing, app, "/nothing"), 404);
  CHECK_ALLOCATIONS();
  CHECK_STRING(client_header(&there, "Referrer-Policy"), "no-referrer");
  CHECK_STRING(client_header(&there, "X-Content-Type-Options"), "nosniff");
  CHECK_CONTAINS(client_header(&there, "Content-Security-Policy"), "default-src 'self'");
  CHECK_STRING(client_header(&nothing, "X-Frame-Options"), "SAMEORIGIN");
  CHECK_STRING(client_header(&nothing, "Cross-Origin-Opener-Policy"), "same-origin");
  CHECK(!client_header(&nothing, "Strict-Transport-Security"));
  return 0;
}

TEST(app_security_headers_with_a_policy_of_the_program) {
  AUTO_APP green_app *app = NULL;
  AUTO_CLIENT struct client client = {0};
  CHECK_STATUS(green_app_new(&app, NULL), 0);
  CHECK_STATUS(green_app_add_security_headers(app, "default-src 'none'"), 0);
  CHECK_STATUS(client_get(&client, app, "/"), 404);
  CHECK_ALLOCATIONS();
  CHECK_STRING(client_header(&client, "Content-Security-Policy"), "default-src 'none'");
  return 0;
}

/* ---- codings, of which cases.mjs has more ---------------------------------------------------- */

static char page[5000];

static int give_page(green_request *request, green_response *response, void *arg) {
  (void)request;
  (void)arg;
  memset(page, 'a', sizeof page);
  return green_response_give(response, 200, "text/html", page, sizeof page, NULL);
}

static int write_page(green_request *request, green_response *response, void *arg) {
  (void)request;
  (void)arg;
  memset(page, 'a', sizeof page);
  int rc = green_response_start(response, 200, "text/html", 3 * sizeof page);
  for (int i = 0; i < 3 && rc == 0; i++) rc = green_response_write(response, page, sizeof page);
  return rc;
}

static int hide_coding(green_request *request, green_response *response, void *arg) {
  (void)request;
  (void)arg;
  return green_response_set_header(
      response, "X-Seen", green_response_header(response, "Content-Encoding") ? "coded" : "plain");
}

/* Without memory it is not coded, or 503. */
static int check_coded(struct client *client, green_app *app, const char *target) {
  struct ask ask = {.target = target, .headers = "Accept-Encoding: gzip\n"};
  CHECK_STATUS(client_ask(client, app, &ask), 200);
  if (test_allocator_failed()) return test_saw(GREEN_ENOMEM);
  CHECK_STRING(client_header(client, "Content-Encoding"), "gzip");
  CHECK_STRING(client_header(client, "X-Seen"), "plain");
  CHECK(client->whole && client->size > 18 && client->size < sizeof page / 2);
  CHECK((unsigned char)client->body[0] == 0x1f && (unsigned char)client->body[1] == 0x8b);
  return 0;
}

TEST(app_answers_are_compressed_when_nothing_sees_them_any_more) {
  AUTO_APP green_app *app = NULL;
  AUTO_CLIENT struct client whole = {0};
  AUTO_CLIENT struct client pieces = {0};
  CHECK_STATUS(green_app_new(&app, &(green_app_options){.compress = true, .etags = true}), 0);
  CHECK_STATUS(green_app_route(app, "GET", "/whole", give_page, NULL), 0);
  CHECK_STATUS(green_app_route(app, "GET", "/pieces", write_page, NULL), 0);
  CHECK_STATUS(green_app_use_after(app, hide_coding, NULL), 0);
  int rc = check_coded(&whole, app, "/whole");
  return rc < 0 ? rc : check_coded(&pieces, app, "/pieces");
}
