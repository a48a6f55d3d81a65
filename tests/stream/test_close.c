/* Ends: half closed, closed under waiters, reset, cut by a deadline or a cancel. */
#include <string.h>
#include "stream_test.h"

TEST(half_close_lets_the_answer_through) {
  SKIP_WITHOUT_SOCKETS();
  OPEN_PAIR(pair);
  char data[10];
  CHECK_STATUS(green_stream_write(pair.client, "question", 8, NULL), 0);
  CHECK_STATUS(green_stream_shutdown(pair.client), 0);
  CHECK_STATUS(green_stream_shutdown(pair.client), 0);
  CHECK_STATUS(green_stream_write(pair.client, "x", 1, NULL), GREEN_EPIPE);
  CHECK_STATUS(green_stream_read_exactly(pair.server, data, 8, NULL), 0);
  CHECK_STATUS(green_stream_read(pair.server, data, 1), 0);
  CHECK_STATUS(green_stream_write(pair.server, "answer", 6, NULL), 0);
  CHECK_STATUS(green_stream_read_exactly(pair.client, data, 6, NULL), 0);
  CHECK(memcmp(data, "answer", 6) == 0);
  return 0;
}

/* What was written arrives though the stream is closed at once. */
TEST(close_sends_what_was_written) {
  SKIP_WITHOUT_SOCKETS();
  OPEN_PAIR(pair);
  static char data[100000];
  memset(data, 7, sizeof data);
  CHECK_STATUS(green_stream_write(pair.client, data, sizeof data, NULL), 0);
  green_stream_close(pair.client);
  CHECK_STATUS(green_stream_write(pair.client, "x", 1, NULL), GREEN_ECLOSED);
  CHECK_STATUS(green_stream_read(pair.client, data, 1), GREEN_ECLOSED);
  green_address address;
  CHECK_STATUS(green_stream_address(pair.client, &address), GREEN_ECLOSED);
  memset(data, 0, sizeof data);
  CHECK_STATUS(green_stream_read_exactly(pair.server, data, sizeof data, NULL), 0);
  CHECK_NUMBER(data[sizeof data - 1], 7);
  CHECK_STATUS(green_stream_read(pair.server, data, 1), 0);
  return 0;
}

/* Each takes NULL, and none waits: so a cancel that is pending stays so. */
TEST(stream_releases_take_nothing_and_never_park) {
  CHECK_STATUS(green_cancel(green_current()), 0);
  green_stream_release(NULL);
  green_listener_release(NULL);
  green_addresses_release(NULL);
  CHECK_STATUS(green_yield(), GREEN_ECANCELED);
  return 0;
}

static int read_one(void *stream) {
  char byte;
  return green_stream_read(stream, &byte, 1);
}

static int accept_one(void *listener) {
  green_stream *stream;
  return green_listener_accept(listener, &stream);
}

static int spawn_all(struct test_futures *tasks, green_function function, void *arg) {
  for (size_t i = 0; i < tasks->count; i++) {
    tasks->at[i] = green_spawn(function, arg);
    CHECK_STARTED(tasks->at[i]);
  }
  return green_sleep(1); /* all wait now */
}

TEST(closed_under_forty_readers) {
  SKIP_WITHOUT_SOCKETS();
  OPEN_PAIR(pair);
  AUTO_JOIN_ALL struct test_futures tasks = test_futures(test_scale(40, 2));
  CHECK_STATUS(spawn_all(&tasks, read_one, pair.client), 0);
  green_stream_release(pair.client); /* they hold it themselves */
  pair.client = NULL;
  for (size_t i = 0; i < tasks.count; i++) CHECK_STATUS(green_wait(tasks.at[i]), GREEN_ECLOSED);
  return 0;
}

TEST(closed_under_forty_accepts) {
  SKIP_WITHOUT_SOCKETS();
  AUTO_LISTENER green_listener *listener = NULL;
  green_address address;
  CHECK_STATUS(listen_here(&listener, &address), 0);
  AUTO_JOIN_ALL struct test_futures tasks = test_futures(test_scale(40, 2));
  CHECK_STATUS(spawn_all(&tasks, accept_one, listener), 0);
  green_listener_close(listener);
  for (size_t i = 0; i < tasks.count; i++) CHECK_STATUS(green_wait(tasks.at[i]), GREEN_ECLOSED);
  green_stream *late = NULL;
  CHECK_STATUS(green_stream_connect_any(&late, &address, 1), GREEN_ECONNREFUSED);
  return 0;
}

/* Several readers on one stream are served in turn, none twice. */
TEST(readers_take_turns) {
  SKIP_WITHOUT_SOCKETS();
  OPEN_PAIR(pair);
  AUTO_JOIN_ALL struct test_futures tasks = test_futures(test_scale(10, 2));
  CHECK_STATUS(spawn_all(&tasks, read_one, pair.client), 0);
  CHECK_STATUS(green_stream_write(pair.server, "0123456789", tasks.count, NULL), 0);
  for (size_t i = 0; i < tasks.count; i++) CHECK_STATUS(green_wait(tasks.at[i]), 1);
  return 0;
}

TEST(reset_reaches_reader_and_writer) {
  SKIP_WITHOUT_SOCKETS();
  if (test_in_wine) SKIP("Wine ends in order what is to be reset");
  OPEN_PAIR(pair);
  char byte;
  AUTO_JOIN green_future *reader = green_spawn(read_one, pair.client);
  CHECK_STARTED(reader);
  CHECK_STATUS(green_sleep(1), 0);
  green_stream_reset(pair.server);
  CHECK_STATUS(green_wait(reader), GREEN_ECONNRESET);
  CHECK_STATUS(green_stream_read(pair.client, &byte, 1), GREEN_ECONNRESET);
  int rc = green_stream_write(pair.client, "x", 1, NULL);
  CHECK(test_saw(rc) == GREEN_EPIPE || rc == GREEN_ECONNRESET);
  return 0;
}

TEST(written_to_a_closed_side) {
  SKIP_WITHOUT_SOCKETS();
  OPEN_PAIR(pair);
  green_stream_close(pair.server);
  int rc = 0; /* the first may still be taken */
  for (int i = 0; i < 1000 && rc == 0; i++) {
    rc = green_stream_write(pair.client, "x", 1, NULL);
    if (rc == 0) CHECK_STATUS(green_sleep(1), 0);
  }
  CHECK(test_saw(rc) == GREEN_EPIPE || rc == GREEN_ECONNRESET);
  return 0;
}

/* What came before the end is read, and the end, though a write has failed meanwhile. */
TEST(an_end_stays_one_behind_a_failed_write) {
  SKIP_WITHOUT_SOCKETS();
  OPEN_PAIR(pair);
  char data[4];
  CHECK_STATUS(green_stream_write(pair.server, "abc", 3, NULL), 0);
  green_stream_close(pair.server);
  CHECK_STATUS(green_stream_read(pair.client, data, 1), 1);
  int rc = 0;
  while (rc == 0) { /* to nobody: it is answered by a reset */
    CHECK_STATUS(green_sleep(1), 0);
    rc = green_stream_write(pair.client, "x", 1, NULL);
  }
  CHECK(rc == GREEN_EPIPE || rc == GREEN_ECONNRESET || rc == GREEN_ENOMEM);
  CHECK_STATUS(green_stream_read_exactly(pair.client, data, 2, NULL), 0);
  CHECK_STATUS(green_stream_read(pair.client, data, 1), 0);
  return 0;
}

/* The other side says nothing; the stream can be gone on with. */
TEST(deadline_ends_a_read) {
  SKIP_WITHOUT_SOCKETS();
  OPEN_PAIR(pair);
  char byte;
  int rc = 0;
  GREEN_TIMEOUT(20) {
    rc = green_stream_read(pair.client, &byte, 1);
  }
  CHECK_STATUS(rc, GREEN_ETIMEDOUT);
  CHECK_STATUS(green_stream_write(pair.server, "y", 1, NULL), 0);
  CHECK_STATUS(green_stream_read(pair.client, &byte, 1), 1);
  CHECK_NUMBER(byte, 'y');
  return 0;
}

/* The other side has ended its half and then goes silent: the deadline ends what is left. */
TEST(deadline_ends_a_half_open_connection) {
  SKIP_WITHOUT_SOCKETS();
  OPEN_PAIR(pair);
  static char data[65536];
  char byte;
  int rc = 0;
  CHECK_STATUS(green_stream_shutdown(pair.server), 0);
  CHECK_STATUS(green_stream_read(pair.client, &byte, 1), 0);
  GREEN_TIMEOUT(50) {
    while (rc == 0) rc = green_stream_write(pair.client, data, sizeof data, NULL);
  }
  CHECK_STATUS(rc, GREEN_ETIMEDOUT);
  green_stream_close(pair.client);
  return 0;
}

TEST(cancel_ends_each_wait) {
  SKIP_WITHOUT_SOCKETS();
  OPEN_PAIR(pair);
  AUTO_LISTENER green_listener *listener = NULL;
  AUTO_STREAM green_stream *client = NULL;
  AUTO_STREAM green_stream *server = NULL;
  green_address address;
  CHECK_STATUS(listen_here(&listener, &address), 0);
  AUTO_JOIN green_future *reader = green_spawn(read_one, pair.client);
  CHECK_STARTED(reader);
  AUTO_JOIN green_future *acceptor = green_spawn(accept_one, listener);
  CHECK_STARTED(acceptor);
  CHECK_STATUS(green_sleep(1), 0);
  green_cancel(reader);
  green_cancel(acceptor);
  CHECK_STATUS(green_wait(reader), GREEN_ECANCELED);
  CHECK_STATUS(green_wait(acceptor), GREEN_ECANCELED);
  CHECK_STATUS(green_stream_connect_any(&client, &address, 1), 0);
  CHECK_STATUS(green_listener_accept(listener, &server), 0);
  CHECK_STATUS(green_stream_write(pair.server, "z", 1, NULL), 0);
  CHECK_STATUS(read_one(pair.client), 1);
  return 0;
}

/* A runtime that ends closes what the program left open; the handles are released afterwards. */
static int leave_open(void *arg) {
  return pair_open(arg);
}

TEST_OUTSIDE(runtime_closes_streams) {
  SKIP_WITHOUT_SOCKETS();
  __attribute__((cleanup(auto_pair))) struct pair pair = {0};
  CHECK_STATUS(green_run(leave_open, &pair), 0);
  green_stream_close(pair.client);
  green_address address;
  CHECK_STATUS(green_stream_address(pair.client, &address), GREEN_ECLOSED);
  return 0;
}

static int open_and_close(green_listener_options options) {
  AUTO_LISTENER green_listener *listener = NULL;
  return green_listener_open(&listener, "127.0.0.1", 0, &options);
}

/* Heeded, or refused by its name. */
TEST(each_option_of_a_listener) {
  SKIP_WITHOUT_SOCKETS();
  CHECK_STATUS(open_and_close((green_listener_options){.backlog = 3}), 0);
  CHECK_STATUS(open_and_close((green_listener_options){.backlog = -1}), GREEN_EINVAL);
  CHECK_STATUS(open_and_close((green_listener_options){.ipv6_only = true}), 0);
  int rc = test_saw(open_and_close((green_listener_options){.no_reuse = true}));
  CHECK_STATUS(rc, test_in_wasm ? GREEN_ENOTSUP : 0);
  if (test_in_wasm && !test_allocator_failed()) CHECK_CONTAINS(green_message(), "no_reuse");
  return 0;
}
