/* What a client's requests have in common; queries and forms. */
#include "http_test.h"

#include <string.h>

static int make_client(green_http_client **client, green_http_client_options options) {
  return green_http_client_new(client, &options);
}

static int ask(green_http_client *client, const char *path, green_http_response **response) {
  struct address address = at("%s", path);
  return green_http_get(client, response, address.text);
}

TEST(default_headers_are_sent_unless_replaced) {
  const green_http_header defaults[] = {{"X-One", "1"}, {"X-Two", "2"}};
  const green_http_header own[] = {{"x-two", "mine"}};
  AUTO_CLIENT green_http_client *client = NULL;
  CHECK_STATUS(
      make_client(&client, (green_http_client_options){.headers = defaults, .header_count = 2}), 0);
  AUTO_RESPONSE green_http_response *response = NULL;
  struct address address = at("/echo");
  green_http_request request = {.url = address.text, .headers = own, .header_count = 1};
  CHECK_STATUS(green_http_perform(client, &response, &request), 0);
  CHECK_STRING(green_http_response_header(response, "Got-X-One"), "1");
  CHECK_STRING(green_http_response_header(response, "Got-X-Two"), "mine");
  return 0;
}

/* Milliseconds that are more than some hosts' timers count. */
TEST(timeouts_of_weeks) {
  green_http_client_options options = {.timeout = UINT64_MAX, .idle_timeout = UINT64_MAX};
  if (!test_in_wasm) options.connect_timeout = UINT64_MAX;
  AUTO_CLIENT green_http_client *client = NULL;
  AUTO_RESPONSE green_http_response *response = NULL;
  CHECK_STATUS(make_client(&client, options), 0);
  CHECK_STATUS(ask(client, "/limited/weeks", &response), 0);
  CHECK_NUMBER(green_http_response_status(response), 200);
  return 0;
}

TEST(addresses_below_a_base) {
  struct address base = at("/echo/base/");
  AUTO_CLIENT green_http_client *client = NULL;
  CHECK_STATUS(make_client(&client, (green_http_client_options){.base_url = base.text}), 0);
  AUTO_RESPONSE green_http_response *below = NULL, *query = NULL, *absolute = NULL;
  CHECK_STATUS(green_http_get(client, &below, "/items?a=b#c"), 0);
  CHECK_STRING(green_http_response_header(below, "Got-Path"), "/echo/base/items?a=b");
  CHECK_STATUS(green_http_get(client, &query, "?a=b"), 0);
  CHECK_STRING(green_http_response_header(query, "Got-Path"), "/echo/base/?a=b");
  CHECK_STATUS(ask(client, "/echo/other", &absolute), 0);
  CHECK_STRING(green_http_response_header(absolute, "Got-Path"), "/echo/other");
  return 0;
}

TEST(queries_and_forms_are_encoded) {
  const green_http_header fields[] = {{"q", "a b&c=d"}, {"gr\xc3\xbcn", "*-._~"}, {"empty", ""}};
  static const char encoded[] = "q=a+b%26c%3Dd&gr%C3%BCn=*-._%7E&empty=";
  char path[100];
  AUTO_RESPONSE green_http_response *query = NULL, *form = NULL;
  struct address address = at("/echo?x=y#part");
  green_http_request request = {.url = address.text, .query = fields, .query_count = 3};
  CHECK_STATUS(green_http_perform(NULL, &query, &request), 0);
  snprintf(path, sizeof path, "/echo?x=y&%s", encoded);
  CHECK_STRING(green_http_response_header(query, "Got-Path"), path);
  request = (green_http_request){.url = address.text, .form = fields, .form_count = 3};
  CHECK_STATUS(green_http_perform(NULL, &form, &request), 0);
  CHECK_STRING(green_http_response_header(form, "Got-Method"), "POST");
  CHECK_STRING(green_http_response_header(form, "Got-Content-Type"),
               "application/x-www-form-urlencoded");
  CHECK_STRING(green_http_response_body(form, NULL), encoded);
  return 0;
}

TEST(cookies_are_kept) {
  AUTO_CLIENT green_http_client *client = NULL;
  AUTO_RESPONSE green_http_response *set = NULL, *sent = NULL, *changed = NULL, *then = NULL;
  if (in_browser()) SKIP("a page does not see its browser's jar");
  CHECK_STATUS(make_client(&client, (green_http_client_options){.cookies = true}), 0);
  CHECK_STATUS(ask(client,
                   "/cookie-set?c=a=1&c=b=2;%20Path=/echo/deep&c=c=3;%20Domain=example.com&"
                   "c=d=4;%20Max-Age=1000;%20HttpOnly&c=e=5;%20Max-Age=0",
                   &set),
               0);
  CHECK_STATUS(ask(client, "/echo", &sent), 0);
  const char *cookies = green_http_response_header(sent, "Got-Cookie");
  CHECK_CONTAINS(cookies, "a=1"); /* in any order */
  CHECK_CONTAINS(cookies, "d=4");
  CHECK_NUMBER(strlen(cookies), strlen("a=1; d=4"));
  CHECK_STATUS(ask(client, "/cookie-set?c=a=;%20Max-Age=0&c=d=changed", &changed), 0);
  CHECK_STATUS(ask(client, "/echo/deep/er", &then), 0);
  CHECK_STRING(green_http_response_header(then, "Got-Cookie"), "b=2; d=changed");
  return 0;
}

TEST(cookies_stay_with_their_client_and_host) {
  AUTO_CLIENT green_http_client *client = NULL, *other = NULL;
  AUTO_RESPONSE green_http_response *set = NULL, *none = NULL, *away = NULL, *without = NULL;
  if (in_browser()) SKIP("a page does not see its browser's jar");
  CHECK_STATUS(make_client(&client, (green_http_client_options){.cookies = true}), 0);
  CHECK_STATUS(make_client(&other, (green_http_client_options){.cookies = true}), 0);
  CHECK_STATUS(ask(client, "/cookie-set?c=a=1", &set), 0);
  CHECK_STATUS(ask(other, "/echo", &none), 0);
  CHECK(green_http_response_header(none, "Got-Cookie") == NULL);
  CHECK_STATUS(ask(client, "/redirect-away", &away), 0);
  CHECK(green_http_response_header(away, "Got-Cookie") == NULL);
  CHECK_STATUS(ask(NULL, "/echo", &without), 0);
  CHECK(green_http_response_header(without, "Got-Cookie") == NULL);
  return 0;
}

TEST(timeouts_of_a_client) {
  AUTO_CLIENT green_http_client *whole = NULL, *idle = NULL;
  AUTO_RESPONSE green_http_response *response = NULL;
  CHECK_STATUS(make_client(&whole, (green_http_client_options){.timeout = 50}), 0);
  CHECK_STATUS(make_client(&idle, (green_http_client_options){.idle_timeout = 50}), 0);
  CHECK_STATUS(green_http_get(whole, &response, at("/slow/%lu", fresh_id()).text), GREEN_ETIMEDOUT);
  if (!test_allocator_failed()) CHECK_CONTAINS(green_message(), "50 ms");
  unsigned long id = fresh_id();
  CHECK_STATUS(green_http_get(idle, &response, at("/slow-body/%lu", id).text), GREEN_ETIMEDOUT);
  CHECK_GET(at("/hello"), "hello\n");
  return 0;
}

/* A reader that takes its time is not an idle connection. */
TEST(a_slow_reader_is_not_idle) {
  AUTO_CLIENT green_http_client *client = NULL;
  AUTO_RESPONSE green_http_response *response = NULL;
  struct address address = at("/bytes/300000");
  green_http_request request = {.url = address.text};
  char buffer[20000];
  int count;
  if (test_scale(0, 1)) SKIP("slow");
  CHECK_STATUS(make_client(&client, (green_http_client_options){.idle_timeout = 5000}), 0);
  CHECK_STATUS(green_http_open(client, &response, &request), 0);
  CHECK_STATUS(green_sleep(6000), 0);
  while ((count = green_http_response_read(response, buffer, sizeof buffer)) > 0)
    ;
  CHECK_STATUS(count, 0);
  return 0;
}

TEST(options_that_are_refused) {
  static const green_http_header bad = {"Two words", "value"};
  const green_http_client_options refused[] = {{.base_url = "ftp://example.org/"},
                                               {.base_url = "http://example.org/?query"},
                                               {.headers = &bad, .header_count = 1},
                                               {.user_agent = "two\nlines"},
                                               {.host_connections = -1},
                                               {.retry.count = -1},
                                               {.key = "key.pem"}};
  for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
    green_http_client *client = (void *)&client;
    CHECK_STATUS(green_http_client_new(&client, &refused[i]), GREEN_EINVAL);
    CHECK(client == NULL);
  }
  return 0;
}
