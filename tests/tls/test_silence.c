/* Peers that say nothing in a handshake, or a byte now and then, or hang up. */
#include <string.h>
#include "tls_test.h"

struct attempt {
  green_stream *stream;
  green_tls *tls;
  bool accepts;
  uint64_t timeout;
};

static int attempt_run(void *arg) {
  struct attempt *attempt = arg;
  int rc = 0;
  GREEN_TIMEOUT(attempt->timeout) {
    rc = attempt->accepts ? green_stream_accept_tls(attempt->stream, attempt->tls)
                          : green_stream_start_tls(attempt->stream, attempt->tls, "localhost");
  }
  return rc;
}

/* What was given up is not gone on with. */
static int check_useless(green_stream *stream) {
  char byte;
  CHECK_STATUS(green_stream_read(stream, &byte, 1), GREEN_ETLS);
  CHECK_CONTAINS(green_message(), ": broken: the handshake was given up");
  CHECK_STATUS(green_stream_write(stream, "x", 1, NULL), GREEN_ETLS);
  return 0;
}

static int check_silence(bool accepts, bool cancel) {
  AUTO_TLS green_tls *tls = NULL;
  CHECK_STATUS(having(&tls, "good"), 0);
  OPEN_PAIR(pair);
  struct attempt attempt = {pair.server, tls, accepts, cancel ? 600000 : 30};
  AUTO_JOIN green_future *task = green_spawn(attempt_run, &attempt);
  CHECK_STARTED(task);
  for (int i = 0; cancel && i < 20; i++) CHECK_STATUS(green_yield(), 0);
  if (cancel) CHECK_STATUS(green_cancel(task), 0);
  CHECK_STATUS(green_wait(task), cancel ? GREEN_ECANCELED : GREEN_ETIMEDOUT);
  return check_useless(pair.server);
}

TEST(a_silent_peer_is_given_up) {
  SKIP_WITHOUT_TLS();
  for (int i = 0; i < 4; i++) CHECK_STATUS(check_silence(i & 1, i & 2), 0);
  return 0;
}

/* Bytes of a record that is never whole. */
static int drip(void *arg) {
  static const char record[] = {22, 3, 1, 63, 0, 1, 0, 62};
  int rc = green_stream_write(arg, record, sizeof record, NULL);
  while (rc == 0) {
    rc = green_stream_write(arg, "\0", 1, NULL);
    if (rc == 0) rc = green_sleep(1);
  }
  return rc;
}

TEST(a_dripping_peer_is_given_up) {
  SKIP_WITHOUT_TLS();
  AUTO_TLS green_tls *tls = NULL;
  CHECK_STATUS(having(&tls, "good"), 0);
  OPEN_PAIR(pair);
  AUTO_JOIN green_future *dripping = green_spawn(drip, pair.client);
  CHECK_STARTED(dripping);
  struct attempt attempt = {pair.server, tls, true, 50};
  CHECK_STATUS(attempt_run(&attempt), GREEN_ETIMEDOUT);
  return check_useless(pair.server);
}

TEST(a_peer_that_hangs_up_in_the_handshake) {
  SKIP_WITHOUT_TLS();
  AUTO_TLS green_tls *tls = NULL;
  CHECK_STATUS(having(&tls, "good"), 0);
  for (int i = 0; i < 2; i++) {
    OPEN_PAIR(pair);
    green_stream_close(pair.client);
    CHECK_STATUS(i ? green_stream_accept_tls(pair.server, tls)
                   : green_stream_start_tls(pair.server, tls, "localhost"),
                 GREEN_ETLS);
    CHECK_CONTAINS(green_message(), ": truncated: ");
  }
  return 0;
}

static int accept_run(void *arg) {
  return attempt_run(arg);
}

TEST(a_close_ends_a_handshake_that_waits) {
  SKIP_WITHOUT_TLS();
  AUTO_TLS green_tls *tls = NULL;
  CHECK_STATUS(having(&tls, "good"), 0);
  OPEN_PAIR(pair);
  struct attempt attempt = {pair.server, tls, true, 600000};
  AUTO_JOIN green_future *task = green_spawn(accept_run, &attempt);
  CHECK_STARTED(task);
  for (int i = 0; i < 20; i++) CHECK_STATUS(green_yield(), 0);
  green_stream_close(pair.server);
  CHECK_STATUS(green_wait(task), GREEN_ECLOSED);
  return 0;
}

/* A client may send and close without a look at the session tickets, which the server has sent meanwhile. */
static int send_and_close(green_stream *stream) {
  int rc = green_stream_write(stream, "all there is", 12, NULL);
  green_stream_close(stream);
  return rc;
}

struct sending {
  green_stream *stream;
  green_tls *tls;
};

static int client_run(void *arg) {
  struct sending *sending = arg;
  int rc = green_stream_start_tls(sending->stream, sending->tls, "localhost");
  if (rc < 0) green_stream_close(sending->stream);
  return rc < 0 ? rc : send_and_close(sending->stream);
}

TEST(a_client_that_never_reads_is_heard_all_the_same) {
  SKIP_WITHOUT_TLS();
  AUTO_TLS green_tls *client = NULL;
  AUTO_TLS green_tls *server = NULL;
  char data[40];
  CHECK_STATUS(trusting(&client), 0);
  CHECK_STATUS(having(&server, "good"), 0);
  for (size_t i = 0; i < test_scale(20, 1); i++) {
    OPEN_PAIR(pair);
    struct sending sending = {pair.client, client};
    AUTO_JOIN green_future *task = green_spawn(client_run, &sending);
    CHECK_STARTED(task);
    CHECK_STATUS(green_stream_accept_tls(pair.server, server), 0);
    CHECK_STATUS(green_stream_read_exactly(pair.server, data, 12, NULL), 0);
    int rc = test_saw(green_stream_read(pair.server, data, 1));
    CHECK(rc == 0 || rc == GREEN_ENOMEM || test_allocator_failed() ||
          (rc == GREEN_ECONNRESET && test_in_wasm)); /* of what Node has not read */
    CHECK_STATUS(green_wait(task), 0);
  }
  return 0;
}

/* ---- a peer that does not read --------------------------------------------------------------- */

static unsigned char bytes[8 << 20]; /* more than the system has room for */

static int write_much(void *arg) {
  size_t done;
  int rc = 0;
  GREEN_TIMEOUT(50) {
    rc = green_stream_write(arg, bytes, sizeof bytes, &done);
  }
  return rc == 0 || done > sizeof bytes ? GREEN_EIO : rc;
}

TEST(a_write_to_who_does_not_read_is_given_up_and_a_read_goes_on) {
  SKIP_WITHOUT_TLS();
  char data[40];
  OPEN_SECURE_PAIR(pair);
  CHECK_STATUS(write_much(pair.server), GREEN_ETIMEDOUT);
  CHECK_STATUS(green_stream_write(pair.client, "hello", 5, NULL), 0);
  CHECK_STATUS(green_stream_read_exactly(pair.server, data, 5, NULL), 0);
  green_stream_close(pair.server);
  return 0;
}

/* Its end may have been said, behind what there was no room for. */
TEST(a_write_behind_a_shutdown_that_was_interrupted_leaves_the_other_half) {
  SKIP_WITHOUT_TLS();
  char data[40];
  int rc = 0;
  OPEN_SECURE_PAIR(pair);
  for (int i = 0; i < 4; i++) CHECK_STATUS(write_much(pair.server), GREEN_ETIMEDOUT);
  GREEN_TIMEOUT(30) {
    rc = test_saw(green_stream_shutdown(pair.server));
  }
  CHECK(rc == GREEN_ETIMEDOUT || rc == 0 || rc == GREEN_ENOMEM); /* Node takes it at once */
  CHECK_STATUS(green_stream_write(pair.server, "x", 1, NULL), GREEN_EPIPE);
  CHECK_STATUS(green_stream_write(pair.client, "hello", 5, NULL), 0);
  CHECK_STATUS(green_stream_read_exactly(pair.server, data, 5, NULL), 0);
  return 0;
}

/* What an interrupted write counts as handed over arrives, and nothing else. */
struct counting {
  green_stream *stream;
  size_t done;
};

static int write_counted(void *arg) {
  struct counting *counting = arg;
  for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = pattern(i);
  return green_stream_write(counting->stream, bytes, sizeof bytes, &counting->done);
}

static int write_interrupted(struct counting *counting) {
  int rc = 0;
  GREEN_TIMEOUT(100) {
    rc = write_counted(counting);
  }
  CHECK_STATUS(rc, GREEN_ETIMEDOUT);
  return 0;
}

static int take_counted(green_stream *stream, size_t count) {
  static unsigned char data[65536];
  size_t at = 0;
  while (at < count) {
    size_t want = count - at < sizeof data ? count - at : sizeof data;
    int got = green_stream_read(stream, data, want);
    if (got <= 0) return got < 0 ? got : GREEN_EPIPE;
    for (int i = 0; i < got; i++)
      if (data[i] != pattern(at + (size_t)i)) return GREEN_EIO;
    at += (size_t)got;
  }
  return 0;
}

TEST(an_interrupted_write_can_be_gone_on_with) {
  SKIP_WITHOUT_TLS();
  unsigned char data[10], rest[10] = "the rest:";
  OPEN_SECURE_PAIR(pair);
  struct counting counting = {pair.client, 0};
  CHECK_STATUS(write_interrupted(&counting), 0);
  CHECK_STATUS(take_counted(pair.server, counting.done), 0);
  CHECK_STATUS(green_stream_write(pair.client, rest, sizeof rest, NULL), 0);
  CHECK_STATUS(green_stream_read_exactly(pair.server, data, sizeof rest, NULL), 0);
  CHECK(memcmp(data, rest, sizeof rest) == 0);
  return 0;
}

/* The end is said behind what was written, though there is no room for it when the stream is closed. */
TEST(a_close_in_front_of_a_full_system_is_no_cut) {
  SKIP_WITHOUT_TLS();
  unsigned char byte;
  OPEN_SECURE_PAIR(pair);
  struct counting counting = {pair.client, 0};
  CHECK_STATUS(write_interrupted(&counting), 0);
  green_stream_close(pair.client);
  if (!test_in_wasm && test_allocator_failed()) return 0; /* no memory, so it is cut */
  int rc = take_counted(pair.server, counting.done);
  if (test_allocator_failed() && rc == GREEN_ETLS) return 0;
  CHECK_STATUS(rc, 0);
  CHECK_STATUS(green_stream_read(pair.server, &byte, 1), 0);
  return 0;
}

TEST(what_a_client_has_written_arrives_though_it_has_read_no_tickets) {
  SKIP_WITHOUT_TLS();
  unsigned char byte;
  OPEN_SECURE_PAIR(pair);
  for (size_t at = 0; at < 60000; at += 1000) {
    unsigned char piece[1000];
    for (size_t i = 0; i < sizeof piece; i++) piece[i] = pattern(at + i);
    CHECK_STATUS(green_stream_write(pair.client, piece, sizeof piece, NULL), 0);
  }
  green_stream_close(pair.client);
  int rc = take_counted(pair.server, 60000);
  if (rc < 0 && test_allocator_failed()) return 0; /* no memory to see to it */
  CHECK_STATUS(rc, 0);
  CHECK_STATUS(green_stream_read(pair.server, &byte, 1), 0);
  return 0;
}
