/* What the benchmarks `redis` share: BENCH_CLIENTS connections of hiredis, each with its own PINGs, one after the other. */
#ifndef GREENIO_TESTS_BENCH_REDIS_H
#define GREENIO_TESTS_BENCH_REDIS_H

#include <stdbool.h>
#include <hiredis/hiredis.h>

#define BENCH_CLIENTS 64

static inline redisContext *redis_enter(int port) {
  redisContext *redis = redisConnect("127.0.0.1", port);
  if (redis && !redis->err) return redis;
  redisFree(redis);
  return NULL;
}

static inline bool redis_ping(redisContext *redis, long count) {
  bool right = true;
  for (long i = 0; i < count && right; i++) {
    redisReply *reply = redisCommand(redis, "PING");
    right = reply && reply->type == REDIS_REPLY_STATUS;
    freeReplyObject(reply);
  }
  return right;
}

#endif
