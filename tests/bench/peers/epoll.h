/* A server on bare epoll: the floor of what a runtime's server can cost. */
#ifndef GREENIO_BENCH_EPOLL_H
#define GREENIO_BENCH_EPOLL_H

/* Listens on a port of its own, which it prints, and calls `answer` for each connection that has become
 * readable, once: the client sends the next message after the answer. `room`: also for each that can be
 * written to again; NULL: answers are small. Returns if it cannot listen. */
int epoll_serve(void (*answer)(int fd), void (*room)(int fd));

#endif
