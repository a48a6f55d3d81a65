/* The context of the task, sent to who it is meant for, and to nobody else. */
#include "http_test.h"

#include <string.h>

static const char whole[] = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

static int set_context(void) {
  green_traceparent context;
  CHECK_STATUS(green_traceparent_parse(&context, whole), 0);
  return green_traceparent_set(&context, "a=1,b=2");
}

static int ask(green_http_client *client, const char *path, bool traceparent,
               const green_http_header *header, green_http_response **out) {
  struct address address = at("%s", path);
  green_http_request request = {.url = address.text,
                                .headers = header,
                                .header_count = header ? 1 : 0,
                                .traceparent = traceparent};
  return green_http_perform(client, out, &request);
}

TEST(traceparent_is_sent_when_asked_for) {
  AUTO_RESPONSE green_http_response *none = NULL, *unasked = NULL, *asked = NULL;
  CHECK_STATUS(ask(NULL, "/echo", true, NULL, &none), 0);
  CHECK(green_http_response_header(none, "Got-traceparent") == NULL);
  CHECK_STATUS(set_context(), 0);
  CHECK_STATUS(ask(NULL, "/echo", false, NULL, &unasked), 0);
  CHECK(green_http_response_header(unasked, "Got-traceparent") == NULL);
  CHECK(green_http_response_header(unasked, "Got-tracestate") == NULL);
  CHECK_STATUS(ask(NULL, "/echo", true, NULL, &asked), 0);
  CHECK_STRING(green_http_response_header(asked, "Got-traceparent"), whole);
  CHECK_STRING(green_http_response_header(asked, "Got-tracestate"), "a=1,b=2");
  return 0;
}

TEST(traceparent_without_a_span_is_sent_with_one) {
  AUTO_RESPONSE green_http_response *response = NULL;
  green_traceparent context;
  CHECK_STATUS(green_traceparent_parse(&context, whole), 0);
  memset(context.span_id, 0, sizeof context.span_id);
  CHECK_STATUS(green_traceparent_set(&context, NULL), 0);
  CHECK_STATUS(ask(NULL, "/echo", true, NULL, &response), 0);
  CHECK_STATUS(
      green_traceparent_parse(&context, green_http_response_header(response, "Got-traceparent")),
      0);
  CHECK(memcmp(whole, green_http_response_header(response, "Got-traceparent"), 36) == 0);
  return 0;
}

TEST(traceparent_of_a_client_is_for_all_its_requests) {
  AUTO_CLIENT green_http_client *client = NULL;
  AUTO_RESPONSE green_http_response *response = NULL;
  green_http_client_options options = {.traceparent = true};
  CHECK_STATUS(green_http_client_new(&client, &options), 0);
  CHECK_STATUS(set_context(), 0);
  CHECK_STATUS(ask(client, "/echo", false, NULL, &response), 0);
  CHECK_STRING(green_http_response_header(response, "Got-traceparent"), whole);
  return 0;
}

TEST(traceparent_of_the_programs_stands) {
  const green_http_header own = {"Traceparent", "mine"}, state = {"TraceState", "c=3"};
  AUTO_RESPONSE green_http_response *response = NULL, *with_state = NULL;
  CHECK_STATUS(set_context(), 0);
  CHECK_STATUS(ask(NULL, "/echo", true, &own, &response), 0);
  CHECK_STRING(green_http_response_header(response, "Got-traceparent"), "mine");
  CHECK(green_http_response_header(response, "Got-tracestate") == NULL);
  CHECK_STATUS(ask(NULL, "/echo", true, &state, &with_state), 0);
  CHECK_STRING(green_http_response_header(with_state, "Got-traceparent"), whole);
  CHECK_STRING(green_http_response_header(with_state, "Got-tracestate"), "c=3");
  return 0;
}

TEST(traceparent_goes_to_no_other_origin) {
  AUTO_RESPONSE green_http_response *here = NULL, *away = NULL;
  CHECK_STATUS(set_context(), 0);
  CHECK_STATUS(ask(NULL, "/redirect-as/302", true, NULL, &here), 0);
  CHECK_STATUS(green_http_response_status(here), 200);
  CHECK_STRING(green_http_response_header(here, "Got-traceparent"), whole);
  CHECK_STRING(green_http_response_header(here, "Got-tracestate"), "a=1,b=2");
  if (in_browser()) SKIP("a browser follows by itself");
  CHECK_STATUS(ask(NULL, "/redirect-away", true, NULL, &away), 0);
  CHECK_STATUS(green_http_response_status(away), 200);
  CHECK_STRING(green_http_response_header(away, "Got-method"), "GET");
  CHECK(green_http_response_header(away, "Got-traceparent") == NULL);
  CHECK(green_http_response_header(away, "Got-tracestate") == NULL);
  return 0;
}

struct sent {
  char text[GREEN_TRACEPARENT_SIZE];
};

static void note_span(const green_span_begun *begun, uint64_t now, void *data) {
  struct sent *sent = data;
  (void)now;
  if (begun->trace) green_traceparent_write(begun->trace, sent->text);
}

TEST(traceparent_has_the_number_of_the_requests_span) {
  struct sent sent = {""};
  AUTO_RESPONSE green_http_response *response = NULL;
  green_observer observer = {.span_begin = note_span};
  green_observation *observation;
  green_traceparent context;
  CHECK_STATUS(set_context(), 0);
  CHECK_STATUS(green_observe(&observation, &observer, &sent), 0);
  int rc = ask(NULL, "/echo", true, NULL, &response);
  green_observation_release(observation);
  CHECK_STATUS(rc, 0);
  CHECK(strcmp(sent.text, whole) != 0);
  CHECK_STRING(green_http_response_header(response, "Got-traceparent"), sent.text);
  CHECK(green_traceparent_current(&context));
  green_traceparent_write(&context, sent.text);
  CHECK_STRING(sent.text, whole);
  return 0;
}
