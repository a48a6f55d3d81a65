/* An echo server of the tests: a task a connection. */
#ifndef GREENIO_TESTS_ECHO_H
#define GREENIO_TESTS_ECHO_H

#include "fd_test.h"

struct echo_server {
  struct sockaddr_storage address;
  socklen_t size;
  int fd;
  size_t connections, most, resets;
};

/* Listens. The task: accepts until it is cancelled, and no longer listens. */
void echo_open(struct echo_server *server);
int echo_serve(void *server);

/* A server that does not listen any more at the end of the scope. */
#define AUTO_LISTENER __attribute__((unused, cleanup(echo_auto_close)))
void echo_auto_close(struct echo_server **server);

/* A connected descriptor, or a status. */
int echo_connect(struct echo_server *server);

#endif
