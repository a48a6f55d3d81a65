/* Blocking code that is compiled anew waits, without a change to its source: with
 *
 *   cc -include greenio/fd_names.h ...
 *
 * read, readv, recv, recvfrom, recvmsg, write, writev, send, sendto, sendmsg, connect, accept,
 * accept4, poll, select, close, dup2, sleep, usleep, nanosleep and getaddrinfo of a file are
 * greenio's, with libc's meaning: -1 and errno, not a status. In a task, a call that would block
 * parks that task; docs/porting.md has an example. A descriptor that the program made non-blocking
 * gives EAGAIN or EINPROGRESS as ever, SO_RCVTIMEO and SO_SNDTIMEO end a wait, poll() and select()
 * park until something is ready. A call that need not wait never lets another task run. Outside
 * tasks they are libc's own.
 *
 * It works on the hosts that <greenio/fd.h> names: natively, and in Node with -sNODERAWSOCKETS
 * (Emscripten 6.0.5). In WebAssembly without that they are Emscripten's own, but for the sleeps,
 * which park everywhere; connect(), accept() and accept4() fail with ENOTSUP in a task.
 *
 *   ECANCELED: the task was cancelled, or the descriptor closed while the call waited.
 *   ETIMEDOUT: the task's deadline (GREEN_TIMEOUT) has passed. sleep() returns the seconds that are
 *     left, getaddrinfo() EAI_SYSTEM with that errno.
 *   EDEADLK: a JavaScript frame lies below the call, so it cannot wait (GREEN_ENESTED).
 *
 * Compile all files of a library with it, or those that touch descriptors. It is for code that is
 * there; what is new had better call green_read() and the others, which say where a task may
 * switch. What may not be shared between tasks stands in <greenio/posix.h>, which does the same for
 * libraries that are not compiled anew, natively.
 *
 * No name is a macro: the compiler is told under which symbol each function is to be linked. So
 * members (`io->read(io, buffer, size)`), methods (`stream.read(...)`), local variables and static
 * functions of these names are untouched, pointers to the functions are right, fcntl() needs
 * nothing, and the header includes no other, so a file may still define _GNU_SOURCE. A function
 * with external linkage of the program's own that is called read() is renamed as well.
 *
 * Not covered: stdio (fprintf on a stream of fdopen()), which calls libc inside; ppoll, pselect,
 * epoll, recvmmsg, sendmmsg; gethostbyname; locks and condition variables of pthread. They block.
 * _FORTIFY_SOURCE is undefined, since its read() goes past the name. In WebAssembly a name that is
 * looked up has one address entry for each address and no canonical name, AI_CANONNAME being
 * EAI_BADFLAGS; services are numbers. Natively getaddrinfo() holds a thread of libuv's pool, which
 * files need too, until the system has answered; green_address_lookup() does not.
 */
#ifndef GREENIO_FD_NAMES_H
#define GREENIO_FD_NAMES_H

#ifdef _WIN32
#error "<greenio/fd_names.h> is for descriptors, which Windows does not have"
#endif

#undef _FORTIFY_SOURCE

#pragma redefine_extname read green__name_read
#pragma redefine_extname readv green__name_readv
#pragma redefine_extname recv green__name_recv
#pragma redefine_extname recvfrom green__name_recvfrom
#pragma redefine_extname recvmsg green__name_recvmsg
#pragma redefine_extname write green__name_write
#pragma redefine_extname writev green__name_writev
#pragma redefine_extname send green__name_send
#pragma redefine_extname sendto green__name_sendto
#pragma redefine_extname sendmsg green__name_sendmsg
#pragma redefine_extname connect green__name_connect
#pragma redefine_extname accept green__name_accept
#pragma redefine_extname accept4 green__name_accept4
#pragma redefine_extname poll green__name_poll
#pragma redefine_extname select green__name_select
#pragma redefine_extname close green__name_close
#pragma redefine_extname dup2 green__name_dup2
#pragma redefine_extname sleep green__name_sleep
#pragma redefine_extname usleep green__name_usleep
#pragma redefine_extname nanosleep green__name_nanosleep
#pragma redefine_extname getaddrinfo green__name_getaddrinfo
/* Emscripten's getaddrinfo() looks nothing up, and its setsockopt() calls all a success. */
#ifdef __EMSCRIPTEN__
#pragma redefine_extname freeaddrinfo green__name_freeaddrinfo
#pragma redefine_extname setsockopt green__name_setsockopt
#pragma redefine_extname getsockopt green__name_getsockopt
#endif

#endif
