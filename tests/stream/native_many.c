/* 10,000 connections at once, each with a task at both ends. The clients are another process, since
 * one alone would need 20,000 descriptors. */
#include <errno.h>
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

enum { MANY = 10000, SPARE = 100 };

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
static size_t connected, echoed;
static green_future *all_there;

static int client(void *arg) {
  AUTO_STREAM green_stream *stream = NULL;
  size_t number = (size_t)(uintptr_t)arg, answer = 0;
  int rc = green_stream_connect_any(&server_address, 1, &stream);
  if (rc < 0) return rc;
  if (++connected == MANY) green_resolve(all_there, NULL, NULL);
  rc = green_wait(all_there);
  if (rc == 0) rc = green_stream_write(stream, &number, sizeof number, NULL);
  if (rc == 0) rc = green_stream_read_exactly(stream, &answer, sizeof answer, NULL);
  if (rc == 0 && answer == number) echoed++;
  return rc;
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
  return rc < 0 || echoed != MANY;
}

/* ---- the server's ---------------------------------------------------------------------------- */

static int serve(void *arg) {
  int *pipe_end = arg;
  START_ECHO(server);
  CHECK_NUMBER(write(*pipe_end, &server.address, sizeof server.address), sizeof server.address);
  while (server.server.served < MANY) CHECK_STATUS(green_sleep(20), 0);
  CHECK_NUMBER(server.server.failed, 0);
  return 0;
}

static int wait_for(pid_t child) {
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

TEST_OUTSIDE(ten_thousand_connections_at_once) {
  if (test_scale(1, 0) == 0) SKIP("thousands of connections an allocation would take hours");
  if (RUNNING_ON_VALGRIND) SKIP("Valgrind goes through all stacks at every switch");
  if (!raise_limit()) SKIP("this process may not have 10,100 descriptors");
  int ends[2];
  CHECK_NUMBER(pipe(ends), 0);
  pid_t child = fork();
  CHECK(child >= 0);
  if (child == 0) {
    close(ends[1]);
    alarm(200);
    _exit(clients_process(ends[0]));
  }
  close(ends[0]);
  int rc = green_run(serve, &ends[1]);
  close(ends[1]);
  CHECK_NUMBER(wait_for(child), 0);
  CHECK_STATUS(rc, 0);
  return 0;
}
