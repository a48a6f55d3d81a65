/* A peer that says nothing, or stops in the middle: every wait ends with its task's deadline or
 * cancel, and the runtime ends. */
#include <string.h>
#include "stream_test.h"

#define LARGE ((size_t)8 << 20)

static int read_some(green_stream *stream) {
  char byte;
  return green_stream_read(stream, &byte, 1);
}

static int read_more(green_stream *stream) {
  char bytes[10];
  return green_stream_read_exactly(stream, bytes, sizeof bytes, NULL);
}

static int read_line(green_stream *stream) {
  char line[100];
  return green_stream_read_line(stream, line, sizeof line);
}

static int write_much(green_stream *stream) {
  static char bytes[LARGE];
  return green_stream_write(stream, bytes, sizeof bytes, NULL);
}

static const struct {
  const char *name;
  int (*run)(green_stream *);
  const char *said; /* by the peer, before it falls silent */
} waits[] = {
    {"reading", read_some, ""},
    {"reading so many bytes", read_more, "half"},
    {"reading a line", read_line, "ha"},
    {"writing", write_much, ""},
};
#define WAITS (sizeof waits / sizeof *waits)

struct attempt {
  size_t which;
  struct pair pair;
  bool waits_long; /* the cancel, and not the deadline, is to end it */
};

static int attempt_run(void *arg) {
  struct attempt *attempt = arg;
  int rc = 0;
  GREEN_TIMEOUT(attempt->waits_long ? 600000 : 30) {
    rc = waits[attempt->which].run(attempt->pair.client);
  }
  return rc;
}

static int check_wait(size_t which, bool cancel) {
  struct attempt attempt = {.which = which, .waits_long = cancel};
  OPEN_PAIR(pair);
  attempt.pair = pair;
  const char *said = waits[which].said;
  CHECK_STATUS(green_stream_write(pair.server, said, strlen(said), NULL), 0);
  AUTO_JOIN green_future *task = green_spawn(attempt_run, &attempt);
  CHECK_STARTED(task);
  for (int i = 0; cancel && i < 20; i++) CHECK_STATUS(green_yield(), 0);
  if (cancel) CHECK_STATUS(green_cancel(task), 0);
  int rc = test_saw(green_wait(task));
  if (rc != (cancel ? GREEN_ECANCELED : GREEN_ETIMEDOUT))
    fprintf(stderr, "%s: ", waits[which].name);
  CHECK_STATUS(rc, cancel ? GREEN_ECANCELED : GREEN_ETIMEDOUT);
  return 0;
}

TEST(each_wait_on_a_silent_peer_ends) {
  SKIP_WITHOUT_SOCKETS();
  for (size_t i = 0; i < test_scale(WAITS, 1); i++) {
    CHECK_STATUS(check_wait(i, false), 0);
    CHECK_STATUS(check_wait(i, true), 0);
  }
  return 0;
}

static int accept_nobody(void *arg) {
  AUTO_LISTENER green_listener *listener = NULL;
  green_address address;
  green_stream *stream;
  (void)arg;
  int rc = listen_here(&listener, &address);
  if (rc < 0) return rc;
  GREEN_TIMEOUT(30) {
    rc = green_listener_accept(listener, &stream);
  }
  return rc;
}

static int ask_silent(void *arg) {
  OPEN_PAIR(pair);
  (void)arg;
  return test_saw(attempt_run(&(struct attempt){.which = 0, .pair = pair}));
}

/* In wasm main is parked meanwhile, which a test outside of a task cannot be. */
TEST_OUTSIDE(the_runtime_ends_in_spite_of_a_silent_peer) {
  if (test_in_wasm) SKIP("green_run() is called from main alone");
  CHECK_STATUS(green_run(ask_silent, NULL), GREEN_ETIMEDOUT);
  CHECK_STATUS(green_run(accept_nobody, NULL), GREEN_ETIMEDOUT);
  return 0;
}
