/* Requests and answers: connections that are kept, bodies of answers. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "server_test.h"

#define HOST "Host: a\r\n"

TEST(a_connection_is_kept) {
  AUTO_SITE struct site site = {0};
  AUTO_STREAM green_stream *stream = NULL;
  struct reply reply;
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  CHECK_STATUS(site_connect(&site, &stream), GREEN_OK);
  for (int i = 0; i < 3; i++) {
    CHECK_STATUS(say(stream, "GET / HTTP/1.1\r\n" HOST "\r\n"), GREEN_OK);
    CHECK_STATUS(read_reply(stream, &reply, false), GREEN_OK);
    CHECK_REPLY(reply, 200);
    CHECK_STRING(reply.body, "hello");
    CHECK_NUMBER(reply.length, 5);
    CHECK_CONTAINS(reply.head, "Date: ");
    CHECK_CONTAINS(reply.head, "Content-Type: text/plain");
    CHECK(!reply.close);
    CHECK_NUMBER(green_server_connection_count(site.server), 1);
  }
  CHECK_STATUS(say(stream, "OPTIONS / HTTP/1.1\r\n" HOST "\r\n"), GREEN_OK);
  CHECK_STATUS(read_reply(stream, &reply, true), GREEN_OK);
  CHECK_REPLY(reply, 204);
  CHECK(!reply.close);
  CHECK_STATUS(say(stream, "GET / HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n"), GREEN_OK);
  CHECK_STATUS(read_reply(stream, &reply, false), GREEN_OK);
  CHECK_REPLY(reply, 200);
  CHECK(reply.close);
  CHECK_STATUS(read_reply(stream, &reply, false), GREEN_OK);
  CHECK_NUMBER(reply.status, 0);
  return 0;
}

TEST(http_1_0_is_closed_unless_it_asks) {
  AUTO_SITE struct site site = {0};
  AUTO_STREAM green_stream *stream = NULL;
  struct reply reply;
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  CHECK_STATUS(site_connect(&site, &stream), GREEN_OK);
  CHECK_STATUS(say(stream, "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"), GREEN_OK);
  CHECK_STATUS(read_reply(stream, &reply, false), GREEN_OK);
  CHECK_REPLY(reply, 200);
  CHECK_STATUS(say(stream, "GET /pieces?count=3 HTTP/1.0\r\n\r\n"), GREEN_OK);
  CHECK_STATUS(read_reply(stream, &reply, false), GREEN_OK);
  CHECK_REPLY(reply, 200);
  CHECK(!reply.chunked);
  GIVE_UP_WITHOUT_MEMORY();
  CHECK_NUMBER(reply.size, 3000);
  CHECK_STATUS(read_reply(stream, &reply, false), GREEN_OK);
  CHECK_NUMBER(reply.status, 0);
  return 0;
}

/* Those that wait and those that do not, in the order in which they came. */
TEST(pipelined_requests_are_answered_in_order) {
  AUTO_SITE struct site site = {0};
  AUTO_STREAM green_stream *stream = NULL;
  struct reply reply;
  static const char *const bodies[] = {"[/show/1] [] /show/1", "waited", "[/show/2] [] /show/2",
                                       "echo", "hello"};
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  CHECK_STATUS(site_connect(&site, &stream), GREEN_OK);
  CHECK_STATUS(say(stream, "GET /show/1 HTTP/1.1\r\n" HOST "\r\n"
                           "GET /wait HTTP/1.1\r\n" HOST "\r\n"
                           "GET /show/2 HTTP/1.1\r\n" HOST "\r\n"
                           "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 4\r\n\r\necho"
                           "GET / HTTP/1.1\r\n" HOST "\r\n"),
               GREEN_OK);
  for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
    CHECK_STATUS(read_reply(stream, &reply, false), GREEN_OK);
    CHECK_REPLY(reply, 200);
    CHECK_STRING(reply.body, bodies[i]);
  }
  return 0;
}

TEST(head_has_a_length_and_no_body) {
  AUTO_SITE struct site site = {0};
  AUTO_STREAM green_stream *stream = NULL;
  struct reply reply;
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  CHECK_STATUS(site_connect(&site, &stream), GREEN_OK);
  static const char *const targets[] = {"/", "/large", "/pieces?sized=1&count=3"};
  static const long long sizes[] = {5, 1 << 20, 3000};
  for (int i = 0; i < 3; i++) {
    char text[200];
    snprintf(text, sizeof text, "HEAD %s HTTP/1.1\r\n" HOST "\r\n", targets[i]);
    CHECK_STATUS(say(stream, text), GREEN_OK);
    CHECK_STATUS(read_reply(stream, &reply, true), GREEN_OK);
    CHECK_REPLY(reply, 200);
    CHECK_NUMBER(reply.length, sizes[i]);
  }
  CHECK_STATUS(say(stream, "GET / HTTP/1.1\r\n" HOST "\r\n"), GREEN_OK);
  CHECK_STATUS(read_reply(stream, &reply, false), GREEN_OK);
  CHECK_REPLY(reply, 200);
  CHECK_STRING(reply.body, "hello");
  return 0;
}

TEST(a_refusal_behind_head_has_its_body) {
  AUTO_SITE struct site site = {0};
  AUTO_STREAM green_stream *stream = NULL;
  struct reply reply;
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  CHECK_STATUS(site_connect(&site, &stream), GREEN_OK);
  CHECK_STATUS(say(stream, "HEAD / HTTP/1.1\r\n" HOST "\r\nGET / HTTP/1.1\n\n"), GREEN_OK);
  CHECK_STATUS(read_reply(stream, &reply, true), GREEN_OK);
  CHECK_REPLY(reply, 200);
  CHECK_STATUS(read_reply(stream, &reply, false), GREEN_OK);
  CHECK_REPLY(reply, 400);
  CHECK_NUMBER(reply.size, reply.length);
  return 0;
}

/* A length of 0 would be that of another body. */
TEST(head_has_no_length_where_none_is_known) {
  AUTO_SITE struct site site = {0};
  AUTO_STREAM green_stream *stream = NULL;
  struct reply reply;
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  CHECK_STATUS(site_connect(&site, &stream), GREEN_OK);
  CHECK_STATUS(say(stream, "HEAD /pieces HTTP/1.1\r\n" HOST "\r\n"), GREEN_OK);
  CHECK_STATUS(read_reply(stream, &reply, true), GREEN_OK);
  CHECK_REPLY(reply, 200);
  CHECK_NUMBER(reply.length, -1);
  CHECK(!reply.close);
  CHECK_STATUS(say(stream, "GET / HTTP/1.1\r\n" HOST "\r\n"), GREEN_OK);
  CHECK_STATUS(read_reply(stream, &reply, false), GREEN_OK);
  CHECK_REPLY(reply, 200);
  CHECK_STRING(reply.body, "hello");
  return 0;
}

TEST(what_the_application_sees_of_a_head) {
  AUTO_SITE struct site site = {0};
  struct reply reply;
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  CHECK_STATUS(
      ASK(&site, "GET /show/a%20b?c=%64 HTTP/1.1\r\n" HOST "x-value:  one two \t\r\n\r\n", &reply),
      GREEN_OK);
  CHECK_REPLY(reply, 200);
  CHECK_STRING(reply.body, "[/show/a b] [one two] /show/a%20b?c=%64");
  CHECK_STATUS(ASK(&site, "GET /peer HTTP/1.1\r\n" HOST "\r\n", &reply), GREEN_OK);
  CHECK_REPLY(reply, 200);
  CHECK_STRING(reply.body, "4 127.0.0.1 plain");
  return 0;
}

/* ---- bodies of answers ----------------------------------------------------------------------- */

TEST(answers_come_in_pieces) {
  AUTO_SITE struct site site = {0};
  AUTO_STREAM green_stream *stream = NULL;
  struct reply reply;
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  CHECK_STATUS(site_connect(&site, &stream), GREEN_OK);
  CHECK_STATUS(say(stream, "GET /pieces?count=500 HTTP/1.1\r\n" HOST "\r\n"), GREEN_OK);
  CHECK_STATUS(read_reply(stream, &reply, false), GREEN_OK);
  CHECK_REPLY(reply, 200);
  CHECK(reply.chunked);
  GIVE_UP_WITHOUT_MEMORY();
  CHECK_NUMBER(reply.size, 500000);
  CHECK_STATUS(say(stream, "GET /pieces?sized=1&count=500 HTTP/1.1\r\n" HOST "\r\n"), GREEN_OK);
  CHECK_STATUS(read_reply(stream, &reply, false), GREEN_OK);
  CHECK_REPLY(reply, 200);
  CHECK(!reply.chunked);
  GIVE_UP_WITHOUT_MEMORY();
  CHECK_NUMBER(reply.length, 500000);
  CHECK_NUMBER(reply.size, 500000);
  CHECK_STATUS(say(stream, "GET /large HTTP/1.1\r\n" HOST "\r\n"), GREEN_OK);
  CHECK_STATUS(read_reply(stream, &reply, false), GREEN_OK);
  CHECK_REPLY(reply, 200);
  GIVE_UP_WITHOUT_MEMORY();
  CHECK_NUMBER(reply.size, 1 << 20);
  return 0;
}

TEST(a_body_that_fails_breaks_the_connection_off) {
  AUTO_SITE struct site site = {0};
  struct reply reply;
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  CHECK_STATUS(ASK(&site, "GET /short HTTP/1.1\r\n" HOST "\r\n", &reply), GREEN_OK);
  CHECK_REPLY(reply, 200);
  CHECK_NUMBER(reply.length, 100);
  CHECK(reply.size < 100);
  return 0;
}

/* The status alone of an answer with a long head; 0: there is none. */
static int status_of(const struct site *site, const char *text) {
  AUTO_STREAM green_stream *stream = NULL;
  char line[13] = "";
  int status = 0;
  int rc = site_connect(site, &stream);
  if (rc == 0) rc = say(stream, text);
  if (rc == 0) rc = green_stream_read(stream, line, sizeof line - 1);
  return rc < 0 ? rc : sscanf(line, "HTTP/1.1 %d", &status) == 1 ? status : 0;
}

/* It has to fit into what is lent for sending. */
TEST(an_answer_whose_head_is_too_large_is_500) {
  AUTO_SITE struct site site = {0};
  static char text[8000];
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  int step = (int)test_scale(500, 8000);
  for (int size = 0, fields = 0; size <= 16000; size += step, fields = fields ? 0 : 90) {
    int at = snprintf(text, sizeof text, "GET /header?size=%d HTTP/1.1\r\n" HOST "X: %0*d\r\n",
                      size, fields ? 6000 : 1, 0);
    for (int i = 0; i < fields; i++)
      at += snprintf(text + at, sizeof text - (size_t)at, "a: %d\r\n", i);
    snprintf(text + at, sizeof text - (size_t)at, "\r\n");
    int status = status_of(&site, text);
    GIVE_UP_WITHOUT_MEMORY();
    if (status != 500 || size <= 1000) CHECK_NUMBER(status, 200);
  }
  int large = status_of(&site, "GET /header?size=8000 HTTP/1.1\r\n" HOST "\r\n");
  GIVE_UP_WITHOUT_MEMORY();
  CHECK_NUMBER(large, 200);
  int larger = status_of(&site, "GET /header?size=30000 HTTP/1.1\r\n" HOST "\r\n");
  GIVE_UP_WITHOUT_MEMORY();
  CHECK_NUMBER(larger, 500);
  return 0;
}

TEST(pieces_behind_a_head_that_is_too_large_end) {
  AUTO_SITE struct site site = {0};
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  int status = status_of(&site, "GET /header?size=30000&endless=1 HTTP/1.1\r\n" HOST "\r\n");
  GIVE_UP_WITHOUT_MEMORY();
  CHECK_NUMBER(status, 500);
  CHECK_STATUS(site_await_cancelled(&site, 1), GREEN_OK);
  return 0;
}

/* A client that reads nothing holds its own task up, and no other. */
TEST(a_slow_reader_is_waited_for) {
  AUTO_SITE struct site site = {0};
  AUTO_STREAM green_stream *stream = NULL;
  struct reply reply;
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  CHECK_STATUS(site_connect(&site, &stream), GREEN_OK);
  CHECK_STATUS(say(stream, "GET /endless HTTP/1.1\r\n" HOST "\r\n"), GREEN_OK);
  CHECK_STATUS(site_await_begun(&site, 1), GREEN_OK);
  for (int i = 0; i < 5; i++) {
    CHECK_STATUS(ASK(&site, "GET /wait HTTP/1.1\r\n" HOST "\r\n", &reply), GREEN_OK);
    CHECK_REPLY(reply, 200);
  }
  CHECK_NUMBER(site.cancelled, 0);
  green_stream_reset(stream);
  CHECK_STATUS(site_await_cancelled(&site, 1), GREEN_OK);
  return 0;
}

/* ---- many, and elsewhere --------------------------------------------------------------------- */

static int ask_a_few(void *arg) {
  const struct site *site = arg;
  AUTO_STREAM green_stream *stream = NULL;
  struct reply *reply = malloc(sizeof *reply);
  if (!reply) return GREEN_ENOMEM;
  int rc = site_connect(site, &stream);
  for (int i = 0; rc == 0 && i < 5; i++) {
    rc = say(stream,
             i % 2 ? "GET /wait?ms=2 HTTP/1.1\r\n" HOST "\r\n" : "GET / HTTP/1.1\r\n" HOST "\r\n");
    if (rc == 0) rc = read_reply(stream, reply, false);
    if (rc == 0 && reply->status != 200) rc = GREEN_EIO;
    if (rc == 0 && strcmp(reply->body, i % 2 ? "waited" : "hello") != 0) rc = GREEN_EPROTO;
  }
  free(reply);
  return rc;
}

TEST(many_clients_at_once) {
  AUTO_SITE struct site site = {0};
  size_t many = test_scale(200, 3);
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  AUTO_JOIN_ALL struct test_futures tasks = test_futures(many);
  for (size_t i = 0; i < many; i++) {
    tasks.at[i] = green_spawn(ask_a_few, &site);
    CHECK_STARTED(tasks.at[i]);
  }
  for (size_t i = 0; i < many; i++) {
    int rc = green_wait(tasks.at[i]);
    if (rc < 0) GIVE_UP_WITHOUT_MEMORY();
    CHECK_STATUS(rc, GREEN_OK);
  }
  return 0;
}

TEST(a_server_on_a_path) {
  AUTO_SITE struct site site = {0};
  struct reply reply;
  char path[64];
  snprintf(path, sizeof path, "/tmp/greenio-server-%d.sock", (int)getpid());
  green_server_options options = {.path = path};
  CHECK_STATUS(site_open(&site, &options), GREEN_OK);
  CHECK_NUMBER(site.address.family, GREEN_UNIX);
  CHECK_STATUS(ASK(&site, "GET /wait HTTP/1.1\r\n" HOST "\r\n", &reply), GREEN_OK);
  CHECK_REPLY(reply, 200);
  CHECK_STATUS(ASK(&site, "GET /peer HTTP/1.1\r\n" HOST "\r\n", &reply), GREEN_OK);
  CHECK_REPLY(reply, 200);
  CHECK_STRING(reply.body, "1  plain");
  CHECK_STATUS(green_join(green_server_shutdown(site.server, 1000)), GREEN_OK);
  CHECK(access(path, F_OK) != 0);
  return 0;
}

/* libcurl, with what it does by itself: expectations, chunks, a connection that is kept. */
static int give_piece(void *buffer, size_t size, void *arg) {
  size_t *left = arg;
  if (size > *left) size = *left;
  memset(buffer, 'p', size);
  *left -= size;
  return (int)size;
}

TEST(libcurl_as_the_client) {
  AUTO_SITE struct site site = {0};
  green_http_response *response = NULL;
  char url[200];
  size_t left = test_scale(3 << 20, 1 << 16), size = left;
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  snprintf(url, sizeof url, "%s/echo", site.base);
  green_http_request request = {
      .method = "POST", .url = url, .produce = give_piece, .produce_arg = &left};
  int rc = green_http_perform(NULL, &response, &request);
  if (rc < 0) GIVE_UP_WITHOUT_MEMORY();
  CHECK_STATUS(rc, GREEN_OK);
  int status = green_http_response_status(response);
  size_t got;
  const char *body = green_http_response_body(response, &got);
  bool right = got == size && (!size || (body[0] == 'p' && body[size - 1] == 'p'));
  green_http_response_release(response);
  if (status != 200) GIVE_UP_WITHOUT_MEMORY();
  CHECK_NUMBER(status, 200);
  CHECK(right);
  return 0;
}

TEST(options_that_cannot_be) {
  AUTO_SITE struct site site = {0};
  green_server *server;
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  CHECK_STATUS(green_server_open(&server, site.app, &(green_server_options){.port = 70000}),
               GREEN_EINVAL);
  CHECK(server == NULL);
  CHECK_STATUS(green_server_open(&server, NULL, NULL), GREEN_EINVAL);
  CHECK_CONTAINS(green_message(), "no application");
  CHECK_STATUS(
      green_server_open(&server, site.app, &(green_server_options){.path = "/tmp/x", .port = 1}),
      GREEN_EINVAL);
  CHECK_STATUS(green_server_open(&server, site.app, &(green_server_options){.share_port = true}),
               GREEN_EINVAL);
  CHECK_STATUS(green_server_open(&server, site.app, &(green_server_options){.key = "x"}),
               GREEN_EINVAL);
  CHECK_STATUS(
      green_server_open(&server, site.app,
                        &(green_server_options){.host = "127.0.0.1", .port = site.address.port}),
      GREEN_EADDRINUSE);
  GIVE_UP_WITHOUT_MEMORY();
  CHECK_CONTAINS(green_message(), "listen on 127.0.0.1:");
  return 0;
}

TEST_OUTSIDE(a_server_needs_a_task) {
  green_server *server;
  CHECK_STATUS(green_server_open(&server, NULL, NULL), GREEN_EMAIN);
  CHECK(server == NULL);
  return 0;
}
