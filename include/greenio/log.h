/* What greenio has to say by itself: that a failed future was looked at by nobody, a deadlock with
 * its report, how green_run() failed, what the watchdog saw, misuse of a handle, what went wrong in
 * the requests of an application that has no error log of its own.
 */
#ifndef GREENIO_LOG_H
#define GREENIO_LOG_H

#include <greenio/base.h>

GREEN_BEGIN

/* Has these lines given to a function instead of written to stderr, each whole, as stderr would
 * have it, without the line's end. One for the whole process; NULL: stderr again, which in
 * WebAssembly is the program's own printErr. To be set before anything else of greenio is used, or
 * while no other thread uses it.
 *
 * `write` is called on the thread whose runtime it is about, on whatever stack is running there: a
 * task's, the host's, or at exit(). It may not wait, and calls nothing of greenio that parks,
 * releases or runs anything. `line` is good during the call.
 *
 * Not given to it: lines of a process that ends where nothing may be called (an overflow, a crash,
 * a child of fork() that went back), and natively the watchdog's, which come from a signal: they go
 * to stderr; and what JavaScript says by itself, as when a trap has ended a task or closed the
 * module: that goes to printErr. Any stack; never parks. */
GREEN_API void green_set_log(void (*write)(const char *line, void *arg), void *arg);

GREEN_END
#endif
