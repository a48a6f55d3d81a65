/* A request whose task loses its stack, which in WebAssembly fails that task alone. */
#include "client.h"

/* Frames enough for JavaScript's own stack to overflow first, so that nothing else is overwritten.
 */
#define ROOMY   ((size_t)16 << 20)
#define DEFAULT ((size_t)32 << 10)

static int descend(int depth);
static int (*volatile descend_pointer)(int) = descend;
static int descend(int depth) {
  return descend_pointer(depth + 1) + 1;
}

static int overflow(green_request *request, green_response *response, void *arg) {
  (void)arg;
  int rc = green_request_query(request, "late")
               ? green_response_start(response, 200, NULL, UINT64_MAX)
               : green_response_send(response, 200, NULL, "lost", 4);
  return rc < 0 ? rc : descend(0);
}

static green_future *left; /* the test's reference to what the function left */

static int nap(void *arg) {
  (void)arg;
  return green_sleep(5000);
}

static int await_and_overflow(green_request *request, green_response *response, void *arg) {
  (void)request, (void)arg;
  left = green_spawn(nap, NULL);
  int rc = green_response_await(response, green_future_retain(left));
  return rc < 0 ? rc : descend(0);
}

static int hello(green_request *request, green_response *response, void *arg) {
  (void)request;
  (void)arg;
  return green_response_send(response, 200, NULL, "hello", 5);
}

static void keep_line(const char *line, void *trace) {
  test_trace(trace, "%.30s", line);
}

static int lose(void) {
  struct test_trace trace = {0};
  AUTO_APP green_app *app = NULL;
  AUTO_CLIENT struct client client = {0};
  CHECK_STATUS(green_app_new(&app, &(green_app_options){.workers = 1}), 0);
  green_app_set_error_log(app, keep_line, &trace);
  CHECK_STATUS(green_app_route(app, "GET", "/overflow", overflow, NULL), 0);
  CHECK_STATUS(green_app_route(app, "GET", "/hello", hello, NULL), 0);
  CHECK_STATUS(client_get(&client, app, "/overflow"), 500);
  CHECK_CONTAINS(trace.text, "GET /overflow: EOVERFLOW: ");
  CHECK_STATUS(client_get(&client, app, "/hello"), 200);
  CHECK_STATUS(client_get(&client, app, "/overflow?late=1"), 200);
  CHECK(client.broken);
  CHECK_STATUS(client_get(&client, app, "/hello"), 200);
  return 0;
}

static int lose_a_future(void) {
  struct test_trace trace = {0};
  AUTO_APP green_app *app = NULL;
  AUTO_CLIENT struct client client = {0};
  CHECK_STATUS(green_app_new(&app, &(green_app_options){.workers = 1}), 0);
  green_app_set_error_log(app, keep_line, &trace);
  CHECK_STATUS(green_app_use(app, await_and_overflow, NULL), 0);
  CHECK_STATUS(client_get(&client, app, "/"), 500);
  CHECK_STATUS(green_join(left), GREEN_ECANCELED);
  return 0;
}

static int with_room(int (*test)(void)) {
  if (test_scale(0, 1)) SKIP("an overflow takes long");
  green_set_stack_size(ROOMY);
  int rc = test();
  green_set_stack_size(DEFAULT);
  return rc;
}

TEST(app_a_task_that_loses_its_stack_is_500) {
  return with_room(lose);
}

TEST(app_a_task_that_loses_its_stack_leaves_no_future) {
  return with_room(lose_a_future);
}
