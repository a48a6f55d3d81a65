/* Bytes there and back, on one connection and on many. */
#include <stdlib.h>
#include <string.h>
#include "sockets_test.h"

TEST(what_is_sent_comes_back_and_both_ends_have_addresses) {
  SKIP_WITHOUT_SOCKETS();
  AUTO_STREAM green_stream *stream = NULL;
  green_address address;
  CHECK_STATUS(connect_to(&stream, "echo"), 0);
  CHECK_STATUS(exchange(stream, "hello"), 0);
  CHECK_STATUS(green_stream_peer(stream, &address), 0);
  CHECK_STRING(address.host, "127.0.0.1");
  CHECK_NUMBER(address.port, port_of("echo"));
  if (are_given() && !by_gateway()) {
    CHECK_STATUS(green_stream_address(stream, &address), GREEN_ENOTSUP); /* it does not tell */
  } else {
    CHECK_STATUS(green_stream_address(stream, &address), 0);
    CHECK_STRING(address.host, "127.0.0.1");
    CHECK(address.port > 0 && address.port != port_of("echo"));
  }
  CHECK_STATUS(green_stream_set_no_delay(stream, true), 0);
  CHECK_STATUS(green_stream_set_keep_alive(stream, 10000), are_given() ? GREEN_ENOTSUP : 0);
  CHECK_STATUS(green_stream_set_keep_alive(stream, 0), 0);
  return 0;
}

TEST(lines) {
  SKIP_WITHOUT_SOCKETS();
  AUTO_STREAM green_stream *stream = NULL;
  char line[32];
  CHECK_STATUS(connect_to(&stream, "echo"), 0);
  CHECK_STATUS(green_stream_write(stream, "one\r\ntwo\nthree", 14, NULL), 0);
  CHECK_STATUS(green_stream_shutdown(stream), 0);
  CHECK_STATUS(green_stream_read_line(stream, line, sizeof line), 3);
  CHECK_STRING(line, "one");
  CHECK_STATUS(green_stream_read_line(stream, line, sizeof line), 3);
  CHECK_STATUS(green_stream_read_line(stream, line, sizeof line), 5);
  CHECK_STRING(line, "three");
  CHECK_STATUS(green_stream_read_line(stream, line, sizeof line), GREEN_EPIPE);
  return 0;
}

TEST(much_in_both_directions_at_once) {
  SKIP_WITHOUT_SOCKETS();
  AUTO_STREAM green_stream *stream = NULL;
  size_t size = test_scale(3000000, 100000), count = 0;
  CHECK_STATUS(connect_to(&stream, "source"), 0);
  char line[32];
  snprintf(line, sizeof line, "%zu\n", size);
  CHECK_STATUS(green_stream_write(stream, line, strlen(line), NULL), 0);
  CHECK_STATUS(read_pattern(stream, &count), 0);
  CHECK_NUMBER(count, size);
  return 0;
}

struct writing {
  green_stream *stream;
  size_t size;
};

static int write_pattern(void *arg) {
  struct writing *writing = arg;
  unsigned char data[7000];
  int rc = 0;
  for (size_t at = 0; rc == 0 && at < writing->size; at += sizeof data) {
    for (size_t i = 0; i < sizeof data; i++) data[i] = pattern(at + i);
    size_t left = writing->size - at;
    rc = green_stream_write(writing->stream, data, left < sizeof data ? left : sizeof data, NULL);
  }
  return rc == 0 ? green_stream_shutdown(writing->stream) : rc;
}

TEST(an_echo_of_much_while_it_is_written) {
  SKIP_WITHOUT_SOCKETS();
  AUTO_STREAM green_stream *stream = NULL;
  CHECK_STATUS(connect_to(&stream, "echo"), 0);
  struct writing writing = {stream, test_scale(2000000, 50000)};
  AUTO_JOIN green_future *writer = green_spawn(write_pattern, &writing);
  CHECK_STARTED(writer);
  size_t count = 0;
  CHECK_STATUS(read_pattern(stream, &count), 0);
  CHECK_NUMBER(count, writing.size);
  CHECK_STATUS(green_wait(writer), 0);
  return 0;
}

/* ---- many ------------------------------------------------------------------------------------ */

struct crowd {
  green_semaphore arrived, leave;
};

static int crowd_member(void *arg) {
  struct crowd *crowd = arg;
  AUTO_STREAM green_stream *stream = NULL;
  int rc = connect_to(&stream, "echo");
  if (rc == 0) rc = exchange(stream, "here");
  green_semaphore_release(&crowd->arrived);
  if (rc == 0) rc = green_semaphore_acquire(&crowd->leave);
  return rc == 0 ? exchange(stream, "gone") : rc;
}

/* All are open at the same time. */
static int crowd_run(size_t count) {
  struct crowd crowd = {0};
  AUTO_JOIN_ALL struct test_futures tasks = test_futures(count);
  for (size_t i = 0; i < count; i++) {
    tasks.at[i] = green_spawn(crowd_member, &crowd);
    CHECK_STARTED(tasks.at[i]);
  }
  for (size_t i = 0; i < count; i++) CHECK_STATUS(green_semaphore_acquire(&crowd.arrived), 0);
  for (size_t i = 0; i < count; i++) green_semaphore_release(&crowd.leave);
  for (size_t i = 0; i < count; i++) CHECK_STATUS(green_wait(tasks.at[i]), 0);
  return 0;
}

TEST(a_hundred_at_once) {
  SKIP_WITHOUT_SOCKETS();
  return crowd_run(test_scale(100, 2));
}

TEST(a_thousand_at_once) {
  SKIP_UNLESS_BY_GATEWAY();
  return crowd_run(test_scale(1000, 2));
}

/* ---- a real server --------------------------------------------------------------------------- */

static int ask_redis(green_stream *stream, const char *command, char *line, size_t size) {
  int rc = green_stream_write(stream, command, strlen(command), NULL);
  return rc < 0 ? rc : green_stream_read_line(stream, line, size);
}

static int redis_waiter(void *arg) {
  AUTO_STREAM green_stream *stream = NULL;
  char command[64], line[32];
  int number = *(int *)arg;
  int rc = connect_to(&stream, "redis");
  snprintf(command, sizeof command, "BLPOP list%d 0\r\n", number);
  if (rc == 0) rc = ask_redis(stream, command, line, sizeof line); /* waits until there is one */
  for (int i = 0; rc >= 0 && i < 4; i++) rc = green_stream_read_line(stream, line, sizeof line);
  return test_saw(rc) < 0 ? rc : atoi(line);
}

TEST(redis) {
  SKIP_WITHOUT_SOCKETS();
  if (!port_of("redis")) SKIP("there is no redis-server");
  size_t count = test_scale(20, 2);
  int numbers[20];
  char command[64], line[64];
  AUTO_JOIN_ALL struct test_futures tasks = test_futures(count);
  for (size_t i = 0; i < count; i++) {
    numbers[i] = (int)i;
    tasks.at[i] = green_spawn(redis_waiter, &numbers[i]);
    CHECK_STARTED(tasks.at[i]);
  }
  AUTO_STREAM green_stream *stream = NULL;
  CHECK_STATUS(connect_to(&stream, "redis"), 0);
  CHECK_STATUS(ask_redis(stream, "PING\r\n", line, sizeof line), 5);
  CHECK_STRING(line, "+PONG");
  for (size_t i = 0; i < count; i++) {
    snprintf(command, sizeof command, "RPUSH list%zu %zu\r\n", i, 100 + i);
    CHECK(test_saw(ask_redis(stream, command, line, sizeof line)) > 0);
    CHECK(line[0] == ':');
  }
  for (size_t i = 0; i < count; i++) CHECK_STATUS(green_wait(tasks.at[i]), (int)(100 + i));
  return 0;
}
