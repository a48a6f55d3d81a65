/* fork(): what the child may do stands in <greenio/runtime.h>. The child's thread forgets the
 * parent's runtime, so that all functions find it as it was before greenio was used; kernel objects
 * that parent and child share (epoll, libuv's pipes) are left alone. */
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "host.h"
#include "native.h"

static void before_fork(void) {
  green__fork_begin();
  green__signals_fork_begin();
}

static void in_parent(void) {
  green__signals_fork_end(false);
  green__fork_end(false);
}

static void in_child(void) {
  green__signals_fork_end(true);
  green__fork_end(true);
  green__watch_forget();
  green__context_forget();
  green__stacks_forget();
}

static void watch_forks(void) {
  pthread_atfork(before_fork, in_parent, in_child);
}

void green__fork_watch(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, watch_forks);
}

void green__fork_misused(void) {
  static const char line[] =
      "greenio: a child of fork() went back into the event loop of its parent; "
      "it has to end with _exit() or exec, see <greenio/runtime.h>\n";
  ssize_t written = write(STDERR_FILENO, line, sizeof line - 1);
  (void)written;
  abort();
}
