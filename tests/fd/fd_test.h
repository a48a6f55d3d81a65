/* What the tests of descriptors share: sockets and pipes that are closed by scope. */
#ifndef GREENIO_TESTS_FD_TEST_H
#define GREENIO_TESTS_FD_TEST_H

#include <greenio/fd.h>
#include "harness.h"

/* A descriptor, closed with green_close() if it is not -1. */
#define AUTO_FD __attribute__((unused, cleanup(fd_auto_close)))
void fd_auto_close(int *fd);

/* Two ends of a connection: a Unix pair, a TCP connection, a pipe (the first reads). The
 * descriptors block, as they do by default. */
#define AUTO_PAIR __attribute__((unused, cleanup(fd_auto_pair)))
struct fd_pair {
  int a, b;
};
struct fd_pair fd_unix_pair(void);
struct fd_pair fd_tcp_pair(void);
struct fd_pair fd_pipe(void);
void fd_auto_pair(struct fd_pair *pair);

/* Fills what the descriptor can hold without a reader; the bytes. Drains what is there; the bytes.
 */
size_t fd_fill(int fd);
size_t fd_fill_once(int fd);
size_t fd_drain(int fd);

/* A listening TCP socket on a free port of the loopback. */
int fd_listen(struct sockaddr_storage *address, socklen_t *size, int backlog);
int fd_socket(void);

struct fd_listener {
  struct sockaddr_storage address;
  socklen_t size;
  int fd;
};

/* Tasks: accept a connection and close it; make one and close it; wait for POLLIN on an int. */
int fd_accept_one(void *listener);
int fd_connect_one(void *listener);
int fd_wait_readable(void *fd);

bool fd_blocks(int fd);

void fd_must(bool condition); /* or the program ends */

/* Raises the limit on descriptors; whether there may be so many. Natively alone. */
bool fd_allow(size_t count);

#endif
