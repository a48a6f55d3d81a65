/* A function that runs in a child process, and what came of it. */
#ifndef GREENIO_TESTS_CHILD_H
#define GREENIO_TESTS_CHILD_H

#include <stddef.h>

#ifdef __aarch64__
#define SKIP_WITHOUT_THREADS_BEHIND_FORK()                                                         \
  SKIP("qemu-user, in which this is tested, fails where a child of fork() starts a thread")
#else
#define SKIP_WITHOUT_THREADS_BEHIND_FORK() (void)0
#endif

struct child {
  int ended;        /* as waitpid() has it */
  char text[16384]; /* what it wrote to stderr */
};

/* Forks; main(arg) runs in the child, which then ends with what it returned. Reads the child's
 * stderr until that is closed.  0, GREEN_EMFILE, GREEN_EAGAIN. Blocks. */
int child_run(struct child *child, int (*main)(void *), void *arg);

#endif
