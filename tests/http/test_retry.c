/* Requests that are made again by a rule. */
#include "http_test.h"

static const green_http_retry three = {.count = 3, .delay = 1};

static int ask(const green_http_retry *rule, const char *method, struct address address,
               green_http_response **response) {
  green_http_request request = {.method = method, .url = address.text, .retry = rule};
  return green_http_perform(NULL, response, &request);
}

TEST(an_answer_that_asks_for_another_try) {
  static const char *const failures[] = {"503", "429", "500"};
  for (size_t i = 0; i < test_scale(3, 1); i++) {
    AUTO_RESPONSE green_http_response *response = NULL;
    CHECK_STATUS(
        ask(&three, "GET", at("/flaky/%lu?times=2&status=%s", fresh_id(), failures[i]), &response),
        0);
    CHECK_STRING(green_http_response_body(response, NULL), "3");
  }
  return 0;
}

TEST(a_failure_is_tried_again) {
  AUTO_RESPONSE green_http_response *response = NULL;
  CHECK_STATUS(ask(&three, "PUT", at("/flaky/%lu?times=2&status=reset", fresh_id()), &response), 0);
  CHECK_NUMBER(green_http_response_status(response), 200);
  return 0;
}

TEST(the_last_outcome_stands) {
  AUTO_RESPONSE green_http_response *response = NULL, *more = NULL;
  unsigned long id = fresh_id();
  CHECK_STATUS(ask(&three, "GET", at("/flaky/%lu?times=4&status=503", id), &response), 0);
  CHECK_NUMBER(green_http_response_status(response), 503);
  CHECK_STATUS(ask(NULL, "GET", at("/flaky/%lu?times=4&status=503", id), &more), 0);
  CHECK_STRING(green_http_response_body(more, NULL), "5");
  return 0;
}

/* Makes one request that fails, and counts by another how many there were. */
static int count_tries(const green_http_retry *rule, const char *method, const char *how,
                       int expected) {
  AUTO_RESPONSE green_http_response *response = NULL, *count = NULL;
  unsigned long id = fresh_id();
  CHECK_STATUS(ask(rule, method, at("/flaky/%lu?times=9&%s", id, how), &response), 0);
  CHECK_STATUS(ask(NULL, "GET", at("/flaky/%lu?times=0", id), &count), 0);
  CHECK_NUMBER(green_http_response_body(count, NULL)
                   ? *(const char *)green_http_response_body(count, NULL) - '0'
                   : 0,
               expected + 1);
  return 0;
}

TEST(what_is_not_tried_again) {
  static const int teapot = 418;
  if (test_scale(0, 1)) SKIP("too many requests to make once an allocation");
  green_http_retry any = three, own = three, brief = three;
  any.any_method = true;
  own.statuses = &teapot;
  own.status_count = 1;
  brief.max_delay = 1000;
  CHECK_STATUS(count_tries(&three, "POST", "status=503", 1), 0);
  CHECK_STATUS(count_tries(&any, "POST", "status=503", 4), 0);
  CHECK_STATUS(count_tries(&three, "GET", "status=404", 1), 0);
  CHECK_STATUS(count_tries(&own, "GET", "status=503", 1), 0);
  CHECK_STATUS(count_tries(&own, "GET", "status=418", 4), 0);
  CHECK_STATUS(count_tries(&brief, "GET", "status=503&after=2", 1), 0);
  CHECK_STATUS(count_tries(&brief, "GET", "status=503&after=0", 4), 0);
  CHECK_STATUS(
      count_tries(&brief, "GET", "status=503&after=Sun,%2006%20Nov%201994%2008:49:37%20GMT", 4), 0);
  CHECK_STATUS(
      count_tries(&brief, "GET", "status=503&after=Fri,%2031%20Dec%202100%2023:59:59%20GMT", 1), 0);
  CHECK_STATUS(count_tries(&brief, "GET", "status=503&after=soon", 4), 0);
  return 0;
}

TEST(no_try_that_would_outlast_the_deadline) {
  green_http_retry slow = {.count = 3, .delay = 1000000, .max_delay = 1000000};
  AUTO_RESPONSE green_http_response *response = NULL;
  int rc = 0;
  GREEN_TIMEOUT(400000) {
    rc = ask(&slow, "GET", at("/flaky/%lu?times=9&status=503", fresh_id()), &response);
  }
  CHECK_STATUS(rc, 0);
  CHECK_NUMBER(green_http_response_status(response), 503);
  return 0;
}

/* More milliseconds than some hosts' timers count are no reason to try at once. */
TEST(waits_of_weeks_between_tries) {
  green_http_retry rule = {.count = 3, .delay = UINT64_MAX, .max_delay = UINT64_MAX};
  AUTO_RESPONSE green_http_response *once = NULL, *told = NULL;
  int rc = 0;
  GREEN_TIMEOUT(400000) {
    rc = ask(&rule, "GET", at("/flaky/%lu?times=9&status=503", fresh_id()), &once);
    if (rc == 0)
      rc = ask(&rule, "GET", at("/flaky/%lu?times=9&status=503&after=4000000", fresh_id()), &told);
  }
  CHECK_STATUS(rc, 0);
  CHECK_NUMBER(green_http_response_status(once), 503);
  CHECK_NUMBER(green_http_response_status(told), 503);
  return 0;
}

TEST(the_rule_of_a_client) {
  AUTO_CLIENT green_http_client *client = NULL;
  AUTO_RESPONSE green_http_response *response = NULL;
  green_http_client_options options = {.retry = three};
  CHECK_STATUS(green_http_client_new(&client, &options), 0);
  struct address address = at("/flaky/%lu?times=1&status=503", fresh_id());
  CHECK_STATUS(green_http_get(client, &response, address.text), 0);
  CHECK_STRING(green_http_response_body(response, NULL), "2");
  return 0;
}
