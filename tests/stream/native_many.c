/* 10,000 connections at once, each with a task at both ends. The clients are another process, since
 * one alone would need 20,000 descriptors. */
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include "stream_test.h"

#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#else
#define RUNNING_ON_VALGRIND 0
#endif

/* So many connect at a time: fewer than the listener's backlog. Beyond it the kernel answers with
 * cookies, of which a late packet may make a connection that no client has and nobody ends. */
enum { MANY = 10000, SPARE = 100, CONNECTING = 100 };

static bool raise_limit(void) {
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur >= MANY + SPARE) return true;
  limit.rlim_cur = MANY + SPARE;
  if (limit.rlim_max < limit.rlim_cur) limit.rlim_max = limit.rlim_cur;
  return setrlimit(RLIMIT_NOFILE, &limit) == 0;
}

/* ---- the clients' process -------------------------------------------------------------------- */

static green_address server_address;
static size_t connected;
static green_future *all_there;

static int exchange(green_stream *stream, size_t number) {
  size_t answer = 0;
  int rc = green_stream_write(stream, &number, sizeof number, NULL);
  if (rc == 0) rc = green_stream_read_exactly(stream, &answer, sizeof answer, NULL);
  return rc == 0 && answer != number ? GREEN_EPROTO : rc;
}

static int connect_in_turn(size_t number, green_stream **stream) {
  static green_semaphore turns = GREEN_SEMAPHORE_INIT(CONNECTING);
  int rc = green_semaphore_acquire(&turns);
  if (rc < 0) return rc;
  rc = green_stream_connect_any(stream, &server_address, 1);
  if (rc == 0) rc = exchange(*stream, number); /* it is accepted */
  green_semaphore_release(&turns);
  return rc;
}

static int client(void *arg) {
  AUTO_STREAM green_stream *stream = NULL;
  size_t number = (size_t)(uintptr_t)arg;
  int rc = connect_in_turn(number, &stream);
  if (rc < 0) return rc;
  if (++connected == MANY) green_resolve(all_there, NULL, NULL);
  rc = green_wait(all_there);
  return rc < 0 ? rc : exchange(stream, number);
}

static int clients(void *arg) {
  static green_future *tasks[MANY];
  (void)arg;
  int rc = green_future_new(&all_there), worst = 0;
  if (rc < 0) return rc;
  for (size_t i = 0; i < MANY; i++) tasks[i] = green_spawn(client, (void *)(uintptr_t)i);
  for (size_t i = 0; i < MANY; i++) {
    rc = green_wait(tasks[i]);
    if (rc < 0 && worst == 0) {
      worst = rc;
      green_reject(all_there, rc, NULL);
    }
    green_future_release(tasks[i]);
  }
  green_future_release(all_there);
  return worst;
}

/* Begun before there is a runtime in this process; told the port through a pipe. */
static int clients_process(int from) {
  if (read(from, &server_address, sizeof server_address) != sizeof server_address) return 3;
  int rc = green_run(clients, NULL);
  if (rc < 0) fprintf(stderr, "a client: %s, %zu connected\n", green_status_name(rc), connected);
  return rc < 0;
}

/* ---- the server's ---------------------------------------------------------------------------- */

struct family {
  pid_t child;
  int to_child;
};

static int serve(void *arg) {
  struct family *family = arg;
  START_ECHO(server);
  CHECK_NUMBER(write(family->to_child, &server.address, sizeof server.address),
               sizeof server.address);
  int ended = 0;
  while (waitpid(family->child, &ended, WNOHANG) == 0) CHECK_STATUS(green_sleep(20), 0);
  CHECK_NUMBER(ended, 0);
  while (server.server.served < MANY) CHECK_STATUS(green_sleep(1), 0);
  CHECK_NUMBER(server.server.failed, 0);
  return 0;
}

TEST_OUTSIDE(ten_thousand_connections_at_once) {
  if (test_scale(1, 0) == 0) SKIP("thousands of connections an allocation would take hours");
  if (RUNNING_ON_VALGRIND) SKIP("Valgrind goes through all stacks at every switch");
  if (!raise_limit()) SKIP("this process may not have 10,100 descriptors");
  int ends[2];
  CHECK_NUMBER(pipe(ends), 0);
  struct family family = {fork(), ends[1]};
  CHECK(family.child >= 0);
  if (family.child == 0) {
    close(ends[1]);
    alarm(600);
    _exit(clients_process(ends[0]));
  }
  close(ends[0]);
  int rc = green_run(serve, &family);
  close(ends[1]);
  CHECK_STATUS(rc, 0);
  return 0;
}
