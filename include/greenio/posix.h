/* Blocking code made green without a change: libc's blocking calls, made in a task, park it. On
 * every host that has sockets: natively, in Node, and in a page or elsewhere where the factory's
 * option greenSockets gives some (docs/gateway.md).
 *
 * This is patching of a process by the linker, and it is a library of its own for that reason:
 * CMake's target greenio::posix, or natively libgreenio_posix.so for LD_PRELOAD. It stands in front
 * of read, recv, write, send, connect, accept, poll, select, sleep, getaddrinfo and their relatives
 * for the whole process, shared libraries included, and in WebAssembly for the whole module;
 * docs/posix.md lists them. Until green_posix_enable() is called they are libc's, and so they
 * always are outside tasks: on the host's own stack, in other threads, and for what greenio and
 * libuv do themselves. For code of one's own the twins in <greenio/fd.h> are the better way.
 *
 * In a task, a call on a descriptor that the program left blocking parks instead of blocking; one
 * on a descriptor with O_NONBLOCK gives EAGAIN as ever; poll(), select() and their relatives park
 * where nothing is ready. A call that would not block never lets another task run, however many
 * there are: green_yield() does. SO_RCVTIMEO and SO_SNDTIMEO end a wait as they end the call. When
 * the task is cancelled or its deadline passes, the call fails with errno ECANCELED or ETIMEDOUT
 * (getaddrinfo: EAI_SYSTEM with it; sleep: the seconds that are left).
 *
 * What may not be shared between tasks is what may not be shared between threads, and a little
 * more:
 *   - A handle (a PGconn, a redisContext, a CURL, an SSL) belongs to one task at a time: while its
 *     call is parked another task can run, and find it half way. Give each task its own, or put a
 *     green_lock around it.
 *   - A pthread mutex that is held across a call that parks: the next task of the same thread to
 *     lock it blocks the thread, for ever. This is not detected. Use a green_lock. The same goes
 *     for what libc locks by itself: stdio streams that several tasks use for slow devices.
 *   - Natively a signal's handler runs while tasks are parked, and ends none of their calls: what
 *     would be EINTR goes on. A task waits for a signal by green_signal(), and cancels who is to
 *     stop; a time limit is SO_RCVTIMEO's or GREEN_TIMEOUT()'s, not alarm()'s. A handler must not
 *     leave by siglongjmp().
 *   - recv() with MSG_PEEK and MSG_WAITALL together gives what has come, as without MSG_WAITALL.
 *   - A listening socket that other threads or processes accept on too, and that was left blocking:
 *     accept() sets O_NONBLOCK for its length, for all of them. Set it yourself, and poll().
 *   - In WebAssembly stdio parks as well, in the middle of a FILE that other tasks may use: one
 *     that reads or writes a socket or a pipe belongs to one task at a time.
 *   - Thread-local state of a library (OpenSSL's error queue, gethostbyname()'s result,
 *     strerror()'s text) is shared by all tasks; read it before the next call that may park. errno
 *     is each task's own.
 *
 * In WebAssembly the sockets are greenio's, since Emscripten's cannot wait: TCP, and in Node
 * Unix-domain sockets that connect, and listening sockets. Pipes and socketpair() are inside the
 * module, standard input waits (of Node, or a ReadableStream in the factory's option greenStdin),
 * and a terminal (of Node, or the factory's option greenTerminal) has modes and signals of its
 * keys. errno is as POSIX has it. What differs from other hosts:
 *   - Outside tasks, a call on one of them does not wait: what would is EAGAIN or EINPROGRESS, and
 *     poll() and select() look once. Standard input is read as Emscripten does.
 *   - socket() of another type than SOCK_STREAM is EPROTOTYPE; a Unix-domain socket cannot listen
 *     (EOPNOTSUPP); other flags than MSG_PEEK, MSG_WAITALL, MSG_DONTWAIT, MSG_NOSIGNAL and
 *     MSG_MORE, and what goes beside the bytes (SCM_RIGHTS), are EOPNOTSUPP; options that the host
 *     does not have are ENOPROTOOPT, and SO_RCVBUF and SO_SNDBUF are remembered alone. With
 *     greenSockets nothing can listen: bind() and listen() are EOPNOTSUPP.
 *   - Of a name getaddrinfo() gives the addresses that Node finds, no canonical name (AI_CANONNAME
 *     is EAI_BADFLAGS); services are numbers. gethostbyname() is Emscripten's, which finds nothing.
 *   - Who connects beyond listen()'s backlog is reset.
 *   - There is no SIGPIPE. A handler of a signal (of the process in Node, of a terminal's keys, of
 *     an alarm) runs in a task that waits in such a call, on its own stack: docs/posix.md.
 *     sigwait(), sigtimedwait(), sigsuspend() and pause() wait in tasks; outside they are EAGAIN.
 */
#ifndef GREENIO_POSIX_H
#define GREENIO_POSIX_H

#include <greenio/base.h>
#include <greenio/status.h>

GREEN_BEGIN

/* From here on libc's blocking calls park the tasks of this process that make them. There is no way
 * back. Any stack, any thread, any number of times; never parks. In WebAssembly sockets that were
 * made before, and files, stay Emscripten's.
 *   0.
 *   GREEN_ENOTSUP: natively, the program was linked such that other libraries do not see its
 *     read(), poll() and the others: see docs/posix.md. In WebAssembly there are no sockets: give
 *     the factory greenSockets, as the message says that it leaves in a task. */
GREEN_API int green_posix_enable(void);

GREEN_END
#endif
