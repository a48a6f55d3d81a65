/* Slow readers: the writer waits, its counts are exact, and nothing piles up. */
#include <string.h>
#include "resident.h"
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
    CHECK(test_saw(rc) > 0);
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

static size_t flooded; /* by all */

static int flood(void *arg) {
  struct flood *flood = arg;
  static char data[65536];
  for (;;) {
    size_t done;
    int rc = green_stream_write(flood->stream, data, sizeof data, &done);
    flood->sent += done;
    flooded += done;
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

/* Many clients ask for much and read nothing: what the server has sent lies in the system's
 * buffers, and neither it nor the host's own grow. All of it would be gigabytes. */
static int flood_until_cut(green_stream *stream) {
  struct flood server = {.stream = stream};
  int rc = flood(&server);
  return rc == GREEN_ECONNRESET || rc == GREEN_EPIPE || rc == GREEN_ECLOSED ? 0 : rc;
}

static int connect_all(const green_address *address, green_stream **streams, size_t count) {
  for (size_t i = 0; i < count; i++)
    CHECK_STATUS(green_stream_connect_any(&streams[i], address, 1), 0);
  return 0;
}

#define SLOW_READERS 20
static int be_slow(struct echo_server *server, green_stream **streams, size_t count) {
  size_t before = resident(), sent = (size_t)-1;
  flooded = 0;
  CHECK_STATUS(connect_all(&server->address, streams, count), 0);
  while (server->server.begun < count) {
    green_address address; /* of a listener that has not given up */
    CHECK_STATUS(green_listener_address(server->server.listener, &address), 0);
    CHECK_STATUS(green_sleep(1), 0);
  }
  for (int still = 0; still < 10;) {
    CHECK_STATUS(green_sleep(20), 0);
    still = sent == flooded ? still + 1 : 0;
    sent = flooded;
    CHECK(sent < count * FLOOD);
    size_t now = resident();
    CHECK_NUMBER(now < before + resident_slack ? 0 : now - before, 0);
  }
  CHECK(sent > count * 65536);
  CHECK_NUMBER(server->server.served, 0);
  return 0;
}

TEST(slow_readers_do_not_make_memory_grow) {
  SKIP_WITHOUT_SOCKETS();
  START_SERVER(server, flood_until_cut);
  size_t count = test_scale(SLOW_READERS, 2);
  green_stream *streams[SLOW_READERS] = {0};
  int rc = be_slow(&server, streams, count);
  for (size_t i = 0; i < count; i++) green_stream_release(streams[i]);
  return rc;
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
