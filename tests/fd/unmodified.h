/* A small client and server as they are written to block, without a word of greenio: unmodified.c
 * is compiled with -include greenio/fd_names.h. All return 0, or errno's negative. */
#ifndef GREENIO_TESTS_UNMODIFIED_H
#define GREENIO_TESTS_UNMODIFIED_H

#include <stddef.h>
#include <sys/select.h>
#include <sys/types.h>

/* Takes a connection and gives back what comes, with capitals, until its end. */
int unmodified_serve(int listener);

/* Connects, sends, and reads until as much has come; "" and a port: resolved by getaddrinfo(). */
int unmodified_ask(const char *host, const char *port, const char *question, char *answer);

/* The calls one by one. */
ssize_t unmodified_read(int fd, void *buffer, size_t size);
int unmodified_timed_read(int fd, int milliseconds);  /* by SO_RCVTIMEO */
int unmodified_nonblocking_read(int fd);              /* with O_NONBLOCK */
int unmodified_nonblocking_connect(const char *port); /* then poll(), then SO_ERROR */
int unmodified_select(int fd, int milliseconds);      /* for reading: the count */
int unmodified_poll(int fd, int milliseconds);        /* the same */
int unmodified_sleeps(int milliseconds);              /* by each of three calls */
unsigned unmodified_sleep(unsigned seconds);
int unmodified_close(int fd);
int unmodified_vectors(int from, int to); /* writev and readv; the count read */
int unmodified_dup2(int fd, int number);

#endif
