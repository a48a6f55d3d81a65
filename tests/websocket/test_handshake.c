/* The handshake: what a server refuses and agrees to, by requests as they are; what a client does with
 * answers as they are. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "websocket_test.h"

#define BEGIN   "GET /echo HTTP/1.1\r\nHost: example.org:81\r\n"
#define UPGRADE "Upgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
#define KEY     "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
#define VERSION "Sec-WebSocket-Version: 13\r\n"
#define GOOD    BEGIN UPGRADE KEY VERSION
#define END     "\r\n"

static const struct {
  const char *what, *request;
  int status;
  const char *answer; /* a part of it */
} requests[] = {
    {"good", GOOD END, 101, "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo="},
    {"other letters", BEGIN "upgrade: WebSocket\r\nconnection: UPGRADE\r\n" KEY VERSION END, 101,
     ""},
    {"no upgrade", BEGIN KEY VERSION END, 426, "Sec-WebSocket-Version: 13"},
    {"no connection", BEGIN "Upgrade: websocket\r\n" KEY VERSION END, 426, ""},
    {"another protocol", BEGIN "Upgrade: h2c\r\nConnection: Upgrade\r\n" KEY VERSION END, 426, ""},
    {"no key", BEGIN UPGRADE VERSION END, 400, ""},
    {"a short key", BEGIN UPGRADE VERSION "Sec-WebSocket-Key: dGhlIHNhbXBsZQ==\r\n" END, 400, ""},
    {"a key of other letters",
     BEGIN UPGRADE VERSION "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25j!!==\r\n" END, 400, ""},
    {"two keys", GOOD KEY END, 400, ""},
    {"no version", BEGIN UPGRADE KEY END, 426, "Sec-WebSocket-Version: 13"},
    {"an old version", BEGIN UPGRADE KEY "Sec-WebSocket-Version: 8\r\n" END, 426,
     "Sec-WebSocket-Version: 13"},
    {"a page of the same host", GOOD "Origin: http://example.org:81\r\n" END, 101, ""},
    {"a page of another port", GOOD "Origin: http://example.org\r\n" END, 403, ""},
    {"a page of another host", GOOD "Origin: http://evil.example\r\n" END, 403, ""},
    {"a page of nowhere", GOOD "Origin: null\r\n" END, 403, ""},
    {"a page of a longer host", GOOD "Origin: http://example.org:8182\r\n" END, 403, ""},
    {"a page of the port that http: has",
     "GET /echo HTTP/1.1\r\nHost: example.org:80\r\n" UPGRADE KEY VERSION
     "Origin: http://example.org\r\n" END,
     101, ""},
    {"a page of the port that https: has",
     "GET /echo HTTP/1.1\r\nHost: example.org\r\n" UPGRADE KEY VERSION
     "Origin: https://example.org:443\r\n" END,
     101, ""},
    {"a page of a port that is the other scheme's",
     "GET /echo HTTP/1.1\r\nHost: example.org\r\n" UPGRADE KEY VERSION
     "Origin: http://example.org:443\r\n" END,
     403, ""},
    {"a version and more", BEGIN UPGRADE KEY "Sec-WebSocket-Version: 13, 8\r\n" END, 426, ""},
    {"HTTP/1.0", "GET /echo HTTP/1.0\r\nHost: example.org:81\r\n" UPGRADE KEY VERSION END, 400, ""},
    {"extensions are not agreed to", GOOD "Sec-WebSocket-Extensions: permessage-deflate\r\n" END,
     101, ""},
    {"a list of protocols",
     BEGIN "Upgrade: foo, websocket\r\nConnection: Upgrade\r\n" KEY VERSION END, 101, ""},
    {"a subprotocol twice", GOOD "Sec-WebSocket-Protocol: echo.v1, echo.v1\r\n" END, 400, ""},
    {"a list of nothing", GOOD "Sec-WebSocket-Protocol: ,\r\n" END, 400, ""},
    {"subprotocols that are not agreed to", GOOD "Sec-WebSocket-Protocol: a, b\r\n" END, 101, ""},
    {"a body", GOOD "Content-Length: 3\r\n" END "abc", 400, ""},
    {"a body of chunks", GOOD "Transfer-Encoding: chunked\r\n" END "0\r\n\r\n", 400, ""},
    {"no body, which is said", GOOD "Content-Length: 0\r\n" END, 101, ""},
    {"a page of https: before what ends TLS", GOOD "Origin: https://example.org:81\r\n" END, 101,
     ""},
    {"post without an upgrade", "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n" END, 400,
     ""},
    {"post", "POST /echo HTTP/1.1\r\nHost: x\r\n" UPGRADE KEY VERSION "Content-Length: 0\r\n" END,
     400, ""},
};

TEST(a_server_looks_at_the_handshake) {
  NOT_WITHOUT_MEMORY();
  AUTO_SITE struct site site = {0};
  char answer[1000];
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
    int status = site_ask(&site, requests[i].request, answer, sizeof answer);
    GIVE_UP_WITHOUT_MEMORY();
    if (status != requests[i].status) fprintf(stderr, "%s:\n%s\n", requests[i].what, answer);
    CHECK_NUMBER(test_saw(status), requests[i].status);
    CHECK_CONTAINS(answer, requests[i].answer);
    CHECK(!strstr(answer, "permessage"));
  }
  return 0;
}

TEST(a_handler_may_answer_what_is_no_handshake) {
  AUTO_SITE struct site site = {0};
  char answer[1000];
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  CHECK_NUMBER(
      test_saw(site_ask(&site, "GET /either HTTP/1.1\r\nHost: x\r\n\r\n", answer, sizeof answer)),
      200);
  CHECK_NUMBER(
      test_saw(site_ask(&site, "GET /plain HTTP/1.1\r\nHost: x\r\n" UPGRADE KEY VERSION END, answer,
                        sizeof answer)),
      200);
  CHECK_NUMBER(test_saw(site_ask(&site,
                                 "GET /plain HTTP/1.1\r\nHost: x\r\nUpgrade: h2c\r\n"
                                 "Connection: Upgrade, HTTP2-Settings\r\n\r\n",
                                 answer, sizeof answer)),
               200);
  return 0;
}

TEST(origins_that_are_listed_may_connect) {
  AUTO_SITE struct site site = {
      .with = {.origins = "https://a.example, http://b.example:8080, https://c.example:443"}};
  static const struct {
    const char *origin;
    int status;
  } cases[] = {{"https://a.example", 101},      {"HTTPS://A.example", 101},
               {"http://b.example:8080", 101},  {"http://a.example", 403},
               {"https://a.example:8443", 403}, {"http://example.org:81", 403},
               {"https://a.example:443", 101},  {"http://a.example:443", 403},
               {"https://c.example", 101},      {"null", 403}};
  char request[500], answer[1000];
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    snprintf(request, sizeof request, GOOD "Origin: %s\r\n" END, cases[i].origin);
    int status = site_ask(&site, request, answer, sizeof answer);
    GIVE_UP_WITHOUT_MEMORY();
    CHECK_NUMBER(status, cases[i].status);
  }
  site.with.origins = "*";
  CHECK_NUMBER(test_saw(site_ask(&site, GOOD "Origin: null\r\n" END, answer, sizeof answer)), 101);
  return 0;
}

TEST(a_subprotocol_is_agreed_on) {
  AUTO_SITE struct site site = {.with = {.protocols = "chat.v1, chat.v2"}};
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  AUTO_WEBSOCKET green_websocket *ws = NULL, *other = NULL, *none = NULL;
  green_websocket_options options = {.protocols = "chat.v9, chat.v2, chat.v1"};
  CHECK_STATUS(site_connect(&site, &ws, "/echo", &options), GREEN_OK);
  CHECK_STRING(green_websocket_protocol(ws), "chat.v2");
  CHECK_STATUS(site_connect(&site, &none, "/echo", NULL), GREEN_OK);
  CHECK_STRING(green_websocket_protocol(none), "");
  return 0;
}

TEST(a_server_that_says_no_is_named) {
  AUTO_SITE struct site site = {0};
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  AUTO_WEBSOCKET green_websocket *ws = NULL;
  CHECK_STATUS(site_connect(&site, &ws, "/nowhere", NULL), GREEN_EACCES);
  CHECK_CONTAINS(green_message(), "404");
  CHECK_STATUS(site_connect(&site, &ws, "/plain", NULL), GREEN_EACCES);
  CHECK_CONTAINS(green_message(), "200");
  return 0;
}

TEST(headers_of_the_client_are_sent) {
  AUTO_SITE struct site site = {0};
  green_http_header origin = {"Origin", "http://evil.example"};
  green_http_client_options with = {.headers = &origin, .header_count = 1};
  green_http_client *client = NULL;
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  AUTO_WEBSOCKET green_websocket *ws = NULL;
  green_websocket_options options = {.headers = &origin, .header_count = 1};
  CHECK_STATUS(site_connect(&site, &ws, "/echo", &options), GREEN_EACCES);
  CHECK_CONTAINS(green_message(), "403");
  char base[GREEN_ADDRESS_TEXT + 16];
  snprintf(base, sizeof base, "http%.100s", site.base + 2);
  with.base_url = base;
  CHECK_STATUS(green_http_client_new(&client, &with), GREEN_OK);
  int rc = green_websocket_connect(client, &ws, "/echo", NULL);
  green_http_client_release(client);
  CHECK_STATUS(rc, GREEN_EACCES);
  CHECK_CONTAINS(green_message(), "403");
  return 0;
}

struct header_reader {
  green_listener *listener;
  char line[300]; /* that of X-Name */
};

static int read_header(void *arg) {
  struct header_reader *reader = arg;
  AUTO_STREAM green_stream *stream = NULL;
  char line[300];
  int rc = green_listener_accept(reader->listener, &stream);
  while (rc >= 0 && (rc = green_stream_read_line(stream, line, sizeof line)) > 0)
    if (strncasecmp(line, "X-Name: ", 8) == 0) memcpy(reader->line, line, sizeof line);
  return rc;
}

TEST(headers_of_the_client_are_sent_byte_by_byte) {
  NOT_WITHOUT_MEMORY();
  green_address address;
  char url[200], text[GREEN_ADDRESS_TEXT];
  struct header_reader reader = {0};
  green_http_header name = {"X-Name", "a\xc3\xa4\xe4\x80 b"};
  green_websocket_options options = {.headers = &name, .header_count = 1};
  AUTO_WEBSOCKET green_websocket *ws = NULL;
  CHECK_STATUS(green_listener_open(&reader.listener, "127.0.0.1", 0, NULL), GREEN_OK);
  int rc = green_listener_address(reader.listener, &address);
  snprintf(url, sizeof url, "ws://%s/", green_address_text(&address, text, sizeof text));
  green_future *task = green_spawn(read_header, &reader);
  int got = rc < 0 ? rc : test_saw(green_websocket_connect(NULL, &ws, url, &options));
  if (got != GREEN_ECONNRESET) green_cancel(task); /* it may have nobody to listen to */
  int ended = test_saw(green_join(task));
  green_listener_release(reader.listener);
  CHECK_STATUS(rc, GREEN_OK);
  CHECK_STATUS(got, GREEN_ECONNRESET);
  CHECK_STATUS(ended, GREEN_OK);
  CHECK_STRING(reader.line + 8, name.value);
  return 0;
}

static int say_so(const green_address *address, void *what) {
  (void)address;
  return *(int *)what;
}

/* As an HTTP client's requests take it. */
TEST(a_clients_allow_says_no_by_a_negative_status) {
  AUTO_SITE struct site site = {0};
  int says = GREEN_EPERM;
  green_http_client_options with = {.allow = say_so, .allow_arg = &says};
  green_http_client *client = NULL;
  AUTO_WEBSOCKET green_websocket *ws = NULL;
  char url[GREEN_ADDRESS_TEXT + 16];
  if (test_in_wasm) SKIP("fetch() asks nobody");
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  snprintf(url, sizeof url, "%.100s/echo", site.base);
  CHECK_STATUS(green_http_client_new(&client, &with), GREEN_OK);
  int refused = test_saw(green_websocket_connect(client, &ws, url, NULL));
  says = 1;
  int allowed = test_saw(green_websocket_connect(client, &ws, url, NULL));
  green_http_client_release(client);
  CHECK_STATUS(refused, GREEN_EPERM);
  CHECK_STATUS(allowed, GREEN_OK);
  CHECK(ws);
  return 0;
}

/* ---- what a client does with an answer ------------------------------------------------------- */

/* %s: what the key is answered with. */
static const struct {
  const char *what, *answer;
  int status;
} answers[] = {
    {"another key",
     "HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
     "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n",
     GREEN_EPROTO},
    {"no key", "HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n", GREEN_EPROTO},
    {"no upgrade", "HTTP/1.1 101 X\r\nConnection: Upgrade\r\n\r\n", GREEN_EPROTO},
    {"no HTTP", "SSH-2.0-OpenSSH_9.2\r\n\r\n", GREEN_EPROTO},
    {"another status", "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n", GREEN_EACCES},
    {"a redirect", "HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n", GREEN_EACCES},
    {"nothing", "", GREEN_ECONNRESET},
    {"half an answer", "HTTP/1.1 101 Swi", GREEN_ECONNRESET},
};

struct liar {
  green_listener *listener;
  const char *answer;
};

static int lie(void *arg) {
  struct liar *liar = arg;
  AUTO_STREAM green_stream *stream = NULL;
  char line[300];
  int rc = green_listener_accept(liar->listener, &stream);
  while (rc >= 0 && (rc = green_stream_read_line(stream, line, sizeof line)) > 0) continue;
  if (rc == 0) rc = green_stream_write(stream, liar->answer, strlen(liar->answer), NULL);
  if (rc == 0) rc = green_stream_shutdown(stream);
  while (rc == 0 && (rc = green_stream_read(stream, line, sizeof line)) > 0) continue;
  return rc == GREEN_ECONNRESET ? 0 : rc;
}

TEST(a_client_looks_at_the_answer) {
  NOT_WITHOUT_MEMORY();
  green_address address;
  char url[200], text[GREEN_ADDRESS_TEXT];
  struct liar liar = {0};
  CHECK_STATUS(green_listener_open(&liar.listener, "127.0.0.1", 0, NULL), GREEN_OK);
  int rc = green_listener_address(liar.listener, &address);
  snprintf(url, sizeof url, "ws://%s/", green_address_text(&address, text, sizeof text));
  for (size_t i = 0; rc == 0 && i < sizeof answers / sizeof *answers; i++) {
    AUTO_WEBSOCKET green_websocket *ws = NULL;
    liar.answer = answers[i].answer;
    green_future *task = green_spawn(lie, &liar);
    int got = test_saw(green_websocket_connect(NULL, &ws, url, NULL));
    if (got < 0 && test_allocator_failed()) green_cancel(task);
    int told = test_saw(green_join(task));
    if (test_allocator_failed()) break;
    if (got != answers[i].status) fprintf(stderr, "%s: %s\n", answers[i].what, green_message());
    rc = got == answers[i].status ? told : TEST_FAILED;
  }
  green_listener_release(liar.listener);
  GIVE_UP_WITHOUT_MEMORY();
  CHECK_STATUS(rc, GREEN_OK);
  return 0;
}

static int connect_slowly(void *arg) {
  AUTO_WEBSOCKET green_websocket *ws = NULL;
  return green_websocket_connect(NULL, &ws, arg, NULL);
}

TEST(a_client_that_waits_for_an_answer_is_cancelled_and_times_out) {
  green_address address;
  char url[200], text[GREEN_ADDRESS_TEXT];
  green_listener *listener = NULL;
  CHECK_STATUS(green_listener_open(&listener, "127.0.0.1", 0, NULL), GREEN_OK);
  int rc = green_listener_address(listener, &address), waited = 0;
  snprintf(url, sizeof url, "ws://%s/", green_address_text(&address, text, sizeof text));
  green_future *task = green_spawn(connect_slowly, url);
  if (rc == 0) rc = green_sleep(20);
  green_cancel(task);
  int ended = test_saw(green_join(task));
  GREEN_TIMEOUT(20) {
    waited = test_saw(connect_slowly(url));
  }
  green_listener_release(listener);
  GIVE_UP_WITHOUT_MEMORY();
  CHECK_STATUS(rc, GREEN_OK);
  CHECK_STATUS(ended, GREEN_ECANCELED);
  CHECK_STATUS(waited, GREEN_ETIMEDOUT);
  return 0;
}

/* ---- a client that ends its half ------------------------------------------------------------- */

/* Sends a handshake to /first, what is behind it, and the end of its half, all at once; then reads to
 * the end. The status of the answer; 0: there was none. */
static int ask_and_end(const struct site *site, const char *behind, size_t size) {
  static const char ask[] = "GET /first HTTP/1.1\r\nHost: x\r\n" UPGRADE KEY VERSION END;
  AUTO_STREAM green_stream *stream = NULL;
  char bytes[1000];
  size_t used = 0;
  memcpy(bytes, ask, sizeof ask - 1);
  if (size) memcpy(bytes + sizeof ask - 1, behind, size);
  int rc = green_stream_connect_any(&stream, &site->address, 1);
  if (rc == 0) rc = green_stream_write(stream, bytes, sizeof ask - 1 + size, NULL);
  if (rc == 0) rc = green_stream_shutdown(stream);
  if (rc < 0) return rc;
  while ((rc = green_stream_read(stream, bytes + used, sizeof bytes - 1 - used)) > 0)
    used += (size_t)rc;
  bytes[used] = 0;
  if (rc < 0 && rc != GREEN_ECONNRESET) return rc;
  return used ? atoi(bytes + sizeof "HTTP/1.1") : 0;
}

/* Who will send nothing more cannot close, so the connection is over: the handler is told. */
TEST(a_client_that_ends_its_half_with_the_handshake_is_not_waited_for) {
  AUTO_SITE struct site site = {0};
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  for (unsigned i = 1; i <= 3; i++) {
    CHECK_NUMBER(ask_and_end(&site, NULL, 0), 101);
    CHECK_STATUS(site_await_ended(&site, i), GREEN_OK);
    CHECK_STATUS(site.outcome, GREEN_ECONNRESET);
  }
  return 0;
}

TEST(what_a_client_sent_before_it_ended_its_half_is_received) {
  static const char hello[] = "\x82\x85\x00\x00\x00\x00hello";
  AUTO_SITE struct site site = {0};
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  CHECK_NUMBER(ask_and_end(&site, hello, sizeof hello - 1), 101);
  CHECK_STATUS(site_await_ended(&site, 1), GREEN_OK);
  CHECK_STATUS(site.outcome, GREEN_ECANCELED); /* at what it did behind the message */
  return 0;
}
