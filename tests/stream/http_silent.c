/* A request of a host whose name server does not answer: where there is an HTTP client. */
#include "stream_test.h"

TEST(silent_names_and_a_request) {
  green_http_response *response = NULL;
  int rc = 0;
  if (!names_are_silent()) SKIP("silent_names.mjs runs it");
  GREEN_TIMEOUT(100) {
    rc = green_http_get(NULL, &response, "http://asked.example.test/");
  }
  CHECK_STATUS(rc, GREEN_ETIMEDOUT);
  return 0;
}
