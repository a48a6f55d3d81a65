/* Descriptors 0 to 2, as a daemon closes them: a loop that got one of these numbers for its own would be aborted by
 * libuv when it closes it, and what was written to stderr would go into it. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>
#include "native.h"

void green__standard_open(void) {
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
    if (fcntl(fd, F_GETFD) >= 0 || errno != EBADF) continue;
    int got = open("/dev/null", O_RDWR); /* the lowest number that is free */
    if (got > STDERR_FILENO) close(got); /* another thread was faster */
  }
}
