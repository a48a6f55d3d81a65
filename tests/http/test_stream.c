/* Bodies in pieces, both ways: read as they come, sent from a function, with backpressure. */
#include "http_test.h"

#include <stdlib.h>
#include <string.h>

static int open_at(const char *url, green_http_response **response) {
  green_http_request request = {.url = url};
  return green_http_open(NULL, response, &request);
}

/* Reads to the end and compares with the server's pattern, from byte `at` on. */
static int read_pattern(green_http_response *response, size_t at, size_t expected) {
  unsigned char buffer[5000];
  int count;
  while ((count = test_saw(green_http_response_read(response, buffer, sizeof buffer))) > 0)
    for (int i = 0; i < count; i++, at++)
      if (buffer[i] != (unsigned char)(at * 7)) return TEST_FAILED;
  CHECK_STATUS(count, 0);
  CHECK_NUMBER(at, expected);
  CHECK_STATUS(green_http_response_read(response, buffer, sizeof buffer), 0);
  return 0;
}

static int read_as(const char *kind) {
  AUTO_RESPONSE green_http_response *response = NULL;
  CHECK_STATUS(open_at(at("/%s/200001", kind).text, &response), 0);
  CHECK_NUMBER(green_http_response_status(response), 200);
  CHECK_STRING(green_http_response_url(response), at("/%s/200001", kind).text);
  size_t size;
  CHECK_STRING(green_http_response_body(response, &size), "");
  CHECK_NUMBER(size, 0);
  CHECK_STATUS(read_pattern(response, 0, 200001), 0);
  return 0;
}

TEST(a_body_is_read_in_pieces) {
  static const char *const kinds[] = {"bytes", "chunked", "gzip"};
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) CHECK_STATUS(read_as(kinds[i]), 0);
  return 0;
}

TEST(a_body_in_brotli_is_read_in_pieces) {
  if (for_windows()) SKIP("this libcurl knows no brotli");
  return read_as("brotli");
}

TEST(headers_come_before_the_body) {
  unsigned long id = fresh_id();
  char buffer[10];
  AUTO_RESPONSE green_http_response *response = NULL;
  int rc = 0;
  GREEN_TIMEOUT(20000) { /* Firefox would wait for the body */
    rc = open_at(at("/held/%lu", id).text, &response);
  }
  CHECK_STATUS(rc, 0);
  CHECK_STRING(green_http_response_header(response, "content-length"), "5");
  GREEN_TIMEOUT(20) {
    rc = green_http_response_read(response, buffer, sizeof buffer);
  }
  CHECK_STATUS(rc, GREEN_ETIMEDOUT); /* and it goes on */
  CHECK_GET(at("/release/%lu", id), "");
  CHECK_STATUS(green_http_response_read(response, buffer, sizeof buffer), 5);
  CHECK(memcmp(buffer, "hello", 5) == 0);
  CHECK_STATUS(green_http_response_read(response, buffer, sizeof buffer), 0);
  return 0;
}

static int read_five(void *response) {
  char buffer[5];
  return green_http_response_read(response, buffer, sizeof buffer);
}

TEST(a_body_has_one_reader_at_a_time) {
  unsigned long id = fresh_id();
  char buffer[5];
  AUTO_RESPONSE green_http_response *response = NULL;
  int rc = 0;
  GREEN_TIMEOUT(20000) { /* Firefox would wait for the body */
    rc = open_at(at("/held/%lu", id).text, &response);
  }
  CHECK_STATUS(rc, 0);
  AUTO_JOIN green_future *reader = green_spawn(read_five, response);
  CHECK_STARTED(reader);
  CHECK_STATUS(green_yield(), 0);
  int second = green_http_response_read(response, buffer, sizeof buffer);
  CHECK_GET(at("/release/%lu", id), "");
  CHECK_STATUS(green_wait(reader), 5);
  CHECK_STATUS(second, GREEN_EBUSY);
  return 0;
}

/* The body is larger than what the systems' sockets hold on both sides. A browser may take it all
 * in by itself; then it is greenio and the program that hold no more of it than they should. */
TEST(a_slow_reader_slows_the_sender) {
  size_t size = (size_t)64 << 20;
  if (test_scale(0, 1)) SKIP("too large to be sent once an allocation");
  unsigned long id = fresh_id();
  unsigned char first;
  AUTO_RESPONSE green_http_response *response = NULL;
  CHECK_STATUS(open_at(at("/flood/%zu?id=%lu", size, id).text, &response), 0);
  CHECK_STATUS(green_http_response_read(response, &first, 1), 1);
  if (!in_browser()) CHECK_GET(at("/flooded/%lu", id), "stalled");
  size_t blocks = test_allocator_blocks();
  CHECK_STATUS(read_pattern(response, 1, size), 0);
  for (int i = 0; i < 1000 && test_allocator_blocks() > blocks; i++) /* a handle that closes */
    CHECK_STATUS(green_sleep(1), 0);
  CHECK(test_allocator_blocks() <= blocks);
  return 0;
}

TEST(a_response_may_be_released_before_its_end) {
  unsigned long id = fresh_id();
  AUTO_RESPONSE green_http_response *response = NULL;
  CHECK_STATUS(open_at(at("/slow-body/%lu", id).text, &response), 0);
  green_http_response_release(response);
  response = NULL;
  CHECK_GET(at("/aborted/%lu", id), "aborted");
  return 0;
}

static void release_response(green_future *future, void *arg) {
  (void)future;
  green_http_response_release(arg);
}

TEST(a_response_may_be_released_outside_a_task) {
  unsigned long id = fresh_id();
  AUTO_FUTURE green_future *future = NULL;
  green_http_response *response;
  CHECK_STATUS(green_future_new(&future), 0);
  CHECK_STATUS(open_at(at("/slow-body/%lu", id).text, &response), 0);
  int rc = test_saw(green_future_on_done(future, release_response, response));
  if (rc < 0) green_http_response_release(response);
  CHECK_STATUS(rc, 0);
  green_resolve(future, NULL, NULL);
  CHECK_GET(at("/aborted/%lu", id), "aborted");
  return 0;
}

TEST(a_body_that_breaks_off_while_read) {
  char buffer[100];
  AUTO_RESPONSE green_http_response *response = NULL;
  CHECK_STATUS(open_at(at("/cut").text, &response), 0);
  int rc;
  while ((rc = test_saw(green_http_response_read(response, buffer, sizeof buffer))) > 0)
    ;
  CHECK_STATUS(rc, failure_here(GREEN_ECONNRESET));
  return 0;
}

TEST(the_limit_holds_for_pieces) {
  char buffer[1000];
  struct address address = at("/chunked/50001");
  green_http_request request = {.url = address.text, .max_body = 50000};
  AUTO_RESPONSE green_http_response *response = NULL;
  CHECK_STATUS(green_http_open(NULL, &response, &request), 0);
  int rc;
  while ((rc = test_saw(green_http_response_read(response, buffer, sizeof buffer))) > 0)
    ;
  CHECK_STATUS(rc, GREEN_EMSGSIZE);
  return 0;
}

/* ---- sending ---- */

struct source {
  size_t size, done;
  int pause;   /* milliseconds before each piece; -1: none */
  int failure; /* at the end */
};

static int produce(void *buffer, size_t size, void *arg) {
  struct source *source = arg;
  if (source->pause >= 0) {
    int rc = green_sleep((uint64_t)source->pause);
    if (rc < 0) return rc;
  }
  if (size > source->size - source->done) size = source->size - source->done;
  if (!size) return source->failure;
  unsigned char *to = buffer;
  for (size_t i = 0; i < size; i++) to[i] = (unsigned char)((source->done + i) * 7);
  source->done += size;
  return (int)size;
}

static int post(const char *path, struct source *source, size_t size,
                green_http_response **response) {
  struct address address = at("%s", path);
  green_http_request request = {.method = "POST",
                                .url = address.text,
                                .produce = produce,
                                .produce_arg = source,
                                .body_size = size};
  return green_http_perform(NULL, response, &request);
}

TEST(a_body_is_sent_in_pieces) {
  size_t size = test_scale(1000000, 40000);
  char expected[60];
  for (int known = 0; known < 2; known++) {
    AUTO_RESPONSE green_http_response *response = NULL;
    struct source source = {.size = size, .pause = known ? 0 : -1};
    CHECK_STATUS(post("/weigh", &source, known ? size : 0, &response), 0);
    snprintf(expected, sizeof expected, "%zu whole", size);
    CHECK_CONTAINS(green_http_response_body(response, NULL), expected);
  }
  return 0;
}

TEST(an_empty_body_from_a_function) {
  AUTO_RESPONSE green_http_response *response = NULL;
  struct source source = {.size = 0, .pause = 0};
  CHECK_STATUS(post("/weigh", &source, 0, &response), 0);
  CHECK_CONTAINS(green_http_response_body(response, NULL), "0 whole");
  return 0;
}

TEST(a_body_of_another_size_than_announced) {
  static const size_t announced[] = {30001, 29999};
  for (size_t i = 0; i < 2; i++) {
    AUTO_RESPONSE green_http_response *response = NULL;
    struct source source = {.size = 30000, .pause = -1};
    CHECK_STATUS(post("/weigh", &source, announced[i], &response), GREEN_EPROTO);
  }
  return 0;
}

TEST(a_body_whose_function_fails) {
  AUTO_RESPONSE green_http_response *response = NULL;
  struct source source = {.size = 20000, .pause = 0, .failure = GREEN_EPERM};
  CHECK_STATUS(post("/weigh", &source, 0, &response), GREEN_EPERM);
  CHECK(response == NULL);
  if (!test_allocator_failed()) CHECK_CONTAINS(green_message(), "body");
  CHECK_GET(at("/hello"), "hello\n");
  return 0;
}

static int produce_cancelled(void *buffer, size_t size, void *arg) {
  (void)arg;
  green_cancel(green_current());
  memset(buffer, 'x', size);
  return (int)size;
}

static int post_cancelled(void *arg) {
  AUTO_RESPONSE green_http_response *response = NULL;
  struct address address = at("/weigh");
  green_http_request request = {
      .method = "POST", .url = address.text, .produce = produce_cancelled, .produce_arg = arg};
  return green_http_perform(NULL, &response, &request);
}

/* The piece is on its way when nobody wants the request any more. */
TEST(a_body_whose_function_is_cancelled) {
  AUTO_JOIN green_future *task = green_spawn(post_cancelled, NULL);
  CHECK_STARTED(task);
  CHECK_STATUS(green_wait(task), GREEN_ECANCELED);
  CHECK_GET(at("/hello"), "hello\n");
  return 0;
}

/* The answer comes while the function could go on for ever. */
TEST(an_answer_before_the_body_was_sent) {
  AUTO_RESPONSE green_http_response *response = NULL;
  struct source source = {.size = in_browser() ? 3000000 : SIZE_MAX, .pause = 0};
  int rc = test_saw(post("/early", &source, 0, &response));
  if (rc == 0) {
    CHECK_NUMBER(green_http_response_status(response), 413);
  } else {
    CHECK_STATUS(rc, failure_here(GREEN_ECONNRESET)); /* the sender saw the closed socket first */
  }
  CHECK_GET(at("/hello"), "hello\n");
  return 0;
}

TEST(a_redirect_that_needs_the_body_again) {
  AUTO_RESPONSE green_http_response *response = NULL;
  struct source source = {.size = 100000, .pause = 0};
  int rc = test_saw(post("/redirect-as/307?read", &source, 0, &response));
  if (in_browser()) {
    CHECK_STATUS(rc, 0); /* it had gathered the body */
    return 0;
  }
  CHECK_STATUS(rc, GREEN_ENOTSUP);
  return 0;
}

struct seen {
  green_http_progress last;
  int calls;
};

static void note_progress(const green_http_progress *progress, void *arg) {
  struct seen *seen = arg;
  if (progress->sent < seen->last.sent || progress->received < seen->last.received)
    EXPECT(!"progress goes back");
  seen->last = *progress;
  seen->calls++;
}

TEST(progress_is_reported) {
  size_t size = 100000;
  char *body = calloc(size, 1);
  CHECK(body != NULL);
  struct seen seen = {.calls = 0};
  struct address address = at("/echo");
  green_http_request request = {.method = "PUT",
                                .url = address.text,
                                .body = body,
                                .body_size = size,
                                .progress = note_progress,
                                .progress_arg = &seen};
  AUTO_RESPONSE green_http_response *response = NULL;
  int rc = green_http_perform(NULL, &response, &request);
  free(body);
  CHECK_STATUS(rc, 0);
  CHECK(seen.calls > 1);
  CHECK_NUMBER(seen.last.sent, size);
  CHECK_NUMBER(seen.last.send_total, size);
  CHECK_NUMBER(seen.last.received, size);
  return 0;
}

TEST(progress_knows_the_total) {
  struct seen seen = {.calls = 0};
  struct address address = at("/bytes/70000");
  green_http_request request = {
      .url = address.text, .progress = note_progress, .progress_arg = &seen};
  AUTO_RESPONSE green_http_response *response = NULL;
  CHECK_STATUS(green_http_perform(NULL, &response, &request), 0);
  CHECK_NUMBER(seen.last.received, 70000);
  CHECK_NUMBER(seen.last.receive_total, 70000);
  return 0;
}
