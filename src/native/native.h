/* What the files of the native host share.
 *
 * A host with another loop can take context.c, stack.c and the folder of the processor (or ucontext) as
 * they are, with overflow.c, tell.c, watch.c, fork.c, and what of pages, tell and thread is the system's
 * (..._posix.c); tests/poll_host does. Its loop then calls
 *
 *   in green__host_open()    green__overflow_watch(), green__fork_watch(), when it cannot fail any more
 *   in green__host_watch()   green__watch_start(), or for no limit green__watch_stop()
 *   in green__host_close()   green__watch_stop(), green__overflow_unwatch()
 *   first in                 green__fork_misused(), if green__runtime_own() is not the runtime that the
 *   green__host_run(), and   host was opened for: a child of fork() has come back
 *   behind green__turn()
 *
 * and its green_signal() has functions green__signals_fork_begin() and green__signals_fork_end(), which
 * may do nothing.
 *
 * It is built with this folder, posix in it and the processor's among those where headers are looked for, with
 * _GNU_SOURCE, and on x86-64 all of it with -mno-red-zone: the switch pushes, and is inlined where it
 * can be. That context.c is one unit with the core's turn.c and wait.c (native.cmake) is for speed
 * alone. */
#ifndef GREENIO_SRC_NATIVE_NATIVE_H
#define GREENIO_SRC_NATIVE_NATIVE_H

#include <stdbool.h>
#include <stdint.h>
#include "stack.h"

/* The stack of the context that runs on this thread, or NULL. */
const struct green__stack *green__native_running_stack(void);

/* Appends to a line, without a final 0, and gives its end; async-signal-safe, as are the next three. */
char *green__put(char *at, const char *text);
char *green__put_number(char *at, size_t number);

/* Writes to stderr: a line up to its end; whose stack overflowed, and what to do; of the running task, what
 * has become of it, a line's end. */
void green__tell(const char *line, const char *end);
void green__overflow_tell(const struct green__stack *stack);
void green__crash_tell(const char *text);

/* Is called in the handler of a fault, which most often ends the program, or NULL; overflow.c. */
extern void (*green__at_crash)(void);

/* Is called when a signal that greenio had watched has its default action back, or NULL; signal_posix.c. */
extern void (*green__at_default)(void);

/* Watches for stack overflows on this thread, and no longer. */
void green__overflow_watch(void);
void green__overflow_unwatch(void);

/* Watches that no turn of the calling thread's runtime stands still for `limit` ns, in the place of what
 * watched before, which stays after a failure; and no longer.
 *   0, GREEN_ENOMEM, GREEN_EAGAIN. */
struct green_runtime;
int green__watch_start(struct green_runtime *runtime, uint64_t limit);
void green__watch_stop(void);

/* Has every child of fork() begin without a runtime. */
void green__fork_watch(void);

/* Says that a child of fork() does what it must not, and aborts. */
void green__fork_misused(void) __attribute__((noreturn));

/* Around fork(), and in the child what belongs to the parent is left alone. */
void green__signals_fork_begin(void);
void green__signals_fork_end(bool child);
void green__context_forget(void);
void green__watch_forget(void);

/* Has the standard descriptors that are closed be /dev/null, where there is one. */
void green__standard_open(void);

/* signal.c: has SIGQUIT ask for reports, if the environment wants it. */
void green__report_by_environment(void);

#endif
