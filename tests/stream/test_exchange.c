/* Messages there and back: small, large, many connections at once; and what a page says. */
#include <string.h>
#include "stream_test.h"

TEST(page_has_no_sockets) {
  if (!without_sockets()) SKIP("not a page");
  green_stream *stream = (green_stream *)1;
  green_listener *listener = (green_listener *)1;
  CHECK_STATUS(green_stream_connect(&stream, "127.0.0.1", 80), GREEN_ENOTSUP);
  CHECK_STATUS(green_listener_open(&listener, "127.0.0.1", 0, NULL), GREEN_ENOTSUP);
  CHECK(!stream && !listener);
  return 0;
}

TEST_OUTSIDE(stream_needs_a_task) {
  green_stream *stream = (green_stream *)1;
  green_listener *listener = (green_listener *)1;
  CHECK_STATUS(green_stream_connect(&stream, "127.0.0.1", 80), GREEN_EMAIN);
  CHECK_STATUS(green_listener_open(&listener, NULL, 0, NULL), GREEN_EMAIN);
  CHECK(!stream && !listener);
  return 0;
}

TEST(echo_small) {
  SKIP_WITHOUT_SOCKETS();
  START_ECHO(server);
  AUTO_STREAM green_stream *stream = NULL;
  char answer[6] = "";
  CHECK_STATUS(green_stream_connect(&stream, "127.0.0.1", server.address.port), 0);
  CHECK_STATUS(green_stream_write(stream, "hello", 5, NULL), 0);
  CHECK_STATUS(green_stream_read_exactly(stream, answer, 5, NULL), 0);
  CHECK_STRING(answer, "hello");
  CHECK_STATUS(green_stream_shutdown(stream), 0);
  CHECK_STATUS(green_stream_read(stream, answer, 5), 0);
  CHECK_STATUS(green_stream_read(stream, answer, 5), 0);
  return 0;
}

/* ---- a message of any size: one task writes, one reads --------------------------------------- */

struct message {
  const green_address *address;
  green_stream *stream;
  size_t size, wrong;
};

static int message_write(void *arg) {
  const struct message *message = arg;
  unsigned char data[8192];
  for (size_t at = 0; at < message->size;) {
    size_t size = message->size - at < sizeof data ? message->size - at : sizeof data;
    for (size_t i = 0; i < size; i++) data[i] = pattern(at + i);
    int rc = green_stream_write(message->stream, data, size, NULL);
    if (rc < 0) return rc;
    at += size;
  }
  return green_stream_shutdown(message->stream);
}

static int message_read(struct message *message) {
  unsigned char data[8192];
  size_t at = 0;
  for (;;) {
    int count = green_stream_read(message->stream, data, sizeof data);
    if (count < 0) return count;
    if (count == 0) return at == message->size ? 0 : GREEN_EPIPE;
    for (int i = 0; i < count; i++) message->wrong += data[i] != pattern(at++);
  }
}

static int exchange(void *arg) {
  struct message *message = arg;
  int rc = green_stream_connect_any(&message->stream, message->address, 1);
  if (rc < 0) return test_saw(rc);
  green_future *writer = green_spawn(message_write, message);
  rc = green_future_status(writer); /* GREEN_EAGAIN: it is under way */
  if (rc == GREEN_EAGAIN) rc = message_read(message);
  if (rc < 0) green_cancel(writer);
  int rc2 = green_join(writer);
  green_stream_release(message->stream);
  test_saw(rc2);
  return rc < 0 ? test_saw(rc) : rc2;
}

TEST(echo_8_kib) {
  SKIP_WITHOUT_SOCKETS();
  START_ECHO(server);
  struct message message = {.address = &server.address, .size = 8192};
  CHECK_STATUS(exchange(&message), 0);
  CHECK_NUMBER(message.wrong, 0);
  return 0;
}

TEST(echo_64_mib) {
  SKIP_WITHOUT_SOCKETS();
  START_ECHO(server);
  struct message message = {.address = &server.address, .size = test_scale(64u << 20, 1u << 20)};
  CHECK_STATUS(exchange(&message), 0);
  CHECK_NUMBER(message.wrong, 0);
  return 0;
}

/* Everybody is connected before the first says something. */
struct crowd {
  const green_address *address;
  size_t count, connected, echoed;
  green_future *all_there;
};

static int one_of_crowd(void *arg) {
  struct crowd *crowd = arg;
  AUTO_STREAM green_stream *stream = NULL;
  char data[100], answer[sizeof data];
  int rc = green_stream_connect_any(&stream, crowd->address, 1);
  if (rc < 0) { /* the others need not wait */
    green_reject(crowd->all_there, rc, NULL);
    return test_saw(rc);
  }
  memset(data, (int)crowd->connected & 0xff, sizeof data);
  if (++crowd->connected == crowd->count) green_resolve(crowd->all_there, NULL, NULL);
  rc = green_wait(crowd->all_there);
  if (rc == 0) rc = green_stream_write(stream, data, sizeof data, NULL);
  if (rc == 0) rc = green_stream_read_exactly(stream, answer, sizeof answer, NULL);
  if (rc < 0) return rc;
  crowd->echoed += memcmp(data, answer, sizeof data) == 0;
  return 0;
}

TEST(echo_several_hundred_at_once) {
  SKIP_WITHOUT_SOCKETS();
  START_ECHO(server);
  struct crowd crowd = {.address = &server.address, .count = test_scale(600, 3)};
  AUTO_FUTURE green_future *all_there = NULL;
  CHECK_STATUS(green_future_new(&all_there), 0);
  crowd.all_there = all_there;
  AUTO_JOIN_ALL struct test_futures tasks = test_futures(crowd.count);
  for (size_t i = 0; i < crowd.count; i++) {
    tasks.at[i] = green_spawn(one_of_crowd, &crowd);
    CHECK_STARTED(tasks.at[i]);
  }
  for (size_t i = 0; i < crowd.count; i++) CHECK_STATUS(green_wait(tasks.at[i]), 0);
  CHECK_NUMBER(crowd.echoed, crowd.count);
  return 0;
}

TEST(addresses_of_both_ends) {
  SKIP_WITHOUT_SOCKETS();
  OPEN_PAIR(pair);
  green_address mine, theirs;
  char text[GREEN_ADDRESS_TEXT];
  CHECK_STATUS(green_stream_address(pair.client, &mine), 0);
  CHECK_STATUS(green_stream_peer(pair.server, &theirs), 0);
  CHECK_STRING(mine.host, "127.0.0.1");
  CHECK_NUMBER(mine.family, GREEN_IPV4);
  CHECK(mine.port > 0);
  CHECK_NUMBER(mine.port, theirs.port);
  snprintf(text, sizeof text, "127.0.0.1:%u", mine.port);
  char got[GREEN_ADDRESS_TEXT];
  CHECK_STRING(green_address_text(&theirs, got, sizeof got), text);
  CHECK_STATUS(green_stream_set_no_delay(pair.client, true), 0);
  CHECK_STATUS(green_stream_set_keep_alive(pair.client, 29001), 0);
  CHECK_STATUS(green_stream_set_keep_alive(pair.client, 0), 0);
  CHECK_STATUS(green_stream_set_keep_alive(pair.client, 32767000), 0);
  CHECK_STATUS(green_stream_set_keep_alive(pair.client, 32767001), GREEN_EINVAL);
  CHECK_STATUS(green_stream_set_keep_alive(pair.client, UINT64_MAX), GREEN_EINVAL);
  return 0;
}

TEST(listens_on_every_address) {
  SKIP_WITHOUT_SOCKETS();
  AUTO_LISTENER green_listener *listener = NULL;
  AUTO_STREAM green_stream *client = NULL;
  AUTO_STREAM green_stream *server = NULL;
  green_address address;
  CHECK_STATUS(green_listener_open(&listener, NULL, 0, NULL), 0);
  CHECK_STATUS(green_listener_address(listener, &address), 0);
  CHECK_STATUS(green_stream_connect(&client, "127.0.0.1", address.port), 0);
  CHECK_STATUS(green_listener_accept(listener, &server), 0);
  return 0;
}

TEST(local_socket) {
  SKIP_WITHOUT_SOCKETS();
  char path[64];
  snprintf(path, sizeof path, TEST_LOCAL "greenio-%llx.sock", (unsigned long long)green_now());
  AUTO_LISTENER green_listener *listener = NULL;
  AUTO_STREAM green_stream *client = NULL;
  AUTO_STREAM green_stream *server = NULL;
  green_address address;
  char answer[3];
  CHECK_STATUS(green_listener_open_unix(&listener, path, NULL), 0);
  CHECK_STATUS(green_listener_address(listener, &address), 0);
  CHECK_STRING(address.host, path);
  CHECK_STATUS(green_stream_connect_unix(&client, path), 0);
  CHECK_STATUS(green_listener_accept(listener, &server), 0);
  CHECK_STATUS(green_stream_write(server, "abc", 3, NULL), 0);
  CHECK_STATUS(green_stream_read_exactly(client, answer, 3, NULL), 0);
  CHECK(memcmp(answer, "abc", 3) == 0);
  CHECK_STATUS(green_stream_set_no_delay(client, true), 0);
  green_stream *late = NULL;
  CHECK_STATUS(green_stream_connect_unix(&late, path), 0); /* and never accepted */
  green_stream_reset(late);
  green_stream_release(late);
  green_stream_close(client); /* a pipe of Windows is there while one of its ends is */
  green_stream_close(server);
  green_listener_close(listener);
  CHECK_STATUS(green_stream_connect_unix(&late, path), GREEN_ENOENT);
  CHECK_STATUS(green_stream_connect_unix(&late, ""), GREEN_EINVAL);
  return 0;
}

TEST(a_local_socket_in_no_folder) {
  SKIP_WITHOUT_SOCKETS();
  green_listener *listener;
  if (TEST_LOCAL[0] != '/') SKIP("pipes of Windows are in no folder");
  CHECK_STATUS(green_listener_open_unix(&listener, "/no/such/folder/socket", NULL), GREEN_ENOENT);
  if (!test_allocator_failed())
    CHECK_STRING(green_message(), "listen on /no/such/folder/socket: no such file or directory");
  return 0;
}
