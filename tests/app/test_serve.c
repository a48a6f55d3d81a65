/* What runs for a request, in which order, and what becomes of it. */
#include <string.h>
#include "client.h"

static int say(green_request *request, green_response *response, void *text) {
  (void)request;
  return green_response_send(response, 200, "text/plain", text, strlen(text));
}

struct noted {
  struct test_trace *trace;
  const char *word;
  int rc;
};

static int note(green_request *request, green_response *response, void *arg) {
  struct noted *noted = arg;
  (void)request;
  (void)response;
  test_trace(noted->trace, "%s", noted->word);
  if (noted->rc < 0) return green_fail(noted->rc, "%s failed", noted->word);
  return 0;
}

static int note_and_say(green_request *request, green_response *response, void *arg) {
  struct noted *noted = arg;
  note(request, response, arg);
  return say(request, response, (void *)noted->word);
}

static void keep_line(const char *line, void *trace) {
  test_trace(trace, "%s", line);
}

TEST(app_the_first_that_answers_wins) {
  struct test_trace trace = {0};
  struct noted a = {&trace, "a", 0}, b = {&trace, "b", 0}, c = {&trace, "c", 0};
  AUTO_APP green_app *app = NULL;
  AUTO_CLIENT struct client client = {0};
  CHECK_STATUS(green_app_new(&app, &(green_app_options){.workers = 5}), 0);
  CHECK_STATUS(green_app_use(app, note, &a), 0);
  CHECK_STATUS(green_app_use(app, note_and_say, &b), 0);
  CHECK_STATUS(green_app_use(app, note_and_say, &c), 0);
  CHECK_STATUS(client_get(&client, app, "/"), 200);
  CHECK_STRING(client.body, "b");
  CHECK_STRING(trace.text, "a b");
  return 0;
}

TEST(app_nobody_answers_is_404) {
  struct test_trace trace = {0};
  struct noted a = {&trace, "a", 0};
  AUTO_APP green_app *app = NULL;
  AUTO_CLIENT struct client client = {0};
  CHECK_STATUS(green_app_new(&app, &(green_app_options){.workers = 5}), 0);
  CHECK_STATUS(green_app_use(app, note, &a), 0);
  CHECK_STATUS(client_get(&client, app, "/"), 404);
  CHECK_STRING(client.body, "Not Found");
  CHECK_STRING(trace.text, "a");
  return 0;
}

static int refuse(green_request *request, green_response *response, void *arg) {
  (void)request;
  (void)response;
  return green_fail(*(int *)arg, "the cat is on the keyboard");
}

TEST(app_a_failure_is_500_with_a_line_in_the_log) {
  struct test_trace trace = {0};
  int rc = GREEN_EIO;
  AUTO_APP green_app *app = NULL;
  AUTO_CLIENT struct client client = {0};
  CHECK_STATUS(green_app_new(&app, &(green_app_options){.workers = 5}), 0);
  green_app_set_error_log(app, keep_line, &trace);
  CHECK_STATUS(green_app_route(app, "GET", "/cat", refuse, &rc), 0);
  CHECK_STATUS(client_get(&client, app, "/cat?x=1"), 500);
  CHECK_STRING(client.body, "Internal Server Error");
  CHECK_STRING(trace.text, "GET /cat?x=1: EIO: the cat is on the keyboard");
  rc = GREEN_ENOMEM;
  CHECK_STATUS(client_get(&client, app, "/cat"), 503);
  CHECK_STATUS(client_get(&client, app, "/dog"), 404);
  return 0;
}

static int give_number(green_request *request, green_response *response, void *arg) {
  (void)request;
  if (strcmp(arg, "") != 0) green_response_print(response, 200, "text/plain", "%s", (char *)arg);
  return 200;
}

TEST(app_a_number_above_0_is_a_failure_where_no_response_was_made) {
  struct test_trace trace = {0};
  AUTO_APP green_app *app = NULL;
  AUTO_CLIENT struct client client = {0};
  CHECK_STATUS(green_app_new(&app, NULL), 0);
  green_app_set_error_log(app, keep_line, &trace);
  CHECK_STATUS(green_app_route(app, "GET", "/made", give_number, "made"), 0);
  CHECK_STATUS(green_app_route(app, "GET", "/none", give_number, ""), 0);
  CHECK_STATUS(client_get(&client, app, "/made"), 200);
  CHECK_STRING(client.body, "made");
  CHECK_STRING(trace.text, "");
  CHECK_STATUS(client_get(&client, app, "/none"), 500);
  CHECK_STRING(trace.text, "GET /none: EINVAL: a handler returned 200 and made no response");
  return 0;
}

TEST(app_what_a_failed_function_made_is_dropped) {
  struct test_trace trace = {0};
  struct noted a = {&trace, "a", GREEN_EIO};
  AUTO_APP green_app *app = NULL;
  AUTO_CLIENT struct client client = {0};
  CHECK_STATUS(green_app_new(&app, &(green_app_options){.workers = 5}), 0);
  green_app_set_error_log(app, keep_line, &trace);
  CHECK_STATUS(green_app_use(app, note, &a), 0);
  CHECK_STATUS(green_app_use(app, say, "never"), 0);
  CHECK_STATUS(client_get(&client, app, "/"), 500);
  CHECK_STRING(trace.text, "a GET /: EIO: a failed");
  return 0;
}

/* ---- routes ---------------------------------------------------------------------------------- */

static int show_params(green_request *request, green_response *response, void *arg) {
  const char *id = green_request_param(request, "id"), *rest = green_request_param(request, "*");
  const char *named = green_request_param(request, "rest");
  return green_response_print(response, 200, "text/plain", "%s id=%s rest=%s named=%s", (char *)arg,
                              id ? id : "-", rest ? rest : "-", named ? named : "-");
}

TEST(app_routes_have_parameters) {
  static const char *const paths[][2] = {
      {"/notes/7", "note id=7 rest=- named=-"},
      {"/notes/a%20b", "note id=a b rest=- named=-"},
      {"/notes/7/edit", "edit id=7 rest=- named=-"},
      {"/notes", "notes id=- rest=- named=-"},
      {"/notes?id=9", "notes id=- rest=- named=-"},
      {"/files/", "files id=- rest= named=-"},
      {"/files/a/b.txt", "files id=- rest=a/b.txt named=-"},
      {"/7/all/x/y", "all id=7 rest=- named=x/y"},
      {"http://example.org/notes", "notes id=- rest=- named=-"},
  };
  static const char *const absent[] = {"/notes/",      "/notes/7/",      "/note",   "/files", "/",
                                       "/notes//edit", "/notes/7/edit/", "/notess", "//notes"};
  AUTO_APP green_app *app = NULL;
  AUTO_CLIENT struct client client = {0};
  CHECK_STATUS(green_app_new(&app, &(green_app_options){.workers = 5}), 0);
  CHECK_STATUS(green_app_route(app, "GET", "/notes", show_params, "notes"), 0);
  CHECK_STATUS(green_app_route(app, "GET", "/notes/:id", show_params, "note"), 0);
  CHECK_STATUS(green_app_route(app, "GET", "/notes/:id/edit", show_params, "edit"), 0);
  CHECK_STATUS(green_app_route(app, "GET", "/files/*", show_params, "files"), 0);
  CHECK_STATUS(green_app_route(app, "GET", "/:id/all/*rest", show_params, "all"), 0);
  for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
    CHECK_STATUS(client_get(&client, app, paths[i][0]), 200);
    CHECK_STRING(client.body, paths[i][1]);
  }
  for (size_t i = 0; i < sizeof absent / sizeof *absent; i++)
    CHECK_STATUS(client_get(&client, app, absent[i]), 404);
  return 0;
}

TEST(app_routes_that_cannot_be_are_refused) {
  static const char *const paths[] = {"", "notes", "/:", "/a/*rest/b", "/a\n"};
  AUTO_APP green_app *app = NULL;
  CHECK_STATUS(green_app_new(&app, &(green_app_options){.workers = 5}), 0);
  for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
    CHECK_STATUS(green_app_route(app, "GET", paths[i], say, ""), GREEN_EINVAL);
  CHECK_STATUS(green_app_route(app, "GET IT", "/", say, ""), GREEN_EINVAL);
  CHECK_STATUS(green_app_route(app, "get", "/", say, ""), GREEN_EINVAL);
  CHECK_CONTAINS(green_message(), "capitals");
  CHECK_STATUS(green_app_route(app, "GET", "/", NULL, NULL), GREEN_EINVAL);
  CHECK_CONTAINS(green_message(), "no function");
  CHECK_STATUS(green_app_use(app, NULL, NULL), GREEN_EINVAL);
  return 0;
}

TEST(app_methods) {
  AUTO_APP green_app *app = NULL;
  AUTO_CLIENT struct client client = {0};
  CHECK_STATUS(green_app_new(&app, &(green_app_options){.workers = 5}), 0);
  CHECK_STATUS(green_app_route(app, NULL, "/every", say, "every"), 0);
  CHECK_STATUS(green_app_route(app, "GET", "/a", say, "get"), 0);
  CHECK_STATUS(green_app_route(app, "POST", "/a", say, "post"), 0);
  CHECK_STATUS(green_app_route(app, "DELETE", "/a", say, "delete"), 0);
  CHECK_STATUS(green_app_route(app, NULL, "/any", say, "any"), 0);
  CHECK_STATUS(green_app_route(app, "OPTIONS", "/own", say, "own"), 0);

  CHECK_STATUS(client_ask(&client, app, &(struct ask){.method = "DELETE", .target = "/a"}), 200);
  CHECK_STRING(client.body, "delete");
  CHECK_STATUS(client_ask(&client, app, &(struct ask){.method = "BREW", .target = "/any"}), 200);
  CHECK_STATUS(client_ask(&client, app, &(struct ask){.method = "PUT", .target = "/a"}), 405);
  CHECK_STRING(client_header(&client, "allow"), "OPTIONS, HEAD, GET, POST, DELETE");
  CHECK_STATUS(client_ask(&client, app, &(struct ask){.method = "OPTIONS", .target = "/a"}), 204);
  CHECK_STRING(client_header(&client, "allow"), "OPTIONS, HEAD, GET, POST, DELETE");
  CHECK(client.bodiless && client.size == 0);
  CHECK_STATUS(client_ask(&client, app, &(struct ask){.method = "OPTIONS", .target = "/own"}), 200);
  CHECK_STRING(client.body, "own");
  CHECK_STATUS(client_ask(&client, app, &(struct ask){.method = "OPTIONS", .target = "*"}), 204);
  CHECK_STRING(client_header(&client, "allow"), "OPTIONS, HEAD, GET, POST, DELETE");
  CHECK_STATUS(client_ask(&client, app, &(struct ask){.method = "HEAD", .target = "/a"}), 200);
  CHECK(client.bodiless);
  CHECK_NUMBER(client.announced, 3);
  CHECK_NUMBER(client.size, 0);
  CHECK_STATUS(green_app_route(app, NULL, "/*", say, "anything"), 0);
  CHECK_STATUS(client_ask(&client, app, &(struct ask){.method = "HEAD", .target = "/a"}), 200);
  CHECK_NUMBER(client.announced, 3);
  CHECK_STATUS(green_app_route(app, "HEAD", "/a", say, "of its own"), 0);
  CHECK_STATUS(client_ask(&client, app, &(struct ask){.method = "HEAD", .target = "/a"}), 200);
  CHECK_NUMBER(client.announced, 10);
  return 0;
}

TEST(app_bad_targets_are_400) {
  static const char *const targets[] = {
      "",          "*",         "a",       "/a b",          "/%",
      "/%4",       "/%zz",      "/%00",    "/a%2fb",        "/a%2Fb",
      "/a%5cb",    "/a\\b",     "/..",     "/a/../b",       "/a/..",
      "/%2e%2e",   "/.%2e/x",   "/./a",    "/a/.",          "/%2e",
      "/a#b",      "/\x01",     "/\x7f",   "/\xc3\xa4",     "http://",
      "ftp://a/b", "http:///x", "http//a", "http://a/../b",
  };
  AUTO_APP green_app *app = NULL;
  AUTO_CLIENT struct client client = {0};
  CHECK_STATUS(green_app_new(&app, &(green_app_options){.workers = 5}), 0);
  CHECK_STATUS(green_app_use(app, say, "never"), 0);
  for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
    int status = client_get(&client, app, targets[i]);
    if (status != 400) fprintf(stderr, "target %s\n", targets[i]);
    CHECK_STATUS(status, 400);
  }
  CHECK_STATUS(client_ask(&client, app, &(struct ask){.method = "G T", .target = "/"}), 400);
  CHECK_STATUS(client_get(&client, app, "/...a/.b/c..?/../%00"), 200);
  return 0;
}

/* ---- response middleware --------------------------------------------------------------------- */

static int stamp(green_request *request, green_response *response, void *value) {
  (void)request;
  return green_response_set_header(response, "X-Stamp", value);
}

static int replace_404(green_request *request, green_response *response, void *arg) {
  (void)arg;
  if (green_response_status(response) != 404) return 0;
  return green_response_print(response, 404, "text/plain", "no %s", green_request_path(request));
}

TEST(app_response_middleware_runs_in_order_and_may_replace) {
  AUTO_APP green_app *app = NULL;
  AUTO_CLIENT struct client client = {0};
  CHECK_STATUS(green_app_new(&app, &(green_app_options){.workers = 5}), 0);
  CHECK_STATUS(green_app_route(app, "GET", "/a", say, "a"), 0);
  CHECK_STATUS(green_app_use_after(app, stamp, "one"), 0);
  CHECK_STATUS(green_app_use_after(app, replace_404, NULL), 0);
  CHECK_STATUS(green_app_use_after(app, stamp, "two"), 0);
  CHECK_STATUS(client_get(&client, app, "/a"), 200);
  CHECK_STRING(client.body, "a");
  CHECK_STRING(client_header(&client, "x-stamp"), "two");
  CHECK_STATUS(client_get(&client, app, "/b"), 404);
  CHECK_STRING(client.body, "no /b");
  CHECK_STRING(client_header(&client, "x-stamp"), "two");
  return 0;
}

TEST(app_response_middleware_that_fails_is_handled_like_others) {
  struct test_trace trace = {0};
  struct noted a = {&trace, "a", GREEN_EPERM};
  AUTO_APP green_app *app = NULL;
  AUTO_CLIENT struct client client = {0};
  CHECK_STATUS(green_app_new(&app, &(green_app_options){.workers = 5}), 0);
  green_app_set_error_log(app, keep_line, &trace);
  CHECK_STATUS(green_app_use(app, say, "fine"), 0);
  CHECK_STATUS(green_app_use_after(app, note, &a), 0);
  CHECK_STATUS(green_app_use_after(app, stamp, "still"), 0);
  CHECK_STATUS(client_get(&client, app, "/"), 500);
  CHECK_STRING(client_header(&client, "x-stamp"), "still");
  CHECK_STRING(trace.text, "a GET /: EPERM: a failed");
  return 0;
}

/* ---- waiting --------------------------------------------------------------------------------- */

static int sleep_and_say(green_request *request, green_response *response, void *arg) {
  int rc = green_sleep(1);
  return rc < 0 ? rc : say(request, response, arg);
}

TEST(app_functions_may_wait) {
  AUTO_APP green_app *app = NULL;
  AUTO_CLIENT struct client first = {0}, second = {0};
  CHECK_STATUS(green_app_new(&app, &(green_app_options){.workers = 5}), 0);
  CHECK_STATUS(green_app_use(app, sleep_and_say, "slept"), 0);
  CHECK_STATUS(client_begin(&first, app, &(struct ask){.target = "/"}), 0);
  CHECK_STATUS(client_get(&second, app, "/"), 200);
  CHECK_STATUS(client_wait(&first, SIZE_MAX), 200);
  CHECK_STRING(first.body, "slept");
  CHECK_STRING(second.body, "slept");
  CHECK_ALLOCATIONS();
  CHECK_NUMBER(green_pool_worker_count(green_app_pool(app)), 2);
  return 0;
}

static int await(green_request *request, green_response *response, void *arg) {
  (void)request;
  return green_response_await(response, green_future_retain(arg));
}

TEST(app_a_function_may_leave_a_future) {
  struct test_trace trace = {0};
  AUTO_FUTURE green_future *future = NULL, *failed = NULL;
  AUTO_APP green_app *app = NULL;
  AUTO_CLIENT struct client client = {0};
  CHECK_STATUS(green_future_new(&future), 0);
  CHECK_STATUS(green_future_new(&failed), 0);
  CHECK_STATUS(green_app_new(&app, &(green_app_options){.workers = 5}), 0);
  green_app_set_error_log(app, keep_line, &trace);
  CHECK_STATUS(green_app_route(app, "GET", "/failed", await, failed), 0);
  CHECK_STATUS(green_app_use(app, await, future), 0);
  CHECK_STATUS(client_begin(&client, app, &(struct ask){.target = "/failed"}), 0);
  CHECK_STATUS(green_yield(), 0);
  CHECK(!client_pump(&client));
  green_resolve(future, NULL, NULL);
  CHECK_STATUS(green_yield(), 0);
  CHECK(!client_pump(&client));
  green_reject(failed, GREEN_EIO, "it broke");
  CHECK_STATUS(client_wait(&client, SIZE_MAX), 500);
  CHECK_STRING(trace.text, "GET /failed: EIO: it broke");
  return 0;
}

static int sleep_long(green_request *request, green_response *response, void *arg) {
  struct test_trace *trace = arg;
  (void)request;
  int rc = green_sleep(60000);
  test_trace(trace, "%s%s", green_status_name(rc), green_cancelled() ? "!" : "");
  int later = green_response_send_status(response, 200);
  return rc < 0 ? rc : later;
}

TEST(app_a_client_that_goes_away_cancels_its_task) {
  struct test_trace trace = {0};
  AUTO_APP green_app *app = NULL;
  AUTO_CLIENT struct client client = {0}, queued = {0};
  CHECK_STATUS(green_app_new(&app, &(green_app_options){.workers = 1}), 0);
  green_app_set_error_log(app, keep_line, &trace);
  CHECK_STATUS(green_app_use(app, sleep_long, &trace), 0);
  CHECK_STATUS(client_begin(&client, app, &(struct ask){.target = "/"}), 0);
  CHECK_STATUS(client_begin(&queued, app, &(struct ask){.target = "/"}), 0);
  CHECK_STATUS(green_yield(), 0);
  CHECK_NUMBER(green_pool_queued_count(green_app_pool(app)), 1);
  client_end(&queued);
  CHECK_NUMBER(green_pool_queued_count(green_app_pool(app)), 0);
  client_end(&client);
  CHECK_STATUS(green_yield(), 0);
  CHECK_STATUS(green_yield(), 0);
  CHECK_STRING(trace.text, "ECANCELED!");
  CHECK_NUMBER(green_pool_idle_count(green_app_pool(app)), 1);
  return 0;
}

/* Its answer is whole before its task is. */
static int write_and_go_on(green_request *request, green_response *response, void *arg) {
  struct test_trace *trace = arg;
  (void)request;
  int rc = green_response_start(response, 200, "text/plain", 3);
  int written = rc < 0 ? rc : green_response_write(response, "abc", 3);
  int slept = green_sleep(1), flushed = green_response_flush(response);
  test_trace(trace, "%s %s %s", green_status_name(written), green_status_name(slept),
             green_status_name(flushed));
  return written < 0 ? written : green_fail(GREEN_EIO, "too late");
}

TEST(app_a_client_that_has_it_all_cancels_nothing) {
  static struct test_trace trace; /* without memory for a shutdown, the task outlives the test */
  trace = (struct test_trace){0};
  AUTO_APP green_app *app = NULL;
  AUTO_CLIENT struct client client = {0};
  CHECK_STATUS(green_app_new(&app, &(green_app_options){.workers = 1}), 0);
  green_app_set_error_log(app, keep_line, &trace);
  CHECK_STATUS(green_app_use(app, write_and_go_on, &trace), 0);
  CHECK_STATUS(client_begin(&client, app, &(struct ask){.target = "/"}), 0);
  CHECK_STATUS(client_wait(&client, 3), 200);
  CHECK_STRING(client.body, "abc");
  green__exchange_close(client.exchange, true); /* as a host that counts does */
  client.exchange = NULL;
  CHECK_STATUS(green_join(green_app_shutdown(app)), 0);
  CHECK_ALLOCATIONS();
  CHECK_STRING(trace.text, "OK OK OK GET /: EIO: too late");
  return 0;
}

TEST(app_a_request_that_takes_too_long_is_503) {
  struct test_trace trace = {0};
  green_app_options options = {.workers = 1, .timeout = 1};
  AUTO_APP green_app *app = NULL;
  AUTO_CLIENT struct client client = {0};
  CHECK_STATUS(green_app_new(&app, &options), 0);
  green_app_set_error_log(app, keep_line, &trace);
  CHECK_STATUS(green_app_use(app, sleep_long, &trace), 0);
  CHECK_STATUS(client_get(&client, app, "/"), 503);
  CHECK_CONTAINS(trace.text, "ETIMEDOUT GET /: ETIMEDOUT: timed out");
  return 0;
}

TEST(app_a_queue_that_is_full_is_503) {
  struct test_trace trace = {0};
  green_app_options options = {.workers = 1, .max_queued = 1};
  AUTO_APP green_app *app = NULL;
  AUTO_CLIENT struct client running = {0}, queued = {0}, refused = {0};
  CHECK_STATUS(green_app_new(&app, &options), 0);
  CHECK_STATUS(green_app_use(app, sleep_long, &trace), 0);
  CHECK_STATUS(client_begin(&running, app, &(struct ask){.target = "/"}), 0);
  CHECK_STATUS(green_yield(), 0);
  CHECK_STATUS(client_begin(&queued, app, &(struct ask){.target = "/"}), 0);
  CHECK_STATUS(client_get(&refused, app, "/"), 503);
  return 0;
}

TEST(app_shutdown_lets_requests_end) {
  AUTO_APP green_app *app = NULL;
  AUTO_CLIENT struct client client = {0}, late = {0};
  CHECK_STATUS(green_app_new(&app, &(green_app_options){.workers = 5}), 0);
  CHECK_STATUS(green_app_use(app, sleep_and_say, "slept"), 0);
  CHECK_STATUS(client_begin(&client, app, &(struct ask){.target = "/"}), 0);
  AUTO_FUTURE green_future *ended = green_app_shutdown(app);
  CHECK_STARTED(ended);
  CHECK_STATUS(client_get(&late, app, "/"), 503);
  CHECK(!green_done(ended));
  CHECK_STATUS(client_wait(&client, SIZE_MAX), 200);
  CHECK_STATUS(green_wait(ended), 0);
  CHECK_NUMBER(green_pool_worker_count(green_app_pool(app)), 0);
  return 0;
}

TEST(app_with_a_pool_of_the_programs_own) {
  AUTO_POOL green_pool *pool = NULL;
  CHECK_STATUS(green_pool_new(&pool, &(green_pool_options){.max_workers = 3}), 0);
  AUTO_APP green_app *app = NULL;
  AUTO_CLIENT struct client client = {0};
  CHECK_STATUS(green_app_new(&app, &(green_app_options){.pool = pool}), 0);
  CHECK(green_app_pool(app) == pool);
  CHECK_STATUS(green_app_use(app, say, "here"), 0);
  CHECK_STATUS(client_get(&client, app, "/"), 200);
  CHECK_STATUS(green_join(green_app_shutdown(app)), 0);
  CHECK(!green_pool_is_shutdown(pool));
  return 0;
}

/* ---- applications in applications ------------------------------------------------------------ */

static int say_future(green_request *request, green_response *response, void *arg) {
  (void)request;
  *(green_future **)arg = green_current();
  return green_response_send_status(response, 200);
}

static int note_future(green_request *request, green_response *response, void *arg) {
  (void)request;
  (void)response;
  *(green_future **)arg = green_current();
  return 0;
}

TEST(app_within_an_app_runs_directly_in_a_worker_of_its_pool) {
  green_future *outside = NULL, *inside = NULL;
  AUTO_POOL green_pool *pool = NULL;
  CHECK_STATUS(green_pool_new(&pool, &(green_pool_options){.max_workers = 3}), 0);
  AUTO_APP green_app *outer = NULL, *same = NULL, *other = NULL;
  AUTO_CLIENT struct client client = {0};
  CHECK_STATUS(green_app_new(&outer, &(green_app_options){.pool = pool}), 0);
  CHECK_STATUS(green_app_new(&same, &(green_app_options){.pool = pool}), 0);
  CHECK_STATUS(green_app_new(&other, &(green_app_options){.workers = 1}), 0);
  CHECK_STATUS(green_app_use(outer, note_future, &outside), 0);
  CHECK_STATUS(green_app_route(outer, NULL, "/same/*", green_app_handle, same), 0);
  CHECK_STATUS(green_app_route(outer, NULL, "/other/*", green_app_handle, other), 0);
  CHECK_STATUS(green_app_route(same, "GET", "/same/a", say_future, &inside), 0);
  CHECK_STATUS(green_app_use_after(same, stamp, "inner"), 0);
  CHECK_STATUS(green_app_route(other, "GET", "/other/a", say_future, &inside), 0);
  CHECK_STATUS(client_get(&client, outer, "/same/a"), 200);
  CHECK_STRING(client_header(&client, "x-stamp"), "inner");
  CHECK(inside == outside);
  CHECK_STATUS(client_get(&client, outer, "/other/a"), 200);
  CHECK(inside != outside);
  CHECK_STATUS(client_get(&client, outer, "/same/b"), 404);
  CHECK(!client_header(&client, "x-stamp"));
  return 0;
}

/* ---- at once --------------------------------------------------------------------------------- */

static int wait_for(void *future) {
  return green_wait(future);
}

/* On the host's own stack, as a server's callback is. */
TEST_OUTSIDE(app_what_does_not_wait_is_answered_at_once) {
  if (!test_at_once) SKIP("by JSPI tasks run in microtasks");
  green_app *app = NULL;
  struct client quick = {0}, slow = {0}, posted = {0};
  int rc = green_runtime_current() ? green_app_new(&app, &(green_app_options){.workers = 5})
                                   : GREEN_ENOMEM;
  if (rc == 0) rc = green_app_route(app, "GET", "/quick", say, "quick");
  if (rc == 0) rc = green_app_route(app, "GET", "/slow", sleep_and_say, "slow");
  if (rc == 0) rc = green_app_use(app, green_app_wait_for_body, NULL);
  if (rc == 0) rc = green_app_route(app, "POST", "/posted", say, "posted");
  for (int i = 0; i < 3 && rc == 0; i++) {
    client_end(&quick);
    rc = client_begin(&quick, app, &(struct ask){.target = "/quick"});
    if (rc == 0 && !client_pump(&quick)) rc = TEST_FAILED;
    if (rc == 0 && quick.status != 200) rc = TEST_FAILED;
  }
  if (rc == 0) rc = client_begin(&slow, app, &(struct ask){.target = "/slow"});
  bool waits = rc < 0 || !client_pump(&slow);
  if (rc == 0)
    rc = client_begin(&posted, app, &(struct ask){.target = "/posted", .body = "abc", .piece = 2});
  bool at_once = rc < 0 || client_pump(&posted);
  client_end(&slow);
  client_end(&quick);
  client_end(&posted);
  AUTO_FUTURE green_future *down = app ? green_app_shutdown(app) : NULL;
  green_app_release(app);
  int ended = down ? green_run(wait_for, down) : 0;
  CHECK_STATUS(rc, 0);
  CHECK_STATUS(ended, 0);
  CHECK_ALLOCATIONS();
  CHECK(waits);
  CHECK(at_once);
  return 0;
}

static int note_that_it_ran(void *ran) {
  *(int *)ran = 1;
  return 0;
}

/* A task that waits where another is ready: its child. */
static int spawn_and_wait(green_request *request, green_response *response, void *ran) {
  (void)request, (void)response;
  return green_join(green_spawn(note_that_it_ran, ran));
}

/* An event runs what it begins, and nothing behind that: others wait for their turn. */
TEST_OUTSIDE(app_an_event_runs_one_task) {
  if (!test_at_once) SKIP("by JSPI tasks run in microtasks");
  int ran = 0;
  green_app *app = NULL;
  struct client client = {0};
  int rc = green_runtime_current() ? green_app_new(&app, NULL) : GREEN_ENOMEM;
  if (rc == 0) rc = green_app_route(app, "GET", "/", spawn_and_wait, &ran);
  if (rc == 0) rc = client_begin(&client, app, &(struct ask){.target = "/"});
  int ran_at_once = ran;
  client_end(&client);
  AUTO_FUTURE green_future *down = app ? green_app_shutdown(app) : NULL;
  green_app_release(app);
  int ended = down ? green_run(wait_for, down) : 0;
  CHECK_STATUS(rc, 0);
  CHECK_STATUS(ended, 0);
  CHECK_ALLOCATIONS();
  CHECK(!ran_at_once);
  CHECK(ran);
  return 0;
}
