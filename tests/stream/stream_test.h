/* What the stream tests share: a server that answers, and variables that are cleaned up. */
#ifndef GREENIO_TESTS_STREAM_TEST_H
#define GREENIO_TESTS_STREAM_TEST_H

#include "harness.h"

#define AUTO_STREAM   __attribute__((unused, cleanup(auto_stream)))
#define AUTO_LISTENER __attribute__((unused, cleanup(auto_listener)))
void auto_stream(green_stream **stream);
void auto_listener(green_listener **listener);

/* silent_names.mjs runs the program: no name server answers. */
bool names_are_silent(void);

/* In a page, which has no sockets. */
bool without_sockets(void);
#define SKIP_WITHOUT_SOCKETS()                                                                     \
  do {                                                                                             \
    if (without_sockets()) SKIP("a page has no sockets");                                          \
  } while (0)

/* Listens on a free port of 127.0.0.1. */
int listen_here(green_listener **out, green_address *address);

/* One of the ports of 127.0.0.1 that no socket is given which asks for any: nobody is there. */
green_address closed_port(unsigned number);

/* Serves each connection with a task of its own until the listener is closed; those have ended when
 * it has. */
struct server {
  green_listener *listener;
  int (*serve)(green_stream *stream);
  size_t begun, served, failed;
  green_semaphore ended;
};
int server_run(void *server);

/* For `serve`: sends back what comes, until the end. */
int echo(green_stream *stream);

/* A listener, its address, and an echo server as a task, in a scope:
 *   START_ECHO(server);  then server.address, server.task
 * START_SERVER: one that serves in another way. */
struct echo_server {
  struct server server;
  green_address address;
  green_future *task;
};
int echo_start(struct echo_server *echo, int (*serve)(green_stream *stream));
void auto_echo(struct echo_server *echo);
#define START_ECHO(name) START_SERVER(name, echo)
#define START_SERVER(name, serve)                                                                  \
  __attribute__((cleanup(auto_echo))) struct echo_server name = {0};                               \
  CHECK_STATUS(echo_start(&name, serve), 0)

/* Two ends of one connection. */
struct pair {
  green_stream *client, *server;
};
int pair_open(struct pair *pair);
void auto_pair(struct pair *pair);
#define OPEN_PAIR(name)                                                                            \
  __attribute__((cleanup(auto_pair))) struct pair name = {0};                                      \
  CHECK_STATUS(pair_open(&name), 0)

/* Two sockets for datagrams at 127.0.0.1. */
#define AUTO_UDP __attribute__((unused, cleanup(auto_udp)))
void auto_udp(green_udp **udp);
int udp_here(green_udp **out, green_address *address);
#define OPEN_TWO()                                                                                 \
  AUTO_UDP green_udp *one = NULL;                                                                  \
  AUTO_UDP green_udp *two = NULL;                                                                  \
  green_address at_one, at_two;                                                                    \
  CHECK_STATUS(udp_here(&one, &at_one), 0);                                                        \
  CHECK_STATUS(udp_here(&two, &at_two), 0)

/* Byte number `at` of a message. */
unsigned char pattern(size_t at);

#endif
