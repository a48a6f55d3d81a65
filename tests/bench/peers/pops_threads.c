/* hiredis as it is, 100 threads that connect and block in BLPOP all at once. Prints milliseconds until redis has shown all of them
 * blocked, threads and connecting included. Usage: pops_threads HOST:PORT */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <hiredis/hiredis.h>

#define POPS  100
#define AGAIN 5 /* ms */

static char host[64];
static int port;

static redisContext *enter(void) {
  redisContext *redis = redisConnect(host, port);
  if (!redis || redis->err) abort();
  return redis;
}

static void *pop(void *arg) {
  int number = *(int *)arg;
  redisContext *redis = enter();
  redisReply *reply = redisCommand(redis, "BLPOP pops:%d 60", number);
  if (!reply || reply->type != REDIS_REPLY_ARRAY || atoi(reply->element[1]->str) != number) abort();
  freeReplyObject(reply);
  redisFree(redis);
  return NULL;
}

static int count_blocked(redisContext *redis) {
  int count = 0;
  redisReply *reply = redisCommand(redis, "CLIENT LIST");
  if (!reply) abort();
  for (const char *at = reply->str; (at = strstr(at, "cmd=blpop")); at++) count++;
  freeReplyObject(reply);
  return count;
}

static void push_all(redisContext *redis) {
  for (int i = 0; i < POPS; i++) redisAppendCommand(redis, "RPUSH pops:%d %d", i, i);
  for (int i = 0; i < POPS; i++) {
    void *reply;
    if (redisGetReply(redis, &reply) != REDIS_OK) abort();
    freeReplyObject(reply);
  }
}

static double milliseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

int main(int argc, char **argv) {
  pthread_t threads[POPS];
  int numbers[POPS];
  const char *colon = argc == 2 ? strrchr(argv[1], ':') : NULL;
  if (!colon) return 2;
  snprintf(host, sizeof host, "%.*s", (int)(colon - argv[1]), argv[1]);
  port = atoi(colon + 1);
  double before = milliseconds();
  for (int i = 0; i < POPS; i++) {
    numbers[i] = i;
    if (pthread_create(&threads[i], NULL, pop, &numbers[i]) != 0) abort();
  }
  redisContext *redis = enter();
  while (count_blocked(redis) < POPS)
    nanosleep(&(struct timespec){.tv_nsec = AGAIN * 1000000}, NULL);
  printf("%.1f\n", milliseconds() - before);
  push_all(redis);
  redisFree(redis);
  for (int i = 0; i < POPS; i++) pthread_join(threads[i], NULL);
  return 0;
}
