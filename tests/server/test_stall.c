/* Chunk lines without end: they are refused at once, and the loop does not turn for nothing,
 * whether the client goes on, stops or leaves. */
#include <string.h>
#include <greenio/uv.h>
#include "server_test.h"

#define HEAD "POST /count HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"

/* ---- turns of the loop ----------------------------------------------------------------------- */

/* One that has nothing to do makes a few in a second, one that polls a hundred thousand. */
#define MANY_TURNS 20000

struct turns {
  uv_prepare_t handle;
  unsigned count;
  bool open, closed;
};
#define AUTO_TURNS __attribute__((unused, cleanup(auto_turns)))

static void on_turn(uv_prepare_t *handle) {
  ((struct turns *)handle->data)->count++;
}

static void on_closed(uv_handle_t *handle) {
  ((struct turns *)handle->data)->closed = true;
}

static int turns_begin(struct turns *turns) {
  uv_loop_t *loop = green_uv_loop();
  CHECK_MEMORY(loop);
  uv_prepare_init(loop, &turns->handle);
  turns->handle.data = turns;
  turns->open = true;
  uv_prepare_start(&turns->handle, on_turn);
  uv_unref((uv_handle_t *)&turns->handle);
  return 0;
}

static void auto_turns(struct turns *turns) {
  if (!turns->open) return;
  uv_close((uv_handle_t *)&turns->handle, on_closed);
  GREEN_SHIELD {
    while (!turns->closed) green_sleep(1);
  }
}

/* ---- clients --------------------------------------------------------------------------------- */

static const struct {
  const char *name, *begin;
  char fill;
} lines[] = {
    {"an extension", HEAD "5;a", 'a'},
    {"zeros", HEAD, '0'},
    {"zeros before a size", HEAD "2\r\nab\r\n0", '0'},
    {"a quoted extension", HEAD "5;a=\"", ' '},
    {"the last chunk's extension", HEAD "0;", 'b'},
};
enum { LINES = sizeof lines / sizeof *lines };

/* Until the server will have no more, or all is written. */
static int fill(green_stream *stream, char byte, size_t size) {
  char piece[1000];
  int rc = 0;
  memset(piece, byte, sizeof piece);
  for (; rc >= 0 && size; size -= size < sizeof piece ? size : sizeof piece)
    rc = green_stream_write(stream, piece, size < sizeof piece ? size : sizeof piece, NULL);
  return rc == GREEN_EPIPE || rc == GREEN_ECONNRESET ? 0 : rc;
}

static int open_site(struct site *site) {
  return site_open(site, &(green_server_options){.idle_timeout = 3600000});
}

TEST(chunk_lines_without_end_are_refused) {
  AUTO_SITE struct site site = {0};
  AUTO_TURNS struct turns turns = {.count = 0};
  CHECK_STATUS(open_site(&site), GREEN_OK);
  CHECK_STATUS(turns_begin(&turns), GREEN_OK);
  for (size_t i = 0; i < test_scale(LINES, 1); i++) {
    AUTO_STREAM green_stream *stream = NULL;
    struct reply reply;
    CHECK_STATUS(site_connect(&site, &stream), GREEN_OK);
    CHECK_STATUS(say(stream, lines[i].begin), GREEN_OK);
    CHECK_STATUS(fill(stream, lines[i].fill, 40000), GREEN_OK);
    CHECK_STATUS(read_reply(stream, &reply, false), GREEN_OK);
    CHECK_REPLY(reply, 400);
    CHECK(reply.close);
    CHECK_STATUS(read_reply(stream, &reply, false), GREEN_OK);
    CHECK_NUMBER(reply.status, 0);
  }
  CHECK(turns.count < MANY_TURNS);
  return 0;
}

TEST(what_the_server_answers_by_itself_has_the_common_headers_once) {
  static const char *const requests[] = {HEAD "5;a", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"};
  AUTO_SITE struct site site = {0};
  CHECK_STATUS(open_site(&site), GREEN_OK);
  CHECK_STATUS(green_app_add_header(site.app, "X-Common", "there"), GREEN_OK);
  CHECK_STATUS(green_app_add_header(site.app, "Content-Type", "text/html"), GREEN_OK);
  for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
    AUTO_STREAM green_stream *stream = NULL;
    struct reply reply;
    CHECK_STATUS(site_connect(&site, &stream), GREEN_OK);
    CHECK_STATUS(say(stream, requests[i]), GREEN_OK);
    if (i == 0) CHECK_STATUS(fill(stream, 'a', 40000), GREEN_OK);
    CHECK_STATUS(read_reply(stream, &reply, false), GREEN_OK);
    CHECK_REPLY(reply, 400);
    CHECK(strstr(reply.head, "\nX-Common: there\n"));
    CHECK(strstr(reply.head, "\nContent-Type: text/plain\n"));
    CHECK(!strstr(reply.head, "text/html"));
  }
  return 0;
}

/* Somewhere among these its memory is just full. */
TEST(a_chunk_line_that_grows_slowly_costs_nothing) {
  AUTO_SITE struct site site = {0};
  AUTO_STREAM green_stream *stream = NULL;
  AUTO_TURNS struct turns turns = {.count = 0};
  struct reply reply;
  CHECK_STATUS(open_site(&site), GREEN_OK);
  CHECK_STATUS(site_connect(&site, &stream), GREEN_OK);
  CHECK_STATUS(say(stream, HEAD "5;a"), GREEN_OK);
  CHECK_STATUS(fill(stream, 'a', 11000), GREEN_OK);
  CHECK_STATUS(turns_begin(&turns), GREEN_OK);
  for (size_t i = 0; i < test_scale(700, 3); i++) {
    CHECK_STATUS(fill(stream, 'a', 8), GREEN_OK);
    CHECK_STATUS(green_sleep(1), GREEN_OK);
  }
  CHECK(turns.count < MANY_TURNS);
  if (test_scale(1, 0) == 0) return 0;
  CHECK_STATUS(fill(stream, 'a', 20000), GREEN_OK);
  CHECK_STATUS(read_reply(stream, &reply, false), GREEN_OK);
  CHECK_REPLY(reply, 400);
  return 0;
}

TEST(clients_that_leave_in_a_chunk_line_without_end) {
  enum { MANY = 50 };
  AUTO_SITE struct site site = {0};
  AUTO_TURNS struct turns turns = {.count = 0};
  green_stream *streams[MANY] = {NULL};
  size_t many = test_scale(MANY, 2);
  int rc = 0;
  CHECK_STATUS(open_site(&site), GREEN_OK);
  for (size_t i = 0; rc == 0 && i < many; i++) {
    rc = site_connect(&site, &streams[i]);
    if (rc == 0) rc = say(streams[i], lines[i % LINES].begin);
    if (rc == 0) rc = fill(streams[i], lines[i % LINES].fill, 12000 + 100 * i);
  }
  if (rc == 0) rc = green_sleep(50);
  if (rc == 0) rc = turns_begin(&turns);
  if (rc == 0) rc = green_sleep(200);
  for (size_t i = 0; i < many; i++) green_stream_release(streams[i]);
  while (rc == 0 && green_server_connection_count(site.server)) rc = green_sleep(5);
  GIVE_UP_WITHOUT_MEMORY();
  CHECK_STATUS(rc, GREEN_OK);
  CHECK(turns.count < MANY_TURNS);
  return 0;
}

/* Held while others make the server turn, and read on when the rest comes. */
TEST(a_slow_chunk_line_is_waited_for) {
  static const char *const rest[] = {"xt", "en", "sion\r\n", "ab", "c", "de\r", "\n0\r", "\n\r\n"};
  AUTO_SITE struct site site = {0};
  AUTO_STREAM green_stream *stream = NULL, *stalled = NULL;
  struct reply reply;
  CHECK_STATUS(open_site(&site), GREEN_OK);
  CHECK_STATUS(site_connect(&site, &stream), GREEN_OK);
  CHECK_STATUS(say(stream, HEAD "5;e"), GREEN_OK);
  for (size_t i = 0; i < sizeof rest / sizeof *rest; i++) {
    CHECK_STATUS(site_connect(&site, &stalled), GREEN_OK); /* has it run again and again */
    CHECK_STATUS(say(stalled, HEAD "5;a"), GREEN_OK);
    CHECK_STATUS(fill(stalled, 'a', 40000), GREEN_OK);
    CHECK_STATUS(read_reply(stalled, &reply, false), GREEN_OK);
    CHECK_REPLY(reply, 400);
    green_stream_release(stalled);
    stalled = NULL;
    int rc = say(stream, rest[i]);
    GIVE_UP_WITHOUT_MEMORY();
    CHECK_STATUS(rc, GREEN_OK);
  }
  CHECK_STATUS(read_reply(stream, &reply, false), GREEN_OK);
  CHECK_REPLY(reply, 200);
  CHECK_STRING(reply.body, "5");
  return 0;
}

/* Held for longer than a connection may be idle. */
TEST(a_chunk_line_that_stops_is_idle) {
  AUTO_SITE struct site site = {0};
  AUTO_STREAM green_stream *stream = NULL, *stalled = NULL;
  struct reply reply;
  CHECK_STATUS(site_open(&site, &(green_server_options){.idle_timeout = 300}), GREEN_OK);
  CHECK_STATUS(site_connect(&site, &stream), GREEN_OK);
  CHECK_STATUS(say(stream, HEAD "5;e"), GREEN_OK);
  CHECK_STATUS(site_connect(&site, &stalled), GREEN_OK);
  CHECK_STATUS(say(stalled, HEAD "5;a"), GREEN_OK);
  CHECK_STATUS(fill(stalled, 'a', 40000), GREEN_OK);
  CHECK_STATUS(read_reply(stream, &reply, false), GREEN_OK);
  GIVE_UP_WITHOUT_MEMORY();
  CHECK(reply.status == 0 || reply.status == 408);
  return 0;
}

/* It gets its answer, and the end behind bytes that are not read yet is not told again and again. */
TEST(a_client_that_ends_in_mid_request_costs_nothing) {
  AUTO_SITE struct site site = {0};
  AUTO_STREAM green_stream *stream = NULL;
  AUTO_TURNS struct turns turns = {.count = 0};
  struct reply reply;
  CHECK_STATUS(green_future_new(&site.gate), GREEN_OK);
  CHECK_STATUS(open_site(&site), GREEN_OK);
  CHECK_STATUS(turns_begin(&turns), GREEN_OK);
  CHECK_STATUS(site_connect(&site, &stream), GREEN_OK);
  CHECK_STATUS(say(stream, "GET /gate HTTP/1.1\r\nHost: a\r\n\r\nG"), GREEN_OK);
  CHECK_STATUS(site_await_begun(&site, 1), GREEN_OK);
  CHECK_STATUS(green_stream_shutdown(stream), GREEN_OK);
  CHECK_STATUS(green_sleep(test_scale(1000, 10)), GREEN_OK);
  CHECK(turns.count < 1000);
  green_resolve(site.gate, NULL, NULL);
  CHECK_STATUS(read_reply(stream, &reply, false), GREEN_OK);
  CHECK_REPLY(reply, 200);
  CHECK_STRING(reply.body, "passed");
  return 0;
}
