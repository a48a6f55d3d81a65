/* The end of a connection: closed by either side, cut, cancelled, drained. */
#include <string.h>
#include "websocket_test.h"

TEST(the_server_closes_with_a_code_and_a_reason) {
  AUTO_SITE struct site site = {0};
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  AUTO_WEBSOCKET green_websocket *ws = NULL;
  AUTO_MESSAGE green_websocket_message message = {0};
  CHECK_STATUS(site_connect(&site, &ws, "/close?code=4321&reason=gr%C3%BCn", NULL), GREEN_OK);
  CHECK_STATUS(green_websocket_receive(ws, &message), 0);
  CHECK_NUMBER(green_websocket_close_code(ws), 4321);
  GIVE_UP_WITHOUT_MEMORY();
  CHECK_STRING(green_websocket_close_reason(ws), "gr\xc3\xbcn");
  CHECK_STATUS(send_text(ws, "too late"), GREEN_EPIPE);
  CHECK_STATUS(green_websocket_ping(ws), GREEN_EPIPE);
  CHECK_STATUS(green_websocket_receive(ws, &message), 0);
  CHECK_STATUS(green_websocket_close(ws, 0, NULL), GREEN_OK);
  CHECK_STATUS(green_websocket_receive(ws, &message), GREEN_ECLOSED);
  CHECK_STATUS(send_text(ws, "later"), GREEN_ECLOSED);
  CHECK_STATUS(site_await_ended(&site, 1), GREEN_OK);
  CHECK_STATUS(site.outcome, GREEN_OK);
  CHECK_NUMBER(site.code, 4321);
  return 0;
}

TEST(what_was_sent_before_the_close_comes) {
  AUTO_SITE struct site site = {0};
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  AUTO_WEBSOCKET green_websocket *ws = NULL;
  AUTO_MESSAGE green_websocket_message message = {0};
  CHECK_STATUS(site_connect(&site, &ws, "/echo", NULL), GREEN_OK);
  for (int i = 0; i < 5; i++) CHECK_STATUS(send_text(ws, "before"), GREEN_OK);
  CHECK_STATUS(green_websocket_close(ws, 3000, "done"), GREEN_OK);
  CHECK_STATUS(site_await_ended(&site, 1), GREEN_OK);
  CHECK(site.outcome == 0 || site.outcome == GREEN_EPIPE);
  CHECK_NUMBER(site.code, 3000);
  return 0;
}

TEST(a_handler_that_fails_closes_with_1011) {
  AUTO_SITE struct site site = {0};
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  AUTO_WEBSOCKET green_websocket *ws = NULL;
  AUTO_MESSAGE green_websocket_message message = {0};
  CHECK_STATUS(site_connect(&site, &ws, "/fail", NULL), GREEN_OK);
  CHECK_STATUS(send_text(ws, "fail"), GREEN_OK);
  CHECK_STATUS(green_websocket_receive(ws, &message), 0);
  GIVE_UP_WITHOUT_MEMORY();
  CHECK_NUMBER(green_websocket_close_code(ws), 1000); /* it lets go before it fails */
  return 0;
}

TEST(a_client_that_is_cut_cancels_the_task) {
  AUTO_SITE struct site site = {0};
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  AUTO_STREAM green_stream *stream = NULL;
  CHECK_STATUS(site_connect_raw(&site, &stream, "/wait"), GREEN_OK);
  CHECK_STATUS(site_await_begun(&site, 1), GREEN_OK);
  green_stream_reset(stream);
  CHECK_STATUS(site_await_ended(&site, 1), GREEN_OK);
  CHECK_STATUS(site.outcome, GREEN_ECANCELED);
  CHECK_NUMBER(site.code, 1006);
  return 0;
}

TEST(a_client_that_closes_cancels_the_task) {
  AUTO_SITE struct site site = {0};
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  AUTO_WEBSOCKET green_websocket *ws = NULL;
  CHECK_STATUS(site_connect(&site, &ws, "/wait", NULL), GREEN_OK);
  CHECK_STATUS(site_await_begun(&site, 1), GREEN_OK);
  CHECK_STATUS(green_websocket_close(ws, 0, NULL), GREEN_OK);
  CHECK_STATUS(site_await_ended(&site, 1), GREEN_OK);
  CHECK_STATUS(site.outcome, GREEN_ECANCELED);
  return 0;
}

TEST(a_client_that_ends_without_a_close_is_told_of) {
  AUTO_SITE struct site site = {0};
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  AUTO_STREAM green_stream *stream = NULL;
  CHECK_STATUS(site_connect_raw(&site, &stream, "/echo"), GREEN_OK);
  CHECK_STATUS(site_await_begun(&site, 1), GREEN_OK);
  CHECK_STATUS(green_stream_shutdown(stream), GREEN_OK);
  CHECK_STATUS(site_await_ended(&site, 1), GREEN_OK);
  CHECK_STATUS(site.outcome, GREEN_ECONNRESET);
  return 0;
}

TEST(a_wait_is_cancelled_and_times_out_and_the_connection_is_whole) {
  AUTO_SITE struct site site = {0};
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  AUTO_WEBSOCKET green_websocket *ws = NULL;
  AUTO_MESSAGE green_websocket_message message = {0};
  CHECK_STATUS(site_connect(&site, &ws, "/echo", NULL), GREEN_OK);
  int rc = 0;
  GREEN_TIMEOUT(5) {
    rc = green_websocket_receive(ws, &message);
  }
  CHECK_STATUS(rc, GREEN_ETIMEDOUT);
  CHECK_STATUS(send_text(ws, "whole"), GREEN_OK);
  CHECK_STATUS(green_websocket_receive(ws, &message), 1);
  CHECK_STRING(message.data, "whole");
  return 0;
}

static int receive_one(void *arg) {
  green_websocket_message message = {0};
  int rc = green_websocket_receive(arg, &message);
  green_websocket_message_release(&message);
  return rc;
}

TEST(a_receiver_is_cancelled_and_closed) {
  AUTO_SITE struct site site = {0};
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  AUTO_WEBSOCKET green_websocket *ws = NULL;
  CHECK_STATUS(site_connect(&site, &ws, "/echo", NULL), GREEN_OK);
  AUTO_JOIN green_future *first = green_spawn(receive_one, ws);
  CHECK_STARTED(first);
  AUTO_JOIN green_future *second = green_spawn(receive_one, ws);
  CHECK_STARTED(second);
  CHECK_STATUS(green_sleep(5), GREEN_OK);
  CHECK_STATUS(green_cancel(first), GREEN_OK);
  CHECK_STATUS(green_wait(first), GREEN_ECANCELED);
  CHECK_STATUS(green_websocket_close(ws, 0, NULL), GREEN_OK);
  CHECK_STATUS(green_wait(second), GREEN_ECLOSED);
  return 0;
}

TEST(a_server_that_ends_closes_with_1001) {
  AUTO_SITE struct site site = {0};
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  AUTO_WEBSOCKET green_websocket *ws = NULL;
  AUTO_MESSAGE green_websocket_message message = {0};
  CHECK_STATUS(site_connect(&site, &ws, "/echo", NULL), GREEN_OK);
  CHECK_STATUS(site_await_begun(&site, 1), GREEN_OK);
  AUTO_FUTURE green_future *down = green_server_shutdown(site.server, 60000);
  CHECK_STATUS(green_websocket_receive(ws, &message), 0);
  CHECK_NUMBER(green_websocket_close_code(ws), 1001);
  CHECK_STATUS(green_wait(down), GREEN_OK);
  CHECK_STATUS(site_await_ended(&site, 1), GREEN_OK);
  CHECK_STATUS(site.outcome, GREEN_ECLOSED);
  return 0;
}

TEST(a_server_does_not_wait_for_ever_for_a_client_that_is_silent) {
  AUTO_SITE struct site site = {.with = {.close_time = 20}};
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  AUTO_STREAM green_stream *stream = NULL;
  CHECK_STATUS(site_connect_raw(&site, &stream, "/echo"), GREEN_OK);
  CHECK_STATUS(site_await_begun(&site, 1), GREEN_OK);
  AUTO_FUTURE green_future *down = green_server_shutdown(site.server, 60000);
  CHECK_STATUS(green_wait(down), GREEN_OK);
  return 0;
}

TEST(a_close_has_a_time_limit) {
  AUTO_SITE struct site site = {.with = {.close_time = 20}};
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  AUTO_STREAM green_stream *stream = NULL;
  CHECK_STATUS(site_connect_raw(&site, &stream, "/close?code=1000"), GREEN_OK);
  CHECK_STATUS(site_await_ended(&site, 1), GREEN_OK);
  CHECK_STATUS(site.outcome, GREEN_ETIMEDOUT);
  return 0;
}

TEST(a_client_that_answers_no_ping_is_cut) {
  AUTO_SITE struct site site = {.with = {.keep_alive = 10}};
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  AUTO_STREAM green_stream *stream = NULL;
  CHECK_STATUS(site_connect_raw(&site, &stream, "/echo"), GREEN_OK);
  CHECK_STATUS(site_await_ended(&site, 1), GREEN_OK);
  CHECK_STATUS(site.outcome, GREEN_ETIMEDOUT);
  return 0;
}

TEST(a_client_that_answers_pings_stays) {
  NOT_WITHOUT_MEMORY();
  AUTO_SITE struct site site = {.with = {.keep_alive = 20}};
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  AUTO_WEBSOCKET green_websocket *ws = NULL;
  AUTO_MESSAGE green_websocket_message message = {0};
  CHECK_STATUS(site_connect(&site, &ws, "/echo", NULL), GREEN_OK);
  CHECK_STATUS(green_sleep(200), GREEN_OK);
  CHECK_STATUS(send_text(ws, "here"), GREEN_OK);
  CHECK_STATUS(green_websocket_receive(ws, &message), 1);
  return 0;
}

TEST(a_message_above_the_limit_is_refused) {
  static char data[200];
  AUTO_SITE struct site site = {0};
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  AUTO_WEBSOCKET green_websocket *ws = NULL;
  AUTO_MESSAGE green_websocket_message message = {0};
  CHECK_STATUS(site_connect(&site, &ws, "/small", NULL), GREEN_OK);
  CHECK_STATUS(green_websocket_send(ws, GREEN_WEBSOCKET_BINARY, data, 100), GREEN_OK);
  CHECK_STATUS(green_websocket_receive(ws, &message), 1);
  CHECK_STATUS(green_websocket_send(ws, GREEN_WEBSOCKET_BINARY, data, 101), GREEN_OK);
  CHECK_STATUS(green_websocket_receive(ws, &message), 0);
  CHECK_NUMBER(green_websocket_close_code(ws), 1009);
  CHECK_STATUS(site_await_ended(&site, 1), GREEN_OK);
  CHECK_STATUS(site.outcome, GREEN_EMSGSIZE);
  return 0;
}

TEST(a_connection_that_is_let_go_is_closed) {
  AUTO_SITE struct site site = {0};
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  green_websocket *ws = NULL;
  CHECK_STATUS(site_connect(&site, &ws, "/echo", NULL), GREEN_OK);
  green_websocket_release(ws);
  CHECK_STATUS(site_await_ended(&site, 1), GREEN_OK);
  CHECK_STATUS(site.outcome, GREEN_OK);
  CHECK_NUMBER(site.code, 1000);
  return 0;
}

/* ---- slow readers ---------------------------------------------------------------------------- */

TEST(who_does_not_read_holds_up_the_sender) {
  NOT_WITHOUT_MEMORY();
  AUTO_SITE struct site site = {0};
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  AUTO_STREAM green_stream *stream = NULL;
  CHECK_STATUS(site_connect_raw(&site, &stream, "/push"), GREEN_OK);
  uint64_t sent = 0;
  do { /* until it stands still */
    sent = site.sent;
    CHECK_STATUS(green_sleep(100), GREEN_OK);
  } while (site.sent != sent);
  CHECK(site.sent < 4000); /* the system's buffers and ours, and no more */
  CHECK_NUMBER(site.ended, 0);
  char buffer[16 << 10];
  for (size_t got = 0; got < 8 << 20;) {
    int rc = green_stream_read(stream, buffer, sizeof buffer);
    CHECK_STATUS(test_saw(rc) > 0, true);
    got += (size_t)rc;
  }
  CHECK(site.sent > sent);
  green_stream_reset(stream);
  CHECK_STATUS(site_await_ended(&site, 1), GREEN_OK);
  CHECK(site.outcome == GREEN_ECONNRESET || site.outcome == GREEN_ECANCELED);
  return 0;
}

struct pusher {
  green_websocket *ws;
  uint64_t sent;
};

static int push_for_ever(void *arg) {
  static char data[16 << 10];
  struct pusher *pusher = arg;
  int rc;
  while ((rc = green_websocket_send(pusher->ws, GREEN_WEBSOCKET_BINARY, data, sizeof data)) == 0)
    pusher->sent++;
  return rc;
}

TEST(who_does_not_receive_holds_up_the_other_side) {
  NOT_WITHOUT_MEMORY();
  AUTO_FUTURE green_future *gate = NULL; /* behind the site, whose handlers wait for it */
  CHECK_STATUS(green_future_new(&gate), GREEN_OK);
  AUTO_SITE struct site site = {0};
  site.gate = gate;
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  AUTO_WEBSOCKET green_websocket *ws = NULL;
  AUTO_MESSAGE green_websocket_message message = {0};
  CHECK_STATUS(site_connect(&site, &ws, "/wait", NULL), GREEN_OK);
  struct pusher pusher = {ws, 0};
  AUTO_JOIN green_future *task = green_spawn(push_for_ever, &pusher);
  CHECK_STARTED(task);
  uint64_t sent = 0;
  do {
    sent = pusher.sent;
    CHECK_STATUS(green_sleep(100), GREEN_OK);
  } while (pusher.sent != sent);
  CHECK(pusher.sent < 4000);
  green_resolve(gate, NULL, NULL);
  for (uint64_t i = 0; i < sent + 10; i++) {
    CHECK_STATUS(green_websocket_receive(ws, &message), 1);
    CHECK_NUMBER(message.size, 16 << 10);
  }
  return 0;
}
