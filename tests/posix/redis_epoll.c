/* hiredis as event loops use it, not blocking, each connection behind an epoll of its own: redis.c's two calls are
 * made by these. */
#include <errno.h>
#include <stdarg.h>
#include <sys/epoll.h>
#include <unistd.h>
#undef redisConnect
#undef redisConnectUnix
#undef redisCommand
#undef redisFree
#include <hiredis/hiredis.h>

#define MOST 1024 /* descriptors */

redisContext *epoll_connect(const char *host, int port);
redisContext *epoll_connect_unix(const char *path);
void *epoll_command(redisContext *context, const char *format, ...);
void epoll_free(redisContext *context);

static int epolls[MOST]; /* by the connection's number */

static int watch(redisContext *context, int what, uint32_t events) {
  struct epoll_event event = {.events = events, .data.fd = context->fd};
  return epoll_ctl(epolls[context->fd], what, context->fd, &event);
}

static redisContext *connected(redisContext *context) {
  if (!context || context->err) return context;
  epolls[context->fd] = epoll_create1(EPOLL_CLOEXEC);
  if (epolls[context->fd] < 0 || watch(context, EPOLL_CTL_ADD, EPOLLOUT) < 0)
    context->err = REDIS_ERR_IO;
  return context;
}

redisContext *epoll_connect(const char *host, int port) {
  return connected(redisConnectNonBlock(host, port));
}

redisContext *epoll_connect_unix(const char *path) {
  return connected(redisConnectUnixNonBlock(path));
}

/* Until the whole command is written, and its answer there. */
static void *answer(redisContext *context) {
  void *reply = NULL;
  for (int written = 0; !reply;) {
    struct epoll_event event;
    if (watch(context, EPOLL_CTL_MOD, written ? EPOLLIN : EPOLLIN | EPOLLOUT) < 0) return NULL;
    if (epoll_wait(epolls[context->fd], &event, 1, -1) != 1 || event.data.fd != context->fd)
      return NULL;
    if ((event.events & EPOLLOUT) && redisBufferWrite(context, &written) != REDIS_OK) return NULL;
    if ((event.events & ~EPOLLOUT) && redisBufferRead(context) != REDIS_OK) return NULL;
    if (redisGetReplyFromReader(context, &reply) != REDIS_OK) return NULL;
  }
  return reply;
}

void *epoll_command(redisContext *context, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  int rc = redisvAppendCommand(context, format, arguments);
  va_end(arguments);
  return rc == REDIS_OK ? answer(context) : NULL;
}

void epoll_free(redisContext *context) {
  if (epolls[context->fd] > 0) close(epolls[context->fd]);
  epolls[context->fd] = 0;
  redisFree(context);
}
