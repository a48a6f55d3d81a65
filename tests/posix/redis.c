/* hiredis, blocking: each piece waits in BLPOP until the watcher has seen all of them in CLIENT
 * LIST. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <hiredis/hiredis.h>
#include "library.h"

static redisContext *enter(void) {
  const char *colon = strrchr(address, ':'); /* HOST:PORT, or a path */
  char host[64] = "";
  if (colon) snprintf(host, sizeof host, "%.*s", (int)(colon - address), address);
  redisContext *context = colon ? redisConnect(host, atoi(colon + 1)) : redisConnectUnix(address);
  if (context && !context->err) return context;
  wrong("redis: %s", context ? context->errstr : "out of memory");
  if (context) redisFree(context);
  return NULL;
}

static int push(redisContext *context, int i) {
  redisReply *reply = redisCommand(context, "RPUSH queue:%d value-%d", i, i);
  if (!reply || reply->type != REDIS_REPLY_INTEGER) return wrong("redis: RPUSH failed");
  freeReplyObject(reply);
  return 0;
}

static int pop(redisContext *context, int i) {
  char expected[32];
  snprintf(expected, sizeof expected, "value-%d", i);
  redisReply *reply = redisCommand(context, "BLPOP queue:%d 0", i);
  if (!reply) return wrong("redis: BLPOP: %s", context->errstr);
  int rc = reply->type == REDIS_REPLY_ARRAY && strcmp(reply->element[1]->str, expected) == 0
               ? 0
               : wrong("redis: BLPOP %d gave something else", i);
  freeReplyObject(reply);
  return rc;
}

int work(int i, bool in_task) {
  redisContext *context = enter();
  if (!context) return GREEN_EIO;
  int rc = in_task ? 0 : push(context, i);
  if (rc == 0) rc = pop(context, i);
  redisFree(context);
  return rc;
}

static int count_blocked(redisContext *context) {
  int count = 0;
  redisReply *reply = redisCommand(context, "CLIENT LIST");
  if (!reply) return wrong("redis: CLIENT LIST: %s", context->errstr);
  for (const char *at = reply->str; (at = strstr(at, "cmd=blpop")); at++) count++;
  freeReplyObject(reply);
  return count;
}

int watch(void) {
  redisContext *context = enter();
  if (!context) return GREEN_EIO;
  int blocked = 0, rc = 0;
  while (blocked >= 0 && blocked < TASKS && (rc = green_sleep(5)) == 0)
    blocked = count_blocked(context);
  printf("redis sees %d clients blocked at once\n", blocked);
  for (int i = 0; i < TASKS && rc == 0; i++) rc = push(context, i);
  redisFree(context);
  return rc;
}
