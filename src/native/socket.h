/* The native half of a stream or a listener: a socket that does not block, polled by libuv.
 *
 * libuv's own streams would finish a write that nobody waits for any more, out of memory that its
 * task has left; with readiness alone an interrupted call has done exactly what it says. */
#ifndef GREENIO_SRC_NATIVE_SOCKET_H
#define GREENIO_SRC_NATIVE_SOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

struct green__socket {
  uv_poll_t poll;
  uv_os_sock_t fd;
  int armed; /* UV_READABLE ...: what is polled for; may be more than is waited for */
  union {
    struct green__socket_file *file; /* of a Unix-domain listener: removed at the end */
    struct green__pipe *pipe;        /* where local ones are pipes (windows/system_pipe.h) */
  };
  bool raw; /* of a terminal */
  void (*closing)(
      struct green__socket *socket); /* or NULL: is called before its descriptor is closed */
  bool plain; /* no socket, but a pipe or a terminal: green__plain_read() and its kin */
};

struct green__endpoint;

/* These have happened to it, a set of enum green__event: tells who waits, and no longer watches for what
 * nobody does: which those are. */
int green__socket_told(struct green__endpoint *endpoint, int events);

/* Makes a socket the endpoint's, whatever the outcome; what socket() returned, which may have failed. */
int green__socket_adopt(struct green__endpoint *endpoint, uv_os_sock_t fd);

/* plain_uv.c: as green__system_read() and green__system_write(), by read(2) and write(2) without a SIGPIPE. */
int green__plain_read(uv_os_sock_t fd, void *data, size_t size);
int green__plain_write(uv_os_sock_t fd, const void *data, size_t size);

#endif
