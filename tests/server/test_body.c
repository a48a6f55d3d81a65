/* Bodies of requests: read, passed over, refused, and those that come first. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "server_test.h"

#define HOST "Host: a\r\n"

TEST(bodies_come_with_a_length_and_in_chunks) {
  AUTO_SITE struct site site = {0};
  AUTO_STREAM green_stream *stream = NULL;
  struct reply reply;
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  CHECK_STATUS(site_connect(&site, &stream), GREEN_OK);
  CHECK_STATUS(say(stream, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nfirst"),
               GREEN_OK);
  CHECK_STATUS(read_reply(stream, &reply, false), GREEN_OK);
  CHECK_REPLY(reply, 200);
  CHECK_STRING(reply.body, "first");
  CHECK_STATUS(say(stream, "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n"
                           "3\r\nsec\r\n3\r\nond\r\n0\r\n\r\n"),
               GREEN_OK);
  CHECK_STATUS(read_reply(stream, &reply, false), GREEN_OK);
  CHECK_REPLY(reply, 200);
  CHECK_STRING(reply.body, "second");
  CHECK_STATUS(say(stream, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n"), GREEN_OK);
  CHECK_STATUS(read_reply(stream, &reply, false), GREEN_OK);
  CHECK_REPLY(reply, 200);
  CHECK_NUMBER(reply.size, 0);
  return 0;
}

/* More than the sockets hold, to a reader that takes small pieces. */
TEST(a_large_body_is_read_in_pieces) {
  AUTO_SITE struct site site = {0};
  AUTO_STREAM green_stream *stream = NULL;
  static char data[65536];
  struct reply reply;
  char text[200];
  size_t pieces = test_scale(256, 4);
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  CHECK_STATUS(site_connect(&site, &stream), GREEN_OK);
  snprintf(text, sizeof text, "POST /count HTTP/1.1\r\n" HOST "Content-Length: %zu\r\n\r\n",
           pieces * sizeof data);
  CHECK_STATUS(say(stream, text), GREEN_OK);
  for (size_t i = 0; i < pieces; i++) {
    int rc = green_stream_write(stream, data, sizeof data, NULL);
    if (rc < 0) GIVE_UP_WITHOUT_MEMORY();
    CHECK_STATUS(rc, GREEN_OK);
  }
  CHECK_STATUS(read_reply(stream, &reply, false), GREEN_OK);
  CHECK_REPLY(reply, 200);
  CHECK_NUMBER(atoll(reply.body), (long long)(pieces * sizeof data));
  return 0;
}

TEST(a_body_that_nobody_reads_is_passed_over) {
  AUTO_SITE struct site site = {0};
  AUTO_STREAM green_stream *stream = NULL;
  static char data[100000];
  struct reply reply;
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  CHECK_STATUS(site_connect(&site, &stream), GREEN_OK);
  CHECK_STATUS(say(stream, "POST /unread HTTP/1.1\r\n" HOST "Content-Length: 100000\r\n\r\n"),
               GREEN_OK);
  CHECK_STATUS(green_stream_write(stream, data, sizeof data, NULL), GREEN_OK);
  CHECK_STATUS(say(stream, "GET /show/next HTTP/1.1\r\n" HOST "\r\n"), GREEN_OK);
  CHECK_STATUS(read_reply(stream, &reply, false), GREEN_OK);
  CHECK_REPLY(reply, 200);
  CHECK_STRING(reply.body, "hello");
  CHECK_STATUS(read_reply(stream, &reply, false), GREEN_OK);
  CHECK_REPLY(reply, 200);
  CHECK_CONTAINS(reply.body, "/show/next");
  return 0;
}

/* Each request has its own measure of what is passed over. */
TEST(bodies_that_nobody_reads_are_passed_over_again_and_again) {
  AUTO_SITE struct site site = {0};
  AUTO_STREAM green_stream *stream = NULL;
  static char data[0x30000];
  struct reply reply;
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  CHECK_STATUS(site_connect(&site, &stream), GREEN_OK);
  for (int i = 0; i < 4; i++) {
    int rc =
        say(stream, "POST /unread HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n30000\r\n");
    bool early = i % 2 == 0;
    if (rc == 0 && early) rc = read_reply(stream, &reply, false); /* before the body has come */
    if (rc == 0) rc = green_stream_write(stream, data, sizeof data, NULL);
    if (rc == 0) rc = say(stream, "\r\n0\r\n\r\n");
    if (rc == 0 && !early) rc = read_reply(stream, &reply, false);
    GIVE_UP_WITHOUT_MEMORY();
    CHECK_STATUS(rc, GREEN_OK);
    CHECK_REPLY(reply, 200);
    CHECK(!reply.close);
  }
  return 0;
}

TEST(a_body_over_the_limit_is_refused) {
  AUTO_SITE struct site site = {0};
  struct reply reply;
  char text[600];
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  int size = snprintf(text, sizeof text,
                      "POST /limited HTTP/1.1\r\n" HOST "Content-Length: 101\r\n\r\n%0101d", 0);
  CHECK_STATUS(ask(&site, text, (size_t)size, &reply), GREEN_OK);
  CHECK_REPLY(reply, 413);
  size = snprintf(text, sizeof text,
                  "POST /limited HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n"
                  "40\r\n%064d\r\n40\r\n%064d\r\n0\r\n\r\n",
                  0, 0);
  CHECK_STATUS(ask(&site, text, (size_t)size, &reply), GREEN_OK);
  CHECK_REPLY(reply, 413);
  size = snprintf(text, sizeof text,
                  "POST /limited HTTP/1.1\r\n" HOST "Content-Length: 100\r\n\r\n%0100d", 0);
  CHECK_STATUS(ask(&site, text, (size_t)size, &reply), GREEN_OK);
  CHECK_REPLY(reply, 200);
  return 0;
}

/* Sends a head and 1 MiB behind it, and reads the answer. Again where that took as long as a server
 * goes on reading what it does not want (GREEN__LINGER): who is held up so long is reset. */
static int send_all(const struct site *site, const char *head, struct reply *reply) {
  static char data[1 << 20];
  uint64_t since;
  int rc, tries = 0;
  do {
    AUTO_STREAM green_stream *stream = NULL;
    since = green_now();
    CHECK_STATUS(site_connect(site, &stream), GREEN_OK);
    rc = say(stream, head);
    if (rc == 0) rc = green_stream_write(stream, data, sizeof data, NULL);
    if (rc == 0) rc = read_reply(stream, reply, false);
    GIVE_UP_WITHOUT_MEMORY();
  } while (green_now() - since >= 2000000000 && ++tries < 10);
  CHECK_STATUS(rc, GREEN_OK);
  return 0;
}

/* Which a client reads that sends all of its body first. */
TEST(a_refusal_outlives_a_large_body) {
  static const char *const heads[] = {
      "POST /limited HTTP/1.1\r\n" HOST "Content-Length: 1048576\r\n\r\n",
      "POST /limited HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n100000\r\n"};
  AUTO_SITE struct site site = {0};
  struct reply reply;
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  for (int chunked = 0; chunked < 2; chunked++) {
    CHECK_STATUS(send_all(&site, heads[chunked], &reply), GREEN_OK);
    CHECK_REPLY(reply, 413);
  }
  return 0;
}

/* Also its headers and its body, where more comes than the server cares to read. */
TEST(an_answer_before_the_end_of_a_body_is_whole) {
  static const char *const heads[] = {
      "POST /unread HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n100000\r\n",
      "POST /enough HTTP/1.1\r\n" HOST "Content-Length: 1048576\r\n\r\n"};
  AUTO_SITE struct site site = {0};
  struct reply reply;
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  for (int late = 0; late < 2; late++) {
    CHECK_STATUS(send_all(&site, heads[late], &reply), GREEN_OK);
    CHECK_REPLY(reply, 200);
    CHECK_CONTAINS(reply.head, "Content-Type: text/plain");
    CHECK_CONTAINS(reply.head, "Date: ");
    CHECK_STRING(reply.body, late ? "enough" : "hello");
  }
  return 0;
}

TEST(expectations_are_granted_or_refused_before_the_body) {
  AUTO_SITE struct site site = {0};
  AUTO_STREAM green_stream *stream = NULL;
  struct reply reply;
  char line[100];
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  CHECK_STATUS(site_connect(&site, &stream), GREEN_OK);
  CHECK_STATUS(say(stream, "POST /echo HTTP/1.1\r\n" HOST
                           "Content-Length: 4\r\nExpect: 100-continue\r\n\r\n"),
               GREEN_OK);
  int rc = green_stream_read_line(stream, line, sizeof line);
  GIVE_UP_WITHOUT_MEMORY();
  CHECK(test_saw(rc) > 0);
  CHECK_STRING(line, "HTTP/1.1 100 Continue");
  CHECK_STATUS(green_stream_read_line(stream, line, sizeof line), 0);
  CHECK_STATUS(say(stream, "body"), GREEN_OK);
  CHECK_STATUS(read_reply(stream, &reply, false), GREEN_OK);
  CHECK_REPLY(reply, 200);
  CHECK_STRING(reply.body, "body");
  CHECK_STATUS(say(stream, "POST /limited HTTP/1.1\r\n" HOST
                           "Content-Length: 1000\r\nExpect: 100-continue\r\n\r\n"),
               GREEN_OK);
  rc = green_stream_read_line(stream, line, sizeof line);
  GIVE_UP_WITHOUT_MEMORY();
  CHECK(test_saw(rc) > 0);
  CHECK_CONTAINS(line, "HTTP/1.1 413");
  return 0;
}

/* Whose task is not even begun any more when the body is there. */
TEST(a_body_that_comes_first_is_refused_when_too_many_wait) {
  AUTO_SITE struct site site = {.with = {.workers = 1, .max_queued = 1, .body_first = true}};
  AUTO_STREAM green_stream *runs = NULL;
  AUTO_STREAM green_stream *waits = NULL;
  struct reply reply;
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  CHECK_STATUS(green_future_new(&site.gate), GREEN_OK);
  CHECK_STATUS(site_connect(&site, &runs), GREEN_OK);
  CHECK_STATUS(say(runs, "GET /gate HTTP/1.1\r\n" HOST "\r\n"), GREEN_OK);
  CHECK_STATUS(site_await_begun(&site, 1), GREEN_OK);
  CHECK_STATUS(site_connect(&site, &waits), GREEN_OK);
  CHECK_STATUS(say(waits, "GET /gate HTTP/1.1\r\n" HOST "\r\n"), GREEN_OK);
  for (int i = 0; i < 2000 && !green_pool_queued_count(green_app_pool(site.app)); i++) {
    CHECK_STATUS(green_sleep(5), GREEN_OK);
    GIVE_UP_WITHOUT_MEMORY();
  }
  int rc = 0;
  GREEN_TIMEOUT(20000)
  rc = ASK(&site, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 4\r\n\r\necho", &reply);
  CHECK_STATUS(rc, GREEN_OK);
  CHECK_REPLY(reply, 503);
  green_resolve(site.gate, NULL, NULL);
  CHECK_STATUS(read_reply(waits, &reply, false), GREEN_OK);
  CHECK_REPLY(reply, 200);
  return 0;
}

/* Its function may allow more, and then gets all of it. */
TEST(a_body_in_chunks_over_the_limit_comes_whole) {
  AUTO_SITE struct site site = {.with = {.body_first = true, .max_body = 100000}};
  AUTO_STREAM green_stream *stream = NULL;
  static char data[0x40000];
  struct reply reply;
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  CHECK_STATUS(site_connect(&site, &stream), GREEN_OK);
  CHECK_STATUS(
      say(stream, "POST /count HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n40000\r\n"),
      GREEN_OK);
  int rc = green_stream_write(stream, data, sizeof data, NULL);
  if (rc < 0) GIVE_UP_WITHOUT_MEMORY();
  CHECK_STATUS(rc, GREEN_OK);
  rc = say(stream, "\r\n0\r\n\r\n");
  if (rc < 0) GIVE_UP_WITHOUT_MEMORY();
  CHECK_STATUS(rc, GREEN_OK);
  CHECK_STATUS(read_reply(stream, &reply, false), GREEN_OK);
  CHECK_REPLY(reply, 200);
  CHECK_NUMBER(atoll(reply.body), (long long)sizeof data);
  return 0;
}
