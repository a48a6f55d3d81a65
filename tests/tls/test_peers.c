/* Servers that are not greenio's, as run.mjs has started them. */
#include <string.h>
#include "tls_test.h"

static int connect_to(const char *peer, green_tls *tls, green_stream **out) {
  return green_stream_connect_tls(out, "127.0.0.1", port_of(peer), tls);
}

static int check_echo(const char *peer, const char *version) {
  AUTO_TLS green_tls *tls = NULL;
  AUTO_STREAM green_stream *stream = NULL;
  static char data[100000], back[100000];
  char text[40];
  CHECK_STATUS(trusting(&tls), 0);
  CHECK_STATUS(connect_to(peer, tls, &stream), 0);
  CHECK(green_stream_tls(stream, GREEN_TLS_VERSION, text, sizeof text) > 0);
  CHECK_STRING(text, version);
  for (size_t i = 0; i < sizeof data; i++) data[i] = (char)pattern(i);
  CHECK_STATUS(green_stream_write(stream, data, sizeof data, NULL), 0);
  CHECK_STATUS(green_stream_read_exactly(stream, back, sizeof back, NULL), 0);
  CHECK(memcmp(data, back, sizeof data) == 0);
  CHECK_STATUS(green_stream_shutdown(stream), 0);
  CHECK_STATUS(green_stream_read(stream, back, 1), 0);
  return 0;
}

TEST(an_echo_of_node) {
  SKIP_WITHOUT_TLS();
  return check_echo("node", "TLSv1.3");
}

TEST(an_echo_of_node_with_tls_1_2) {
  SKIP_WITHOUT_TLS();
  return check_echo("node12", "TLSv1.2");
}

TEST(a_side_that_wants_tls_1_3_alone) {
  SKIP_WITHOUT_TLS();
  AUTO_TLS green_tls *tls = NULL;
  AUTO_STREAM green_stream *stream = NULL;
  CHECK_STATUS(
      green_tls_new(&tls, &(green_tls_options){.ca = file_of("root.pem"), .only_1_3 = true}), 0);
  CHECK_STATUS(connect_to("node12", tls, &stream), GREEN_ETLS);
  CHECK(stream == NULL);
  CHECK_CONTAINS(green_message(), "127.0.0.1: no common version: ");
  return 0;
}

TEST(lines_of_openssl) {
  SKIP_WITHOUT_TLS();
  AUTO_TLS green_tls *tls = NULL;
  AUTO_STREAM green_stream *stream = NULL;
  char line[40];
  CHECK_STATUS(trusting(&tls), 0);
  CHECK_STATUS(connect_to("openssl", tls, &stream), 0);
  CHECK_STATUS(green_stream_write(stream, "abcdef\n", 7, NULL), 0);
  CHECK_STATUS(green_stream_read_line(stream, line, sizeof line), 6);
  CHECK_STRING(line, "fedcba");
  return 0;
}

/* run.mjs has root.pem trusted in place of the system's, or beside Node's own. */
TEST(the_systems_trust) {
  SKIP_WITHOUT_TLS();
  AUTO_STREAM green_stream *stream = NULL;
  CHECK_STATUS(connect_to("node", NULL, &stream), 0);
  return 0;
}

TEST(a_connection_that_is_cut_is_told_from_one_that_ends) {
  SKIP_WITHOUT_TLS();
  AUTO_TLS green_tls *tls = NULL;
  AUTO_STREAM green_stream *stream = NULL;
  char data[20];
  CHECK_STATUS(trusting(&tls), 0);
  CHECK_STATUS(connect_to("cut", tls, &stream), 0);
  CHECK_STATUS(green_stream_read_exactly(stream, data, 4, NULL), 0);
  for (int i = 0; i < 2; i++) {
    CHECK_STATUS(green_stream_read(stream, data, sizeof data), GREEN_ETLS);
    CHECK_CONTAINS(green_message(), "127.0.0.1: truncated: ");
  }
  CHECK_STATUS(green_stream_write(stream, "x", 1, NULL), GREEN_ETLS);
  CHECK_STATUS(green_stream_shutdown(stream), GREEN_ETLS);
  return 0;
}
