/* Signals of the operating system, as futures. */
#ifndef GREENIO_SIGNAL_H
#define GREENIO_SIGNAL_H

#include <signal.h>
#include <greenio/future.h>

#if defined _WIN32 && !defined SIGHUP /* as libuv has it: the console was closed */
#define SIGHUP 1
#endif

GREEN_BEGIN

/* Makes a future that is done, with 0, at the next delivery of the signal to the process; until
 * then the signal does nothing else. Cancelling or having received it gives the signal its old
 * meaning back. It does not keep the runtime alive: wait for it beside the work, with
 * green_wait_any(), and cancel and release it afterwards. When the runtime ends, a pending one
 * fails with GREEN_ECLOSED. The signals are SIGINT, SIGTERM and SIGHUP.
 *   0; GREEN_EINVAL: another signal; GREEN_ENOMEM;
 *   GREEN_ENOTSUP: a browser, and JavaScript hosts without process.on().
 * Under Windows SIGINT is Ctrl-C, SIGHUP that the console is closed, after which the system ends
 * the process some seconds later; SIGTERM never comes. */
GREEN_API int green_signal(green_future **out, int signal);

GREEN_END
#endif
