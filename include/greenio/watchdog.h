/* The watchdog: says which task holds the event loop for too long.
 *
 * Tasks switch only where one waits, so a task that computes for a second holds up all the others.
 * The watchdog names it on stderr, once a hold. It is off unless asked for.
 *
 * Natively the report comes while the loop is held, with the stack of whoever holds it: a helper
 * thread, which looks four times a limit and at most once a millisecond, sends the runtime's thread
 * SIGURG. A handler for that signal that was there before is still called for other deliveries of
 * it; a system call that cannot be restarted ends with EINTR, once a hold. Functions are named that
 * the linker exports (-rdynamic; CMake's ENABLE_EXPORTS); of others there is the address, for
 * addr2line. In wasm there is no other thread, and under Windows none that could look at the stack:
 * the report comes when the loop is free again, with the time that it was held, and costs two looks
 * at the clock a switch.
 */
#ifndef GREENIO_WATCHDOG_H
#define GREENIO_WATCHDOG_H

#include <greenio/base.h>

GREEN_BEGIN

/* Has reported every task, and every callback of greenio's, that holds the loop of the calling
 * thread's runtime for longer than `milliseconds`; 0: no longer. Replaces the limit that was set
 * before, which stays after a failure. It ends with the runtime, and is off in the child of fork().
 * It keeps nothing alive. Any stack; never parks.
 *   0, GREEN_ENOMEM. GREEN_EAGAIN: natively, no thread could be started. */
GREEN_API int green_set_watchdog(uint64_t milliseconds);

GREEN_END
#endif
