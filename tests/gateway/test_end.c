/* How connections end: by halves, whole, cut; and how they do not begin. */
#include <string.h>
#include "sockets_test.h"

TEST(the_end_of_one_way_is_not_that_of_the_other) {
  SKIP_WITHOUT_SOCKETS();
  AUTO_STREAM green_stream *stream = NULL;
  char line[64];
  CHECK_STATUS(connect_to(&stream, "answer"), 0);
  CHECK_STATUS(green_stream_write(stream, "what", 4, NULL), 0);
  CHECK_STATUS(green_stream_write(stream, "ever", 4, NULL), 0);
  CHECK_STATUS(green_stream_shutdown(stream), 0);
  CHECK_STATUS(green_stream_shutdown(stream), 0);
  CHECK_STATUS(green_stream_write(stream, "x", 1, NULL), GREEN_EPIPE);
  CHECK_STATUS(green_stream_read_line(stream, line, sizeof line), 10);
  CHECK_STRING(line, "you sent 8");
  CHECK_STATUS(green_stream_read(stream, line, sizeof line), 0);
  CHECK_STATUS(green_stream_read(stream, line, sizeof line), 0);
  return 0;
}

/* It is closed at once, while most is still on its way. */
TEST(the_last_bytes_of_a_peer_that_closes) {
  SKIP_WITHOUT_SOCKETS();
  AUTO_STREAM green_stream *stream = NULL;
  size_t count = 0;
  CHECK_STATUS(connect_to(&stream, "last"), 0);
  CHECK_STATUS(read_pattern(stream, &count), 0);
  CHECK_NUMBER(count, 300000);
  return 0;
}

static int sink_says(const char *expected) {
  AUTO_STREAM green_stream *stream = NULL;
  char line[64];
  CHECK_STATUS(connect_to(&stream, "told"), 0);
  CHECK(test_saw(green_stream_read_line(stream, line, sizeof line)) > 0);
  CHECK_STRING(line, expected);
  return 0;
}

TEST(what_was_written_is_delivered_though_it_is_closed_at_once) {
  SKIP_WITHOUT_SOCKETS();
  if (test_scale(0, 1)) SKIP("the sink tells of one connection, and failing allocations open more");
  green_stream *stream;
  static char data[200000];
  CHECK_STATUS(connect_to(&stream, "sink"), 0);
  int rc = green_stream_write(stream, data, sizeof data, NULL);
  green_stream_release(stream);
  CHECK_STATUS(rc, 0);
  return sink_says("200000 bytes, ended");
}

TEST(a_reset_of_this_side_reaches_the_other) {
  SKIP_WITHOUT_SOCKETS();
  if (test_scale(0, 1)) SKIP("the sink tells of one connection, and failing allocations open more");
  if (are_given() && !by_gateway()) SKIP("this provider closes in the place of an abort");
  AUTO_STREAM green_stream *stream = NULL;
  CHECK_STATUS(connect_to(&stream, "sink"), 0);
  green_stream_reset(stream);
  CHECK_STATUS(green_stream_write(stream, "x", 1, NULL), GREEN_ECLOSED);
  return sink_says("0 bytes, cut");
}

/* Its peer never closes: what was left open would keep the program from ending. */
TEST(a_reset_behind_the_end_of_this_half) {
  SKIP_WITHOUT_SOCKETS();
  AUTO_STREAM green_stream *stream = NULL;
  CHECK_STATUS(connect_to(&stream, "silent"), 0);
  CHECK_STATUS(green_stream_shutdown(stream), 0);
  green_stream_reset(stream);
  return 0;
}

TEST(a_reset_of_the_other_side) {
  SKIP_WITHOUT_SOCKETS();
  AUTO_STREAM green_stream *stream = NULL;
  char data[16];
  CHECK_STATUS(connect_to(&stream, "cut"), 0);
  CHECK_STATUS(green_stream_write(stream, "x", 1, NULL), 0);
  CHECK_STATUS(green_stream_read(stream, data, sizeof data), GREEN_ECONNRESET);
  CHECK_STATUS(green_stream_read(stream, data, sizeof data), GREEN_ECONNRESET);
  CHECK(test_saw(green_stream_write(stream, "x", 1, NULL)) < 0);
  return 0;
}

TEST(a_reset_behind_data) {
  SKIP_WITHOUT_SOCKETS();
  AUTO_STREAM green_stream *stream = NULL;
  static unsigned char data[20000];
  CHECK_STATUS(connect_to(&stream, "late"), 0);
  CHECK_STATUS(green_stream_write(stream, "x", 1, NULL), 0);
  CHECK_STATUS(green_stream_read_exactly(stream, data, sizeof data, NULL), 0);
  CHECK_NUMBER(data[19999], pattern(19999));
  CHECK_STATUS(green_stream_write(stream, "x", 1, NULL), 0);
  CHECK_STATUS(green_stream_read(stream, data, sizeof data), GREEN_ECONNRESET);
  return 0;
}

TEST(refused) {
  SKIP_WITHOUT_SOCKETS();
  AUTO_STREAM green_stream *stream = NULL;
  CHECK_STATUS(connect_to(&stream, "closed"), GREEN_ECONNREFUSED);
  CHECK(!stream);
  CHECK_CONTAINS(green_message(), "127.0.0.1:");
  return 0;
}

TEST(what_a_gateway_does_not_allow) {
  SKIP_UNLESS_BY_GATEWAY();
  AUTO_STREAM green_stream *stream = NULL;
  CHECK_STATUS(green_stream_connect(&stream, "127.0.0.1", 2), GREEN_EACCES);
  CHECK_CONTAINS(green_message(), "127.0.0.1:2");
  CHECK_CONTAINS(green_message(), "not allowed");
  CHECK_STATUS(green_stream_connect(&stream, "not-listed.test", port_of("echo")), GREEN_EACCES);
  CHECK_CONTAINS(green_message(), "not-listed.test");
  return 0;
}

/* ---- names ----------------------------------------------------------------------------------- */

TEST(a_name_that_the_gateway_alone_knows) {
  SKIP_UNLESS_BY_GATEWAY();
  AUTO_STREAM green_stream *stream = NULL;
  green_address address;
  CHECK_STATUS(green_stream_connect(&stream, "only.gateway.test", port_of("echo")), 0);
  CHECK_STATUS(exchange(stream, "hello"), 0);
  CHECK_STATUS(green_stream_peer(stream, &address), 0);
  CHECK_STRING(address.host, "127.0.0.1");
  return 0;
}

TEST(an_address_stands_for_a_name) {
  SKIP_UNLESS_BY_GATEWAY();
  AUTO_STREAM green_stream *stream = NULL;
  green_address *found, *again, *other;
  size_t count;
  CHECK_STATUS(green_address_lookup(&found, "only.gateway.test", port_of("echo"), &count), 0);
  green_address address = *found;
  green_addresses_release(found);
  CHECK_NUMBER(count, 1);
  CHECK_NUMBER(address.family, GREEN_IPV4);
  CHECK(strncmp(address.host, "198.18.", 7) == 0);
  CHECK(!green_address_is_public(&address));
  CHECK_STATUS(green_address_lookup(&again, "only.gateway.test", 1, &count), 0);
  bool same = strcmp(again->host, address.host) == 0;
  green_addresses_release(again);
  CHECK(same);
  CHECK_STATUS(green_address_lookup(&other, "other.test", 1, &count), 0);
  same = strcmp(other->host, address.host) == 0;
  green_addresses_release(other);
  CHECK(!same);
  CHECK_STATUS(green_stream_connect_any(&stream, &address, 1), 0);
  CHECK_STATUS(exchange(stream, "hello"), 0);
  return 0;
}

TEST(a_name_that_nobody_knows) {
  SKIP_UNLESS_BY_GATEWAY();
  AUTO_STREAM green_stream *stream = NULL;
  CHECK_STATUS(green_stream_connect(&stream, "nobody.invalid", 80), GREEN_ENOHOST);
  CHECK_CONTAINS(green_message(), "nobody.invalid");
  return 0;
}

/* ---- what is not there ----------------------------------------------------------------------- */

TEST(what_given_sockets_have_not) {
  SKIP_UNLESS_GIVEN();
  green_listener *listener;
  green_stream *stream;
  green_udp *udp;
  CHECK_STATUS(green_listener_open(&listener, "127.0.0.1", 0, NULL), GREEN_ENOTSUP);
  CHECK_CONTAINS(green_message(), "listen");
  CHECK_STATUS(green_listener_open(&listener, "name.test", 0, NULL), GREEN_ENOTSUP);
  CHECK_STATUS(green_listener_open_unix(&listener, "/tmp/x", NULL), GREEN_ENOTSUP);
  CHECK_STATUS(green_stream_connect_unix(&stream, "/tmp/x"), GREEN_ENOTSUP);
  CHECK_CONTAINS(green_message(), "Unix-domain");
  CHECK_STATUS(green_udp_open(&udp, "127.0.0.1", 0, NULL), GREEN_ENOTSUP);
  CHECK_CONTAINS(green_message(), "UDP");
  CHECK(!listener && !stream && !udp);
  return 0;
}

TEST(tls_does_not_begin_on_given_sockets) {
  SKIP_UNLESS_GIVEN();
  AUTO_STREAM green_stream *stream = NULL;
  green_tls *tls = NULL;
  CHECK_STATUS(connect_to(&stream, "echo"), 0);
  int rc = test_saw(green_tls_new(&tls, NULL));
  if (rc == 0) rc = test_saw(green_stream_start_tls(stream, tls, "localhost"));
  green_tls_release(tls);
  CHECK_STATUS(rc, GREEN_ENOTSUP);
  CHECK_CONTAINS(green_message(), "TLS");
  CHECK_STATUS(exchange(stream, "plain"), 0);
  return 0;
}

TEST(a_page_that_was_given_none_is_told_what_to_give) {
  if (!never_given()) SKIP("this run has sockets");
  green_stream *stream;
  green_listener *listener;
  green_udp *udp;
  CHECK_STATUS(green_stream_connect(&stream, "127.0.0.1", 80), GREEN_ENOTSUP);
  CHECK_CONTAINS(green_message(), "greenSockets");
  CHECK_STATUS(green_stream_connect(&stream, "name.test", 80), GREEN_ENOTSUP);
  CHECK_CONTAINS(green_message(), "greenSockets");
  CHECK_STATUS(green_listener_open(&listener, NULL, 0, NULL), GREEN_ENOTSUP);
  CHECK_CONTAINS(green_message(), "greenSockets");
  CHECK_STATUS(green_udp_open(&udp, NULL, 0, NULL), GREEN_ENOTSUP);
  CHECK_CONTAINS(green_message(), "greenSockets");
  return 0;
}
