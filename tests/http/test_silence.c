/* A server that says nothing, or stops in the middle, or never comes to an end: every wait ends
 * with its task's deadline, its cancel and the client's timeout, and the runtime ends. */
#include "http_test.h"

#include <string.h>

/* On the test server, or, without '/', another server's name. */
static const char *const silences[] = {
    "/bad/stalls-before-the-answer",
    "/bad/stalls-in-headers",
    "/bad/stalls-in-body",
    "/bad/stalls-in-a-chunk-size",
    "/bad/stalls-in-a-chunk",
    "/bad/stalls-in-trailers",
    "/bad/stalls-in-a-chunk-extension-without-end",
    "/drip",
    "/deaf",
    "hanging",
    "half-hello",
};
#define SILENCES (sizeof silences / sizeof *silences)

enum way { DEADLINE, CANCEL, TIMEOUT, WAYS };

struct attempt {
  struct address address;
  green_http_client *client;
  const char *body;
  size_t body_size;
  enum way way;
  bool in_pieces;
};

static int receive(const struct attempt *attempt) {
  AUTO_RESPONSE green_http_response *response = NULL;
  char buffer[100];
  green_http_request request = {.url = attempt->address.text,
                                .method = attempt->body ? "POST" : NULL,
                                .body = attempt->body,
                                .body_size = attempt->body_size};
  if (!attempt->in_pieces) return green_http_perform(attempt->client, &response, &request);
  int rc = green_http_open(attempt->client, &response, &request);
  if (rc < 0) return rc;
  while ((rc = green_http_response_read(response, buffer, sizeof buffer)) > 0) {
  }
  return rc;
}

static int attempt_run(void *arg) {
  const struct attempt *attempt = arg;
  int rc = 0;
  GREEN_TIMEOUT(attempt->way == DEADLINE ? 50 : 600000) {
    rc = receive(attempt);
  }
  return rc;
}

static int find(const char *where, struct address *out) {
  if (*where != '/') return find_server(where, out);
  *out = at("%s", where);
  return 0;
}

static int check_silence(const char *where, enum way way, bool in_pieces) {
  static char large[8 << 20];
  AUTO_CLIENT green_http_client *client = NULL;
  green_http_client_options options = {.timeout = way == TIMEOUT ? 50 : 0};
  struct attempt attempt = {.way = way, .in_pieces = in_pieces};
  CHECK_STATUS(green_http_client_new(&client, &options), 0);
  CHECK_STATUS(find(where, &attempt.address), 0);
  attempt.client = client;
  if (strcmp(where, "/deaf") == 0) attempt.body = large, attempt.body_size = sizeof large;
  AUTO_JOIN green_future *task = green_spawn(attempt_run, &attempt);
  CHECK_STARTED(task);
  if (way == CANCEL) {
    CHECK_STATUS(green_sleep(20), 0);
    CHECK_STATUS(green_cancel(task), 0);
  }
  int expected = way == CANCEL ? GREEN_ECANCELED : GREEN_ETIMEDOUT;
  int rc = test_saw(green_wait(task));
  if (rc != expected) fprintf(stderr, "%s, way %d: ", where, (int)way);
  CHECK_STATUS(rc, expected);
  return 0;
}

TEST(each_wait_on_a_silent_server_ends) {
  for (size_t i = 0; i < test_scale(SILENCES, 1); i++) {
    if (in_browser() && strstr(silences[i], "extension")) continue; /* which it refuses */
    for (int way = 0; way < WAYS; way++) CHECK_STATUS(check_silence(silences[i], way, i & 1), 0);
  }
  return 0;
}

static int ask_all(void *arg) {
  (void)arg;
  for (size_t i = 0; i < SILENCES; i++) {
    int rc = check_silence(silences[i], DEADLINE, true);
    if (rc != 0) return rc;
  }
  return 0;
}

TEST_OUTSIDE(the_runtime_ends_in_spite_of_silent_servers) {
  if (test_in_wasm) SKIP("green_run() is called from main alone");
  if (test_scale(0, 1)) SKIP("as the test before");
  CHECK_STATUS(green_run(ask_all, NULL), 0);
  return 0;
}
