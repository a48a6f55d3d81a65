/* Failures of the network and of servers, each with its status and a message. */
#include "http_test.h"

#include <string.h>

static int check_failure(const char *address, int expected) {
  AUTO_RESPONSE green_http_response *response = NULL;
  CHECK_STATUS(green_http_get(NULL, &response, address), failure_here(expected));
  CHECK(response == NULL);
  if (!test_allocator_failed())
    CHECK_CONTAINS(green_message(), green_strerror(failure_here(expected)));
  return 0;
}

static int check_server(const char *name, int expected) {
  struct address address;
  CHECK_STATUS(find_server(name, &address), 0);
  return check_failure(address.text, expected);
}

TEST(no_such_host) {
  return check_failure("http://nobody-there.invalid/", GREEN_ENOHOST);
}

TEST(connection_refused) {
  return check_server("refused", GREEN_ECONNREFUSED);
}

TEST(not_http) {
  return check_server("garbage", GREEN_EPROTO);
}

TEST(not_tls) {
  return check_server("plain", GREEN_ETLS);
}

TEST(a_certificate_that_nobody_vouches_for) {
  return check_server("untrusted", GREEN_ETLS);
}

TEST(a_certificate_for_another_name) {
  return check_server("misnamed", GREEN_ETLS);
}

TEST(a_certificate_that_is_trusted) {
  if (in_browser()) SKIP("a browser has its own list");
  struct address address;
  AUTO_RESPONSE green_http_response *response = NULL;
  CHECK_STATUS(find_server("trusted", &address), 0);
  strcat(address.text, "/hello");
  CHECK_STATUS(green_http_get(NULL, &response, address.text), 0);
  CHECK_STRING(green_http_response_body(response, NULL), "hello\n");
  return 0;
}

TEST(reset_in_mid_body) {
  return check_failure(at("/reset").text, GREEN_ECONNRESET);
}

TEST(closed_in_mid_body) {
  return check_failure(at("/cut").text, GREEN_ECONNRESET);
}

TEST(closed_in_mid_chunk) {
  return check_failure(at("/cut-chunk").text, GREEN_ECONNRESET);
}

TEST(closed_without_an_answer) {
  return check_failure(at("/silent").text, GREEN_ECONNRESET);
}

TEST(a_failure_becomes_the_tasks_own) {
  struct address address;
  CHECK_STATUS(find_server("refused", &address), 0);
  green_http_response *response;
  int rc = test_saw(green_http_get(NULL, &response, address.text));
  CHECK_STATUS(rc, failure_here(GREEN_ECONNREFUSED));
  green_fail(rc, "%s: %s", "the page", green_message());
  if (!test_allocator_failed()) CHECK_CONTAINS(green_message(), "the page: ");
  return 0;
}
