/* A server that misbehaves in each way of misbehaviours.mjs: what comes of it, and that the client
 * is as good as new afterwards. */
#include "http_test.h"

#include <stdlib.h>
#include <string.h>

#define MOST_BODY ((size_t)1 << 20)

struct misbehaviour {
  char name[60], outcome[60];
};

/* Whether one of the outcomes, separated by "|", is the one: "OK hello", "EPROTO". */
static bool is_among(const char *outcomes, const char *outcome) {
  size_t size = strlen(outcome);
  for (const char *at = outcomes; at; at = strchr(at, '|') ? strchr(at, '|') + 1 : NULL)
    if (strncmp(at, outcome, size) == 0 && (at[size] == '\0' || at[size] == '|')) return true;
  return false;
}

/* The outcome of a request as the table writes it. */
static void ask(green_http_client *client, const char *name, char outcome[60]) {
  struct address address = at("/bad/%s", name);
  AUTO_RESPONSE green_http_response *response = NULL;
  green_http_request request = {.url = address.text, .max_body = MOST_BODY};
  int rc = test_saw(green_http_perform(client, &response, &request));
  const char *body = rc == 0 ? green_http_response_body(response, NULL) : "";
  snprintf(outcome, 60, "%s%s%s", green_status_name(rc), *body ? " " : "", body);
  outcome[strcspn(outcome, "\r\n")] = '\0'; /* a line of the table */
}

static int check(green_http_client *client, green_http_client *patient,
                 const struct misbehaviour *expected) {
  char outcome[60];
  for (int i = 0; i < 2; i++) { /* the second time, a connection may be used again */
    ask(client, expected->name, outcome);
    if (is_among(expected->outcome, outcome)) continue;
    fprintf(stderr, "%s: %s, not %s\n", expected->name, outcome, expected->outcome);
    return TEST_FAILED;
  }
  AUTO_RESPONSE green_http_response *hello = NULL;
  struct address address = at("/hello");
  green_http_retry again = {.count = 3, .delay = 1}; /* a kept connection may be closing */
  green_http_request request = {.url = address.text, .retry = &again};
  CHECK_STATUS(green_http_perform(patient, &hello, &request), 0);
  CHECK_STRING(green_http_response_body(hello, NULL), "hello\n");
  return 0;
}

TEST(each_misbehaviour_has_its_status) {
  if (test_scale(0, 1)) SKIP("the paths are those of the other tests");
  AUTO_CLIENT green_http_client *patient = NULL, *hasty = NULL;
  green_http_client_options options = {.idle_timeout = 300};
  AUTO_RESPONSE green_http_response *table = NULL;
  int count = 0, failed = 0, used;
  CHECK_STATUS(green_http_client_new(&patient, NULL), 0);
  CHECK_STATUS(green_http_client_new(&hasty, &options), 0);
  CHECK_STATUS(green_http_get(NULL, &table, at("/misbehaviours/%s", host_name()).text), 0);
  struct misbehaviour expected;
  for (const char *line = green_http_response_body(table, NULL);
       sscanf(line, "%59s %59[^\n]\n%n", expected.name, expected.outcome, &used) == 2;
       line += used) {
    bool stalls = strncmp(expected.name, "stalls", 6) == 0 && strstr(expected.outcome, "ETIMEDOUT");
    count++;
    failed += check(stalls ? hasty : patient, patient, &expected) != 0;
  }
  CHECK(count >= 30);
  CHECK_NUMBER(failed, 0);
  return 0;
}
