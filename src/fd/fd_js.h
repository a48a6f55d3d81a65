/* Between descriptor_js.c, sockets_js.c and JavaScript: descriptors.mjs, and fd.js for Emscripten's
 * own calls. */
#ifndef GREENIO_SRC_FD_FD_JS_H
#define GREENIO_SRC_FD_FD_JS_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <emscripten/emscripten.h>

/* ---- imports --------------------------------------------------------------------------------- */

enum green__fd_listened {
  GREEN__FD_SAME,   /* it is listened to already */
  GREEN__FD_NEW,    /* from now on; who was listened to under this number before is gone */
  GREEN__FD_ALWAYS, /* poll(2) always calls it ready */
  GREEN__FD_BAD,
};
bool green__js_fd_supported(void); /* false: not linked with -sNODERAWSOCKETS */
int green__js_fd_listen(int fd);   /* enum green__fd_listened */
void green__js_fd_forget(int fd);
void green__js_fd_forget_all(void);
bool green__js_fd_is_open(int fd);
bool green__js_fd_is_idle(int fd); /* a TCP socket that neither listens nor was to be connected */
void green__js_fd_closing(int fd);
/* A socket's SO_RCVTIMEO, or SO_SNDTIMEO, in milliseconds; 0: none; < 0, and false: no socket. */
double green__js_fd_timeout(int fd, bool sending);
bool green__js_fd_limit(int fd, bool sending, double milliseconds);

/* Emscripten's calls: a count or a negative errno. The last arguments mean nothing. */
int green__js_recvfrom(int fd, void *buffer, size_t size, int flags, struct sockaddr *address,
                       socklen_t *address_size);
int green__js_recvmsg(int fd, struct msghdr *message, int flags, int a, int b, int c);
int green__js_sendto(int fd, const void *buffer, size_t size, int flags,
                     const struct sockaddr *address, socklen_t address_size);
int green__js_sendmsg(int fd, const struct msghdr *message, int flags, int a, int b, int c);
int green__js_connect(int fd, const struct sockaddr *address, socklen_t size, int a, int b, int c);
int green__js_accept4(int fd, struct sockaddr *address, socklen_t *size, int flags, int a, int b);
int green__js_getsockopt(int fd, int level, int name, void *value, socklen_t *size, int a);
int green__js_poll(struct pollfd *fds, int count); /* does not wait */
/* 0 and the count, or a positive errno. */
int green__js_readv(int fd, const struct iovec *parts, int count, size_t *got);

/* ---- exports --------------------------------------------------------------------------------- */

EMSCRIPTEN_KEEPALIVE int green__js_fd_ready(int fd, int events); /* poll(2)'s.  answer */
EMSCRIPTEN_KEEPALIVE int green__js_fd_closed(int fd);            /* answer */

#endif
