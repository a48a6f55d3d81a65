/* How calls that wait are ended from outside, with a blocking library: `program ADDRESS`. A cancel, a
 * deadline, and a server that dies while ENDED tasks are in a call of it: whoever starts the program
 * ends the server when it prints "now". The last line is "ok". */
#ifndef GREENIO_TESTS_POSIX_ENDS_H
#define GREENIO_TESTS_POSIX_ENDS_H

#include <greenio/greenio.h>

#define ENDED 20

/* Connects, calls reached(), and makes a call that the server never answers. What it fails with: a
 * negative status; 0: it did not fail; WAIT_FAILED: the library does not say by what its wait was
 * ended. */
#define WAIT_FAILED GREEN_EINTR
int block(const char *address);
void reached(void);

#endif
