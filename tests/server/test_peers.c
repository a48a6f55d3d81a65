/* What users of other servers have met, as their public reports tell: each situation, and what is right. */
#include <string.h>
#include "server_test.h"

#define HOST "Host: a\r\n"

/* golang/go 11549, 67555; lalinsky/dusty 163: a client that waits for leave is answered without it, and
 * nobody can tell whether its body follows. What comes is never a request. */
TEST(a_body_without_leave_is_no_request) {
  AUTO_SITE struct site site = {0};
  for (int sends = 0; sends < 2; sends++) {
    AUTO_STREAM green_stream *stream = NULL;
    struct reply reply;
    if (site.app == NULL) CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
    CHECK_STATUS(site_connect(&site, &stream), GREEN_OK);
    CHECK_STATUS(say(stream, "POST /unread HTTP/1.1\r\n" HOST
                             "Expect: 100-continue\r\nContent-Length: 38\r\n\r\n"),
                 GREEN_OK);
    CHECK_STATUS(read_reply(stream, &reply, false), GREEN_OK);
    CHECK_REPLY(reply, 200);
    CHECK(reply.close);
    CHECK_STRING(reply.head + 9, strstr(reply.head, "200"));
    int rc = sends ? say(stream, "GET /forever HTTP/1.1\r\nHost: abcdefg\r\n\r\n") : 0;
    CHECK(rc == 0 || test_saw(rc) == GREEN_EPIPE || rc == GREEN_ECONNRESET);
    CHECK_STATUS(read_reply(stream, &reply, false), GREEN_OK);
    CHECK_NUMBER(reply.status, 0);
    CHECK_NUMBER(site.begun, 0);
  }
  return 0;
}

/* uvicorn 1637, 2243: the time for the next request has begun with the answer to the first, and ended
 * while the second, which was there already, was at work. */
TEST(a_pipelined_request_is_not_idle) {
  AUTO_SITE struct site site = {0};
  AUTO_STREAM green_stream *stream = NULL;
  struct reply reply;
  CHECK_STATUS(site_open(&site, &(green_server_options){.idle_timeout = 50}), GREEN_OK);
  CHECK_STATUS(site_connect(&site, &stream), GREEN_OK);
  CHECK_STATUS(say(stream, "GET / HTTP/1.1\r\n" HOST "\r\nGET /wait?ms=250 HTTP/1.1\r\n" HOST
                           "\r\nGET / HTTP/1.1\r\n" HOST "\r\n"),
               GREEN_OK);
  for (int i = 0; i < 3; i++) {
    CHECK_STATUS(read_reply(stream, &reply, false), GREEN_OK);
    CHECK_REPLY(reply, 200);
    CHECK_STRING(reply.body, i == 1 ? "waited" : "hello");
  }
  return 0;
}

/* nodejs/node 58140: empty lines behind a request keep no connection. */
TEST(an_empty_line_behind_a_request_is_idle) {
  AUTO_SITE struct site site = {0};
  AUTO_STREAM green_stream *stream = NULL;
  struct reply reply;
  CHECK_STATUS(site_open(&site, &(green_server_options){.idle_timeout = 100}), GREEN_OK);
  CHECK_STATUS(site_connect(&site, &stream), GREEN_OK);
  CHECK_STATUS(say(stream, "GET / HTTP/1.1\r\n" HOST "\r\n\r\n"), GREEN_OK);
  CHECK_STATUS(read_reply(stream, &reply, false), GREEN_OK);
  CHECK_REPLY(reply, 200);
  int rc = 0;
  for (int i = 0; i < 2000 && rc == 0; i++) {
    rc = say(stream, "\r\n");
    if (rc == 0) rc = green_sleep(5);
    GIVE_UP_WITHOUT_MEMORY();
  }
  CHECK(test_saw(rc) == GREEN_EPIPE || rc == GREEN_ECONNRESET);
  return 0;
}

/* hyperium/hyper 1885, 2730; yesodweb/wai 853: neither a connection without a request yet, nor an idle
 * one, holds up the end. */
TEST(connections_without_a_request_do_not_hold_up_the_end) {
  AUTO_SITE struct site site = {0};
  AUTO_STREAM green_stream *fresh = NULL, *kept = NULL;
  struct reply reply;
  CHECK_STATUS(site_open(&site, &(green_server_options){.idle_timeout = 3600000}), GREEN_OK);
  CHECK_STATUS(site_connect(&site, &kept), GREEN_OK);
  CHECK_STATUS(say(kept, "GET / HTTP/1.1\r\n" HOST "\r\n"), GREEN_OK);
  CHECK_STATUS(read_reply(kept, &reply, false), GREEN_OK);
  CHECK_REPLY(reply, 200);
  CHECK_STATUS(site_connect(&site, &fresh), GREEN_OK);
  CHECK_STATUS(ASK(&site, "GET / HTTP/1.1\r\n" HOST "\r\n", &reply), GREEN_OK);
  CHECK_REPLY(reply, 200);
  CHECK_STATUS(green_join(green_server_shutdown(site.server, 3600000)), GREEN_OK);
  return 0;
}

/* nodejs/node 60617: a request that was sent on a kept connection before the server began to end is
 * answered, though the server had not read it. */
TEST(a_request_that_was_sent_before_the_end_is_answered) {
  AUTO_SITE struct site site = {0};
  AUTO_STREAM green_stream *kept = NULL, *fresh = NULL;
  struct reply reply;
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  CHECK_STATUS(site_connect(&site, &kept), GREEN_OK);
  CHECK_STATUS(say(kept, "GET / HTTP/1.1\r\n" HOST "\r\n"), GREEN_OK);
  CHECK_STATUS(read_reply(kept, &reply, false), GREEN_OK);
  CHECK_REPLY(reply, 200);
  CHECK_STATUS(site_connect(&site, &fresh), GREEN_OK);
  CHECK_STATUS(say(fresh, "GET / HTTP/1.1\r\n" HOST "\r\n"), GREEN_OK);
  CHECK_STATUS(say(kept, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 4\r\n\r\nbody"), GREEN_OK);
  AUTO_FUTURE green_future *closed = green_server_shutdown(site.server, 600000);
  CHECK_STATUS(read_reply(kept, &reply, false), GREEN_OK);
  CHECK_REPLY(reply, 200);
  CHECK_STRING(reply.body, "body");
  CHECK(reply.close);
  CHECK_STATUS(read_reply(fresh, &reply, false), GREEN_OK);
  CHECK_REPLY(reply, 200);
  CHECK_STATUS(green_wait(closed), GREEN_OK);
  return 0;
}

/* hyperium/hyper 1352: a body without end, behind an answer, is not read for ever. */
TEST(a_body_without_end_is_not_read_for_ever) {
  AUTO_SITE struct site site = {0};
  AUTO_STREAM green_stream *stream = NULL;
  static char data[65536];
  struct reply reply;
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  CHECK_STATUS(site_connect(&site, &stream), GREEN_OK);
  CHECK_STATUS(say(stream, "POST /unread HTTP/1.1\r\n" HOST
                           "Transfer-Encoding: chunked\r\n\r\nfffffffffff\r\n"),
               GREEN_OK);
  CHECK_STATUS(read_reply(stream, &reply, false), GREEN_OK);
  CHECK_REPLY(reply, 200);
  int rc = 0;
  while (rc == 0) rc = green_stream_write(stream, data, sizeof data, NULL);
  GIVE_UP_WITHOUT_MEMORY();
  CHECK(test_saw(rc) == GREEN_EPIPE || rc == GREEN_ECONNRESET);
  return 0;
}

/* uvicorn 336: a client that leaves while its answer is sent leaves no task behind, and the next has its
 * answer. */
TEST(a_client_that_leaves_in_its_answer) {
  AUTO_SITE struct site site = {0};
  struct reply reply;
  char data[1000];
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  for (int i = 0; i < 4; i++) {
    AUTO_STREAM green_stream *stream = NULL;
    CHECK_STATUS(site_connect(&site, &stream), GREEN_OK);
    CHECK_STATUS(say(stream, i % 2 ? "GET /large HTTP/1.1\r\n" HOST "\r\n"
                                   : "GET /pieces?count=5000 HTTP/1.1\r\n" HOST "\r\n"),
                 GREEN_OK);
    int rc = green_stream_read(stream, data, sizeof data);
    GIVE_UP_WITHOUT_MEMORY();
    CHECK(test_saw(rc) > 0);
  }
  CHECK_STATUS(ASK(&site, "GET / HTTP/1.1\r\n" HOST "\r\n", &reply), GREEN_OK);
  CHECK_REPLY(reply, 200);
  CHECK_STATUS(green_join(green_server_shutdown(site.server, 600000)), GREEN_OK);
  return 0;
}
