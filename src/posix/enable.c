/* greenio_posix switched on, and the functions that it stands in front of. */
#include "posix.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>
#include <greenio/posix.h>
#include <greenio/status.h>
#include "core/wait.h"
#include "vfork.h"

static struct green__real real;
static atomic_bool found, enabled;

#define FIND(field, name) *(void **)&real.field = dlsym(RTLD_NEXT, name)

static void libc_find(void) {
  FIND(libc.read, "read");
  FIND(libc.readv, "readv");
  FIND(libc.recv, "recv");
  FIND(libc.recvfrom, "recvfrom");
  FIND(libc.recvmsg, "recvmsg");
  FIND(libc.write, "write");
  FIND(libc.writev, "writev");
  FIND(libc.send, "send");
  FIND(libc.sendto, "sendto");
  FIND(libc.sendmsg, "sendmsg");
  FIND(libc.connect, "connect");
  FIND(libc.accept4, "accept4");
  FIND(libc.getsockopt, "getsockopt");
  FIND(libc.poll, "poll");
  FIND(libc.close, "close");
  FIND(accept, "accept");
  FIND(dup2, "dup2");
  FIND(dup3, "dup3");
  FIND(ppoll, "ppoll");
  FIND(select, "select");
  FIND(pselect, "pselect");
  FIND(epoll_wait, "epoll_wait");
  FIND(epoll_pwait, "epoll_pwait");
  FIND(nanosleep, "nanosleep");
  FIND(clock_nanosleep, "clock_nanosleep");
  FIND(usleep, "usleep");
  FIND(sleep, "sleep");
  FIND(getaddrinfo, "getaddrinfo");
  FIND(vfork, "vfork");
}

/* Threads that come here at once find the same. */
const struct green__real *green__real(void) {
  if (!atomic_load_explicit(&found, memory_order_acquire)) {
    libc_find();
    atomic_store_explicit(&found, true, memory_order_release);
  }
  return &real;
}

/* A child of vfork() has its parent's memory, and so its running task, but cannot switch tasks. It is known by its number,
 * for which the kernel is asked only where this thread has called vfork() since: each call that is made green would
 * otherwise cost a system call more. (fork() tells of its children, vfork() does not.) */
static pid_t process;
static _Thread_local bool forked;

/* For vfork.S: libc's vfork(). */
void *green__posix_forks(void);
void *green__posix_forks(void) {
  forked = true;
  return green__real()->vfork;
}

static bool is_child_of_vfork(void) {
#ifdef GREEN__SEES_VFORK
  if (!forked) return false;
#endif
  if (getpid() != process) return true;
  forked = false; /* the child is gone, or has its own memory */
  return false;
}

static void note_process(void) {
  process = getpid();
}

__attribute__((constructor)) static void start(void) {
  green__libc = green__real()->libc; /* the twins need not come through here */
  note_process();
  pthread_atfork(NULL, NULL, note_process);
}

bool green__posix_parks(void) {
  return green__running() && atomic_load_explicit(&enabled, memory_order_relaxed) &&
         !is_child_of_vfork();
}

/* Whether a shared library that asks for the name finds ours. */
static bool in_front(const char *name, void *function) {
  return dlsym(RTLD_DEFAULT, name) == function;
}

static bool sees_vfork(void) {
#ifdef GREEN__SEES_VFORK
  return in_front("vfork", green__posix_at_vfork);
#else
  return true;
#endif
}

int green_posix_enable(void) {
  if (!in_front("read", green__posix_at_read) || !in_front("poll", green__posix_at_poll) ||
      !in_front("sleep", green__posix_at_sleep) ||
      !in_front("epoll_wait", green__posix_at_epoll_wait) ||
      !in_front("__read_chk", green__posix_at___read_chk) ||
      !in_front("getaddrinfo", green__posix_at_getaddrinfo) || !sees_vfork())
    return GREEN_ENOTSUP;
  atomic_store(&enabled, true);
  return 0;
}
