/* A function that runs in a child process. */
#include "child.h"
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include "harness.h"

/* Children lose what they have in all kinds of ways: no leaks of theirs are looked for. */
#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#endif
#ifdef VALGRIND_CLO_CHANGE
#define LEAVE_LEAKS() VALGRIND_CLO_CHANGE("--leak-check=no")
#else
#define LEAVE_LEAKS() (void)0
#endif

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>
static bool is_child;

int __lsan_is_turned_off(void) {
  return is_child;
}

#undef LEAVE_LEAKS
#define LEAVE_LEAKS() (is_child = true)
#endif

static void child_main(const int *ends, int (*main)(void *), void *arg) {
  struct rlimit none = {0, 0};
  setrlimit(RLIMIT_CORE, &none);
  dup2(ends[1], STDERR_FILENO);
  close(ends[0]);
  close(ends[1]);
  test_allocator_disarm();
  LEAVE_LEAKS();
  _exit(main(arg));
}

int child_run(struct child *child, int (*main)(void *), void *arg) {
  int ends[2];
  if (pipe(ends) < 0) return GREEN_EMFILE;
  fflush(NULL);
  pid_t process = fork();
  if (process == 0) child_main(ends, main, arg);
  close(ends[1]);
  size_t length = 0;
  ssize_t got;
  while (length + 1 < sizeof child->text &&
         (got = read(ends[0], child->text + length, sizeof child->text - length - 1)) > 0)
    length += (size_t)got;
  child->text[length] = 0;
  close(ends[0]);
  return process > 0 && waitpid(process, &child->ended, 0) == process ? 0 : GREEN_EAGAIN;
}
