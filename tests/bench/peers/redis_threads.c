/* hiredis in a thread a connection. Usage: redis_threads PORT COUNT */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include "../redis.h"

static long count; /* of a client */

static void *ping(void *redis) {
  if (!redis_ping(redis, count)) abort();
  return NULL;
}

static double nanoseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

int main(int argc, char **argv) {
  redisContext *clients[BENCH_CLIENTS];
  pthread_t threads[BENCH_CLIENTS];
  if (argc != 3) return 2;
  count = atol(argv[2]) / BENCH_CLIENTS;
  for (int i = 0; i < BENCH_CLIENTS; i++)
    if (!(clients[i] = redis_enter(atoi(argv[1])))) return 1;
  double before = nanoseconds();
  for (int i = 0; i < BENCH_CLIENTS; i++)
    if (pthread_create(&threads[i], NULL, ping, clients[i]) != 0) abort();
  for (int i = 0; i < BENCH_CLIENTS; i++) pthread_join(threads[i], NULL);
  printf("%.1f\n", (nanoseconds() - before) / (double)(count * BENCH_CLIENTS));
  for (int i = 0; i < BENCH_CLIENTS; i++) redisFree(clients[i]);
  return 0;
}
