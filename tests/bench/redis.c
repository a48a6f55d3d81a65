/* redis: hiredis as it is, in a task a connection. Prints nanoseconds a PING. Usage: redis PORT COUNT */
#include <stdio.h>
#include <stdlib.h>
#include <greenio/greenio.h>
#include <greenio/posix.h>
#include "redis.h"

static redisContext *clients[BENCH_CLIENTS];
static int port;
static long count; /* of a client */

static int connect_all(void *arg) {
  (void)arg;
  for (int i = 0; i < BENCH_CLIENTS; i++)
    if (!(clients[i] = redis_enter(port))) return green_fail(GREEN_EIO, "no connection");
  return 0;
}

static int ping(void *arg) {
  return redis_ping(arg, count) ? 0 : green_fail(GREEN_EIO, "no answer");
}

static int app(void *arg) {
  green_future *tasks[BENCH_CLIENTS];
  int rc = connect_all(arg), failed = 0;
  if (rc < 0) return rc;
  uint64_t before = green_now();
  for (int i = 0; i < BENCH_CLIENTS; i++) tasks[i] = green_spawn(ping, clients[i]);
  for (int i = 0; i < BENCH_CLIENTS; i++)
    if ((rc = green_join(tasks[i])) < 0) failed = rc;
  if (failed < 0) return failed;
  printf("%.1f\n", (double)(green_now() - before) / (double)(count * BENCH_CLIENTS));
  for (int i = 0; i < BENCH_CLIENTS; i++) redisFree(clients[i]);
  return 0;
}

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  port = atoi(argv[1]);
  count = atol(argv[2]) / BENCH_CLIENTS;
  int rc = green_posix_enable();
  if (rc == 0) rc = green_run(app, NULL);
  if (rc < 0) fprintf(stderr, "%s\n", green_strerror(rc));
  return rc < 0;
}
