/* A kept connection that ends without an answer: what may have been done is not done twice. */
#include "http_test.h"

#include <stdlib.h>
#include <string.h>

static int produce(void *buffer, size_t size, void *arg) {
  int *given = arg;
  if (size < 4 || (*given)++) return 0;
  memcpy(buffer, "body", 4);
  return 4;
}

static int arrived(unsigned long id, int *count) {
  AUTO_RESPONSE green_http_response *response = NULL;
  int rc = green_http_get(NULL, &response, at("/arrived/%lu", id).text);
  if (rc == 0) *count = atoi(green_http_response_body(response, NULL));
  return rc;
}

/* Makes a request on a connection that has answered one, and will not answer another. (Node may
 * open a new one all the same, and may have kept one from before.) */
static int ask(green_http_request request, int *rc, int *count) {
  AUTO_CLIENT green_http_client *client = NULL;
  AUTO_RESPONSE green_http_response *first = NULL, *second = NULL;
  struct address dying, address;
  unsigned long id = fresh_id();
  CHECK_STATUS(green_http_client_new(&client, NULL), 0);
  CHECK_STATUS(find_server("dying", &dying), 0);
  snprintf(address.text, sizeof address.text, "%.200s/%lu-warm", dying.text, id);
  green_http_retry again = {.count = 20, .delay = 1};
  green_http_request warm = {.url = address.text, .retry = &again};
  CHECK_STATUS(green_http_perform(client, &first, &warm), 0);
  snprintf(address.text, sizeof address.text, "%.200s/%lu", dying.text, id);
  request.url = address.text;
  *rc = test_saw(green_http_perform(client, &second, &request));
  return arrived(id, count);
}

TEST(what_may_not_be_repeated_arrives_once) {
  static const char *const methods[] = {"POST", "PUT", "PATCH", "DELETE", "MERGE"};
  if (in_browser()) SKIP("a browser resends by itself, whatever the method");
  for (size_t i = 0; i < test_scale(15, 1); i++) {
    int rc, count = 0, given = 0;
    green_http_request request = {.method = methods[i / 3]};
    if (i % 3 == 1) request.body = "body", request.body_size = 4;
    if (i % 3 == 2) request.produce = produce, request.produce_arg = &given;
    CHECK_STATUS(ask(request, &rc, &count), 0);
    if (!in_node() || rc != 0) CHECK_STATUS(rc, GREEN_ECONNRESET);
    CHECK_NUMBER(count, 1);
  }
  return 0;
}

TEST(a_safe_request_may_be_repeated) {
  static const char *const methods[] = {"GET", "HEAD", "OPTIONS"};
  if (in_browser()) SKIP("a browser resends by itself, whatever the method");
  for (size_t i = 0; i < test_scale(3, 1); i++) {
    int rc, count = 0;
    CHECK_STATUS(ask((green_http_request){.method = methods[i]}, &rc, &count), 0);
    /* Node does not, and says so; Deno and Bun do, as they like */
    if (!in_node() || rc != GREEN_ECONNRESET) CHECK_STATUS(rc, 0);
    CHECK(count == 2 || (in_node() && count == 1));
  }
  return 0;
}

TEST(what_the_caller_lets_be_repeated_is) {
  static const green_http_retry once = {.count = 20, .delay = 1, .any_method = true};
  if (in_browser()) SKIP("a browser resends by itself, whatever the method");
  int rc, count = 0;
  green_http_request request = {.method = "POST", .body = "body", .body_size = 4, .retry = &once};
  CHECK_STATUS(ask(request, &rc, &count), 0);
  CHECK_STATUS(rc, 0);
  CHECK(in_node() ? count >= 1 : count == 2); /* Node may have kept more of them */
  return 0;
}

/* Each request is the first one on its connection, since something has come behind the answer to
 * the one before. */
static int ask_behind_it(const char *server, const char *method) {
  AUTO_CLIENT green_http_client *client = NULL;
  green_http_client_options options = {.host_connections = 1};
  struct address base;
  CHECK_STATUS(green_http_client_new(&client, &options), 0);
  CHECK_STATUS(find_server(server, &base), 0);
  for (size_t i = 0; i < test_scale(4, 2); i++) {
    AUTO_RESPONSE green_http_response *response = NULL;
    struct address address;
    char expected[40];
    int given = 0;
    unsigned long id = fresh_id();
    snprintf(address.text, sizeof address.text, "%.200s/%lu", base.text, id);
    snprintf(expected, sizeof expected, "1 /%lu", id);
    green_http_request request = {.url = address.text, .method = method};
    if (strcmp(method, "POST") == 0) request.body = "body", request.body_size = 4;
    if (strcmp(method, "PUT") == 0) request.produce = produce, request.produce_arg = &given;
    CHECK_STATUS(green_http_perform(client, &response, &request), 0);
    CHECK_NUMBER(green_http_response_status(response), 200);
    CHECK_STRING(green_http_response_body(response, NULL), expected);
    CHECK_GET(at("/started/%lu", id), "started");
  }
  return 0;
}

TEST(an_answer_that_nobody_asked_for) {
  static const char *const servers[] = {"telling", "telling-and-closing", "telling-tls",
                                        "telling-and-closing-tls"};
  static const char *const methods[] = {"GET", "POST", "PUT"};
  if (in_browser() || in_node()) SKIP("fetch() has its own connections");
  for (size_t i = 0; i < test_scale(12, 1); i++)
    CHECK_STATUS(ask_behind_it(servers[i % 4], methods[i / 4]), 0);
  return 0;
}
