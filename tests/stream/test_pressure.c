/* Slow readers: the writer waits, its counts are exact, and nothing piles up. */
#include <string.h>
#include "stream_test.h"

/* More than all buffers between two ends hold. */
#define FLOOD ((size_t)64 << 20)

TEST(interrupted_write_says_how_much_was_sent) {
  SKIP_WITHOUT_SOCKETS();
  OPEN_PAIR(pair);
  static unsigned char data[1 << 20], got[1 << 16];
  for (size_t i = 0; i < sizeof data; i++) data[i] = pattern(i);
  size_t sent = 0, done = 0;
  int rc = 0;
  GREEN_TIMEOUT(50) {
    while (rc == 0 && sent < FLOOD) {
      rc = green_stream_write(pair.client, data, sizeof data, &done);
      sent += done;
    }
  }
  CHECK_STATUS(rc, GREEN_ETIMEDOUT);
  CHECK(sent < FLOOD);
  /* it goes on where it stopped, and the other side reads one unbroken message */
  size_t more = sizeof data - sent % sizeof data, received = 0, wrong = 0;
  while (received < sent) {
    rc = green_stream_read(pair.server, got, sizeof got);
    CHECK(rc > 0);
    for (int i = 0; i < rc; i++) wrong += got[i] != data[received++ % sizeof data];
  }
  CHECK_NUMBER(received, sent);
  CHECK_STATUS(
      green_stream_write(pair.client, data + sent % sizeof data, more < 1000 ? more : 1000, &done),
      0);
  CHECK_STATUS(green_stream_read_exactly(pair.server, got, done, NULL), 0);
  for (size_t i = 0; i < done; i++) wrong += got[i] != data[(sent + i) % sizeof data];
  CHECK_NUMBER(wrong, 0);
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

/* While nobody reads, what was taken does not grow beyond what the system's buffers hold; a tick of
 * another task goes on meanwhile. */
TEST(slow_reader_holds_the_writer) {
  SKIP_WITHOUT_SOCKETS();
  OPEN_PAIR(pair);
  struct flood client = {.stream = pair.client};
  AUTO_JOIN green_future *writer = green_spawn(flood, &client);
  CHECK_STARTED(writer);
  size_t before;
  do {
    before = client.sent;
    CHECK_STATUS(green_sleep(20), 0);
  } while (client.sent != before);
  CHECK(client.sent > 0);
  CHECK(client.sent < FLOOD);
  char data[4096];
  CHECK_STATUS(green_stream_read(pair.server, data, sizeof data), sizeof data);
  CHECK(!green_done(writer));
  return 0;
}

/* A reader and a writer that never have to wait do not keep the others from running. */
static int swallow(void *arg) {
  static char data[65536];
  int rc;
  do rc = green_stream_read(arg, data, sizeof data);
  while (rc > 0);
  return rc;
}

TEST(busy_stream_lets_others_run) {
  SKIP_WITHOUT_SOCKETS();
  OPEN_PAIR(pair);
  struct flood client = {.stream = pair.client};
  AUTO_JOIN green_future *reader = green_spawn(swallow, pair.server);
  CHECK_STARTED(reader);
  AUTO_JOIN green_future *writer = green_spawn(flood, &client);
  CHECK_STARTED(writer);
  for (int i = 0; i < 20; i++) CHECK_STATUS(green_sleep(1), 0);
  CHECK(client.sent > 0);
  return 0;
}
