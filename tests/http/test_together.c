/* Requests side by side: interruption, connections, clients. */
#include "http_test.h"

#include <stdlib.h>
#include <string.h>

struct job {
  green_http_client *client;
  struct address address;
  char body[100];
};

static int fetch_job(void *arg) {
  struct job *job = arg;
  AUTO_RESPONSE green_http_response *response = NULL;
  int rc = green_http_get(job->client, &response, job->address.text);
  if (rc == 0)
    snprintf(job->body, sizeof job->body, "%s", (char *)green_http_response_body(response, NULL));
  return rc;
}

TEST(a_deadline_stops_the_transfer) {
  for (unsigned milliseconds = 50;; milliseconds *= 2) {
    unsigned long id = fresh_id();
    AUTO_RESPONSE green_http_response *slow = NULL, *seen = NULL;
    int rc = 0;
    GREEN_TIMEOUT(milliseconds) {
      rc = green_http_get(NULL, &slow, at("/slow/%lu", id).text);
    }
    CHECK_STATUS(rc, GREEN_ETIMEDOUT);
    if (!test_allocator_failed()) CHECK_STRING(green_message(), green_strerror(rc));
    CHECK_STATUS(green_http_get(NULL, &seen, at("/seen/%lu", id).text), 0);
    if (strcmp(green_http_response_body(seen, NULL), "yes") != 0) continue;
    CHECK_GET(at("/aborted/%lu", id), "aborted");
    return 0;
  }
}

/* Waits until the request of `task` is at the server, and cannot have failed before. */
static int wait_until_started(green_future *task, unsigned long id) {
  struct job question = {.address = at("/started/%lu", id)};
  AUTO_JOIN green_future *started = green_spawn(fetch_job, &question);
  CHECK_STARTED(started);
  int first = green_wait_any((green_future *[]){started, task}, 2);
  CHECK_STATUS(first == 1 ? green_future_status(task) : first, 0);
  CHECK_STATUS(green_wait(started), 0);
  return 0;
}

static int cancel_at(const struct address *server, const char *path) {
  unsigned long id = fresh_id();
  struct job job = {.address = *server};
  size_t used = strlen(job.address.text);
  snprintf(job.address.text + used, sizeof job.address.text - used, "/%s/%lu", path, id);
  AUTO_JOIN green_future *task = green_spawn(fetch_job, &job);
  CHECK_STARTED(task);
  CHECK_STATUS(wait_until_started(task, id), 0);
  CHECK_STATUS(green_cancel(task), 0);
  CHECK_STATUS(green_wait(task), GREEN_ECANCELED);
  CHECK_GET(at("/aborted/%lu", id), "aborted");
  return 0;
}

TEST(a_cancel_stops_a_request_that_has_no_answer) {
  struct address server = at("%s", "");
  return cancel_at(&server, "slow");
}

TEST(a_cancel_stops_a_body) {
  struct address server = at("%s", "");
  return cancel_at(&server, "slow-body");
}

TEST(a_cancel_stops_a_body_of_http2) {
  SKIP_WITHOUT_HTTP2();
  struct address server;
  CHECK_STATUS(find_server("http2", &server), 0);
  return cancel_at(&server, "slow-body");
}

static struct job job_at(const struct address *server, const char *path) {
  struct job job = {.address = *server};
  strcat(job.address.text, path);
  return job;
}

TEST(a_cancel_leaves_other_requests_of_http2) {
  SKIP_WITHOUT_HTTP2();
  struct address server, gather = at("/gather/%lu?count=2", fresh_id());
  CHECK_STATUS(find_server("http2", &server), 0);
  struct job hello = job_at(&server, "/hello");
  struct job one = job_at(&server, strstr(gather.text, "/gather")), two = one;
  CHECK_STATUS(fetch_job(&hello), 0);
  AUTO_JOIN green_future *first = green_spawn(fetch_job, &one);
  CHECK_STARTED(first);
  CHECK_STATUS(cancel_at(&server, "slow-body"), 0);
  AUTO_JOIN green_future *second = green_spawn(fetch_job, &two);
  CHECK_STARTED(second);
  green_future *both[] = {first, second};
  int done = green_wait_any(both, 2);
  CHECK(test_saw(done) >= 0);
  CHECK_STATUS(green_future_status(both[done]), 0);
  CHECK_STATUS(green_wait_all(both, 2), 0);
  CHECK_STRING(one.body, "gathered");
  return 0;
}

static int cancel_self_and_get(void *arg) {
  green_cancel(green_current());
  return fetch_job(arg);
}

TEST(a_cancel_before_the_request) {
  struct job job = {.address = at("/hello")};
  AUTO_JOIN green_future *task = green_spawn(cancel_self_and_get, &job);
  CHECK_STARTED(task);
  CHECK_STATUS(green_wait(task), GREEN_ECANCELED);
  CHECK_GET(at("/hello"), "hello\n");
  return 0;
}

/* Ten requests, one after the other; hosts keep a few connections more than one. */
static int count_connections(const struct address *server) {
  AUTO_CLIENT green_http_client *client = NULL;
  CHECK_STATUS(green_http_client_new(&client, NULL), 0);
  struct job job = job_at(server, "/connections");
  job.client = client;
  CHECK_STATUS(fetch_job(&job), 0);
  int before = atoi(job.body);
  for (int i = 0; i < 9; i++) CHECK_STATUS(fetch_job(&job), 0);
  CHECK(atoi(job.body) - before < 4);
  return 0;
}

TEST(connections_are_used_again) {
  struct address server = at("%s", "");
  return count_connections(&server);
}

TEST(connections_over_tls_are_used_again) {
  static const char *const names[] = {"trusted", "http2"};
  if (in_browser()) SKIP("a browser has its own list of certificates");
  for (int i = 0; i < (without_http2() ? 1 : 2); i++) {
    struct address server;
    CHECK_STATUS(find_server(names[i], &server), 0);
    CHECK_STATUS(count_connections(&server), 0);
  }
  return 0;
}

/* The server answers none before all are there. */
TEST(many_requests_at_once) {
  size_t count = in_browser() ? 5 : test_scale(50, 4);
  unsigned long id = fresh_id();
  struct job jobs[50];
  AUTO_JOIN_ALL struct test_futures tasks = test_futures(count);
  for (size_t i = 0; i < count; i++) {
    jobs[i] = (struct job){.address = at("/gather/%lu?count=%zu", id, count)};
    tasks.at[i] = green_spawn(fetch_job, &jobs[i]);
    CHECK_STARTED(tasks.at[i]);
  }
  for (size_t i = 0; i < count; i++) {
    int index = green_wait_any(tasks.at, count);
    CHECK(test_saw(index) >= 0);
    CHECK_STATUS(green_future_status(tasks.at[index]), 0);
    CHECK_STRING(jobs[index].body, "gathered");
    green_future_release(tasks.at[index]);
    tasks.at[index] = NULL;
  }
  return 0;
}

TEST(connections_to_a_host_can_be_limited) {
  AUTO_CLIENT green_http_client *client = NULL;
  green_http_client_options options = {.host_connections = -1};
  CHECK_STATUS(green_http_client_new(&client, &options), GREEN_EINVAL);
  options.host_connections = 2;
  int rc = test_saw(green_http_client_new(&client, &options));
  if (rc == GREEN_ENOTSUP) SKIP("the host decides");
  CHECK_STATUS(rc, 0);
  unsigned long id = fresh_id();
  struct job jobs[6];
  AUTO_JOIN_ALL struct test_futures tasks = test_futures(6);
  for (size_t i = 0; i < 6; i++) {
    jobs[i] = (struct job){.client = client, .address = at("/limited/%lu", id)};
    tasks.at[i] = green_spawn(fetch_job, &jobs[i]);
    CHECK_STARTED(tasks.at[i]);
  }
  CHECK_STATUS(green_wait_all(tasks.at, 6), 0);
  for (size_t i = 0; i < 6; i++) CHECK(atoi(jobs[i].body) <= 2);
  return 0;
}

TEST(a_client_may_be_released_in_flight) {
  AUTO_CLIENT green_http_client *client = NULL;
  CHECK_STATUS(green_http_client_new(&client, NULL), 0);
  unsigned long id = fresh_id();
  struct job waiting = {.client = client, .address = at("/gather/%lu?count=2", id)};
  struct job other = {.address = waiting.address};
  AUTO_JOIN green_future *task = green_spawn(fetch_job, &waiting);
  CHECK_STARTED(task);
  CHECK_STATUS(green_yield(), 0);
  green_http_client_release(client);
  client = NULL;
  AUTO_JOIN green_future *second = green_spawn(fetch_job, &other);
  CHECK_STARTED(second);
  green_future *both[] = {task, second};
  int first = green_wait_any(both, 2);
  CHECK(test_saw(first) >= 0);
  CHECK_STATUS(green_future_status(both[first]), 0);
  CHECK_STATUS(green_wait_all(both, 2), 0);
  CHECK_STRING(waiting.body, "gathered");
  return 0;
}

TEST_OUTSIDE(a_client_outlives_a_runtime) {
  AUTO_CLIENT green_http_client *client = NULL;
  CHECK_STATUS(green_http_client_new(&client, NULL), 0);
  for (int i = 0; i < 2; i++) {
    struct job job = {.client = client, .address = at("/hello")};
    CHECK_STATUS(green_run(fetch_job, &job), 0);
    CHECK_STRING(job.body, "hello\n");
  }
  return 0;
}

TEST(a_client_that_is_never_used) {
  AUTO_CLIENT green_http_client *client = NULL;
  CHECK_STATUS(green_http_client_new(&client, NULL), 0);
  return 0;
}

/* The host's HTTP library runs on the host's own stack. */
TEST(a_small_stack_is_enough) {
  struct job job = {.address = at("/hello")};
  green_spawn_options options = {.stack_size = 16 << 10};
  AUTO_JOIN green_future *task = green_spawn_with(fetch_job, &job, &options);
  CHECK_STARTED(task);
  CHECK_STATUS(green_wait(task), 0);
  CHECK_STRING(job.body, "hello\n");
  return 0;
}

static int fail_on_purpose(void *arg) {
  struct job job = {.address = at("/slow/%lu", *(unsigned long *)arg)};
  AUTO_JOIN green_future *inner = green_spawn(fetch_job, &job);
  CHECK_STARTED(inner);
  CHECK_STATUS(wait_until_started(inner, *(unsigned long *)arg), 0);
  return GREEN_EPERM;
}

TEST(a_parent_that_gives_up_stops_its_children) {
  unsigned long id = fresh_id();
  AUTO_JOIN green_future *task = green_spawn(fail_on_purpose, &id);
  CHECK_STARTED(task);
  CHECK_STATUS(green_wait(task), GREEN_EPERM);
  CHECK_GET(at("/aborted/%lu", id), "aborted");
  return 0;
}
