/* Messages between our two sides. */
#include <stdlib.h>
#include <string.h>
#include "websocket_test.h"

TEST(a_message_is_echoed) {
  AUTO_SITE struct site site = {0};
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  AUTO_WEBSOCKET green_websocket *ws = NULL;
  AUTO_MESSAGE green_websocket_message message = {0};
  CHECK_STATUS(site_connect(&site, &ws, "/echo", NULL), GREEN_OK);
  CHECK_STATUS(send_text(ws, "h\xc3\xa9llo"), GREEN_OK);
  CHECK_STATUS(green_websocket_receive(ws, &message), 1);
  CHECK_STRING(message.data, "h\xc3\xa9llo");
  CHECK_NUMBER(message.type, GREEN_WEBSOCKET_TEXT);
  CHECK_STATUS(green_websocket_send(ws, GREEN_WEBSOCKET_BINARY, "\0\xff", 2), GREEN_OK);
  CHECK_STATUS(green_websocket_receive(ws, &message), 1);
  CHECK_NUMBER(message.type, GREEN_WEBSOCKET_BINARY);
  CHECK_NUMBER(message.size, 2);
  CHECK(memcmp(message.data, "\0\xff", 3) == 0);
  CHECK_STRING(green_websocket_protocol(ws), "");
  CHECK_STATUS(green_websocket_close(ws, 0, NULL), GREEN_OK);
  CHECK_STATUS(green_websocket_close_code(ws), 1000);
  CHECK_STATUS(site_await_ended(&site, 1), GREEN_OK);
  CHECK_STATUS(site.outcome, 0);
  CHECK_NUMBER(site.code, 1000);
  return 0;
}

/* The sizes at which a frame's head changes, and others; one after the other and all at once. */
static const size_t sizes[] = {0, 1, 125, 126, 127, 4095, 4096, 65535, 65536, 65537, 300000};

static int check_echo(green_websocket *ws, const char *data, size_t size) {
  AUTO_MESSAGE green_websocket_message message = {0};
  CHECK_STATUS(green_websocket_receive(ws, &message), 1);
  CHECK_NUMBER(message.size, size);
  CHECK(memcmp(message.data, data, size) == 0);
  CHECK_NUMBER(message.data[size], 0);
  return 0;
}

TEST(messages_of_many_sizes_come_whole_and_in_order) {
  NOT_WITHOUT_MEMORY();
  enum { COUNT = sizeof sizes / sizeof *sizes };
  static char data[300000];
  AUTO_SITE struct site site = {0};
  for (size_t i = 0; i < sizeof data; i++) data[i] = (char)(i * 7);
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  AUTO_WEBSOCKET green_websocket *ws = NULL;
  CHECK_STATUS(site_connect(&site, &ws, "/echo", NULL), GREEN_OK);
  for (size_t i = 0; i < COUNT; i++) {
    CHECK_STATUS(green_websocket_send(ws, GREEN_WEBSOCKET_BINARY, data, sizes[i]), GREEN_OK);
    CHECK_STATUS(check_echo(ws, data, sizes[i]), 0);
  }
  for (size_t i = 0; i < COUNT - 1; i++)
    CHECK_STATUS(green_websocket_send(ws, GREEN_WEBSOCKET_BINARY, data, sizes[i]), GREEN_OK);
  for (size_t i = 0; i < COUNT - 1; i++) CHECK_STATUS(check_echo(ws, data, sizes[i]), 0);
  return 0;
}

TEST(a_message_is_read_in_pieces_of_any_size) {
  static char data[500000];
  AUTO_SITE struct site site = {.with = {.max_message = 1 << 20}};
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  AUTO_WEBSOCKET green_websocket *ws = NULL;
  AUTO_MESSAGE green_websocket_message message = {0};
  CHECK_STATUS(site_connect(&site, &ws, "/count", NULL), GREEN_OK);
  static const struct {
    size_t size;
    const char *answer;
  } cases[] = {
      {0, "0 piece"}, {7, "7 piece"}, {sizeof data, "500000 pieces"}, {1000, "1000 piece"}};
  for (size_t i = 0; i < 4; i++) {
    CHECK_STATUS(green_websocket_send(ws, GREEN_WEBSOCKET_BINARY, data, cases[i].size), GREEN_OK);
    CHECK_STATUS(green_websocket_receive(ws, &message), 1);
    CHECK_CONTAINS(message.data, cases[i].answer);
  }
  return 0;
}

TEST(a_message_is_not_received_whole_once_a_piece_was_read) {
  AUTO_SITE struct site site = {0};
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  AUTO_WEBSOCKET green_websocket *ws = NULL;
  AUTO_MESSAGE green_websocket_message message = {0};
  green_websocket_piece piece;
  char buffer[4];
  CHECK_STATUS(site_connect(&site, &ws, "/echo", NULL), GREEN_OK);
  CHECK_STATUS(send_text(ws, "abcdef"), GREEN_OK);
  CHECK_STATUS(send_text(ws, "ghi"), GREEN_OK);
  CHECK_STATUS(green_websocket_read(ws, buffer, 0, &piece), GREEN_EINVAL);
  CHECK_STATUS(green_websocket_read(ws, buffer, sizeof buffer, &piece), 1);
  CHECK(piece.size == 4 && !piece.last && memcmp(buffer, "abcd", 4) == 0);
  CHECK_STATUS(green_websocket_receive(ws, &message), GREEN_EINVAL);
  CHECK_STATUS(green_websocket_read(ws, buffer, sizeof buffer, &piece), 1);
  CHECK(piece.size == 2 && piece.last && piece.type == GREEN_WEBSOCKET_TEXT);
  CHECK_STATUS(green_websocket_receive(ws, &message), 1);
  CHECK_STRING(message.data, "ghi");
  return 0;
}

TEST(what_cannot_be_sent_is_refused) {
  AUTO_SITE struct site site = {0};
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  AUTO_WEBSOCKET green_websocket *ws = NULL;
  AUTO_MESSAGE green_websocket_message message = {0};
  CHECK_STATUS(site_connect(&site, &ws, "/echo", NULL), GREEN_OK);
  CHECK_STATUS(send_text(ws, "\xff"), GREEN_EINVAL);
  CHECK_STATUS(send_text(ws, "half: \xe2\x82"), GREEN_EINVAL);
  CHECK_STATUS(green_websocket_send(ws, (enum green_websocket_type)3, "", 0), GREEN_EINVAL);
  CHECK_STATUS(green_websocket_close(ws, 1005, NULL), GREEN_EINVAL);
  CHECK_STATUS(green_websocket_close(ws, 1016, NULL), GREEN_EINVAL);
  CHECK_STATUS(green_websocket_close(ws, 5000, NULL), GREEN_EINVAL);
  CHECK_STATUS(green_websocket_close(ws, 1000, "\xff"), GREEN_EINVAL);
  char reason[125];
  memset(reason, 'r', 124);
  reason[124] = 0;
  CHECK_STATUS(green_websocket_close(ws, 1000, reason), GREEN_EINVAL);
  CHECK_STATUS(send_text(ws, "still here"), GREEN_OK);
  CHECK_STATUS(green_websocket_receive(ws, &message), 1);
  CHECK_STRING(message.data, "still here");
  return 0;
}

static int send_many(void *arg) {
  green_websocket *ws = arg;
  for (int i = 0; i < 20; i++) {
    int rc = send_text(ws, "one of many");
    if (rc < 0) return rc;
  }
  return 0;
}

TEST(several_tasks_send_and_receive_in_line) {
  NOT_WITHOUT_MEMORY();
  AUTO_SITE struct site site = {0};
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  AUTO_WEBSOCKET green_websocket *ws = NULL;
  AUTO_MESSAGE green_websocket_message message = {0};
  CHECK_STATUS(site_connect(&site, &ws, "/echo", NULL), GREEN_OK);
  AUTO_JOIN_ALL struct test_futures tasks = test_futures(5);
  for (size_t i = 0; i < tasks.count; i++) {
    tasks.at[i] = green_spawn(send_many, ws);
    CHECK_STARTED(tasks.at[i]);
  }
  for (int i = 0; i < 100; i++) {
    CHECK_STATUS(green_websocket_receive(ws, &message), 1);
    CHECK_STRING(message.data, "one of many");
  }
  for (size_t i = 0; i < tasks.count; i++) CHECK_STATUS(green_wait(tasks.at[i]), GREEN_OK);
  return 0;
}

TEST(a_ping_is_answered) {
  AUTO_SITE struct site site = {0};
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  AUTO_WEBSOCKET green_websocket *ws = NULL;
  CHECK_STATUS(site_connect(&site, &ws, "/wait", NULL), GREEN_OK);
  for (int i = 0; i < 3; i++) CHECK_STATUS(green_websocket_ping(ws), GREEN_OK);
  return 0;
}

TEST(outside_of_a_handshake_nothing_is_begun) {
  AUTO_WEBSOCKET green_websocket *ws = NULL;
  static const char *const urls[] = {
      "", "ftp://x/", "ws://", "ws://h/#f", "/no/base", "ws://u@h/", "ws://127.0.0.1:99999/"};
  for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
    CHECK_STATUS(green_websocket_connect(NULL, &ws, urls[i], NULL), GREEN_EINVAL);
    CHECK(!ws);
  }
  green_websocket_options options = {.protocols = "a,,b"};
  CHECK_STATUS(green_websocket_connect(NULL, &ws, "ws://127.0.0.1:1/", &options), GREEN_EINVAL);
  options = (green_websocket_options){.protocols = "a, a"};
  CHECK_STATUS(green_websocket_connect(NULL, &ws, "ws://127.0.0.1:1/", &options), GREEN_EINVAL);
  options = (green_websocket_options){.origins = "*"};
  CHECK_STATUS(green_websocket_connect(NULL, &ws, "ws://127.0.0.1:1/", &options), GREEN_EINVAL);
  green_http_header header = {"Sec-WebSocket-Key", "mine"};
  options = (green_websocket_options){.headers = &header, .header_count = 1};
  CHECK_STATUS(green_websocket_connect(NULL, &ws, "ws://127.0.0.1:1/", &options), GREEN_EINVAL);
  CHECK_STATUS(green_websocket_connect(NULL, &ws, "ws://127.0.0.1:1/", NULL), GREEN_ECONNREFUSED);
  return 0;
}

TEST_OUTSIDE(without_a_task_there_is_no_websocket) {
  green_websocket *ws = NULL;
  CHECK_STATUS(green_websocket_connect(NULL, &ws, "ws://127.0.0.1:1/", NULL), GREEN_EMAIN);
  green_websocket_release(NULL);
  return 0;
}
