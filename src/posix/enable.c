/* greenio_posix switched on, and the functions that it stands in front of. */
#include "posix.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <greenio/posix.h>
#include <greenio/status.h>
#include "core/task.h"

static struct green__real real;
static atomic_bool found, enabled;

#define FIND(field, name) *(void **)&real.field = dlsym(RTLD_NEXT, name)

static void find(void) {
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
  FIND(libc.poll, "poll");
  FIND(libc.close, "close");
  FIND(accept, "accept");
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
}

/* Threads that come here at once find the same. */
const struct green__real *green__real(void) {
  if (!atomic_load_explicit(&found, memory_order_acquire)) {
    find();
    atomic_store_explicit(&found, true, memory_order_release);
  }
  return &real;
}

__attribute__((constructor)) static void start(void) {
  green__libc = green__real()->libc; /* the twins need not come through here */
}

bool green__posix_parks(void) {
  return green__self() && atomic_load_explicit(&enabled, memory_order_relaxed);
}

ssize_t green__posix_result(ssize_t result) {
  if (result >= 0) return result;
  errno = result == GREEN_ECLOSED ? ECANCELED : result <= GREEN_EMAIN ? EINVAL : (int)-result;
  return -1;
}

/* Each file of this library has one function here, so that a static link takes them all. */
extern ssize_t green__posix_read(int, void *, size_t) __asm__("read");
extern int green__posix_poll(struct pollfd *, nfds_t, int) __asm__("poll");
extern unsigned green__posix_sleep(unsigned) __asm__("sleep");
extern int green__posix_getaddrinfo(const char *, const char *, const struct addrinfo *,
                                    struct addrinfo **) __asm__("getaddrinfo");

int green_posix_enable(void) {
  /* as a shared library would find them */
  if (dlsym(RTLD_DEFAULT, "read") != (void *)green__posix_read ||
      dlsym(RTLD_DEFAULT, "poll") != (void *)green__posix_poll ||
      dlsym(RTLD_DEFAULT, "sleep") != (void *)green__posix_sleep ||
      dlsym(RTLD_DEFAULT, "getaddrinfo") != (void *)green__posix_getaddrinfo)
    return GREEN_ENOTSUP;
  atomic_store(&enabled, true);
  return 0;
}
