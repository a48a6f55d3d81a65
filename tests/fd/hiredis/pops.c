/* hiredis as it is, in tasks of one thread: pops that block all at once, a timeout, a port where
 * nobody listens, a reply of 3 MB. Usage: fd_hiredis PORT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <greenio/greenio.h>
#include <hiredis.h>

#ifndef POPS
#define POPS 20
#endif

static int port;

#define REQUIRE(condition, text)                                                                   \
  do {                                                                                             \
    if (!(condition)) return green_fail(GREEN_EIO, "%s: %s", #condition, text);                    \
  } while (0)

/* Waits for a number in a list of its own. */
static int pop(void *arg) {
  int number = *(int *)arg;
  redisContext *redis = redisConnect("localhost", port);
  REQUIRE(redis && !redis->err, redis ? redis->errstr : "memory");
  redisReply *reply = redisCommand(redis, "BLPOP pops:%d 60", number);
  REQUIRE(reply && reply->type == REDIS_REPLY_ARRAY && reply->elements == 2, redis->errstr);
  int right = atoi(reply->element[1]->str) == number * 7;
  freeReplyObject(reply);
  redisFree(redis);
  return right ? 0 : GREEN_EPROTO;
}

static int blocked(redisContext *redis) {
  redisReply *reply = redisCommand(redis, "CLIENT LIST");
  int count = 0;
  if (!reply) return -1;
  for (const char *at = reply->str; (at = strstr(at, "cmd=blpop")); at++) count++;
  freeReplyObject(reply);
  return count;
}

static int push(redisContext *redis, int number) {
  redisReply *reply = redisCommand(redis, "RPUSH pops:%d %d", number, number * 7);
  REQUIRE(reply && reply->type == REDIS_REPLY_INTEGER, redis->errstr);
  freeReplyObject(reply);
  return 0;
}

static int pops(redisContext *redis) {
  int numbers[POPS], count;
  green_future *tasks[POPS];
  uint64_t begun = green_now();
  for (int i = 0; i < POPS; i++) {
    numbers[i] = i;
    tasks[i] = green_spawn(pop, &numbers[i]);
  }
  while ((count = blocked(redis)) >= 0 && count < POPS) green_sleep(10);
  int rc = count < 0 ? GREEN_EIO : 0;
  for (int i = 0; i < POPS && rc == 0; i++) rc = push(redis, i);
  for (int i = 0; i < POPS; i++) {
    int one = green_join(tasks[i]);
    if (one < 0) rc = one;
  }
  printf("%d pops blocked at once, %.1f ms\n", count, (double)(green_now() - begun) / 1e6);
  return rc;
}

static int others(redisContext *redis) {
  size_t size = 3000000;
  char *big = malloc(size);
  memset(big, 'x', size);
  redisReply *reply = redisCommand(redis, "ECHO %b", big, size);
  REQUIRE(reply && (size_t)reply->len == size && memcmp(reply->str, big, size) == 0, redis->errstr);
  freeReplyObject(reply);
  free(big);
  REQUIRE(redisSetTimeout(redis, (struct timeval){0, 100000}) == REDIS_OK, redis->errstr);
  reply = redisCommand(redis, "BLPOP pops:none 60");
  REQUIRE(!reply, "a timeout of 100 ms did not end it");
  printf("after 100 ms: %s\n", redis->errstr);
  redisContext *refused = redisConnectWithTimeout("127.0.0.1", 1, (struct timeval){5, 0});
  REQUIRE(refused && refused->err, "port 1 was connected to");
  printf("port 1: %s\n", refused->errstr);
  redisFree(refused);
  return 0;
}

static int app(void *arg) {
  (void)arg;
  redisContext *redis = redisConnectWithTimeout("127.0.0.1", port, (struct timeval){20, 0});
  REQUIRE(redis && !redis->err, redis ? redis->errstr : "memory");
  int rc = pops(redis);
  if (rc == 0) rc = others(redis);
  redisFree(redis);
  return rc;
}

int main(int argc, char **argv) {
  if (argc != 2) return 2;
  port = atoi(argv[1]);
  return green_run(app, NULL) < 0;
}
