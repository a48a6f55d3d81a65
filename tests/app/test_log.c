/* Lines a request, and metrics. */
#include <stdio.h>
#include <string.h>
#include "client.h"

static void keep_line(const char *line, void *trace) {
  test_trace(trace, "%s", line);
}

static int hello(green_request *request, green_response *response, void *arg) {
  (void)request;
  (void)arg;
  return green_response_send(response, 200, "text/plain", "hello", 5);
}

TEST(app_logs_a_line_for_each_request) {
  struct test_trace trace = {0};
  AUTO_APP green_app *app = NULL;
  AUTO_CLIENT struct client client = {0};
  CHECK_STATUS(green_app_new(&app, &(green_app_options){.workers = 5}), 0);
  CHECK_STATUS(green_app_use(app, hello, NULL), 0);
  green_app_set_log(app, keep_line, &trace);
  struct ask ask = {.target = "/a?b=\"c\"",
                    .headers = "User-Agent: a\\b \"x\" \xc3\xa4\nReferer: http://x/\n"};
  CHECK_STATUS(client_ask(&client, app, &ask), 400); /* quotes are not for targets */
  CHECK(strncmp(trace.text, "127.0.0.1 - - [", 15) == 0);
  CHECK_STRING(trace.text + 41,
               "] \"GET /a?b=\\x22c\\x22 HTTP/1.1\" 400 11 \"http://x/\" \"a\\x5Cb \\x22x\\x22 "
               "\\xC3\\xA4\"");
  CHECK_CONTAINS(trace.text, " +0000] \"");
  memset(&trace, 0, sizeof trace);
  CHECK_STATUS(client_get(&client, app, "/a"), 200);
  CHECK_CONTAINS(trace.text, "\"GET /a HTTP/1.1\" 200 5 \"-\" \"-\"");
  memset(&trace, 0, sizeof trace);
  CHECK_STATUS(client_get(&client, app, "/%"), 400);
  CHECK_CONTAINS(trace.text, "\"GET /% HTTP/1.1\" 400 11 \"-\" \"-\"");
  return 0;
}

static void keep_whole_line(const char *line, void *out) {
  snprintf(out, 4096, "%s", line);
}

/* What a client sends pushes nothing out of the line. */
TEST(app_logs_lines_that_are_whole) {
  static char line[4096];
  char bad[1001], text[2100];
  AUTO_APP green_app *app = NULL;
  AUTO_CLIENT struct client client = {0};
  memset(bad, '\\', sizeof bad - 1);
  *bad = '/';
  bad[sizeof bad - 1] = 0;
  snprintf(text, sizeof text, "Referer: %s\nUser-Agent: %s\n", bad, bad);
  CHECK_STATUS(green_app_new(&app, &(green_app_options){.workers = 5}), 0);
  green_app_set_log(app, keep_whole_line, line);
  CHECK_STATUS(client_ask(&client, app, &(struct ask){.target = bad, .headers = text}), 400);
  CHECK_CONTAINS(line, "\\x5C HTTP/1.1\" 400 11 \"/\\x5C");
  CHECK_NUMBER(line[strlen(line) - 1], '"');
  return 0;
}

TEST(app_logs_to_a_file) {
  AUTO_CAPTURE struct test_capture capture = test_capture_file();
  AUTO_APP green_app *app = NULL;
  AUTO_CLIENT struct client client = {0};
  CHECK_STATUS(green_app_new(&app, &(green_app_options){.workers = 5}), 0);
  CHECK_STATUS(green_app_use(app, hello, NULL), 0);
  green_app_set_log_file(app, capture.file);
  CHECK_STATUS(client_get(&client, app, "/"), 200);
  CHECK_CONTAINS(test_captured(&capture), "\"GET / HTTP/1.1\" 200 5 \"-\" \"-\"\n");
  return 0;
}

TEST(app_logs_a_client_that_has_gone_as_499) {
  struct test_trace trace = {0};
  AUTO_APP green_app *app = NULL;
  AUTO_CLIENT struct client client = {0};
  CHECK_STATUS(green_app_new(&app, &(green_app_options){.workers = 5}), 0);
  CHECK_STATUS(green_app_use(app, hello, NULL), 0);
  green_app_set_log(app, keep_line, &trace);
  CHECK_STATUS(client_begin(&client, app, &(struct ask){.target = "/"}), 0);
  client_end(&client);
  CHECK_CONTAINS(trace.text, "\"GET / HTTP/1.1\" 499 0 \"-\" \"-\"");
  return 0;
}

static int fail_with_a_quotation(green_request *request, green_response *response, void *arg) {
  (void)request, (void)response, (void)arg;
  return green_fail(GREEN_EIO, "no \"book\"\nin \\here");
}

TEST(app_logs_a_failure_in_one_line_and_its_quotes_as_they_are) {
  struct test_trace trace = {0};
  AUTO_APP green_app *app = NULL;
  AUTO_CLIENT struct client client = {0};
  CHECK_STATUS(green_app_new(&app, &(green_app_options){.workers = 5}), 0);
  CHECK_STATUS(green_app_use(app, fail_with_a_quotation, NULL), 0);
  green_app_set_error_log(app, keep_line, &trace);
  CHECK_STATUS(client_get(&client, app, "/"), 500);
  CHECK_STRING(trace.text, "GET /: EIO: no \"book\"\\x0Ain \\x5Chere");
  return 0;
}

TEST(app_metrics) {
  AUTO_APP green_app *app = NULL;
  AUTO_CLIENT struct client client = {0};
  CHECK_STATUS(green_app_new(&app, &(green_app_options){.workers = 7}), 0);
  CHECK_STATUS(green_app_route(app, "GET", "/hello", hello, NULL), 0);
  CHECK_STATUS(green_app_serve_metrics(app, "/metrics", NULL), 0);
  for (int i = 0; i < 3; i++) CHECK_STATUS(client_get(&client, app, "/hello"), 200);
  CHECK_STATUS(client_get(&client, app, "/no"), 404);
  CHECK_STATUS(client_post(&client, app, "/hello", NULL, "body"), 405);
  CHECK_STATUS(client_get(&client, app, "/metrics"), 200);
  CHECK_CONTAINS(client_header(&client, "content-type"), "text/plain; version=0.0.4");
  static const char *const lines[] = {
      "\ngreenio_http_requests_total{method=\"GET\",class=\"2xx\"} 3\n",
      "\ngreenio_http_requests_total{method=\"GET\",class=\"4xx\"} 1\n",
      "\ngreenio_http_requests_total{method=\"POST\",class=\"4xx\"} 1\n",
      "\ngreenio_http_request_duration_seconds_bucket{le=\"+Inf\"} 5\n",
      "\ngreenio_http_request_duration_seconds_count 5\n",
      "\ngreenio_http_requests_in_flight 1\n",
      "\ngreenio_http_requests_broken_total 0\n",
      "\ngreenio_pool_workers_max 7\n",
      "\ngreenio_pool_workers 1\n",
      "\ngreenio_pool_workers_idle 0\n",
      "\ngreenio_pool_queued 0\n",
      "\ngreenio_tasks 2\n",
  };
  for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) CHECK_CONTAINS(client.body, lines[i]);
  return 0;
}
