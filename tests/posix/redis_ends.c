/* hiredis. */
#include <errno.h>
#include <hiredis/hiredis.h>
#include "ends.h"

int block(const char *address) {
  redisContext *context = redisConnectUnix(address);
  if (!context || context->err) {
    redisFree(context);
    return GREEN_EIO;
  }
  reached();
  redisReply *reply = redisCommand(context, "BLPOP never 0");
  int rc = reply                           ? 0
           : context->err == REDIS_ERR_EOF ? GREEN_ECONNRESET
                                           : green_status_from_errno(errno);
  freeReplyObject(reply);
  redisFree(context);
  return rc;
}
