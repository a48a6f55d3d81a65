/* Connecting to one of several addresses. */
#include <string.h>
#include "stream_test.h"

/* Since then a second address may have been tried: so long (STAGGER of connect.c) the first has. */
static bool held_up(uint64_t since) {
  return green_now() - since >= 250000000;
}

TEST(refused_and_named) {
  SKIP_WITHOUT_SOCKETS();
  green_stream *stream = (green_stream *)1;
  CHECK_STATUS(green_stream_connect(&stream, "127.0.0.1", closed_port(1).port), GREEN_ECONNREFUSED);
  CHECK(stream == NULL);
  if (test_allocator_failed()) return GREEN_ENOMEM;
  CHECK_CONTAINS(green_message(), "127.0.0.1:");
  CHECK_CONTAINS(green_message(), "connection refused");
  CHECK_STATUS(green_stream_connect_any(&stream, NULL, 0), GREEN_EINVAL);
  CHECK_STATUS(green_stream_connect(&stream, "127.0.0.1", 65536), GREEN_EINVAL);
  return 0;
}

TEST(an_address_to_connect_to_is_numeric) {
  SKIP_WITHOUT_SOCKETS();
  START_ECHO(server);
  unsigned port = server.address.port;
  const green_address none[] = {{GREEN_IPV4, port, "localhost"},
                                {GREEN_IPV6, port, "localhost"},
                                {GREEN_IPV4, port, "127.1"},
                                {GREEN_IPV6, port, "127.0.0.1"},
                                {GREEN_IPV4, port + 65536, "127.0.0.1"},
                                {GREEN_IPV4, port, ""}};
  for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
    AUTO_STREAM green_stream *stream = NULL;
    CHECK_STATUS(green_stream_connect_any(&stream, &none[i], 1), GREEN_EINVAL);
  }
  return 0;
}

TEST(all_fail_and_each_is_named) {
  SKIP_WITHOUT_SOCKETS();
  const green_address addresses[] = {closed_port(1), closed_port(2), closed_port(3)};
  green_stream *stream = NULL;
  int rc = green_stream_connect_any(&stream, addresses, 3);
  CHECK_STATUS(rc, GREEN_ECONNREFUSED);
  if (test_allocator_failed()) return GREEN_ENOMEM;
  for (int i = 0; i < 3; i++) {
    char text[GREEN_ADDRESS_TEXT];
    CHECK_CONTAINS(green_message(), green_address_text(&addresses[i], text, sizeof text));
  }
  return 0;
}

/* All but the last refuse at once, so that nobody's time is waited for: that would be 10 s. */
TEST(first_that_answers) {
  SKIP_WITHOUT_SOCKETS();
  START_ECHO(server);
  enum { REFUSED_MOST = 40 };
  size_t refused = test_scale(REFUSED_MOST, 2);
  green_address addresses[REFUSED_MOST + 1], peer;
  AUTO_STREAM green_stream *stream = NULL;
  for (size_t i = 0; i < refused; i++) addresses[i] = closed_port(1);
  addresses[refused] = server.address;
  GREEN_TIMEOUT(9000) {
    CHECK_STATUS(green_stream_connect_any(&stream, addresses, refused + 1), 0);
  }
  CHECK_STATUS(green_stream_peer(stream, &peer), 0);
  CHECK_NUMBER(peer.port, server.address.port);
  return 0;
}

/* RFC 8305, section 4: the families in turn, the first address's first, each in its own order. The
 * message names the attempts as they were made. */
TEST(families_take_turns) {
  SKIP_WITHOUT_SOCKETS();
  green_stream *stream = NULL;
  static const char *const given[] = {"127.0.0.1", "127.0.0.2", "127.0.0.3", "::1", "127.0.0.4"};
  static const char *const tried[] = {"127.0.0.1", "[::1]", "127.0.0.2", "127.0.0.3", "127.0.0.4"};
  green_address addresses[5];
  for (int i = 0; i < 5; i++) {
    addresses[i] = (green_address){i == 3 ? GREEN_IPV6 : GREEN_IPV4, closed_port(1).port, ""};
    strcpy(addresses[i].host, given[i]);
  }
  CHECK(test_saw(green_stream_connect_any(&stream, addresses, 5)) < 0 && !stream);
  if (test_allocator_failed()) return GREEN_ENOMEM;
  const char *at = green_message();
  for (int i = 0; i < 5; i++) {
    CHECK_CONTAINS(at, tried[i]);
    at = strstr(at, tried[i]) + 1;
  }
  return 0;
}

/* Section 5: an address has time to answer before the next one is tried. The second listener's
 * first connection is ours, and not one of an attempt, which there may be where we were held up. */
TEST(second_address_is_left_alone) {
  SKIP_WITHOUT_SOCKETS();
  AUTO_LISTENER green_listener *first = NULL;
  AUTO_LISTENER green_listener *second = NULL;
  AUTO_STREAM green_stream *stream = NULL;
  AUTO_STREAM green_stream *own = NULL;
  AUTO_STREAM green_stream *accepted = NULL;
  green_address addresses[2], mine, theirs;
  CHECK_STATUS(listen_here(&first, &addresses[0]), 0);
  CHECK_STATUS(listen_here(&second, &addresses[1]), 0);
  uint64_t since = green_now();
  CHECK_STATUS(green_stream_connect_any(&stream, addresses, 2), 0);
  bool late = held_up(since);
  CHECK_STATUS(green_stream_peer(stream, &theirs), 0);
  if (!late) CHECK_NUMBER(theirs.port, addresses[0].port);
  CHECK_STATUS(green_stream_connect_any(&own, &addresses[1], 1), 0);
  CHECK_STATUS(green_stream_address(own, &mine), 0);
  int rc;
  do {
    green_stream_release(accepted);
    CHECK_STATUS(green_listener_accept(second, &accepted), 0);
    rc = green_stream_peer(accepted, &theirs); /* an attempt's may be gone */
  } while (late && (rc < 0 || theirs.port != mine.port));
  CHECK_STATUS(rc, 0);
  CHECK_NUMBER(theirs.port, mine.port);
  return 0;
}

/* The same address twice: one stream comes of it. */
TEST(others_are_closed) {
  SKIP_WITHOUT_SOCKETS();
  START_ECHO(server);
  green_address addresses[2] = {server.address, server.address};
  AUTO_STREAM green_stream *stream = NULL;
  char byte = 'e';
  uint64_t since = green_now();
  CHECK_STATUS(green_stream_connect_any(&stream, addresses, 2), 0);
  bool late = held_up(since);
  CHECK_STATUS(green_stream_write(stream, &byte, 1, NULL), 0);
  CHECK_STATUS(green_stream_read(stream, &byte, 1), 1);
  if (!late) CHECK_NUMBER(server.server.served, 0);
  return 0;
}

TEST(address_in_use) {
  SKIP_WITHOUT_SOCKETS();
  AUTO_LISTENER green_listener *listener = NULL;
  green_listener *second = NULL;
  green_address address;
  CHECK_STATUS(listen_here(&listener, &address), 0);
  CHECK_STATUS(green_listener_open(&second, "127.0.0.1", address.port, NULL), GREEN_EADDRINUSE);
  if (test_allocator_failed()) return GREEN_ENOMEM;
  CHECK_CONTAINS(green_message(), "address in use");
  return 0;
}
