/* Redirects: followed, counted, left alone, and what they make of a request. */
#include "http_test.h"

#include <string.h>

static int get_redirected(const char *path, int most, green_http_response **response) {
  struct address address = at("%s", path);
  green_http_request request = {.url = address.text, .max_redirects = most};
  return green_http_perform(NULL, response, &request);
}

TEST(redirects_are_followed) {
  AUTO_RESPONSE green_http_response *response = NULL;
  CHECK_STATUS(get_redirected("/redirect/10", 0, &response), 0);
  CHECK_NUMBER(green_http_response_status(response), 200);
  CHECK_STRING(green_http_response_url(response), at("/redirect/0").text);
  CHECK_STRING(green_http_response_body(response, NULL), "landed\n");
  CHECK(green_http_response_header(response, "X-Redirect") == NULL);
  CHECK(green_http_response_header(response, "Location") == NULL);
  return 0;
}

TEST(redirects_are_counted) {
  if (in_browser()) SKIP("a browser counts for itself");
  AUTO_RESPONSE green_http_response *response = NULL;
  CHECK_STATUS(get_redirected("/redirect/3", 3, &response), 0);
  AUTO_RESPONSE green_http_response *one_more = NULL;
  CHECK_STATUS(get_redirected("/redirect/4", 3, &one_more), GREEN_ELOOP);
  if (!test_allocator_failed()) CHECK_CONTAINS(green_message(), "more than 3 redirects");
  CHECK_STATUS(get_redirected("/redirect/11", 0, &one_more), GREEN_ELOOP);
  CHECK(one_more == NULL);
  return 0;
}

TEST(more_redirects_than_a_browser_follows) {
  if (in_browser()) SKIP("a browser follows 20");
  AUTO_RESPONSE green_http_response *response = NULL;
  CHECK_STATUS(get_redirected("/redirect/25", 25, &response), 0);
  CHECK_STRING(green_http_response_body(response, NULL), "landed\n");
  return 0;
}

TEST(a_redirect_to_itself) {
  AUTO_RESPONSE green_http_response *response = NULL;
  CHECK_STATUS(get_redirected("/loop", 0, &response), failure_here(GREEN_ELOOP));
  return 0;
}

TEST(redirects_can_be_the_answer) {
  AUTO_RESPONSE green_http_response *response = NULL;
  if (in_browser()) {
    CHECK_STATUS(get_redirected("/redirect/3", -1, &response), GREEN_ENOTSUP);
    return 0;
  }
  CHECK_STATUS(get_redirected("/redirect/3", -1, &response), 0);
  CHECK_NUMBER(green_http_response_status(response), 302);
  CHECK_STRING(green_http_response_header(response, "Location"), "/redirect/2");
  CHECK_STRING(green_http_response_url(response), at("/redirect/3").text);
  CHECK_STRING(green_http_response_body(response, NULL), "moved");
  return 0;
}

TEST(an_interim_answer_before_a_redirect) {
  AUTO_RESPONSE green_http_response *response = NULL;
  CHECK_STATUS(get_redirected("/redirect-as/302?interim", 0, &response), 0);
  CHECK_NUMBER(green_http_response_status(response), 200);
  CHECK_STRING(green_http_response_url(response), at("/echo").text);
  return 0;
}

TEST(other_statuses_with_a_location_are_answers) {
  static const int statuses[] = {300, 304, 305, 306};
  for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
    AUTO_RESPONSE green_http_response *response = NULL;
    struct address address = at("/redirect-as/%d", statuses[i]);
    CHECK_STATUS(green_http_get(NULL, &response, address.text), 0);
    CHECK_NUMBER(green_http_response_status(response), statuses[i]);
    CHECK_STRING(green_http_response_url(response), address.text);
  }
  return 0;
}

TEST(what_redirects_make_of_a_method) {
  static const struct {
    const char *method;
    int status;
    const char *then;
    bool keeps_body;
  } cases[] = {
      {"POST", 301, "GET", false},     {"POST", 302, "GET", false}, {"POST", 303, "GET", false},
      {"POST", 307, "POST", true},     {"POST", 308, "POST", true}, {"PUT", 301, "PUT", true},
      {"PUT", 302, "PUT", true},       {"PUT", 303, "GET", false},  {"PUT", 307, "PUT", true},
      {"DELETE", 302, "DELETE", true},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    AUTO_RESPONSE green_http_response *response = NULL;
    struct address address = at("/redirect-as/%d", cases[i].status);
    green_http_request request = {
        .method = cases[i].method, .url = address.text, .body = "body", .body_size = 4};
    CHECK_STATUS(green_http_perform(NULL, &response, &request), 0);
    CHECK_STRING(green_http_response_header(response, "Got-Method"), cases[i].then);
    CHECK_STRING(green_http_response_body(response, NULL), cases[i].keeps_body ? "body" : "");
  }
  return 0;
}

TEST(head_stays_head) {
  AUTO_RESPONSE green_http_response *response = NULL;
  struct address address = at("/redirect-as/303");
  green_http_request request = {.method = "HEAD", .url = address.text};
  CHECK_STATUS(green_http_perform(NULL, &response, &request), 0);
  CHECK_STRING(green_http_response_header(response, "Got-Method"), "HEAD");
  return 0;
}

TEST(redirects_to_what_is_not_http) {
  static const char *const addresses[] = {"ftp://127.0.0.1/", "file:///etc/passwd", "gopher://x/",
                                          "http://127.0.0.1:999999/"};
  for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++) {
    AUTO_RESPONSE green_http_response *response = NULL;
    struct address address = at("/redirect-to/x?to=%s", addresses[i]);
    CHECK_STATUS(green_http_get(NULL, &response, address.text), failure_here(GREEN_EPROTO));
  }
  return 0;
}

TEST(secrets_stay_with_their_origin) {
  static const green_http_header headers[] = {{"Authorization", "Basic c2VjcmV0"},
                                              {"Proxy-Authorization", "Basic c2VjcmV0"},
                                              {"Cookie", "secret=yes"},
                                              {"X-Kept", "yes"}};
  if (in_browser()) SKIP("another origin");
  AUTO_RESPONSE green_http_response *response = NULL;
  struct address address = at("/redirect-away");
  green_http_request request = {.url = address.text, .headers = headers, .header_count = 4};
  CHECK_STATUS(green_http_perform(NULL, &response, &request), 0);
  CHECK_CONTAINS(green_http_response_url(response), "localhost");
  CHECK(green_http_response_header(response, "Got-Authorization") == NULL);
  CHECK(green_http_response_header(response, "Got-Proxy-Authorization") == NULL);
  CHECK(green_http_response_header(response, "Got-Cookie") == NULL);
  CHECK_STRING(green_http_response_header(response, "Got-X-Kept"), "yes");
  AUTO_RESPONSE green_http_response *same = NULL;
  struct address here = at("/redirect-as/302");
  request.url = here.text;
  CHECK_STATUS(green_http_perform(NULL, &same, &request), 0);
  CHECK_STRING(green_http_response_header(same, "Got-Authorization"), "Basic c2VjcmV0");
  CHECK_STRING(green_http_response_header(same, "Got-Proxy-Authorization"), "Basic c2VjcmV0");
  return 0;
}
