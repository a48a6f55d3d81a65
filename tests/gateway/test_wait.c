/* Waits that are interrupted, and peers that are slow. */
#include <string.h>
#include "sockets_test.h"

/* More than all buffers on the way hold. */
#define FLOOD ((size_t)64 << 20)

TEST(a_read_that_times_out_leaves_the_stream_whole) {
  SKIP_WITHOUT_SOCKETS();
  AUTO_STREAM green_stream *stream = NULL;
  char data[16];
  int rc = 0;
  CHECK_STATUS(connect_to(&stream, "echo"), 0);
  GREEN_TIMEOUT(20) {
    rc = green_stream_read(stream, data, sizeof data);
  }
  CHECK_STATUS(rc, GREEN_ETIMEDOUT);
  CHECK_STATUS(exchange(stream, "hello"), 0);
  return 0;
}

static int read_once(void *arg) {
  char data[16];
  return green_stream_read(arg, data, sizeof data);
}

TEST(a_read_that_is_cancelled_leaves_the_stream_whole) {
  SKIP_WITHOUT_SOCKETS();
  AUTO_STREAM green_stream *stream = NULL;
  CHECK_STATUS(connect_to(&stream, "echo"), 0);
  AUTO_JOIN green_future *reader = green_spawn(read_once, stream);
  CHECK_STARTED(reader);
  CHECK_STATUS(green_yield(), 0);
  green_cancel(reader);
  CHECK_STATUS(green_wait(reader), GREEN_ECANCELED);
  CHECK_STATUS(exchange(stream, "hello"), 0);
  return 0;
}

TEST(a_stream_that_another_task_closes) {
  SKIP_WITHOUT_SOCKETS();
  AUTO_STREAM green_stream *stream = NULL;
  CHECK_STATUS(connect_to(&stream, "echo"), 0);
  AUTO_JOIN green_future *reader = green_spawn(read_once, stream);
  CHECK_STARTED(reader);
  CHECK_STATUS(green_yield(), 0);
  green_stream_close(stream);
  CHECK_STATUS(green_wait(reader), GREEN_ECLOSED);
  return 0;
}

static int connect_and_leave(void *arg) {
  AUTO_STREAM green_stream *stream = NULL;
  (void)arg;
  return connect_to(&stream, "echo");
}

/* At whatever moment of it. */
TEST(connects_that_are_cancelled) {
  SKIP_WITHOUT_SOCKETS();
  for (int turns = 0; turns < 6; turns++) {
    AUTO_JOIN green_future *connecting = green_spawn(connect_and_leave, NULL);
    CHECK_STARTED(connecting);
    for (int i = 0; i < turns; i++) CHECK_STATUS(green_yield(), 0);
    green_cancel(connecting);
    int rc = test_saw(green_wait(connecting));
    CHECK(rc == GREEN_ECANCELED || rc == 0);
  }
  AUTO_STREAM green_stream *stream = NULL;
  CHECK_STATUS(connect_to(&stream, "echo"), 0);
  CHECK_STATUS(exchange(stream, "hello"), 0);
  return 0;
}

TEST(a_connect_that_times_out) {
  SKIP_UNLESS_BY_GATEWAY();
  if (!port_of("never")) SKIP("this gateway answers always");
  AUTO_STREAM green_stream *stream = NULL;
  int rc = 0;
  GREEN_TIMEOUT(30) {
    rc = green_stream_connect(&stream, "never.test", port_of("never"));
  }
  CHECK_STATUS(rc, GREEN_ETIMEDOUT);
  CHECK(!stream);
  CHECK_STATUS(connect_to(&stream, "echo"), 0);
  CHECK_STATUS(exchange(stream, "hello"), 0);
  return 0;
}

struct flood {
  green_stream *stream;
  size_t sent;
};

static int flood(void *arg) {
  struct flood *flood = arg;
  static char data[65536];
  for (;;) {
    size_t done;
    int rc = green_stream_write(flood->stream, data, sizeof data, &done);
    flood->sent += done;
    if (rc < 0) return rc;
  }
}

/* Another connection, by the same WebSocket, goes on meanwhile. */
TEST(a_peer_that_does_not_read_holds_its_writer_alone) {
  SKIP_WITHOUT_SOCKETS();
  AUTO_STREAM green_stream *silent = NULL;
  AUTO_STREAM green_stream *other = NULL;
  CHECK_STATUS(connect_to(&silent, "silent"), 0);
  CHECK_STATUS(connect_to(&other, "echo"), 0);
  struct flood given = {.stream = silent};
  AUTO_JOIN green_future *writer = green_spawn(flood, &given);
  CHECK_STARTED(writer);
  size_t before;
  do {
    before = given.sent;
    for (int i = 0; i < 5; i++) CHECK_STATUS(exchange(other, "hello"), 0);
    CHECK_STATUS(green_sleep(20), 0);
  } while (given.sent != before);
  CHECK(given.sent > 0);
  CHECK(given.sent < FLOOD);
  CHECK(!green_done(writer));
  green_stream_reset(silent);
  CHECK_STATUS(green_wait(writer), GREEN_ECLOSED);
  CHECK_STATUS(exchange(other, "hello"), 0);
  return 0;
}

/* More comes than anybody takes. */
TEST(a_stream_that_is_not_read_does_not_hold_the_others) {
  SKIP_WITHOUT_SOCKETS();
  AUTO_STREAM green_stream *slow = NULL;
  AUTO_STREAM green_stream *other = NULL;
  CHECK_STATUS(connect_to(&slow, "source"), 0);
  size_t size = test_scale(4000000, 200000), count = 0;
  char line[32];
  snprintf(line, sizeof line, "%zu\n", size);
  CHECK_STATUS(green_stream_write(slow, line, strlen(line), NULL), 0);
  CHECK_STATUS(connect_to(&other, "echo"), 0);
  for (int i = 0; i < 20; i++) CHECK_STATUS(exchange(other, "hello"), 0);
  CHECK_STATUS(read_pattern(slow, &count), 0);
  CHECK_NUMBER(count, size);
  return 0;
}
