/* What the span of a request of the client's says: no query, no fragment, no user. */
#include "spans.h"

static const char *shown(struct last_span *last, const char *url) {
  green_http_response *response;
  int rc = green_http_get(NULL, &response, url);
  green_http_response_release(response);
  test_saw(rc);
  return last->detail;
}

TEST(span_of_a_request_takes_no_query_for_a_host) {
  struct last_span last = {.status = 1};
  AUTO_OBSERVATION green_observation *observation = NULL;
  CHECK_STATUS(keep_spans(&observation, &last), 0);
  CHECK_STRING(shown(&last, "/cb?token=secret&next=https://x/y"), "/cb");
  CHECK_STRING(shown(&last, "cb?secret@://x/y"), "cb");
  CHECK_STRING(shown(&last, "//me:secret@127.0.0.1:1/a"), "//127.0.0.1:1/a");
  CHECK_STRING(shown(&last, "?secret"), "");
  CHECK_STRING(shown(&last, "http://me:sec/ret@127.0.0.1:1/a"), "http://me");
  CHECK_STRING(shown(&last, "//[::1]:1/a:b"), "//[::1]:1/a:b");
  CHECK_STRING(shown(&last, "cb:x/y"), "cb:x/y");
  return 0;
}

TEST(span_of_a_request_hides_what_may_be_secret) {
  struct last_span last = {.status = 1};
  AUTO_OBSERVATION green_observation *observation = NULL;
  green_http_response *response;
  CHECK_STATUS(keep_spans(&observation, &last), 0);
  int rc = green_http_get(NULL, &response, "http://me:secret@127.0.0.1:1/a/path@1?secret#secret");
  green_http_response_release(response);
  CHECK(test_saw(rc) < 0);
  CHECK_STRING(last.name, "HTTP GET");
  CHECK_STRING(last.detail, "http://127.0.0.1:1/a/path@1");
  CHECK_NUMBER(last.status, rc);
  CHECK_NUMBER(last.ended, 1);
  return 0;
}
