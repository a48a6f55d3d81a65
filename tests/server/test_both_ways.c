/* An answer while the request's body is still coming, and 100 (Continue), which is sent when the
 * function begins to read. */
#include <string.h>
#include "server_test.h"

#define HOST "Host: a\r\n"

/* Each piece comes back before the next one is sent. */
TEST(an_answer_goes_out_while_the_body_comes_in) {
  AUTO_SITE struct site site = {0};
  AUTO_STREAM green_stream *stream = NULL;
  char line[200];
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  CHECK_STATUS(site_connect(&site, &stream), GREEN_OK);
  CHECK_STATUS(say(stream, "POST /pipe HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n"),
               GREEN_OK);
  do {
    CHECK_STATUS(read_line(stream, line, sizeof line), GREEN_OK);
    GIVE_UP_WITHOUT_MEMORY();
  } while (*line);
  for (int i = 0; i < 3; i++) {
    CHECK_STATUS(say(stream, "5\r\nhello\r\n"), GREEN_OK);
    CHECK_STATUS(read_line(stream, line, sizeof line), GREEN_OK);
    GIVE_UP_WITHOUT_MEMORY();
    CHECK_STRING(line, "5");
    CHECK_STATUS(read_line(stream, line, sizeof line), GREEN_OK);
    GIVE_UP_WITHOUT_MEMORY();
    CHECK_STRING(line, "hello");
  }
  CHECK_STATUS(say(stream, "0\r\n\r\nGET / HTTP/1.1\r\n" HOST "\r\n"), GREEN_OK);
  CHECK_STATUS(read_line(stream, line, sizeof line), GREEN_OK);
  GIVE_UP_WITHOUT_MEMORY();
  CHECK_STRING(line, "0");
  CHECK_STATUS(read_line(stream, line, sizeof line), GREEN_OK);
  struct reply reply;
  CHECK_STATUS(read_reply(stream, &reply, false), GREEN_OK);
  CHECK_REPLY(reply, 200);
  CHECK_STRING(reply.body, "hello");
  return 0;
}

/* More than all buffers between them hold, to a client that reads nothing before it has sent all: it
 * is its own doing, and the server is there for others. */
TEST(a_client_that_does_not_read_while_it_sends_holds_up_itself_alone) {
  AUTO_SITE struct site site = {0};
  AUTO_STREAM green_stream *stream = NULL;
  static char data[65536];
  struct reply reply;
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  CHECK_STATUS(site_connect(&site, &stream), GREEN_OK);
  CHECK_STATUS(say(stream, "POST /pipe HTTP/1.1\r\n" HOST "Content-Length: 104857600\r\n\r\n"),
               GREEN_OK);
  int rc = 0;
  GREEN_TIMEOUT(test_scale(300, 20)) {
    while (rc == 0) rc = green_stream_write(stream, data, sizeof data, NULL);
  }
  GIVE_UP_WITHOUT_MEMORY();
  CHECK_STATUS(rc, GREEN_ETIMEDOUT);
  CHECK_STATUS(ASK(&site, "GET / HTTP/1.1\r\n" HOST "\r\n", &reply), GREEN_OK);
  CHECK_REPLY(reply, 200);
  green_stream_reset(stream);
  return 0;
}

/* An answer that is made of the first bytes, and the rest of the body behind it. */
TEST(an_answer_does_not_wait_for_the_body) {
  AUTO_SITE struct site site = {0};
  AUTO_STREAM green_stream *stream = NULL;
  struct reply reply;
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  CHECK_STATUS(site_connect(&site, &stream), GREEN_OK);
  CHECK_STATUS(say(stream, "POST /enough HTTP/1.1\r\n" HOST "Content-Length: 8\r\n\r\nbo"),
               GREEN_OK);
  CHECK_STATUS(read_reply(stream, &reply, false), GREEN_OK);
  CHECK_REPLY(reply, 200);
  CHECK_STRING(reply.body, "enough");
  CHECK(!reply.close);
  CHECK_STATUS(say(stream, "dy res"), GREEN_OK);
  CHECK_STATUS(say(stream, "GET /show/next HTTP/1.1\r\n" HOST "\r\n"), GREEN_OK);
  CHECK_STATUS(read_reply(stream, &reply, false), GREEN_OK);
  CHECK_REPLY(reply, 200);
  CHECK_CONTAINS(reply.body, "/show/next");
  return 0;
}

TEST(a_client_is_told_to_continue_when_its_body_is_read) {
  AUTO_SITE struct site site = {0};
  AUTO_STREAM green_stream *stream = NULL;
  char line[100];
  struct reply reply;
  CHECK_STATUS(green_future_new(&site.gate), GREEN_OK);
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  CHECK_STATUS(site_connect(&site, &stream), GREEN_OK);
  CHECK_STATUS(say(stream, "POST /late HTTP/1.1\r\n" HOST
                           "Content-Length: 4\r\nExpect: 100-continue\r\n\r\n"),
               GREEN_OK);
  CHECK_STATUS(site_await_begun(&site, 1), GREEN_OK);
  CHECK_STATUS(ASK(&site, "GET / HTTP/1.1\r\n" HOST "\r\n", &reply), GREEN_OK);
  CHECK_REPLY(reply, 200);
  int rc = 0;
  GREEN_TIMEOUT(1) rc = green_stream_read(stream, line, 1);
  GIVE_UP_WITHOUT_MEMORY();
  CHECK_STATUS(rc, GREEN_ETIMEDOUT); /* nothing so far */
  green_resolve(site.gate, NULL, NULL);
  CHECK_STATUS(read_line(stream, line, sizeof line), GREEN_OK);
  GIVE_UP_WITHOUT_MEMORY();
  CHECK_STRING(line, "HTTP/1.1 100 Continue");
  CHECK_STATUS(read_line(stream, line, sizeof line), GREEN_OK);
  CHECK_STRING(line, "");
  CHECK_STATUS(say(stream, "body"), GREEN_OK);
  CHECK_STATUS(read_reply(stream, &reply, false), GREEN_OK);
  CHECK_REPLY(reply, 200);
  CHECK_STRING(reply.body, "4");
  CHECK(!reply.close);
  return 0;
}

/* A client that does not wait for leave is not given it. */
TEST(a_body_that_is_there_needs_no_leave) {
  AUTO_SITE struct site site = {0};
  struct reply reply;
  char first[64] = "";
  AUTO_STREAM green_stream *stream = NULL;
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  CHECK_STATUS(site_connect(&site, &stream), GREEN_OK);
  CHECK_STATUS(say(stream, "POST /echo HTTP/1.1\r\n" HOST
                           "Content-Length: 4\r\nExpect: 100-continue\r\n\r\nbody"),
               GREEN_OK);
  CHECK_STATUS(read_line(stream, first, sizeof first), GREEN_OK);
  GIVE_UP_WITHOUT_MEMORY();
  CHECK_STRING(first, "HTTP/1.1 200 OK");
  CHECK_STATUS(ASK(&site, "GET / HTTP/1.1\r\n" HOST "\r\n", &reply), GREEN_OK);
  CHECK_REPLY(reply, 200);
  return 0;
}
