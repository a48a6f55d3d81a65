/* A local stream under Windows is a named pipe of libuv's (src/net/pipe_windows.c), whose operations end on their own: what
 * comes is read ahead by one piece, and what goes is copied, so that here too a call that is interrupted has
 * done what it says. The functions are those of net.h's sockets. */
#ifndef GREENIO_SRC_NATIVE_SYSTEM_PIPE_H
#define GREENIO_SRC_NATIVE_SYSTEM_PIPE_H

#include <uv.h>
#include "net/net.h"

struct green__pipe;

/* What the endpoint has in the place of a socket; NULL: it has one. */
static inline struct green__pipe *green__pipe_of(const struct green__endpoint *endpoint) {
  return endpoint->local ? endpoint->socket.pipe : NULL;
}
#define GREEN__HAS_PIPES true

uv_handle_t *green__pipe_handle(struct green__pipe *pipe);

int green__pipe_listen(struct green__endpoint *listener, const char *name, int backlog);
int green__pipe_accept(struct green__pipe *listener, struct green__endpoint *stream);
int green__pipe_connect(struct green__endpoint *stream, const char *name);
int green__pipe_connected(const struct green__pipe *pipe);
int green__pipe_arm(struct green__pipe *pipe, int events);
int green__pipe_read(struct green__pipe *pipe, void *data, size_t size);
int green__pipe_write(struct green__pipe *pipe, const void *data, size_t size);
void green__pipe_address(const struct green__pipe *pipe, bool peer, green_address *out);
size_t green__pipe_unread(const struct green__pipe *pipe);
bool green__pipe_is_cut(const struct green__pipe *pipe);
bool green__pipe_is_over(const struct green__pipe *pipe);

/* What was written is sent, unless `reset` or the runtime ends. */
void green__pipe_close(struct green__pipe *pipe, bool reset);

#endif
