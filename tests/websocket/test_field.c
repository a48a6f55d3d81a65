/* Situations that users of other libraries have met: those of ws, libwebsockets, tungstenite, websockets,
 * gorilla, noVNC, and of the WebSockets that runtimes have. What the tables of frames and handshakes
 * have is there. Frames of the raw sides are bytes; their masks are 0. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "websocket_test.h"

/* ---- the raw side ---------------------------------------------------------------------------- */

#define TEXT  0x81u
#define CLOSE 0x88u
#define PING  0x89u
#define PONG  0x8au

struct frame {
  unsigned first; /* its first byte */
  size_t size;
  char content[200];
};

static size_t frame_put(char *at, bool mask, unsigned first, const char *content, size_t size) {
  size_t head = mask ? 6 : 2;
  memset(at, 0, head);
  at[0] = (char)first;
  at[1] = (char)(size | (mask ? 0x80 : 0));
  memcpy(at + head, content, size);
  return head + size;
}

/* A client's, of a content that is a string. */
static int frame_send(green_stream *stream, unsigned first, const char *content) {
  char bytes[200];
  size_t size = frame_put(bytes, true, first, content, strlen(content));
  return green_stream_write(stream, bytes, size, NULL);
}

static int frame_get(green_stream *stream, struct frame *frame) {
  unsigned char head[2];
  memset(frame, 0, sizeof *frame);
  int rc = green_stream_read_exactly(stream, head, 2, NULL);
  frame->first = head[0];
  frame->size = head[1];
  if (rc == 0 && head[1] > 125) return GREEN_EPROTO;
  return rc < 0 ? rc : green_stream_read_exactly(stream, frame->content, frame->size, NULL);
}

/* A server that does what `serve` says with one connection, behind or instead of its handshake. */
struct raw_server {
  green_listener *listener;
  int (*serve)(green_stream *stream, const char *accept);
  green_future *task;
  char url[100];
};

static int raw_server_run(void *arg) {
  struct raw_server *server = arg;
  AUTO_STREAM green_stream *stream = NULL;
  char answer[300];
  int rc = green_listener_accept(server->listener, &stream);
  if (rc == 0) rc = handshake_answer(stream, answer, sizeof answer);
  green_listener_release(server->listener); /* nobody waits there for what has failed */
  server->listener = NULL;
  return rc < 0 ? rc : server->serve(stream, answer);
}

#define AUTO_RAW_SERVER __attribute__((unused, cleanup(auto_raw_server)))
static void auto_raw_server(struct raw_server *server) {
  GREEN_SHIELD {
    if (server->task) green_cancel(server->task);
    if (server->task) green_join(server->task);
    green_listener_release(server->listener);
  }
}

static int raw_server_open(struct raw_server *server) {
  green_address address;
  char text[GREEN_ADDRESS_TEXT];
  int rc = green_listener_open(&server->listener, "127.0.0.1", 0, NULL);
  if (rc == 0) rc = green_listener_address(server->listener, &address);
  if (rc < 0) return rc;
  snprintf(server->url, sizeof server->url, "ws://%s/",
           green_address_text(&address, text, sizeof text));
  server->task = green_spawn(raw_server_run, server);
  return green_done(server->task) ? green_future_status(server->task)
                                  : 0; /* or it could not begin */
}

/* ---- beginnings ------------------------------------------------------------------------------ */

static int speak_first(green_stream *stream, const char *answer) {
  char bytes[400];
  struct frame frame;
  size_t size = (size_t)snprintf(bytes, sizeof bytes, "%s", answer);
  size += frame_put(bytes + size, false, TEXT, "first", 5);
  size += frame_put(bytes + size, false, CLOSE, "\x0f\xa0", 2);
  int rc = green_stream_write(stream, bytes, size, NULL);
  return rc < 0 ? rc : frame_get(stream, &frame);
}

TEST(a_server_that_speaks_in_the_packet_of_its_handshake_is_heard) {
  AUTO_RAW_SERVER struct raw_server server = {.serve = speak_first};
  AUTO_WEBSOCKET green_websocket *ws = NULL;
  AUTO_MESSAGE green_websocket_message message = {0};
  CHECK_STATUS(raw_server_open(&server), GREEN_OK);
  CHECK_STATUS(green_websocket_connect(NULL, &ws, server.url, NULL), GREEN_OK);
  CHECK_STATUS(green_sleep(20), GREEN_OK); /* before anybody receives */
  CHECK_STATUS(green_websocket_receive(ws, &message), 1);
  CHECK_STRING(message.data, "first");
  CHECK_STATUS(green_websocket_receive(ws, &message), 0);
  CHECK_NUMBER(green_websocket_close_code(ws), 4000);
  return 0;
}

TEST(frames_behind_a_handshake_that_is_refused_are_no_request) {
  static const char ask[] = "GET /echo HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
                            "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                            "Origin: http://evil.example\r\n\r\n";
  AUTO_SITE struct site site = {0};
  AUTO_STREAM green_stream *stream = NULL;
  char bytes[2000];
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  CHECK_STATUS(green_stream_connect_any(&stream, &site.address, 1), GREEN_OK);
  memcpy(bytes, ask, sizeof ask - 1);
  size_t size = sizeof ask - 1, used = 0;
  size += frame_put(bytes + size, true, TEXT, "GET /plain HTTP/1.1\r\nHost: x\r\n\r\n", 33);
  size += frame_put(bytes + size, true, CLOSE, "\x03\xe8", 2);
  CHECK_STATUS(green_stream_write(stream, bytes, size, NULL), GREEN_OK);
  int rc;
  while ((rc = green_stream_read(stream, bytes + used, sizeof bytes - 1 - used)) > 0)
    used += (size_t)rc;
  bytes[used] = 0;
  GIVE_UP_WITHOUT_MEMORY();
  CHECK(rc == 0 || rc == GREEN_ECONNRESET);
  CHECK_CONTAINS(bytes, "HTTP/1.1 403");
  CHECK(!strstr(bytes, "HTTP/1.1 200") && !strstr(bytes, "HTTP/1.1 101"));
  CHECK_NUMBER(site.begun, 0);
  return 0;
}

/* ---- pings ----------------------------------------------------------------------------------- */

TEST(pings_are_answered_while_the_handler_does_something_else) {
  AUTO_SITE struct site site = {0};
  AUTO_STREAM green_stream *stream = NULL;
  struct frame frame;
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  CHECK_STATUS(site_connect_raw(&site, &stream, "/wait"), GREEN_OK);
  CHECK_STATUS(site_await_begun(&site, 1), GREEN_OK);
  for (int i = 0; i < 5; i++) {
    char content[2] = {(char)('a' + i)};
    CHECK_STATUS(frame_send(stream, PING, content), GREEN_OK);
    CHECK_STATUS(frame_get(stream, &frame), GREEN_OK);
    CHECK_NUMBER(frame.first, PONG);
    CHECK_STRING(frame.content, content);
  }
  CHECK_NUMBER(site.ended, 0);
  return 0;
}

TEST(a_ping_and_a_message_between_the_two_closes_do_not_hold_the_close) {
  AUTO_SITE struct site site = {0};
  AUTO_STREAM green_stream *stream = NULL;
  struct frame frame;
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  CHECK_STATUS(site_connect_raw(&site, &stream, "/close?code=4001"), GREEN_OK);
  CHECK_STATUS(frame_get(stream, &frame), GREEN_OK);
  CHECK_NUMBER(frame.first, CLOSE);
  CHECK_STATUS(frame_send(stream, PING, "p"), GREEN_OK);
  CHECK_STATUS(frame_send(stream, TEXT, "late"), GREEN_OK);
  CHECK_STATUS(frame_send(stream, CLOSE, "\x0f\xa1"), GREEN_OK);
  CHECK_STATUS(site_await_ended(&site, 1), GREEN_OK);
  CHECK_STATUS(site.outcome, GREEN_OK);
  CHECK_NUMBER(site.code, 4001);
  return 0;
}

enum { FLOOD = 100, FLOOD_SIZE = 40000 };

static int flood_send(void *arg) {
  static char data[FLOOD_SIZE];
  int rc = 0;
  for (int i = 0; rc == 0 && i < FLOOD; i++)
    rc = green_websocket_send(arg, GREEN_WEBSOCKET_BINARY, data, sizeof data);
  return rc;
}

static int flood_ping(void *arg) {
  int rc = 0;
  for (int i = 0; rc == 0 && i < 10; i++) rc = green_websocket_ping(arg);
  return rc;
}

TEST(two_sides_that_send_much_and_ping_each_other_do_not_wait_for_ever) {
  NOT_WITHOUT_MEMORY();
  AUTO_SITE struct site site = {.with = {.keep_alive = 60000}};
  AUTO_WEBSOCKET green_websocket *ws = NULL;
  AUTO_MESSAGE green_websocket_message message = {0};
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  CHECK_STATUS(site_connect(&site, &ws, "/echo", NULL), GREEN_OK);
  AUTO_JOIN green_future *sender = green_spawn(flood_send, ws);
  CHECK_STARTED(sender);
  AUTO_JOIN green_future *pinger = green_spawn(flood_ping, ws);
  CHECK_STARTED(pinger);
  for (int i = 0; i < FLOOD; i++) {
    CHECK_STATUS(green_websocket_receive(ws, &message), 1);
    CHECK_NUMBER(message.size, FLOOD_SIZE);
  }
  CHECK_STATUS(green_wait(sender), GREEN_OK);
  CHECK_STATUS(green_wait(pinger), GREEN_OK);
  return 0;
}

/* ---- messages -------------------------------------------------------------------------------- */

struct letters {
  green_websocket *ws;
  int letter;
};

static int letters_send(void *arg) {
  struct letters *letters = arg;
  static const size_t size = 100000;
  char *data = malloc(size);
  if (!data) return GREEN_ENOMEM;
  memset(data, letters->letter, size);
  int rc = 0;
  for (int i = 0; rc == 0 && i < 5; i++)
    rc = green_websocket_send(letters->ws, GREEN_WEBSOCKET_TEXT, data, size);
  free(data);
  return rc;
}

TEST(large_messages_of_several_tasks_are_not_mixed) {
  NOT_WITHOUT_MEMORY();
  AUTO_SITE struct site site = {0};
  AUTO_WEBSOCKET green_websocket *ws = NULL;
  AUTO_MESSAGE green_websocket_message message = {0};
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  CHECK_STATUS(site_connect(&site, &ws, "/echo", NULL), GREEN_OK);
  struct letters letters[4];
  AUTO_JOIN_ALL struct test_futures tasks = test_futures(4);
  for (size_t i = 0; i < tasks.count; i++) {
    letters[i] = (struct letters){ws, (int)('a' + i)};
    tasks.at[i] = green_spawn(letters_send, &letters[i]);
    CHECK_STARTED(tasks.at[i]);
  }
  size_t of_each[4] = {0};
  for (int i = 0; i < 20; i++) {
    CHECK_STATUS(green_websocket_receive(ws, &message), 1);
    CHECK_NUMBER(message.size, 100000);
    char one[2] = {*message.data};
    CHECK_NUMBER(strspn(message.data, one), 100000);
    CHECK(*one >= 'a' && *one <= 'd');
    of_each[*one - 'a']++;
  }
  for (int i = 0; i < 4; i++) CHECK_NUMBER(of_each[i], 5);
  return 0;
}

TEST(receiving_again_behind_the_end_says_the_same_each_time) {
  AUTO_SITE struct site site = {0};
  AUTO_WEBSOCKET green_websocket *ws = NULL, *closed = NULL;
  AUTO_MESSAGE green_websocket_message message = {0};
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  CHECK_STATUS(site_connect(&site, &ws, "/small", NULL), GREEN_OK);
  CHECK_STATUS(site_connect(&site, &closed, "/close?code=4002", NULL), GREEN_OK);
  for (int i = 0; i < 3000; i++) {
    CHECK_STATUS(green_websocket_receive(closed, &message), 0);
    CHECK(!message.data);
  }
  CHECK_NUMBER(green_websocket_close_code(closed), 4002);
  char large[200] = "";
  CHECK_STATUS(green_websocket_send(ws, GREEN_WEBSOCKET_BINARY, large, sizeof large), GREEN_OK);
  for (int i = 0; i < 3000; i++) CHECK_STATUS(green_websocket_receive(ws, &message), 0);
  CHECK_NUMBER(green_websocket_close_code(ws), 1009);
  return 0;
}

TEST(what_a_client_did_not_take_is_given_back_when_it_is_cut) {
  NOT_WITHOUT_MEMORY();
  size_t before, now = 0;
  AUTO_SITE struct site site = {.gate = NULL};
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  test_allocator_outstanding(&before);
  for (unsigned i = 1; i <= 3; i++) {
    AUTO_STREAM green_stream *stream = NULL;
    CHECK_STATUS(site_connect_raw(&site, &stream, "/bulk"), GREEN_OK);
    CHECK_STATUS(site_await_begun(&site, i), GREEN_OK);
    green_stream_reset(stream);
    CHECK_STATUS(site_await_ended(&site, i), GREEN_OK);
  }
  for (int i = 0; i < 20000; i++) { /* the last one's end is on its way */
    test_allocator_outstanding(&now);
    if (now < before + BULK / 2) break;
    CHECK_STATUS(green_sleep(1), GREEN_OK);
  }
  CHECK(now < before + BULK / 2);
  return 0;
}

/* ---- closes ---------------------------------------------------------------------------------- */

TEST(a_close_that_comes_in_pieces_keeps_its_code) {
  AUTO_SITE struct site site = {0};
  AUTO_STREAM green_stream *stream = NULL;
  char bytes[20];
  size_t size = frame_put(bytes, true, CLOSE,
                          "\x0f\xa0"
                          "bye",
                          5);
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  CHECK_STATUS(site_connect_raw(&site, &stream, "/echo"), GREEN_OK);
  CHECK_STATUS(site_await_begun(&site, 1), GREEN_OK);
  for (size_t i = 0; i < size; i++) {
    CHECK_STATUS(green_stream_write(stream, bytes + i, 1, NULL), GREEN_OK);
    CHECK_STATUS(green_sleep(2), GREEN_OK);
  }
  CHECK_STATUS(site_await_ended(&site, 1), GREEN_OK);
  CHECK_STATUS(site.outcome, GREEN_OK);
  CHECK_NUMBER(site.code, 4000);
  return 0;
}

static int close_in_pieces(green_stream *stream, const char *answer) {
  char bytes[20];
  struct frame frame;
  size_t size = frame_put(bytes, false, CLOSE,
                          "\x0f\xa0"
                          "bye",
                          5);
  int rc = green_stream_write(stream, answer, strlen(answer), NULL);
  for (size_t i = 0; rc == 0 && i < size; i++) {
    rc = green_stream_write(stream, bytes + i, 1, NULL);
    if (rc == 0) rc = green_sleep(2);
  }
  return rc < 0 ? rc : frame_get(stream, &frame);
}

TEST(a_servers_close_that_comes_in_pieces_keeps_its_code_and_its_reason) {
  AUTO_RAW_SERVER struct raw_server server = {.serve = close_in_pieces};
  AUTO_WEBSOCKET green_websocket *ws = NULL;
  AUTO_MESSAGE green_websocket_message message = {0};
  CHECK_STATUS(raw_server_open(&server), GREEN_OK);
  CHECK_STATUS(green_websocket_connect(NULL, &ws, server.url, NULL), GREEN_OK);
  CHECK_STATUS(green_websocket_receive(ws, &message), 0);
  CHECK_NUMBER(green_websocket_close_code(ws), 4000);
  GIVE_UP_WITHOUT_MEMORY();
  CHECK_STRING(green_websocket_close_reason(ws), "bye");
  return 0;
}

TEST(each_connection_that_its_server_closes_at_once_is_told_of_its_end) {
  NOT_WITHOUT_MEMORY();
  AUTO_SITE struct site site = {0};
  AUTO_MESSAGE green_websocket_message message = {0};
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  for (unsigned i = 1; i <= 50; i++) {
    AUTO_WEBSOCKET green_websocket *ws = NULL;
    CHECK_STATUS(site_connect(&site, &ws, "/close?code=4003", NULL), GREEN_OK);
    CHECK_STATUS(green_websocket_receive(ws, &message), 0);
    CHECK_NUMBER(green_websocket_close_code(ws), 4003);
    CHECK_STATUS(site_await_ended(&site, i), GREEN_OK);
    CHECK_STATUS(site.outcome, GREEN_OK);
    CHECK_NUMBER(site.code, 4003);
  }
  CHECK_NUMBER(site.begun, 50);
  return 0;
}

TEST(closes_that_cross_each_other_are_clean_on_both_sides) {
  AUTO_SITE struct site site = {0};
  AUTO_STREAM green_stream *stream = NULL;
  struct frame frame;
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  CHECK_STATUS(site_connect_raw(&site, &stream, "/close?code=4004"), GREEN_OK);
  CHECK_STATUS(frame_send(stream, CLOSE, "\x0f\xa5"), GREEN_OK); /* does not look at what came */
  CHECK_STATUS(frame_get(stream, &frame), GREEN_OK);
  CHECK_NUMBER(frame.first, CLOSE);
  CHECK_STATUS(site_await_ended(&site, 1), GREEN_OK);
  CHECK_STATUS(site.outcome, GREEN_OK);
  CHECK_NUMBER(site.code, 4005);
  int rc = frame_get(stream, &frame); /* there is one close of each, and then the end */
  CHECK(rc == GREEN_EPIPE || rc == GREEN_ECONNRESET);
  return 0;
}

TEST(a_handler_that_sends_on_behind_its_clients_close_is_told) {
  AUTO_SITE struct site site = {0};
  AUTO_WEBSOCKET green_websocket *ws = NULL;
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  CHECK_STATUS(site_connect(&site, &ws, "/push", NULL), GREEN_OK);
  CHECK_STATUS(site_await_begun(&site, 1), GREEN_OK);
  CHECK_STATUS(green_websocket_close(ws, 4006, NULL), GREEN_OK);
  CHECK_STATUS(site_await_ended(&site, 1), GREEN_OK);
  CHECK(site.outcome == GREEN_EPIPE || site.outcome == GREEN_ECANCELED);
  CHECK_NUMBER(site.code, 4006);
  return 0;
}

TEST(how_another_connection_ended_is_no_code_to_close_with) {
  AUTO_SITE struct site site = {0};
  AUTO_WEBSOCKET green_websocket *ws = NULL;
  AUTO_MESSAGE green_websocket_message message = {0};
  static const unsigned codes[] = {1004, 1005, 1006, 1015, 999, 2000, 5000};
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  CHECK_STATUS(site_connect(&site, &ws, "/echo", NULL), GREEN_OK);
  for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
    CHECK_STATUS(green_websocket_close(ws, codes[i], NULL), GREEN_EINVAL);
  CHECK_STATUS(send_text(ws, "still open"), GREEN_OK);
  CHECK_STATUS(green_websocket_receive(ws, &message), 1);
  return 0;
}

static int be_silent(green_stream *stream, const char *answer) {
  int rc = green_stream_write(stream, answer, strlen(answer), NULL);
  return rc < 0 ? rc : green_sleep(1000000);
}

TEST(a_connection_whose_other_side_has_vanished_is_over_and_its_close_too) {
  AUTO_RAW_SERVER struct raw_server server = {.serve = be_silent};
  AUTO_WEBSOCKET green_websocket *ws = NULL;
  AUTO_MESSAGE green_websocket_message message = {0};
  CHECK_STATUS(raw_server_open(&server), GREEN_OK);
  CHECK_STATUS(
      green_websocket_connect(NULL, &ws, server.url, &(green_websocket_options){.keep_alive = 10}),
      GREEN_OK);
  CHECK_STATUS(green_websocket_receive(ws, &message), GREEN_ETIMEDOUT);
  CHECK_NUMBER(green_websocket_close_code(ws), 1006);
  CHECK_STATUS(send_text(ws, "nobody"), GREEN_ETIMEDOUT);
  CHECK_STATUS(green_websocket_close(ws, 0, NULL), GREEN_ETIMEDOUT);
  return 0;
}

TEST(a_client_that_takes_nothing_does_not_hold_the_end_of_its_server) {
  NOT_WITHOUT_MEMORY();
  AUTO_SITE struct site site = {.with = {.close_time = 50}};
  AUTO_STREAM green_stream *stream = NULL;
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  CHECK_STATUS(site_connect_raw(&site, &stream, "/push"), GREEN_OK);
  for (uint64_t sent = UINT64_MAX; sent != site.sent;) { /* until it stands still */
    sent = site.sent;
    CHECK_STATUS(green_sleep(50), GREEN_OK);
  }
  AUTO_FUTURE green_future *down = green_server_shutdown(site.server, 600000);
  CHECK_STATUS(green_wait(down), GREEN_OK);
  CHECK_STATUS(site_await_ended(&site, 1), GREEN_OK);
  return 0;
}
