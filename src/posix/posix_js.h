/* Between the C of greenio::posix in WebAssembly and posix.mjs. Each function returns a count, a
 * descriptor, 0 or a negative errno, and never waits. GREEN__POSIX_FOREIGN: the descriptor is
 * Emscripten's own, and so is the call. */
#ifndef GREENIO_SRC_POSIX_POSIX_JS_H
#define GREENIO_SRC_POSIX_POSIX_JS_H

#include <netdb.h>
#include <poll.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/uio.h>

#define GREEN__POSIX_FOREIGN (-4096)

int green__js_posix_enable(void); /* 0, or a status */

int green__js_posix_socket(int family, int type, int protocol);
int green__js_posix_bind(int fd, const struct sockaddr *address, socklen_t size);
int green__js_posix_listen(int fd, int backlog);
int green__js_posix_connect(int fd, const struct sockaddr *address, socklen_t size);
int green__js_posix_accept(int fd, int flags);
int green__js_posix_shutdown(int fd, int how);
int green__js_posix_name(int fd, struct sockaddr *address, socklen_t *size, bool peer);
int green__js_posix_get_option(int fd, int level, int name, void *value, socklen_t *size);
int green__js_posix_set_option(int fd, int level, int name, const void *value, socklen_t size);

/* `socket_only`: what is none says ENOTSOCK, as recv(2); else as read(2). */
int green__js_posix_receive(int fd, const struct iovec *parts, int count, int flags,
                            bool socket_only);
int green__js_posix_send(int fd, const struct iovec *parts, int count, int flags, bool socket_only);

/* Of any descriptor, Emscripten's too: poll(2) that does not wait, and what fcntl(2) has. */
int green__js_posix_poll(struct pollfd *fds, int count);
int green__js_posix_flags(int fd);
int green__js_posix_set_flags(int fd, int flags);

int green__js_posix_closes_on_exec(int fd, int set); /* < 0: whether it does */
int green__js_posix_socketpair(int family, int type, int protocol, int *fds);
int green__js_posix_pipe(int *fds, int flags);

int green__js_posix_duplicate(int fd, int least);
int green__js_posix_place(int fd, int number); /* what was there is closed */
/* What would wait outside of a task: standard input is read as Emscripten does. */
int green__js_posix_block(int fd, const struct iovec *parts, int count);
/* What would wait where nothing can: all of it goes, if that can be. */
int green__js_posix_send_all(int fd, const struct iovec *parts, int count);
int green__js_posix_unread(int fd); /* bytes */
int green__js_posix_mode(int fd);   /* fstat(2)'s */

/* Of a terminal, or ENOTTY: the four words and the keys of struct termios; `set`: 1 sets them, 2 and drops
 * what was typed. struct winsize. */
int green__js_posix_modes(int fd, unsigned *words, unsigned char *keys, int set);
int green__js_posix_window_size(int fd, void *out);
int green__js_posix_flush_input(int fd);

/* A signal is told to green__js_posix_signalled(), or has what it had before. */
void green__js_posix_signal(int number, bool on);
/* Whether a task waits that a signal could wake: Node stays alive for it. */
void green__js_posix_keep(bool keep);

/* epoll(7), without waiting. */
struct epoll_event;
int green__js_posix_epoll(int flags);
int green__js_posix_epoll_control(int epoll, int what, int fd, const struct epoll_event *event);
int green__js_posix_epoll_take(int epoll, struct epoll_event *events, int most);

/* Emscripten's own getaddrinfo(). */
int green__js_posix_getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
                                struct addrinfo **out);

#endif
