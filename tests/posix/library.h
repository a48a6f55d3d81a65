/* What the programs that use a blocking library share: the same work with and without tasks.
 *
 *   program plain ADDRESS    a few pieces of work, one after the other, no greenio running
 *   program tasks ADDRESS    TASKS of them at once in tasks, beside a watcher who asks the server; then
 *                            a few outside
 *   program green ADDRESS    without these: WebAssembly cannot wait outside tasks
 *
 * The last line is "ok"; anything that went wrong is on stderr, and the exit status is 1. */
#ifndef GREENIO_TESTS_POSIX_LIBRARY_H
#define GREENIO_TESTS_POSIX_LIBRARY_H

#include <greenio/greenio.h>

#ifndef TASKS
#define TASKS 100
#endif
#define PLAIN 3

#ifdef __cplusplus
extern "C" {
#endif

/* Makes blocking calls of tasks park: green_posix_enable(), unless the program has one of its own. */
int enable(void);

/* The server, as run.mjs says. */
extern const char *address;

/* Piece i of the work; 0, or a status with a message on stderr. In tasks all are to be in the
 * middle of it before one can end. */
int work(int i, bool in_task);

/* Waits until the server itself sees all of them, and lets them go on. */
int watch(void);

/* Complains on stderr; GREEN_EPROTO. */
int wrong(const char *format, ...) GREEN_PRINTF(1, 2);

#ifdef __cplusplus
}
#endif
#endif
