/* Connecting to one of several addresses. */
#include <string.h>
#include "stream_test.h"

/* A port of 127.0.0.1 on which nobody listens. */
static int closed_port(green_address *address) {
  AUTO_LISTENER green_listener *listener = NULL;
  return listen_here(&listener, address);
}

TEST(refused_and_named) {
  SKIP_WITHOUT_SOCKETS();
  green_address address;
  green_stream *stream = (green_stream *)1;
  CHECK_STATUS(closed_port(&address), 0);
  CHECK_STATUS(green_stream_connect("127.0.0.1", address.port, &stream), GREEN_ECONNREFUSED);
  CHECK(stream == NULL);
  if (test_allocator_failed()) return GREEN_ENOMEM;
  CHECK_CONTAINS(green_message(), "127.0.0.1:");
  CHECK_CONTAINS(green_message(), "connection refused");
  CHECK_STATUS(green_stream_connect_any(NULL, 0, &stream), GREEN_EINVAL);
  CHECK_STATUS(green_stream_connect("127.0.0.1", 65536, &stream), GREEN_EINVAL);
  return 0;
}

TEST(all_fail_and_each_is_named) {
  SKIP_WITHOUT_SOCKETS();
  green_address addresses[3];
  green_stream *stream = NULL;
  for (int i = 0; i < 3; i++) CHECK_STATUS(closed_port(&addresses[i]), 0);
  int rc = green_stream_connect_any(addresses, 3, &stream);
  CHECK_STATUS(rc, GREEN_ECONNREFUSED);
  if (test_allocator_failed()) return GREEN_ENOMEM;
  for (int i = 0; i < 3; i++) {
    char text[GREEN_ADDRESS_TEXT];
    CHECK_CONTAINS(green_message(), green_address_text(&addresses[i], text, sizeof text));
  }
  return 0;
}

/* Two refuse at once, so that the third is tried without waiting its time. */
TEST(first_that_answers) {
  SKIP_WITHOUT_SOCKETS();
  START_ECHO(server);
  green_address addresses[3], peer;
  AUTO_STREAM green_stream *stream = NULL;
  CHECK_STATUS(closed_port(&addresses[0]), 0);
  CHECK_STATUS(closed_port(&addresses[1]), 0);
  addresses[2] = server.address;
  CHECK_STATUS(green_stream_connect_any(addresses, 3, &stream), 0);
  CHECK_STATUS(green_stream_peer(stream, &peer), 0);
  CHECK_NUMBER(peer.port, server.address.port);
  return 0;
}

/* The same address twice: one stream comes of it. */
TEST(others_are_closed) {
  SKIP_WITHOUT_SOCKETS();
  START_ECHO(server);
  green_address addresses[2] = {server.address, server.address};
  AUTO_STREAM green_stream *stream = NULL;
  char byte = 'e';
  CHECK_STATUS(green_stream_connect_any(addresses, 2, &stream), 0);
  CHECK_STATUS(green_stream_write(stream, &byte, 1, NULL), 0);
  CHECK_STATUS(green_stream_read(stream, &byte, 1), 1);
  CHECK_NUMBER(server.server.served, 0);
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
