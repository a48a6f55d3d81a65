/* Ten thousand connections at once, the clients in a process of their own so that the limit on
 * descriptors suffices. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "echo.h"

#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#else
#define RUNNING_ON_VALGRIND 0
#endif

struct many {
  struct echo_server *server;
  size_t count, connected;
  green_semaphore starting;
};

static int echo_message(int fd) {
  char message[64] = "one of many", back[64];
  ssize_t count = green_write(fd, message, sizeof message);
  if (count < 0) return (int)count;
  count = green_recv(fd, back, sizeof back, MSG_WAITALL);
  return count < 0 ? (int)count : memcmp(message, back, sizeof back) ? GREEN_EPROTO : 0;
}

/* Connects, and is served once, so that few at a time wait to be accepted; waits until all are that
 * far, and is served again. */
static int one_of_many(void *arg) {
  struct many *many = arg;
  int rc = green_semaphore_acquire(&many->starting);
  if (rc < 0) return rc;
  AUTO_FD int fd = echo_connect(many->server);
  rc = fd < 0 ? fd : echo_message(fd);
  green_semaphore_release(&many->starting);
  if (rc < 0) return rc;
  many->connected++;
  while (many->connected < many->count)
    if ((rc = green_sleep(20)) < 0) return rc;
  return echo_message(fd);
}

static int many_clients(void *arg) {
  struct many *many = arg;
  AUTO_JOIN_ALL struct test_futures clients = test_futures(many->count);
  green_spawn_options options = {.stack_size = 16384};
  for (size_t i = 0; i < many->count; i++)
    clients.at[i] = green_spawn_with(one_of_many, many, &options);
  return green_wait_all(clients.at, many->count);
}

struct many_served {
  struct echo_server *server;
  size_t count;
  pid_t clients;
};

static int serve_many(void *arg) {
  struct many_served *served = arg;
  AUTO_JOIN green_future *serving = green_spawn(echo_serve, served->server);
  siginfo_t ended = {0};
  while (served->server->most < served->count && !green_done(serving) && !ended.si_pid) {
    green_sleep(5);
    waitid(P_PID, (id_t)served->clients, &ended, WEXITED | WNOHANG | WNOWAIT);
  }
  if (green_done(serving)) kill(served->clients, SIGKILL); /* they wait for one another */
  while (served->server->connections) CHECK_STATUS(green_sleep(5), 0);
  return 0;
}

TEST_OUTSIDE(ten_thousand_connections_at_once) {
  size_t count = test_scale(10000, 5);
  if (RUNNING_ON_VALGRIND) SKIP("Valgrind goes through all stacks at every switch");
  if (!fd_allow(count + 100)) SKIP("the limit on descriptors cannot be raised so far");
  static struct echo_server server; /* tasks that outlive a test that gave up still count */
  echo_open(&server);
  AUTO_LISTENER struct echo_server *listener = &server;
  pid_t child = fork();
  CHECK(child >= 0);
  if (child == 0) {
    struct many many = {&server, count, 0, GREEN_SEMAPHORE_INIT(500)};
    test_allocator_disarm();
    close(server.fd);
    int failed = green_run(many_clients, &many);
    if (failed) fprintf(stderr, "the clients failed: %s\n", green_status_name(failed));
    _exit(failed ? 1 : 0);
  }
  struct many_served served = {&server, count, child};
  int status, rc = green_run(serve_many, &served);
  if (rc < 0) kill(child, SIGKILL);
  CHECK(waitpid(child, &status, 0) == child);
  CHECK_STATUS(rc, 0);
  CHECK_NUMBER(server.most, count);
  CHECK_NUMBER(status, 0);
  return 0;
}
