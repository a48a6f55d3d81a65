/* Bytes through TLS: many, both ways, halves that end, ends that nobody has said. */
#include <string.h>
#include "tls_test.h"

#define MUCH ((size_t)3 << 20)

struct sending {
  green_stream *stream;
  size_t size;
};

static int send_pattern(void *arg) {
  struct sending *sending = arg;
  unsigned char data[5000];
  for (size_t at = 0; at < sending->size;) {
    size_t count = sending->size - at < sizeof data ? sending->size - at : sizeof data;
    for (size_t i = 0; i < count; i++) data[i] = pattern(at + i);
    size_t done;
    int rc = green_stream_write(sending->stream, data, count, &done);
    if (rc < 0) return rc;
    if (done != count) return GREEN_EIO;
    at += count;
  }
  return green_stream_shutdown(sending->stream);
}

static int take_pattern(green_stream *stream, size_t size) {
  unsigned char data[7001];
  size_t at = 0;
  for (;;) {
    int got = green_stream_read(stream, data, sizeof data);
    if (got < 0) return got;
    if (got == 0) return at == size ? 0 : GREEN_EPROTO;
    for (int i = 0; i < got; i++)
      if (data[i] != pattern(at + (size_t)i)) return GREEN_EIO;
    at += (size_t)got;
  }
}

TEST(many_bytes_both_ways_at_once) {
  SKIP_WITHOUT_TLS();
  OPEN_SECURE_PAIR(pair);
  size_t size = test_scale(MUCH, 40000);
  struct sending up = {pair.client, size}, down = {pair.server, size / 2 + 1};
  AUTO_JOIN green_future *first = green_spawn(send_pattern, &up);
  CHECK_STARTED(first);
  AUTO_JOIN green_future *second = green_spawn(send_pattern, &down);
  CHECK_STARTED(second);
  CHECK_STATUS(take_pattern(pair.server, up.size), 0);
  CHECK_STATUS(take_pattern(pair.client, down.size), 0);
  CHECK_STATUS(green_wait(first), 0);
  CHECK_STATUS(green_wait(second), 0);
  return 0;
}

TEST(one_write_of_many_records) {
  SKIP_WITHOUT_TLS();
  static char data[200000], back[200000];
  OPEN_SECURE_PAIR(pair);
  struct sending down = {pair.server, 0};
  for (size_t i = 0; i < sizeof data; i++) data[i] = (char)pattern(i);
  size_t done;
  CHECK_STATUS(green_stream_write(pair.client, data, 16385, &done), 0);
  CHECK_NUMBER(done, 16385);
  CHECK_STATUS(green_stream_read_exactly(pair.server, back, 16385, &done), 0);
  CHECK(memcmp(data, back, 16385) == 0);
  CHECK_STATUS(green_stream_write(pair.client, "", 0, &done), 0);
  CHECK_STATUS(send_pattern(&down), 0);
  return 0;
}

TEST(a_half_that_has_ended_leaves_the_other) {
  SKIP_WITHOUT_TLS();
  char line[20];
  OPEN_SECURE_PAIR(pair);
  CHECK_STATUS(green_stream_write(pair.client, "question\n", 9, NULL), 0);
  CHECK_STATUS(green_stream_shutdown(pair.client), 0);
  CHECK_STATUS(green_stream_shutdown(pair.client), 0);
  CHECK_STATUS(green_stream_write(pair.client, "x", 1, NULL), GREEN_EPIPE);
  CHECK_STATUS(green_stream_read_line(pair.server, line, sizeof line), 8);
  CHECK_STATUS(green_stream_read(pair.server, line, sizeof line), 0);
  CHECK_STATUS(green_stream_read(pair.server, line, sizeof line), 0);
  CHECK_STATUS(green_stream_write(pair.server, "answer\n", 7, NULL), 0);
  green_stream_close(pair.server);
  CHECK_STATUS(green_stream_read_line(pair.client, line, sizeof line), 6);
  CHECK_STRING(line, "answer");
  CHECK_STATUS(green_stream_read(pair.client, line, sizeof line), 0);
  return 0;
}

/* The other side's last bytes and its end may be waiting when the connection is gone below. */
static int send_and_close(void *arg) {
  struct sending *sending = arg;
  int rc = send_pattern(sending);
  green_stream_close(sending->stream);
  return rc;
}

TEST(all_that_comes_behind_our_end_is_read_and_so_is_the_end) {
  SKIP_WITHOUT_TLS();
  for (size_t size = 60000; size < 180000; size += test_scale(8000, 200000)) {
    OPEN_SECURE_PAIR(pair);
    CHECK_STATUS(green_stream_shutdown(pair.client), 0);
    struct sending down = {pair.server, size};
    AUTO_JOIN green_future *task = green_spawn(send_and_close, &down);
    CHECK_STARTED(task);
    CHECK_STATUS(green_wait(task), 0);
    for (int i = 0; i < 20; i++)
      CHECK_STATUS(green_sleep(1), 0); /* Node has read what it wants meanwhile */
    CHECK_STATUS(take_pattern(pair.client, size), 0);
  }
  return 0;
}

TEST(what_was_written_before_a_close_arrives_and_so_does_the_end) {
  SKIP_WITHOUT_TLS();
  char line[20];
  OPEN_SECURE_PAIR(pair);
  CHECK_STATUS(green_stream_write(pair.server, "last\n", 5, NULL), 0);
  green_stream_close(pair.server);
  CHECK_STATUS(green_stream_read_line(pair.client, line, sizeof line), 4);
  CHECK_STATUS(green_stream_read(pair.client, line, 1), 0);
  return 0;
}

/* ---- facts ----------------------------------------------------------------------------------- */

static int check_fact(green_stream *stream, enum green_tls_fact fact, const char *expected) {
  char text[3000];
  int rc = green_stream_tls(stream, fact, text, sizeof text);
  if (is_memory(rc)) return GREEN_ENOMEM;
  if (expected && rc < 0) fprintf(stderr, "(%s) ", expected);
  CHECK_STATUS(rc, expected ? (int)strlen(text) : GREEN_ENOENT);
  if (expected) CHECK_CONTAINS(text, expected);
  return 0;
}

TEST(what_was_agreed) {
  SKIP_WITHOUT_TLS();
  OPEN_PAIR(pair);
  char text[200];
  CHECK_STATUS(green_stream_tls(pair.client, GREEN_TLS_VERSION, text, sizeof text), GREEN_ENOTCONN);
  AUTO_TLS green_tls *client = NULL;
  AUTO_TLS green_tls *server = NULL;
  struct shaken shaken;
  CHECK_STATUS(
      green_tls_new(&client, &(green_tls_options){.ca = file_of("root.pem"), .alpn = "x,b,a"}), 0);
  CHECK_STATUS(green_tls_new(&server, &(green_tls_options){.certificate = file_of("good.pem"),
                                                           .alpn = "a,b"}),
               0);
  CHECK_STATUS(shake(&pair, client, "good.test.", server, &shaken), 0);
  CHECK_STATUS(shaken.client, 0);
  CHECK_STATUS(shaken.server, 0);
  for (int i = 0; i < 2; i++) {
    green_stream *side = i ? pair.server : pair.client;
    CHECK_STATUS(check_fact(side, GREEN_TLS_VERSION, "TLSv1.3"), 0);
    CHECK_STATUS(check_fact(side, GREEN_TLS_CIPHER, "TLS_"), 0);
    CHECK_STATUS(check_fact(side, GREEN_TLS_PROTOCOL, "a"), 0);
    CHECK_STATUS(check_fact(side, GREEN_TLS_SERVER_NAME, "good.test"), 0);
  }
  CHECK_STATUS(check_fact(pair.client, GREEN_TLS_PEER_SUBJECT, "CN=good"), 0);
  CHECK_STATUS(check_fact(pair.client, GREEN_TLS_PEER_ISSUER, "CN=root of the tests"), 0);
  CHECK_STATUS(check_fact(pair.client, GREEN_TLS_PEER_CERTIFICATE, "-----BEGIN CERTIFICATE-----\n"),
               0);
  CHECK_STATUS(check_fact(pair.server, GREEN_TLS_PEER_FINGERPRINT, NULL), 0);
  int rc = green_stream_tls(pair.client, GREEN_TLS_PEER_FINGERPRINT, text, sizeof text);
  if (!is_memory(rc)) CHECK_STATUS(rc, 95);
  CHECK_STATUS(green_stream_tls(pair.client, GREEN_TLS_VERSION, text, 7), GREEN_EMSGSIZE);
  CHECK_STRING(text, "");
  CHECK_STATUS(green_stream_tls(pair.client, GREEN_TLS_VERSION, text, 0), GREEN_EMSGSIZE);
  green_stream_close(pair.client);
  CHECK_STATUS(green_stream_tls(pair.client, GREEN_TLS_VERSION, text, sizeof text), GREEN_ECLOSED);
  return 0;
}

TEST(protocols_that_have_nothing_in_common) {
  SKIP_WITHOUT_TLS();
  AUTO_TLS green_tls *client = NULL;
  AUTO_TLS green_tls *server = NULL;
  struct shaken shaken;
  CHECK_STATUS(green_tls_new(&client, &(green_tls_options){.ca = file_of("root.pem"), .alpn = "x"}),
               0);
  CHECK_STATUS(green_tls_new(&server, &(green_tls_options){.certificate = file_of("good.pem"),
                                                           .alpn = "a,b"}),
               0);
  OPEN_PAIR(pair);
  CHECK_STATUS(shake(&pair, client, "localhost", server, &shaken), 0);
  CHECK_STATUS(shaken.client, GREEN_ETLS);
  if (!test_allocator_failed())
    CHECK_CONTAINS(shaken.client_message, "localhost: no common protocol: ");
  CHECK_STATUS(shaken.server, GREEN_ETLS);
  return 0;
}

TEST(a_side_that_has_no_protocols_agrees_on_none) {
  SKIP_WITHOUT_TLS();
  AUTO_TLS green_tls *client = NULL;
  AUTO_TLS green_tls *server = NULL;
  struct shaken shaken;
  CHECK_STATUS(green_tls_new(&client, &(green_tls_options){.ca = file_of("root.pem"), .alpn = "x"}),
               0);
  CHECK_STATUS(having(&server, "good"), 0);
  OPEN_PAIR(pair);
  CHECK_STATUS(shake(&pair, client, "127.0.0.1", server, &shaken), 0);
  CHECK_STATUS(shaken.client, 0);
  CHECK_STATUS(check_fact(pair.client, GREEN_TLS_PROTOCOL, NULL), 0);
  CHECK_STATUS(check_fact(pair.server, GREEN_TLS_PROTOCOL, NULL), 0);
  CHECK_STATUS(check_fact(pair.server, GREEN_TLS_SERVER_NAME, NULL),
               0); /* of an address none is sent */
  return 0;
}

/* ---- certificates that change ---------------------------------------------------------------- */

TEST(a_certificate_changes_for_those_that_come_later) {
  SKIP_WITHOUT_TLS();
  AUTO_TLS green_tls *client = NULL;
  AUTO_TLS green_tls *server = NULL;
  struct shaken shaken;
  char byte;
  CHECK_STATUS(trusting(&client), 0);
  CHECK_STATUS(having(&server, "good"), 0);
  OPEN_PAIR(before);
  CHECK_STATUS(shake(&before, client, "localhost", server, &shaken), 0);
  CHECK_STATUS(
      green_tls_set_options(server, &(green_tls_options){.certificate = file_of("renewed.pem")}),
      0);
  int rc = test_saw(
      green_tls_set_options(server, &(green_tls_options){.certificate = file_of("nothing.pem")}));
  CHECK(rc == GREEN_ETLS || rc == GREEN_ENOMEM);
  OPEN_PAIR(behind);
  CHECK_STATUS(shake(&behind, client, "localhost", server, &shaken), 0);
  CHECK_STATUS(shaken.client, 0);
  CHECK_STATUS(check_fact(before.client, GREEN_TLS_PEER_SUBJECT, "CN=good"), 0);
  CHECK_STATUS(check_fact(behind.client, GREEN_TLS_PEER_SUBJECT, "CN=renewed"), 0);
  CHECK_STATUS(green_stream_write(before.server, "x", 1, NULL), 0);
  CHECK_STATUS(green_stream_read(before.client, &byte, 1), 1);
  return 0;
}
