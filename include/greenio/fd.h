/* Waiting on descriptors: for readiness, and by twins of the POSIX calls, which return statuses,
 * for code that is written for greenio. Code that blocks and reads errno stays as it is, by
 * <greenio/fd_names.h>.
 *
 * Natively they work on every descriptor that poll(2) knows. In Node they work in a program linked
 * with -sNODERAWSOCKETS, which Emscripten 3.1.6 does not have and 6.0.5 does: on its TCP and UDP
 * sockets and its pipes; what else it has a descriptor for, files and the terminal, is always
 * ready, and reading a terminal blocks the thread. In other programs, and so in a page, all of them
 * but green_close() return GREEN_ENOTSUP: what Emscripten calls a socket there is emulated over
 * WebSockets and needs a server that speaks them, a connection that the page or Node makes is no
 * descriptor, and its files never block.
 *
 * Under Windows there is nothing that they could wait on: those whose types it has,
 * green_wait_fd(), green_read(), green_recv(), green_write(), green_send() and green_close(),
 * return GREEN_ENOTSUP, and the others are not declared. <greenio/stream.h> and <greenio/file.h>
 * work there.
 *
 * All of them are for tasks: outside one they return GREEN_EMAIN, even if they would not have had
 * to wait; green_close() alone works on any stack. The calls of one task on one descriptor are
 * ordered; what two tasks write to it at once is interleaved.
 *
 * Whether O_NONBLOCK is set makes no difference. green_accept() leaves it set on the listening
 * socket, green_connect() sets it for the length of the call, the others never do: sockets are
 * tried with MSG_DONTWAIT, anything else is asked with poll(2) first. Regular files, and what else
 * poll(2) always calls ready, are read and written straight, which may take as long as the disk
 * takes. A terminal or pipe that somebody else empties in between may block the thread until there
 * is more. SO_RCVTIMEO and SO_SNDTIMEO are not looked at: deadlines are GREEN_TIMEOUT's.
 *
 * Interrupted (GREEN_ECANCELED, GREEN_ETIMEDOUT) nothing has been read or written, except where a
 * count is returned instead: a twin that has moved some bytes returns how many, and the
 * interruption comes to the task's next wait. After many calls that did not have to wait (64) the
 * next one lets the other tasks run before it begins, and is interrupted as one that waits: what
 * must be done in a cleanup is done under GREEN_SHIELD.
 *
 * Close a descriptor with green_close(). One that was closed in another way is noticed, in Node, at
 * once; natively when its number is next used here, at the latest 20 ms after the first wait on it,
 * and is then treated as a new one; a task that was waiting on the old one meanwhile stays parked
 * until then, or until its deadline. A descriptor is waited on by the tasks of one thread. A child
 * of vfork() may call green_close(), which leaves its parent's waits alone, and none of the others.
 *
 * Node reads ahead, up to 256 KiB a connection, and keeps up to 64 KiB that the kernel has not
 * taken yet. Its close(2) throws these away; green_close() has them delivered, unless SO_LINGER was
 * set. A duplicate of a socket (dup(2)) is closed with it there, by Emscripten. A reset may read as
 * what came before it and then GREEN_ECONNRESET, and a peer that has gone is noticed when Node says
 * so.
 */
#ifndef GREENIO_FD_H
#define GREENIO_FD_H

#include <sys/types.h>
#include <greenio/base.h>

#ifdef _WIN32

GREEN_BEGIN

GREEN_API int green_wait_fd(int fd, int events);
GREEN_API ssize_t green_read(int fd, void *buffer, size_t size);
GREEN_API ssize_t green_recv(int fd, void *buffer, size_t size, int flags);
GREEN_API ssize_t green_write(int fd, const void *buffer, size_t size);
GREEN_API ssize_t green_send(int fd, const void *buffer, size_t size, int flags);
GREEN_API int green_close(int fd);

GREEN_END

#else

#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>

GREEN_BEGIN

/* Waits until one of `events` is ready on the descriptor: POLLIN, POLLOUT, POLLPRI, POLLRDHUP, or
 * several. Once: the next change needs another call. Any number of tasks may wait on one
 * descriptor, and all whose events are ready are woken, in the order in which they began. Parks,
 * unless something is ready.
 *   > 0: what is ready, as in poll(2)'s revents: some of `events`, POLLERR and POLLHUP.
 *   GREEN_EBADF: no such descriptor.
 *   GREEN_EINVAL: no event, or one of others.
 *   GREEN_ECANCELED: also when the descriptor is closed with green_close() meanwhile.
 *   GREEN_ETIMEDOUT, GREEN_EMAIN, GREEN_ENESTED, GREEN_ENOMEM; GREEN_ENOTSUP: see above. */
GREEN_API int green_wait_fd(int fd, int events);

/* ---- twins ------------------------------------------------------------------------------------
 *
 * The arguments of the POSIX call without `green_`, and its meaning on a blocking descriptor.
 *   >= 0: the count, or the descriptor.
 *   negative: green_status_from_errno() of the call's errno, or as green_wait_fd(). But for
 *     GREEN_EAGAIN, a failure leaves a message that names the call and the descriptor.
 */

/* 0: end of file. Whatever is there is returned; less than `size` is usual. */
GREEN_API ssize_t green_read(int fd, void *buffer, size_t size);
GREEN_API ssize_t green_readv(int fd, const struct iovec *parts, int count);

/* The flags are recv(2)'s. MSG_WAITALL waits for all; MSG_DONTWAIT never waits: GREEN_EAGAIN. In
 * Node MSG_PEEK besides these; others give GREEN_ENOTSUP. */
GREEN_API ssize_t green_recv(int fd, void *buffer, size_t size, int flags);
GREEN_API ssize_t green_recvfrom(int fd, void *buffer, size_t size, int flags,
                                 struct sockaddr *address, socklen_t *address_size);

/* As green_recv(), into several parts, with the sender's address and, natively, what comes beside
 * the bytes: descriptors (SCM_RIGHTS), credentials, timestamps. With MSG_WAITALL a read ends where
 * such came along. In Node there is none of it: msg_controllen is 0 then. */
GREEN_API ssize_t green_recvmsg(int fd, struct msghdr *message, int flags);

/* All of it is written, in as many pieces as it takes; a lower count says that an error or an
 * interruption came after so many bytes. A peer that has gone is GREEN_EPIPE or GREEN_ECONNRESET;
 * no SIGPIPE is raised for a socket. */
GREEN_API ssize_t green_write(int fd, const void *buffer, size_t size);
GREEN_API ssize_t green_writev(int fd, const struct iovec *parts, int count);

/* As green_write(), with send(2)'s flags; in Node MSG_DONTWAIT, MSG_NOSIGNAL and MSG_MORE, others
 * give GREEN_ENOTSUP. A datagram is one piece, or not sent. */
GREEN_API ssize_t green_send(int fd, const void *buffer, size_t size, int flags);
GREEN_API ssize_t green_sendto(int fd, const void *buffer, size_t size, int flags,
                               const struct sockaddr *address, socklen_t address_size);

/* As green_send(), from several parts, to an address and, natively, with what goes beside the
 * bytes, descriptors for example: that goes with the first piece, once. In Node it is
 * GREEN_ENOTSUP. */
GREEN_API ssize_t green_sendmsg(int fd, const struct msghdr *message, int flags);

/* The new descriptor is close-on-exec, and blocking as after accept(2). The listening socket has
 * O_NONBLOCK set from then on, so that threads with a runtime each, and processes, may share it: a
 * connection that another of them takes first is no reason to block. */
GREEN_API int green_accept(int fd, struct sockaddr *address, socklen_t *size);

/* Interrupted, the connection goes on being made: close the descriptor.
 *   0; GREEN_ECONNREFUSED, GREEN_EHOSTUNREACH, GREEN_ENETUNREACH ...: why it failed. */
GREEN_API int green_connect(int fd, const struct sockaddr *address, socklen_t size);

/* `timeout` in milliseconds; negative: for ever; 0: does not wait.
 *   how many of `fds` have revents; 0: the timeout has passed. */
GREEN_API int green_poll(struct pollfd *fds, nfds_t count, int timeout);

/* Closes the descriptor, on every host. All tasks that wait on it get GREEN_ECANCELED, nothing
 * stays registered, and the number may be used again at once. Any stack; never parks.
 *   0, GREEN_EBADF, or what close(2) says; it is closed then, too. */
GREEN_API int green_close(int fd);

GREEN_END

#endif /* _WIN32 */
#endif
