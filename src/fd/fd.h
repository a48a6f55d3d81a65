/* Waiting on descriptors, and calls of the C library that wait: what the twins (fd.h) and
 * greenio_posix share. All functions return a count, 0, or the negative errno of this host's C
 * library, unless they say otherwise; who calls them translates.
 *
 * Two layers. The lower one parks, and leans on the host (watches.h): the functions green__fd_*.
 * The upper one (call.c) is portable: the functions green__call_* try a call and park only when it
 * would block.
 */
#ifndef GREENIO_SRC_FD_FD_H
#define GREENIO_SRC_FD_FD_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>
#include "shared.h"

GREEN__SHARED_BEGIN

/* ---- the C library's calls ------------------------------------------------------------------- */

/* What the tries call: the C library's functions, also where greenio_posix stands in front of their
 * names. */
struct green__libc {
  ssize_t (*read)(int, void *, size_t);
  ssize_t (*readv)(int, const struct iovec *, int);
  ssize_t (*recv)(int, void *, size_t, int);
  ssize_t (*recvfrom)(int, void *, size_t, int, struct sockaddr *, socklen_t *);
  ssize_t (*recvmsg)(int, struct msghdr *, int);
  ssize_t (*write)(int, const void *, size_t);
  ssize_t (*writev)(int, const struct iovec *, int);
  ssize_t (*send)(int, const void *, size_t, int);
  ssize_t (*sendto)(int, const void *, size_t, int, const struct sockaddr *, socklen_t);
  ssize_t (*sendmsg)(int, const struct msghdr *, int);
  int (*connect)(int, const struct sockaddr *, socklen_t);
  int (*accept4)(int, struct sockaddr *, socklen_t *, int);
  int (*getsockopt)(int, int, int, void *, socklen_t *);
  int (*poll)(struct pollfd *, nfds_t, int);
  int (*close)(int);
};
extern struct green__libc green__libc;

/* ---- waiting --------------------------------------------------------------------------------- */

/* The functions below that wait have a time `due`, in green_now()'s nanoseconds, UINT64_MAX for
 * never, and return, beside what each says,
 *   0: that time has come.
 *   -ECANCELED, -ETIMEDOUT: the wait was interrupted.
 *   -ENOMEM, -EMFILE.
 *   GREEN_ECLOSED: green__fd_forget() took the descriptor away.
 *   GREEN_ENESTED. */

/* Whether this host has descriptors to wait on: 0, GREEN_ENOTSUP. */
int green__fd_supported(void);

/* An interruption's status, or GREEN_ENOMEM, as a negative errno; others as they are. */
int green__fd_errno(int status);

/* Parks until one of poll(2)'s `events`, or POLLERR or POLLHUP, comes up. It may return without
 * one: the caller tries again. `known`: the kernel has just told the caller that it would block;
 * then a registration that is there already is relied on, and checked within 20 ms: so much later
 * it may be noticed that the number was closed past green__fd_forget() and used again.
 *   > 0: what is ready. */
int green__fd_wait(int fd, int events, uint64_t due, bool known);

/* Parks until something may be ready in one of `fds`, which are not changed.
 *   > 0: something may be. */
int green__fd_wait_any(const struct pollfd *fds, nfds_t count, uint64_t due);

/* The descriptor is closed now, or is a new one: all that wait on it get GREEN_ECLOSED, and nothing
 * of it is kept. Any stack. */
void green__fd_forget(int fd);

/* A read found less than it asked for in a stream: the next one would block, until there is an
 * event. Whether that is so still. */
void green__fd_drained(int fd);
bool green__fd_is_drained(int fd);

/* The most bytes that a blocking write to what is not a socket, and is ready, takes without
 * blocking. */
size_t green__fd_most_at_once(int fd);

/* Behind a connect() that would have waited, once it is over and SO_ERROR was `error`: has the socket be
 * what it is behind one that has waited. The errno of that one; 0: it is connected. */
int green__fd_connected(int fd, const struct sockaddr *address, socklen_t size, int error);

/* In WebAssembly: a socket's SO_RCVTIMEO or SO_SNDTIMEO, as getsockopt(2) and setsockopt(2) have them.
 * 0, or a negative errno. */
bool green__fd_is_timeout(int level, int name);
int green__fd_get_timeout(int fd, int name, void *value, socklen_t *size);
int green__fd_set_timeout(int fd, int name, const void *value, socklen_t size);

/* ---- calls that wait ------------------------------------------------------------------------- */

/* One call on a descriptor. `libc`: as the C library's own, whose O_NONBLOCK and timeouts are
 * obeyed, and which switches tasks only where it would block; otherwise a twin. */
struct green__call {
  int fd;
  bool libc;
  bool asked; /* what the descriptor's flags and timeouts say, in the next two */
  bool refuses;
  uint64_t due;
};

/* Comes before each twin: a task that always finds something ready would keep the others from
 * running, and never hear of a cancel or of its deadline. 0, or a status: then nothing was done. */
int green__call_turn(void);

ssize_t green__call_read(struct green__call *call, void *buffer, size_t size);
ssize_t green__call_readv(struct green__call *call, const struct iovec *parts, int count);
ssize_t green__call_recvfrom(struct green__call *call, void *buffer, size_t size, int flags,
                             struct sockaddr *address, socklen_t *address_size);
ssize_t green__call_recvmsg(struct green__call *call, struct msghdr *message, int flags);
ssize_t green__call_write(struct green__call *call, const void *buffer, size_t size);
ssize_t green__call_writev(struct green__call *call, const struct iovec *parts, int count);
ssize_t green__call_sendto(struct green__call *call, const void *buffer, size_t size, int flags,
                           const struct sockaddr *address, socklen_t address_size);
ssize_t green__call_sendmsg(struct green__call *call, const struct msghdr *message, int flags);
int green__call_accept(struct green__call *call, struct sockaddr *address, socklen_t *address_size,
                       int flags);
int green__call_connect(struct green__call *call, const struct sockaddr *address,
                        socklen_t address_size);
int green__call_poll(struct pollfd *fds, nfds_t count, uint64_t due, bool libc);
int green__call_close(int fd);

/* select(2)'s: `due` as above. Numbers from FD_SETSIZE on are not looked at. */
struct green__sets {
  int size;
  fd_set *read, *write, *except;
};
int green__call_select(const struct green__sets *sets, uint64_t due);

/* Nanoseconds; what is left of them when it was interrupted. The same in a timespec, which may be
 * NULL. */
int green__call_sleep(uint64_t duration, uint64_t *left);
int green__call_nanosleep(const struct timespec *time, struct timespec *rest);

/* ---- as the C library's functions: as_libc.c ------------------------------------------------- */

/* What such a function returns for a result of this header: -1 and errno for one that is negative.
 * ECANCELED: the descriptor was closed meanwhile; EDEADLK: the call cannot wait here
 * (GREEN_ENESTED). */
ssize_t green__libc_result(ssize_t result);

/* Called around each wait of the C library's calls in a task, where signals end them: in WebAssembly,
 * with greenio_posix. `restarts`: the call goes on behind a handler with SA_RESTART. begin() gives 0,
 * or without a wait -EINTR or 1: try again; end(), which is given what the wait has ended with, that, or 1:
 * try again, or -EINTR. */
struct green__libc_wait {
  struct green__libc_wait *next, **link; /* what points to it */
  struct green__task *task;
};
struct green__libc_waits {
  int (*begin)(struct green__libc_wait *wait, bool restarts);
  int (*end)(struct green__libc_wait *wait, int rc, bool restarts);
};
extern const struct green__libc_waits *green__libc_waits; /* NULL: they do not */

/* The waits themselves: as green__fd_wait_any(), or, if it `restarts`, as green__fd_wait() of the
 * first. */
int green__libc_wait(const struct pollfd *fds, nfds_t count, uint64_t due, bool restarts);

/* What getaddrinfo() returns for a status: EAI_MEMORY, or EAI_SYSTEM and errno. */
int green__libc_lookup_failed(int status);

/* Neither negative nor too many nanoseconds. How many nanoseconds a span is: some 68 years at most; and
 * how many there are between two points in time, which lie anywhere: 0 if `to` is not behind. */
bool green__is_time(const struct timespec *time);
uint64_t green__time_nanoseconds(const struct timespec *span);
uint64_t green__time_between(const struct timespec *from, const struct timespec *to);

/* When a timeout is over, as `due` above; 0: at once. Of poll(2), where a negative one is never; of
 * ppoll(2), where NULL is. */
uint64_t green__due_of_poll(int milliseconds);
uint64_t green__due_of(const struct timespec *timeout);

/* Whether what select(2) was given can be waited for here; the C library refuses the rest. */
bool green__may_select(int size, const struct timeval *timeout);

/* With their results in errno; of select(2) what is left of the timeout is in it behind the call. */
int green__libc_select(const struct green__sets *sets, struct timeval *timeout);
int green__libc_usleep(useconds_t duration);
unsigned green__libc_sleep(unsigned seconds);

GREEN__SHARED_END

#endif
