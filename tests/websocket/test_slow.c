/* Who does not read, or reads late, and is cut or closes meanwhile. The frames of the other side are
 * bytes; their masks are 0. */
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
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
  AUTO_FUTURE green_future *gate = NULL; /* behind the site, whose handlers wait for it */
  CHECK_STATUS(green_future_new(&gate), GREEN_OK);
  AUTO_SITE struct site site = {.with = {.max_message = 1000}};
  site.gate = gate;
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
  AUTO_FUTURE green_future *gate = NULL; /* behind the site, whose handlers wait for it */
  CHECK_STATUS(green_future_new(&gate), GREEN_OK);
  AUTO_SITE struct site site = {.with = {.max_message = 1000, .close_time = 600000}};
  site.gate = gate;
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

/* ---- who takes what is sent, slowly or not at all --------------------------------------------- */

/* Time passes as far as that timer goes: keep_alive, or close_time. What it looks at is the connection as
 * it is, however fast this machine is. */
static void come_due(green_websocket *ws, struct green__timer *timer) {
  uint64_t keep_alive = ws->keep_alive;
  if (ws->ended) return;
  ws->heard = 0;
  if (keep_alive) ws->keep_alive = 1;
  green__timer_clear(ws->runtime, timer);
  timer->fire(timer);
  ws->keep_alive = keep_alive;
}

/* Reads until the other side sees that some was taken, or the connection is at its end. */
static int read_some(green_stream *stream, green_websocket *ws, size_t *got) {
  static char buffer[64 << 10];
  size_t untaken = green__wire_untaken(ws->wire);
  while (!ws->ended && green__wire_untaken(ws->wire) >= untaken) {
    int rc = green_stream_read(stream, buffer, sizeof buffer);
    if (rc <= 0) return rc < 0 ? rc : GREEN_ECONNRESET;
    *got += (size_t)rc;
    rc = green_sleep(1); /* it sends some more */
    if (rc < 0) return rc;
  }
  return 0;
}

/* Reads a message of BULK bytes so slowly that the timer comes due whenever some was taken, until all is
 * with the system: from there on the sender does not see that it is read. `rounds`: how often that was. */
static int read_slowly(green_stream *stream, green_websocket *ws, struct green__timer *timer,
                       unsigned *rounds) {
  static char buffer[64 << 10];
  size_t got = 0;
  int rc = 0;
  for (*rounds = 0; rc == 0 && !ws->ended && green__wire_untaken(ws->wire); ++*rounds) {
    rc = read_some(stream, ws, &got);
    come_due(ws, timer);
  }
  while (rc == 0 && got < BULK) {
    rc = green_stream_read(stream, buffer, sizeof buffer);
    if (rc == 0) return GREEN_EPIPE;
    got += rc > 0 ? (size_t)rc : 0;
    rc = rc < 0 ? rc : 0;
  }
  return rc;
}

TEST(a_close_behind_what_is_read_slowly_waits) {
  NOT_WITHOUT_MEMORY();
  AUTO_SITE struct site site = {.with = {.close_time = 600000}};
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  AUTO_STREAM green_stream *stream = NULL;
  unsigned rounds;
  CHECK_STATUS(site_connect_raw(&site, &stream, "/bulk"), GREEN_OK);
  CHECK_STATUS(site_await_ended(&site, 1), GREEN_OK); /* it has closed */
  AUTO_KEPT green_websocket *ws = kept(site.ws);
  CHECK_STATUS(read_slowly(stream, ws, &ws->limit, &rounds), GREEN_OK);
  CHECK(!ws->ended);
  if (!rounds) SKIP("the system holds the whole message");
  come_due(ws, &ws->limit); /* the close has come, and is not answered */
  CHECK(ws->ended);
  return 0;
}

TEST(who_reads_slowly_is_not_taken_for_dead) {
  NOT_WITHOUT_MEMORY();
  AUTO_FUTURE green_future *gate = NULL; /* behind the site, whose handlers wait for it */
  CHECK_STATUS(green_future_new(&gate), GREEN_OK);
  AUTO_SITE struct site site = {.with = {.keep_alive = 600000}};
  site.gate = gate;
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  AUTO_STREAM green_stream *stream = NULL;
  unsigned rounds;
  CHECK_STATUS(site_connect_raw(&site, &stream, "/bulk"), GREEN_OK);
  CHECK_STATUS(site_await_begun(&site, 1), GREEN_OK);
  AUTO_KEPT green_websocket *ws = kept(site.ws);
  CHECK_STATUS(read_slowly(stream, ws, &ws->keeper, &rounds), GREEN_OK);
  CHECK(!ws->ended);
  green_resolve(gate, NULL, NULL);
  CHECK_STATUS(site_await_ended(&site, 1), GREEN_OK);
  CHECK_STATUS(site.outcome, GREEN_OK);
  if (!rounds) SKIP("the system holds the whole message");
  return 0;
}

TEST(who_reads_nothing_is_taken_for_dead_though_much_is_sent) {
  NOT_WITHOUT_MEMORY();
  AUTO_FUTURE green_future *gate = NULL; /* behind the site, whose handlers wait for it */
  CHECK_STATUS(green_future_new(&gate), GREEN_OK);
  AUTO_SITE struct site site = {.with = {.keep_alive = 600000}};
  site.gate = gate;
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  AUTO_STREAM green_stream *stream = NULL;
  CHECK_STATUS(site_connect_raw(&site, &stream, "/bulk"), GREEN_OK);
  CHECK_STATUS(site_await_begun(&site, 1), GREEN_OK);
  AUTO_KEPT green_websocket *ws = kept(site.ws);
  for (int i = 0; i < 20000 && !ws->ended; i++) { /* what the system takes for it comes to an end */
    come_due(ws, &ws->keeper);
    CHECK_STATUS(green_sleep(1), GREEN_OK);
  }
  CHECK(ws->ended);
  CHECK_STATUS(ws->status, GREEN_ETIMEDOUT);
  CHECK_STATUS(site_await_ended(&site, 1), GREEN_OK);
  CHECK_STATUS(site.outcome, GREEN_ECANCELED);
  return 0;
}

TEST(that_a_ping_was_taken_is_no_answer) {
  NOT_WITHOUT_MEMORY();
  AUTO_SITE struct site site = {.with = {.keep_alive = 600000}};
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  AUTO_STREAM green_stream *stream = NULL;
  unsigned char ping[10];
  CHECK_STATUS(site_connect_raw(&site, &stream, "/echo"), GREEN_OK);
  CHECK_STATUS(site_await_begun(&site, 1), GREEN_OK);
  AUTO_KEPT green_websocket *ws = kept(site.ws);
  for (int i = 0; i < 5 && !ws->pinged; i++) come_due(ws, &ws->keeper);
  CHECK_STATUS(green_stream_read_exactly(stream, ping, sizeof ping, NULL), GREEN_OK);
  CHECK_NUMBER(ping[0], 0x89);
  CHECK(!ws->ended);
  come_due(ws, &ws->keeper); /* it looks once more */
  CHECK(!ws->ended);
  come_due(ws, &ws->keeper);
  CHECK(ws->ended);
  CHECK_STATUS(ws->status, GREEN_ETIMEDOUT);
  return 0;
}

TEST(a_request_of_another_method_that_asks_for_websocket_keeps_its_body) {
  AUTO_SITE struct site site = {0};
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  AUTO_STREAM green_stream *stream = NULL;
  static const char request[] = "POST /plain HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
                                "Connection: Upgrade\r\nContent-Length: 4\r\n\r\nbody";
  char line[200], body[4];
  int rc;
  CHECK_STATUS(green_stream_connect_any(&stream, &site.address, 1), GREEN_OK);
  CHECK_STATUS(green_stream_write(stream, request, sizeof request - 1, NULL), GREEN_OK);
  while ((rc = green_stream_read_line(stream, line, sizeof line)) > 0) continue;
  CHECK_STATUS(rc, 0);
  CHECK_STATUS(green_stream_read_exactly(stream, body, 4, NULL), GREEN_OK);
  CHECK_NUMBER(memcmp(body, "body", 4), 0);
  return 0;
}

TEST(who_sends_slowly_is_not_taken_for_dead) {
  NOT_WITHOUT_MEMORY();
  AUTO_SITE struct site site = {.with = {.keep_alive = 300}};
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  AUTO_STREAM green_stream *stream = NULL;
  unsigned char frame[6 + 60] = {0x82, 0x80 | 60}, head[2];
  CHECK_STATUS(site_connect_raw(&site, &stream, "/echo"), GREEN_OK);
  for (size_t i = 0; i < sizeof frame; i++) { /* and answers no ping */
    CHECK_STATUS(green_sleep(25), GREEN_OK);
    CHECK_STATUS(green_stream_write(stream, frame + i, 1, NULL), GREEN_OK);
  }
  do {
    CHECK_STATUS(green_stream_read_exactly(stream, head, 2, NULL), GREEN_OK);
    CHECK_STATUS(green_stream_read_exactly(stream, frame, head[1], NULL), GREEN_OK);
  } while (head[0] == 0x89);
  CHECK_NUMBER(head[0], 0x82);
  CHECK_NUMBER(head[1], 60);
  return 0;
}

/* ---- TLS ------------------------------------------------------------------------------------- */

/* A server of TLS in a thread, and so in a runtime of its own: what keeps that awake does not keep
 * ours. It receives one large message, late, and answers. */
struct far {
  struct site site;
  green_server_options options;
  int rc;
  sem_t open;
};

static int far_run(void *arg) {
  struct far *far = arg;
  AUTO_SITE struct site site = {.with = {.max_message = BULK}, .slow = 300};
  far->rc = site_open(&site, &far->options);
  strcpy(far->site.base, site.base);
  sem_post(&far->open);
  if (far->rc == 0) far->rc = site_await_ended(&site, 1);
  return far->rc;
}

static void *far_thread(void *arg) {
  green_run(far_run, arg);
  return NULL;
}

static bool make_certificate(char *folder, struct far *far, char *paths) {
  char command[600];
  if (!mkdtemp(folder)) return false;
  char *key = paths + 100;
  snprintf(paths, 100, "%s/certificate.pem", folder);
  snprintf(key, 100, "%s/key.pem", folder);
  snprintf(command, sizeof command,
           "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 "
           "-subj /CN=localhost -addext subjectAltName=IP:127.0.0.1 -keyout %s -out %s 2>/dev/null",
           key, paths);
  far->options.certificate = paths;
  far->options.key = key;
  return system(command) == 0;
}

static int send_large(const struct far *far, const char *certificate) {
  AUTO_WEBSOCKET green_websocket *ws = NULL;
  AUTO_MESSAGE green_websocket_message message = {0};
  green_http_client *client = NULL;
  green_http_client_options with = {.ca_file = certificate};
  char url[200];
  snprintf(url, sizeof url, "%s/count", far->site.base);
  char *data = calloc(1, BULK);
  int rc = data ? green_http_client_new(&client, &with) : GREEN_ENOMEM;
  if (rc == 0) rc = green_websocket_connect(client, &ws, url, NULL);
  if (rc == 0) rc = green_websocket_send(ws, GREEN_WEBSOCKET_BINARY, data, BULK);
  free(data);
  if (rc == 0) rc = green_websocket_receive(ws, &message);
  green_http_client_release(client);
  return rc;
}

TEST(a_client_of_tls_waits_while_what_it_sent_goes_out) {
  NOT_WITHOUT_MEMORY();
  if (test_in_wasm) SKIP("one thread is the host's");
  static struct far far;
  char folder[] = "/tmp/greenio-wss-XXXXXX", paths[200];
  pthread_t thread;
  sem_init(&far.open, 0, 0);
  if (!make_certificate(folder, &far, paths)) SKIP("there is no openssl to make a certificate");
  CHECK_NUMBER(pthread_create(&thread, NULL, far_thread, &far), 0);
  sem_wait(&far.open);
  int rc = far.rc == 0 ? send_large(&far, paths) : far.rc;
  pthread_join(thread, NULL);
  unlink(paths);
  unlink(paths + 100);
  rmdir(folder);
  CHECK_STATUS(rc, 1);
  return 0;
}

/* ---- pings ----------------------------------------------------------------------------------- */

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
