/* What a process's end tells, in the words of POSIX: abort() ends it with 3, an exception with its code. */
#ifndef GREENIO_TESTS_WINDOWS_WAIT_H
#define GREENIO_TESTS_WINDOWS_WAIT_H

#include <signal.h>

#define WIFSIGNALED(ended) ((ended) == 3 || ((unsigned)(ended) >> 30) == 3)
#define WTERMSIG(ended)    ((ended) == 3 ? SIGABRT : SIGSEGV)
#define WIFEXITED(ended)   (!WIFSIGNALED(ended))
#define WEXITSTATUS(ended) (ended)

#endif
