/* What the files of greenio_posix share. Each defines some of libc's names; it asks
 * green__posix_parks() whether this call is to park, and otherwise passes it on to libc.
 */
#ifndef GREENIO_SRC_POSIX_POSIX_H
#define GREENIO_SRC_POSIX_POSIX_H

#include <netdb.h>
#include <signal.h>
#include <sys/select.h>
#include <time.h>
#include <greenio/base.h>
#include "fd/fd.h"

/* Defines libc's function `name`. The headers know that name with types and attributes of their
 * own, which need not be matched: to the compiler this is another function. */
#define INTERPOSE(type, name, parameters)                                                          \
  GREEN_API type green__posix_##name parameters __asm__(#name);                                    \
  type green__posix_##name parameters

/* One function of each file, under a name that no other library has. enable.c asks for them, so
 * that a static link takes all files, whatever else has functions of these names. */
#define ANCHOR(name) void *const green__posix_at_##name = (void *)green__posix_##name
extern void *const green__posix_at_read, *const green__posix_at_poll,
                                             *const green__posix_at_sleep,
                                                 *const green__posix_at_getaddrinfo,
                                                     *const green__posix_at_epoll_wait,
                                                         *const green__posix_at___read_chk,
                                                             *const green__posix_at_vfork;

struct epoll_event;

/* libc's own, or the next in the way: a sanitizer's. In WebAssembly, of greenio's own descriptors,
 * calls that do not wait. */
struct green__real {
  struct green__libc libc;
  int (*accept)(int, struct sockaddr *, socklen_t *);
  int (*dup2)(int, int);
  int (*dup3)(int, int, int);
  int (*ppoll)(struct pollfd *, nfds_t, const struct timespec *, const sigset_t *);
  int (*select)(int, fd_set *, fd_set *, fd_set *, struct timeval *);
  int (*pselect)(int, fd_set *, fd_set *, fd_set *, const struct timespec *, const sigset_t *);
  int (*epoll_wait)(int, struct epoll_event *, int, int);
  int (*epoll_pwait)(int, struct epoll_event *, int, int, const sigset_t *);
  int (*nanosleep)(const struct timespec *, struct timespec *);
  int (*clock_nanosleep)(clockid_t, int, const struct timespec *, struct timespec *);
  int (*usleep)(useconds_t);
  unsigned (*sleep)(unsigned);
  int (*getaddrinfo)(const char *, const char *, const struct addrinfo *, struct addrinfo **);
  pid_t (*vfork)(void);
};

/* Found when it is first needed: other libraries' constructors may come before ours. */
const struct green__real *green__real(void);

/* Whether a call made here and now is to park: enabled, and in a task. */
bool green__posix_parks(void);

/* In WebAssembly: whether green_posix_enable() was called. */
bool green__posix_is_enabled(void);

/* In WebAssembly: sigaction(2), and signals that have handlers already, from green_posix_enable() on. */
struct sigaction;
GREEN_API int green__posix_sigaction(int number, const struct sigaction *action,
                                     struct sigaction *old) __asm__("sigaction");
void green__posix_watch_signals(void);

/* In WebAssembly: that signal has come, on the host's stack. */
void green__posix_arrived(int number);

/* What is to come of a poll() whose wait failed with `error`, a negative errno, in a task of a
 * library that knows what a wait stands for: a result of green__call_poll(). NULL: it fails with
 * that. Where it is set, a poll() that always finds something ready is interrupted as well. */
extern int (*green__posix_interrupted)(struct pollfd *fds, nfds_t count, uint64_t due, int error);

#endif
