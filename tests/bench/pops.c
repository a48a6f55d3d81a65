/* redis.pops: hiredis as it is, 100 tasks that connect and block in BLPOP all at once. Prints milliseconds until redis has shown
 * all of them blocked, connecting included. Usage: pops HOST:PORT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <hiredis/hiredis.h>
#include <greenio/greenio.h>
#include <greenio/posix.h>

#define POPS  100
#define AGAIN 5 /* ms */

static char host[64];
static int port;

static redisContext *enter(void) {
  redisContext *redis = redisConnect(host, port);
  if (redis && !redis->err) return redis;
  redisFree(redis);
  return NULL;
}

static int pop(void *arg) {
  int number = *(int *)arg;
  redisContext *redis = enter();
  redisReply *reply = redis ? redisCommand(redis, "BLPOP pops:%d 60", number) : NULL;
  bool right = reply && reply->type == REDIS_REPLY_ARRAY && atoi(reply->element[1]->str) == number;
  freeReplyObject(reply);
  redisFree(redis);
  return right ? 0 : green_fail(GREEN_EIO, "pop %d gave nothing, or something else", number);
}

static int count_blocked(redisContext *redis) {
  int count = 0;
  redisReply *reply = redisCommand(redis, "CLIENT LIST");
  if (!reply) return -1;
  for (const char *at = reply->str; (at = strstr(at, "cmd=blpop")); at++) count++;
  freeReplyObject(reply);
  return count;
}

/* All in one message, so that it is the pops that take their time. */
static int push_all(redisContext *redis) {
  for (int i = 0; i < POPS; i++) redisAppendCommand(redis, "RPUSH pops:%d %d", i, i);
  for (int i = 0; i < POPS; i++) {
    void *reply;
    if (redisGetReply(redis, &reply) != REDIS_OK) return green_fail(GREEN_EIO, "%s", redis->errstr);
    freeReplyObject(reply);
  }
  return 0;
}

static int app(void *arg) {
  (void)arg;
  green_future *tasks[POPS];
  int blocked = 0;
  uint64_t before = green_now();
  for (int i = 0; i < POPS; i++) {
    green_spawn_options options = {.copy_size = sizeof i};
    tasks[i] = green_spawn_with(pop, &i, &options);
  }
  redisContext *redis = enter();
  if (!redis) return green_fail(GREEN_EIO, "no connection");
  while ((blocked = count_blocked(redis)) >= 0 && blocked < POPS) green_sleep(AGAIN);
  double milliseconds = (double)(green_now() - before) / 1e6;
  int rc = blocked < 0 ? green_fail(GREEN_EIO, "%s", redis->errstr) : push_all(redis);
  redisFree(redis);
  if (rc < 0) return rc;
  for (int i = 0; i < POPS; i++)
    if (green_join(tasks[i]) < 0) rc = GREEN_EIO;
  if (rc == 0) printf("%.1f\n", milliseconds);
  return rc;
}

int main(int argc, char **argv) {
  const char *colon = argc == 2 ? strrchr(argv[1], ':') : NULL;
  if (!colon) return 2;
  snprintf(host, sizeof host, "%.*s", (int)(colon - argv[1]), argv[1]);
  port = atoi(colon + 1);
  int rc = green_posix_enable();
  if (rc == 0) rc = green_run(app, NULL);
  if (rc < 0) fprintf(stderr, "%s\n", green_message());
  return rc < 0;
}
