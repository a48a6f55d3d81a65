/* The trace context of a request: none, one of its own, or the client's. */
#include <string.h>
#include "client.h"

#define TRACE  "4bf92f3577b34da6a3ce929d0e0e4736"
#define WHOLE  "00-" TRACE "-00f067aa0ba902b7-01"
#define HEADER "traceparent: " WHOLE "\n"

/* "TRACEPARENT STATE", or "none". */
static int show(green_request *request, green_response *response, void *arg) {
  char text[GREEN_TRACEPARENT_SIZE + GREEN_TRACESTATE_MOST + 2], parent[GREEN_TRACEPARENT_SIZE];
  green_traceparent context;
  (void)request, (void)arg;
  snprintf(text, sizeof text, "none");
  if (green_traceparent_current(&context)) {
    green_traceparent_write(&context, parent);
    snprintf(text, sizeof text, "%s %s", parent, green_tracestate());
  }
  return green_response_send(response, 200, "text/plain", text, strlen(text));
}

static int ask_for(struct client *client, green_app **app, green_app_trace trace,
                   const char *headers) {
  int rc = *app ? 0 : green_app_new(app, &(green_app_options){.workers = 1, .trace = trace});
  if (rc == 0) rc = green_app_route(*app, "GET", "/", show, NULL);
  struct ask ask = {.target = "/", .headers = headers};
  return rc < 0 ? rc : client_ask(client, *app, &ask);
}

/* In that trace, and of the caller's span, since nobody observes. */
static bool goes_on(const struct client *client, const char *state) {
  return strncmp(client->body, WHOLE, 55) == 0 && strcmp(client->body + 56, state) == 0;
}

static bool begins(const struct client *client) {
  return strlen(client->body) == 56 && !strstr(client->body, TRACE) &&
         !strstr(client->body, "-0000000000000000-");
}

TEST(app_has_no_context_unless_it_wants_one) {
  AUTO_APP green_app *app = NULL;
  AUTO_CLIENT struct client client = {0};
  green_traceparent context;
  CHECK_STATUS(green_traceparent_parse(&context, WHOLE), 0);
  CHECK_STATUS(green_traceparent_set(&context, NULL), 0); /* the server's maker has one */
  CHECK_STATUS(ask_for(&client, &app, GREEN_APP_TRACE_NONE, HEADER), 200);
  CHECK_STRING(client.body, "none");
  return 0;
}

TEST(app_refuses_a_trace_that_is_none) {
  green_app *app;
  CHECK_STATUS(green_app_new(&app, &(green_app_options){.trace = (green_app_trace)3}),
               GREEN_EINVAL);
  CHECK(app == NULL);
  return 0;
}

TEST(app_goes_on_with_the_clients_context) {
  AUTO_APP green_app *app = NULL;
  AUTO_CLIENT struct client client = {0}, second = {0};
  CHECK_STATUS(
      ask_for(&client, &app, GREEN_APP_TRACE_CONTINUE, HEADER "tracestate: a=1\ntracestate: b=2\n"),
      200);
  CHECK(goes_on(&client, "a=1, b=2"));
  CHECK_STATUS(ask_for(&second, &app, GREEN_APP_TRACE_CONTINUE, NULL), 200);
  CHECK(begins(&second)); /* nothing of the worker's last job */
  return 0;
}

TEST(app_drops_a_bad_tracestate_alone) {
  AUTO_APP green_app *app = NULL;
  AUTO_CLIENT struct client client = {0};
  CHECK_STATUS(ask_for(&client, &app, GREEN_APP_TRACE_CONTINUE, HEADER "tracestate: no list\n"),
               200);
  CHECK(goes_on(&client, ""));
  return 0;
}

TEST(app_begins_a_trace_where_the_header_is_none) {
  static const char *const headers[] = {
      NULL,
      HEADER HEADER,
      "traceparent: ff-" TRACE "-00f067aa0ba902b7-01\ntracestate: a=1\n",
      "traceparent: 00-" TRACE "-0000000000000000-01\n",
  };
  for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
    AUTO_APP green_app *app = NULL;
    AUTO_CLIENT struct client client = {0};
    CHECK_STATUS(ask_for(&client, &app, GREEN_APP_TRACE_CONTINUE, headers[i]), 200);
    CHECK(begins(&client));
  }
  return 0;
}

TEST(app_begins_a_trace_whatever_the_header_says) {
  AUTO_APP green_app *app = NULL;
  AUTO_CLIENT struct client client = {0};
  CHECK_STATUS(ask_for(&client, &app, GREEN_APP_TRACE_BEGIN, HEADER "tracestate: a=1\n"), 200);
  CHECK(begins(&client));
  return 0;
}

struct told {
  char trace[GREEN_TRACEPARENT_SIZE], first[GREEN_TRACEPARENT_SIZE];
  unsigned char parent[8];
  int parents, count;
};

static void note_span(const green_span_begun *begun, uint64_t now, void *data) {
  struct told *told = data;
  (void)now;
  if (!begun->trace) return;
  green_traceparent_write(begun->trace, told->trace);
  told->count++;
  if (begun->parent_id) memcpy(told->parent, begun->parent_id, 8);
  told->parents += begun->parent_id != NULL;
}

TEST(app_tells_of_the_requests_span_with_its_parent) {
  static const unsigned char parent[8] = {0x00, 0xf0, 0x67, 0xaa, 0x0b, 0xa9, 0x02, 0xb7};
  struct told told = {.count = 0};
  AUTO_APP green_app *app = NULL;
  AUTO_CLIENT struct client client = {0}, first = {0};
  green_observer observer = {.span_begin = note_span};
  green_observation *observation;
  CHECK_STATUS(green_observe(&observation, &observer, &told), 0);
  int rc = ask_for(&client, &app, GREEN_APP_TRACE_CONTINUE, HEADER);
  bool same = rc == 200 && strncmp(client.body, told.trace, 55) == 0;
  int again = rc == 200 ? ask_for(&first, &app, GREEN_APP_TRACE_CONTINUE, NULL) : rc;
  green_observation_release(observation);
  CHECK_STATUS(rc, 200);
  CHECK_STATUS(again, 200);
  CHECK(same);
  CHECK(strncmp(client.body, "00-" TRACE "-", 36) == 0 && strncmp(client.body, WHOLE, 52) != 0);
  CHECK(memcmp(told.parent, parent, sizeof parent) == 0);
  CHECK_NUMBER(told.count, 2);
  CHECK_NUMBER(told.parents, 1); /* the second has begun its trace */
  CHECK(begins(&first) && strncmp(first.body + 53, "03", 2) == 0); /* sampled, and random */
  return 0;
}
