/* Frames as bytes, a table after the list of Autobahn's cases: framing, pings, reserved bits, opcodes,
 * fragments, UTF-8, closing, limits. Each is sent to our server, with a mask, and to our client,
 * without, whole and byte by byte. */
#include <stdio.h>
#include <string.h>
#include "grammar/grammar.h"
#include "websocket_test.h"

/* A text of frames: "T" text, "B" binary, "C" continuation, "X" close, "P" ping, "O" pong, or the digit
 * of an opcode in hexadecimal; "." behind it: there is more of the message; "1", "2", "4" before it: a
 * reserved bit; then 'content', in which \x.. are bytes. And what is echoed in the same way, without
 * fragments, up to the code that the connection ends with. */
static const struct {
  const char *frames, *echoed;
  unsigned code; /* 0: it goes on */
} cases[] = {
    /* 1: framing */
    {"T''", "T''", 0},
    {"T'abc'B'\\x00\\xff'", "T'abc'B'\\x00\\xff'", 0},
    /* 2: pings and pongs */
    {"P''T'a'", "O''T'a'", 0},
    {"P'hello'T'a'", "O'hello'T'a'", 0},
    {"P'\\x00\\xff\\xfe'T'a'", "O'\\x00\\xff\\xfe'T'a'", 0},
    {"O'unasked'T'a'", "T'a'", 0},
    {"P'1'P'2'P'3'T'a'", "O'1'O'2'O'3'T'a'", 0},
    /* 3: reserved bits */
    {"T'a'1T'b'", "T'a'", 1002},
    {"2T'b'", "", 1002},
    {"4B'b'", "", 1002},
    {"1P'p'", "", 1002},
    {"1X''", "", 1002},
    /* 4: opcodes of no meaning */
    {"3'a'", "", 1002},
    {"7''", "", 1002},
    {"T'a'B'b'B'b'T'c'b'd'", "T'a'B'b'B'b'T'c'", 1002},
    {"f''", "", 1002},
    /* 5: fragments */
    {"P.'a'C'b'", "", 1002},
    {"T.'ab'C'cd'", "T'abcd'", 0},
    {"T.'ab'P'p'C'cd'", "O'p'T'abcd'", 0},
    {"T.'a'C.'b'P'1'C.'c'P'2'C'd'", "O'1'O'2'T'abcd'", 0},
    {"T.''C.''C''", "T''", 0},
    {"T.''C.'middle'C''", "T'middle'", 0},
    {"C'x'", "", 1002},
    {"C.'x'T'a'", "", 1002},
    {"T.'a'T'b'", "", 1002},
    {"T'a'C'b'", "T'a'", 1002},
    {"T.'a'B.'b'", "", 1002},
    /* 6: UTF-8 */
    {"T'\\xce\\xba\\xe1\\xbd\\xb9'", "T'\\xce\\xba\\xe1\\xbd\\xb9'", 0},
    {"T.'\\xf0\\x9f'C'\\x98\\x80'", "T'\\xf0\\x9f\\x98\\x80'", 0},
    {"T'\\xff'", "", 1007},
    {"T'\\xce'", "", 1007},
    {"T'\\xed\\xa0\\x80'", "", 1007},
    {"T'\\xf4\\x90\\x80\\x80'", "", 1007},
    {"T'\\xc0\\xaf'", "", 1007},
    {"T'\\xe0\\x80\\xaf'", "", 1007},
    {"T'\\xf8\\x88\\x80\\x80\\x80'", "", 1007},
    {"T.'ab\\xce'C''", "", 1007},
    {"T.'\\xce'C'\\xff'", "", 1007},
    {"B'\\xff\\xfe'", "B'\\xff\\xfe'", 0},
    {"T'\\x00\\x7f'", "T'\\x00\\x7f'", 0},
    {"T'\\xf4\\x8f\\xbf\\xbf'", "T'\\xf4\\x8f\\xbf\\xbf'", 0},
    /* 7: closing */
    {"X''", "", 1005},
    {"X'\\x03\\xe8'", "", 1000},
    {"X'\\x03\\xe8well'", "", 1000},
    {"T'a'X'\\x03\\xe8'T'b'", "T'a'", 1000},
    {"X'\\x03'", "", 1002},
    {"X'\\x03\\xe8\\xff'", "", 1007},
    {"X'\\x00\\x00'", "", 1002},
    {"X'\\x03\\xe7'", "", 1002},
    {"X'\\x03\\xec'", "", 1002},
    {"X'\\x03\\xed'", "", 1002},
    {"X'\\x03\\xee'", "", 1002},
    {"X'\\x03\\xf7'", "", 1002},
    {"X'\\x07\\xd0'", "", 1002},
    {"X'\\x03\\xe9'", "", 1001},
    {"X'\\x03\\xf3'", "", 1011},
    {"X'\\x03\\xf4'", "", 1012},
    {"X'\\x03\\xf6'", "", 1014},
    {"X'\\x0b\\xb8'", "", 3000},
    {"X'\\x13\\x87'", "", 4999},
    {"X'\\x13\\x88'", "", 1002},
};

/* ---- frames ---------------------------------------------------------------------------------- */

struct bytes {
  unsigned char at[2000];
  size_t size;
};

static void add(struct bytes *bytes, unsigned byte) {
  bytes->at[bytes->size++] = (unsigned char)byte;
}

static unsigned hex(char digit) {
  return (unsigned)(digit <= '9' ? digit - '0' : digit - 'a' + 10);
}

static const char *content_read(const char *at, struct bytes *content) {
  content->size = 0;
  for (at++; *at != '\'';) {
    if (*at == '\\') {
      add(content, hex(at[2]) << 4 | hex(at[3]));
      at += 4;
    } else {
      add(content, (unsigned char)*at++);
    }
  }
  return at + 1;
}

static unsigned opcode_of(char letter) {
  static const char letters[] = "CTB     XPO";
  const char *found = strchr(letters, letter);
  return found && letter != ' ' ? (unsigned)(found - letters) : hex(letter);
}

/* A reserved bit stands before a capital. */
static const char *head_read(const char *at, unsigned *first) {
  *first = 0x80;
  if (strchr("124", *at) && at[1] != '\'' && at[1] != '.') *first |= hex(*at++) << 4;
  *first |= opcode_of(*at++);
  if (*at == '.') *first &= ~0x80u, at++;
  return at;
}

static void frames_make(const char *text, bool mask, struct bytes *out) {
  static const unsigned char key[4] = {0x37, 0xfa, 0x21, 0x3d};
  out->size = 0;
  while (*text) {
    struct bytes content;
    unsigned first;
    text = head_read(text, &first);
    text = content_read(text, &content);
    add(out, first);
    add(out, (unsigned)content.size | (mask ? 0x80 : 0));
    for (int i = 0; mask && i < 4; i++) add(out, key[i]);
    for (size_t i = 0; i < content.size; i++) add(out, content.at[i] ^ (mask ? key[i % 4] : 0u));
  }
}

/* ---- reading what comes ---------------------------------------------------------------------- */

static int frame_read(green_stream *stream, struct bytes *content, unsigned *opcode) {
  unsigned char head[2], key[4] = {0};
  int rc = green_stream_read_exactly(stream, head, 2, NULL);
  if (rc < 0) return rc;
  *opcode = head[0] & 15;
  content->size = head[1] & 127;
  if (head[1] & 128) rc = green_stream_read_exactly(stream, key, 4, NULL);
  if (rc == 0) rc = green_stream_read_exactly(stream, content->at, content->size, NULL);
  for (size_t i = 0; i < content->size; i++) content->at[i] ^= key[i % 4];
  return rc;
}

/* What has come does not agree. */
#define DIFFERENT (-900003)

static unsigned close_code(const struct bytes *content) {
  return content->size >= 2 ? (unsigned)content->at[0] << 8 | content->at[1] : 1005;
}

/* What comes before the end may also be lost to it: then *over. */
static int check_echoed(green_stream *stream, const char *text, unsigned code, bool *over) {
  *over = false;
  while (*text) {
    struct bytes wanted, got;
    unsigned first, opcode;
    text = head_read(text, &first);
    text = content_read(text, &wanted);
    int rc = frame_read(stream, &got, &opcode);
    if (rc < 0) return rc;
    *over = code && opcode == 8 && close_code(&got) == code;
    if (*over) return 0;
    bool same = opcode == (first & 15) && got.size == wanted.size &&
                memcmp(got.at, wanted.at, got.size) == 0;
    if (!same) return DIFFERENT;
  }
  return 0;
}

static int check_closed(green_stream *stream, unsigned code) {
  struct bytes got;
  unsigned opcode;
  int rc = frame_read(stream, &got, &opcode);
  if (rc < 0) return rc;
  return opcode == 8 && close_code(&got) == code ? 0 : DIFFERENT;
}

static int send_bytes(green_stream *stream, const struct bytes *bytes, bool each) {
  int rc = 0;
  if (!each) return green_stream_write(stream, bytes->at, bytes->size, NULL);
  for (size_t i = 0; rc == 0 && i < bytes->size; i++) {
    rc = green_stream_write(stream, bytes->at + i, 1, NULL);
    if (rc == 0) rc = green_yield();
  }
  return rc == GREEN_EPIPE || rc == GREEN_ECONNRESET ? 0 : rc; /* it was refused before the end */
}

static int run_case(green_stream *stream, size_t index, bool mask, bool each) {
  struct bytes frames;
  frames_make(cases[index].frames, mask, &frames);
  int rc = send_bytes(stream, &frames, each);
  bool over = false;
  if (rc == 0) rc = check_echoed(stream, cases[index].echoed, cases[index].code, &over);
  if (rc == 0 && cases[index].code && !over) rc = check_closed(stream, cases[index].code);
  if (rc < 0) fprintf(stderr, "case %zu, %s: %d\n", index, cases[index].frames, rc);
  return rc;
}

/* ---- a server -------------------------------------------------------------------------------- */

TEST(frames_to_a_server) {
  NOT_WITHOUT_MEMORY();
  size_t count = sizeof cases / sizeof *cases;
  AUTO_SITE struct site site = {0};
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  for (size_t i = 0; i < 2 * count; i++) {
    AUTO_STREAM green_stream *stream = NULL;
    int rc = site_connect_raw(&site, &stream, "/echo");
    GIVE_UP_WITHOUT_MEMORY();
    CHECK_STATUS(rc, GREEN_OK);
    rc = run_case(stream, i / 2, true, i % 2);
    GIVE_UP_WITHOUT_MEMORY();
    CHECK_STATUS(rc, GREEN_OK);
  }
  return 0;
}

TEST(a_frame_without_a_mask_is_refused_by_a_server) {
  AUTO_SITE struct site site = {0};
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  AUTO_STREAM green_stream *stream = NULL;
  CHECK_STATUS(site_connect_raw(&site, &stream, "/echo"), GREEN_OK);
  struct bytes frames;
  frames_make("T'a'", false, &frames);
  CHECK_STATUS(send_bytes(stream, &frames, false), GREEN_OK);
  CHECK_STATUS(check_closed(stream, 1002), GREEN_OK);
  CHECK_STATUS(site_await_ended(&site, 1), GREEN_OK);
  CHECK_STATUS(site.outcome, GREEN_EPROTO);
  return 0;
}

/* Lengths that are not the shortest, and impossible ones. */
TEST(lengths_that_cannot_be_are_refused) {
  NOT_WITHOUT_MEMORY();
  static const struct {
    unsigned char bytes[16];
    size_t size;
  } frames[] = {
      {{0x81, 0xfe, 0x00, 0x05, 1, 2, 3, 4}, 8},
      {{0x81, 0xff, 0, 0, 0, 0, 0, 0, 0, 5, 1, 2, 3, 4}, 14},
      {{0x81, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 5, 1, 2, 3, 4}, 14},
      {{0x89, 0xfe, 0x00, 0x7e, 1, 2, 3, 4}, 8},
  };
  AUTO_SITE struct site site = {0};
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  for (size_t i = 0; i < sizeof frames / sizeof *frames; i++) {
    AUTO_STREAM green_stream *stream = NULL;
    if (test_in_wasm && i < 2) continue; /* ws takes what is longer than it need be */
    int rc = site_connect_raw(&site, &stream, "/echo");
    GIVE_UP_WITHOUT_MEMORY();
    CHECK_STATUS(rc, GREEN_OK);
    CHECK_STATUS(green_stream_write(stream, frames[i].bytes, frames[i].size, NULL), GREEN_OK);
    rc = test_saw(check_closed(stream, test_in_wasm && i == 2 ? 1009 : 1002));
    GIVE_UP_WITHOUT_MEMORY();
    CHECK_STATUS(rc, GREEN_OK);
  }
  return 0;
}

/* A message that says it is huge takes no memory before it has come, and is refused at once. */
TEST(a_frame_that_says_it_is_huge_is_refused_at_once) {
  static const unsigned char head[] = {0x82, 0xff, 0, 0, 0, 1, 0, 0, 0, 0, 1, 2, 3, 4, 'x'};
  AUTO_SITE struct site site = {0};
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  AUTO_STREAM green_stream *stream = NULL;
  CHECK_STATUS(site_connect_raw(&site, &stream, "/echo"), GREEN_OK);
  CHECK_STATUS(site_await_begun(&site, 1), GREEN_OK);
  CHECK_STATUS(green_yield(), GREEN_OK);
  CHECK_STATUS(green_stream_write(stream, head, sizeof head, NULL), GREEN_OK);
  CHECK_STATUS(check_closed(stream, 1009), GREEN_OK);
  CHECK_STATUS(site_await_ended(&site, 1), GREEN_OK);
  CHECK_STATUS(site.outcome, GREEN_EMSGSIZE);
  return 0;
}

TEST(frames_that_come_with_the_handshake_are_read) {
  NOT_WITHOUT_MEMORY();
  AUTO_SITE struct site site = {0};
  char request[400];
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  AUTO_STREAM green_stream *stream = NULL;
  struct bytes frames;
  frames_make("T'early'X'\\x03\\xe8'", true, &frames);
  int size = snprintf(request, sizeof request,
                      "GET /echo HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
                      "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                      "Sec-WebSocket-Version: 13\r\n\r\n");
  memcpy(request + size, frames.at, frames.size);
  CHECK_STATUS(green_stream_connect_any(&stream, &site.address, 1), GREEN_OK);
  CHECK_STATUS(green_stream_write(stream, request, (size_t)size + frames.size, NULL), GREEN_OK);
  char line[200];
  int rc;
  while ((rc = green_stream_read_line(stream, line, sizeof line)) > 0) continue;
  CHECK_STATUS(rc, 0);
  bool over = false;
  CHECK_STATUS(check_echoed(stream, "T'early'", 1000, &over), GREEN_OK);
  if (!over) CHECK_STATUS(check_closed(stream, 1000), GREEN_OK);
  return 0;
}

/* ---- a client -------------------------------------------------------------------------------- */

/* A server that sends a case's frames behind the handshake, and looks at what is echoed. */
struct server {
  green_listener *listener;
  size_t index;
  bool each;
};

static int accept_handshake(green_stream *stream) {
  char answer[300];
  int rc = handshake_answer(stream, answer, sizeof answer);
  return rc < 0 ? rc : green_stream_write(stream, answer, strlen(answer), NULL);
}

static int serve_case(void *arg) {
  struct server *server = arg;
  AUTO_STREAM green_stream *stream = NULL;
  int rc = green_listener_accept(server->listener, &stream);
  if (rc == 0) rc = accept_handshake(stream);
  return rc < 0 ? rc : run_case(stream, server->index, false, server->each);
}

static int echo_client(const char *url) {
  AUTO_WEBSOCKET green_websocket *ws = NULL;
  AUTO_MESSAGE green_websocket_message message = {0};
  int rc = green_websocket_connect(NULL, &ws, url, NULL);
  while (rc >= 0 && (rc = green_websocket_receive(ws, &message)) > 0)
    rc = green_websocket_send(ws, message.type, message.data, message.size);
  return rc;
}

TEST(frames_to_a_client) {
  NOT_WITHOUT_MEMORY();
  size_t count = sizeof cases / sizeof *cases;
  struct server server = {0};
  green_address address;
  char url[200], text[GREEN_ADDRESS_TEXT];
  CHECK_STATUS(green_listener_open(&server.listener, "127.0.0.1", 0, NULL), GREEN_OK);
  int rc = green_listener_address(server.listener, &address);
  snprintf(url, sizeof url, "ws://%s/", green_address_text(&address, text, sizeof text));
  for (size_t i = 0; rc == 0 && i < 2 * count && !test_allocator_failed(); i++) {
    server.index = i / 2;
    server.each = i % 2;
    green_future *task = green_spawn(serve_case, &server);
    int got = test_saw(echo_client(url));
    if (test_allocator_failed()) green_cancel(task);
    rc = test_saw(green_join(task));
    unsigned code = cases[server.index].code;
    bool clean = got == 0 || got == GREEN_EPIPE, refused = got == GREEN_EPROTO;
    bool cut = got == GREEN_ECONNRESET;
    if (rc == 0 && !(code == 0 ? cut : refused || clean)) rc = TEST_FAILED;
  }
  green_listener_release(server.listener);
  GIVE_UP_WITHOUT_MEMORY();
  CHECK_STATUS(rc, GREEN_OK);
  return 0;
}
