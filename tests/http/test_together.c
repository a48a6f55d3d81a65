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
  int rc = green_http_get(job->client, job->address.text, &response);
  if (rc == 0) snprintf(job->body, sizeof job->body, "%s", (char *)green_http_body(response, NULL));
  return rc;
}

TEST(a_deadline_stops_the_transfer) {
  for (unsigned milliseconds = 50;; milliseconds *= 2) {
    unsigned long id = fresh_id();
    AUTO_RESPONSE green_http_response *slow = NULL, *seen = NULL;
    int rc = 0;
    GREEN_TIMEOUT(milliseconds) {
      rc = green_http_get(NULL, at("/slow/%lu", id).text, &slow);
    }
    CHECK_STATUS(rc, GREEN_ETIMEDOUT);
    if (!test_allocator_failed()) CHECK_STRING(green_message(), green_strerror(rc));
    CHECK_STATUS(green_http_get(NULL, at("/seen/%lu", id).text, &seen), 0);
    if (strcmp(green_http_body(seen, NULL), "yes") != 0) continue;
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

static int cancel_at(const char *path) {
  unsigned long id = fresh_id();
  struct job job = {.address = at("/%s/%lu", path, id)};
  AUTO_JOIN green_future *task = green_spawn(fetch_job, &job);
  CHECK_STARTED(task);
  CHECK_STATUS(wait_until_started(task, id), 0);
  CHECK_STATUS(green_cancel(task), 0);
  CHECK_STATUS(green_wait(task), GREEN_ECANCELED);
  CHECK_GET(at("/aborted/%lu", id), "aborted");
  return 0;
}

TEST(a_cancel_stops_a_request_that_has_no_answer) {
  return cancel_at("slow");
}

TEST(a_cancel_stops_a_body) {
  return cancel_at("slow-body");
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

TEST(connections_are_used_again) {
  AUTO_CLIENT green_http_client *client = NULL;
  CHECK_STATUS(green_http_client_new(&client), 0);
  struct job first = {.client = client, .address = at("/connections")}, second = first;
  CHECK_STATUS(fetch_job(&first), 0);
  CHECK_STATUS(fetch_job(&second), 0);
  CHECK_STRING(second.body, first.body);
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
  CHECK_STATUS(green_http_client_new(&client), 0);
  CHECK_STATUS(green_http_client_set_host_connections(client, -1), GREEN_EINVAL);
  int rc = green_http_client_set_host_connections(client, 2);
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
  CHECK_STATUS(green_http_client_set_host_connections(client, 3), GREEN_EBUSY);
  return 0;
}

TEST(a_client_may_be_released_in_flight) {
  AUTO_CLIENT green_http_client *client = NULL;
  CHECK_STATUS(green_http_client_new(&client), 0);
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
  CHECK_STATUS(green_http_client_new(&client), 0);
  for (int i = 0; i < 2; i++) {
    struct job job = {.client = client, .address = at("/hello")};
    CHECK_STATUS(green_run(fetch_job, &job), 0);
    CHECK_STRING(job.body, "hello\n");
  }
  return 0;
}

TEST(a_client_that_is_never_used) {
  AUTO_CLIENT green_http_client *client = NULL;
  CHECK_STATUS(green_http_client_new(&client), 0);
  return 0;
}

/* The host's HTTP library runs on the host's own stack. */
TEST(a_small_stack_is_enough) {
  struct job job = {.address = at("/hello")};
  green_spawn_options options = {.stack_size = 16 << 10};
  AUTO_JOIN green_future *task = green_spawn_with(&options, fetch_job, &job);
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
