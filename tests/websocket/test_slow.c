/* Who does not read, or reads late, and is cut or closes meanwhile. The frames of the other side are
 * bytes; their masks are 0. */
#include <stdlib.h>
#include <string.h>
#include "websocket/websocket.h"
#include "websocket_test.h"

/* A frame of zeroes. */
static int send_frame(green_stream *stream, unsigned opcode, size_t size) {
  unsigned char frame[8 + 5000] = {(unsigned char)(0x80 | opcode), 0xfe, (unsigned char)(size >> 8),
                                   (unsigned char)size};
  size_t head = 8;
  if (size < 126) {
    head = 6;
    frame[1] = (unsigned char)(0x80 | size);
    frame[2] = frame[3] = 0;
  }
  return green_stream_write(stream, frame, head + size, NULL);
}

/* More than is received ahead, and less than the system holds. */
static int send_much(green_stream *stream) {
  int rc = 0;
  for (int i = 0; rc == 0 && i < 40; i++) rc = send_frame(stream, 2, 5000);
  return rc;
}

static int cut_while_paused(struct site *site, const char *path) {
  AUTO_STREAM green_stream *stream = NULL;
  int rc = site_connect_raw(site, &stream, path);
  if (rc == 0) rc = site_await_begun(site, 1);
  if (rc == 0) rc = send_much(stream);
  if (rc == 0) rc = green_sleep(50);
  if (rc == 0) green_stream_reset(stream);
  return rc == 0 ? site_await_ended(site, 1) : rc;
}

TEST(a_cut_is_seen_by_who_does_not_receive) {
  NOT_WITHOUT_MEMORY();
  if (test_in_wasm) SKIP("a socket that ws has paused is not read, nor its end");
  AUTO_SITE struct site site = {0};
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  CHECK_STATUS(cut_while_paused(&site, "/wait"), GREEN_OK);
  CHECK_STATUS(site.outcome, GREEN_ECANCELED);
  CHECK_NUMBER(site.code, 1006);
  return 0;
}

TEST(a_cut_is_seen_by_who_only_sends) {
  NOT_WITHOUT_MEMORY();
  AUTO_SITE struct site site = {0};
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  CHECK_STATUS(cut_while_paused(&site, "/push"), GREEN_OK);
  CHECK(site.outcome == GREEN_ECANCELED || site.outcome == GREEN_ECONNRESET);
  return 0;
}

TEST(a_close_behind_the_last_message_cancels_the_task_once_that_is_received) {
  static const char frames[] = "\x81\x81\0\0\0\0a\x88\x82\0\0\0\0\x03\xe8";
  AUTO_SITE struct site site = {0};
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  AUTO_STREAM green_stream *stream = NULL;
  CHECK_STATUS(site_connect_raw(&site, &stream, "/first"), GREEN_OK);
  CHECK_STATUS(green_stream_write(stream, frames, sizeof frames - 1, NULL), GREEN_OK);
  CHECK_STATUS(site_await_ended(&site, 1), GREEN_OK);
  CHECK_STATUS(site.outcome, GREEN_ECANCELED);
  CHECK_NUMBER(site.code, 1000);
  return 0;
}

TEST(a_message_above_the_limit_is_told_though_a_close_is_behind_it) {
  if (test_in_wasm) SKIP("ws refuses the message when it comes");
  AUTO_SITE struct site site = {.with = {.max_message = 1000}};
  CHECK_STATUS(green_future_new(&site.gate), GREEN_OK);
  AUTO_FUTURE green_future *gate = site.gate;
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  AUTO_STREAM green_stream *stream = NULL;
  CHECK_STATUS(site_connect_raw(&site, &stream, "/wait"), GREEN_OK);
  CHECK_STATUS(send_frame(stream, 2, 5000), GREEN_OK);
  CHECK_STATUS(send_frame(stream, 8, 0), GREEN_OK);
  CHECK_STATUS(green_sleep(50), GREEN_OK);
  green_resolve(gate, NULL, NULL);
  CHECK_STATUS(site_await_ended(&site, 1), GREEN_OK);
  CHECK_STATUS(site.outcome, GREEN_EMSGSIZE);
  return 0;
}

TEST(a_refusal_does_not_wait_for_room) {
  NOT_WITHOUT_MEMORY();
  if (test_in_wasm) SKIP("ws refuses the message when it comes");
  static char data[5000];
  AUTO_SITE struct site site = {.with = {.max_message = 1000, .close_time = 600000}};
  CHECK_STATUS(green_future_new(&site.gate), GREEN_OK);
  AUTO_FUTURE green_future *gate = site.gate;
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  AUTO_WEBSOCKET green_websocket *ws = NULL;
  AUTO_MESSAGE green_websocket_message message = {0};
  CHECK_STATUS(site_connect(&site, &ws, "/wait", NULL), GREEN_OK);
  for (int i = 0; i < 40; i++)
    CHECK_STATUS(green_websocket_send(ws, GREEN_WEBSOCKET_BINARY, data, sizeof data), GREEN_OK);
  CHECK_STATUS(green_sleep(50), GREEN_OK);
  green_resolve(gate, NULL, NULL);
  CHECK_STATUS(green_websocket_receive(ws, &message), 0);
  CHECK_NUMBER(green_websocket_close_code(ws), 1009);
  CHECK_STATUS(site_await_ended(&site, 1), GREEN_OK);
  CHECK_STATUS(site.outcome, GREEN_EMSGSIZE);
  AUTO_FUTURE green_future *down = green_server_shutdown(site.server, 600000);
  int rc = 0;
  GREEN_TIMEOUT(20000) {
    rc = green_wait(down);
  }
  CHECK_STATUS(rc, GREEN_OK);
  return 0;
}

TEST(a_server_keeps_its_deadline_though_the_handler_has_returned) {
  AUTO_SITE struct site site = {.with = {.close_time = 600000}};
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  AUTO_STREAM green_stream *stream = NULL;
  CHECK_STATUS(site_connect_raw(&site, &stream, "/first"), GREEN_OK);
  CHECK_STATUS(site_await_begun(&site, 1), GREEN_OK);
  AUTO_FUTURE green_future *down = green_server_shutdown(site.server, 100);
  CHECK_STATUS(site_await_ended(&site, 1), GREEN_OK); /* it has closed, and nobody answers */
  int rc = 0;
  GREEN_TIMEOUT(20000) {
    rc = test_saw(green_wait(down));
  }
  CHECK(rc == GREEN_OK || rc == GREEN_ETIMEDOUT);
  CHECK(green_done(down));
  return 0;
}

TEST(a_large_message_that_is_read_in_pieces_takes_little_memory) {
  NOT_WITHOUT_MEMORY();
  if (test_in_wasm) SKIP("ws hands over whole messages");
  char buffer[1000];
  green_websocket_piece piece = {0};
  AUTO_SITE struct site site = {0};
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  AUTO_WEBSOCKET green_websocket *ws = NULL;
  CHECK_STATUS(site_connect(&site, &ws, "/bulk", NULL), GREEN_OK);
  size_t got = 0, most = 0;
  while (!piece.last) {
    CHECK_STATUS(green_websocket_read(ws, buffer, sizeof buffer, &piece), 1);
    got += piece.size;
    if (ws->first && ws->first->room > most) most = ws->first->room;
  }
  CHECK_NUMBER(got, BULK);
  CHECK(most < 1 << 20);
  return 0;
}

/* Reads all of a message of BULK bytes in some seconds. */
static int read_slowly(green_stream *stream, size_t *got) {
  static char buffer[64 << 10];
  int rc = 1;
  for (*got = 0; rc > 0 && *got<BULK; *got += rc> 0 ? (size_t)rc : 0) {
    rc = green_sleep(8);
    if (rc == 0) rc = green_stream_read(stream, buffer, sizeof buffer);
  }
  return rc < 0 ? rc : 0;
}

TEST(a_close_behind_what_is_read_slowly_waits) {
  NOT_WITHOUT_MEMORY();
  AUTO_SITE struct site site = {.with = {.close_time = 1000}};
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  AUTO_STREAM green_stream *stream = NULL;
  size_t got;
  CHECK_STATUS(site_connect_raw(&site, &stream, "/bulk"), GREEN_OK);
  CHECK_STATUS(read_slowly(stream, &got), GREEN_OK);
  CHECK(got >= BULK);
  return 0;
}

TEST(who_reads_slowly_is_not_taken_for_dead) {
  NOT_WITHOUT_MEMORY();
  if (test_in_wasm) SKIP("ws does not tell that a part of a message was taken");
  AUTO_SITE struct site site = {.with = {.keep_alive = 400}};
  CHECK_STATUS(green_future_new(&site.gate), GREEN_OK);
  AUTO_FUTURE green_future *gate = site.gate;
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  AUTO_STREAM green_stream *stream = NULL;
  size_t got;
  CHECK_STATUS(site_connect_raw(&site, &stream, "/bulk"), GREEN_OK);
  CHECK_STATUS(read_slowly(stream, &got), GREEN_OK);
  CHECK(got >= BULK);
  green_resolve(gate, NULL, NULL);
  return 0;
}

TEST(many_pings_at_once_are_answered) {
  static unsigned char frames[300][6];
  NOT_WITHOUT_MEMORY();
  AUTO_SITE struct site site = {0};
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  AUTO_STREAM green_stream *stream = NULL;
  CHECK_STATUS(site_connect_raw(&site, &stream, "/echo"), GREEN_OK);
  for (int i = 0; i < 300; i++) frames[i][0] = 0x89, frames[i][1] = 0x80;
  CHECK_STATUS(green_stream_write(stream, frames, sizeof frames, NULL), GREEN_OK);
  for (int i = 0; i < 300; i++) {
    unsigned char head[2];
    CHECK_STATUS(green_stream_read_exactly(stream, head, 2, NULL), GREEN_OK);
    CHECK_NUMBER(head[0], 0x8a);
  }
  return 0;
}

TEST(a_ping_is_answered_once_there_is_room) {
  NOT_WITHOUT_MEMORY();
  static unsigned char data[16 << 10];
  AUTO_SITE struct site site = {0};
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  AUTO_STREAM green_stream *stream = NULL;
  CHECK_STATUS(site_connect_raw(&site, &stream, "/push"), GREEN_OK);
  uint64_t sent = 0;
  do { /* until it stands still */
    sent = site.sent;
    CHECK_STATUS(green_sleep(100), GREEN_OK);
  } while (site.sent != sent);
  CHECK_STATUS(send_frame(stream, 9, 3), GREEN_OK);
  CHECK_STATUS(green_sleep(50), GREEN_OK);
  unsigned char head[4] = {0};
  for (unsigned i = 0; i < 8000 && head[0] != 0x8a; i++) {
    CHECK_STATUS(green_stream_read_exactly(stream, head, 2, NULL), GREEN_OK);
    if (head[1] == 126)
      CHECK_STATUS(green_stream_read_exactly(stream, head + 2, 2, NULL), GREEN_OK);
    size_t size = head[1] == 126 ? (size_t)(head[2] << 8 | head[3]) : head[1];
    CHECK_STATUS(green_stream_read_exactly(stream, data, size, NULL), GREEN_OK);
  }
  CHECK_NUMBER(head[0], 0x8a);
  return 0;
}
