/* Which terminals are raw, with the mode that each had before.
 *
 * The program may end anywhere, in a signal's handler too: so they stand in a table that a handler can read. An entry is
 * changed under the lock, and its `fd`, a descriptor of its own, is set last and taken away first: who finds one may give
 * it its mode back, twice if it comes to that. libuv's uv_tty has the mode of one terminal alone, and loses it with the
 * handle that it was set by. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>
#include <greenio/status.h>
#include "native.h"
#include "raw.h"

#define TERMINALS 16

struct raw {
  atomic_int fd; /* 0: nothing is here */
  dev_t device;
  pid_t process; /* a child of fork() leaves its parent's terminal alone */
  unsigned count;
  struct termios before;
};

static struct raw table[TERMINALS];
static pthread_mutex_t table_lock = PTHREAD_MUTEX_INITIALIZER;

/* Async-signal-safe. A program in the background would be stopped, in the midst of its end. */
static void give_back(int fd, const struct termios *mode) {
  sigset_t output, before;
  sigemptyset(&output);
  sigaddset(&output, SIGTTOU);
  pthread_sigmask(SIG_BLOCK, &output, &before);
  while (tcsetattr(fd, TCSANOW, mode) < 0 && errno == EINTR) continue;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static void give_all_back(void) {
  int error = errno;
  for (int i = 0; i < TERMINALS; i++) {
    int fd = atomic_load(&table[i].fd);
    if (fd && table[i].process == getpid()) give_back(fd, &table[i].before);
  }
  errno = error;
}

/* ---- the program's end ----------------------------------------------------------------------- */

static const int endings[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

/* By SA_RESETHAND the next one ends it. */
static void on_ending(int number) {
  give_all_back();
  raise(number);
}

static void watch_endings(void);
static void raw_register_exit(void) {
  atexit(give_all_back);
  green__at_crash = give_all_back;
  green__at_default = watch_endings;
}

/* Before each mode that is set, and when a signal that was watched has its default back. */
static void watch_endings(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  struct sigaction mine = {.sa_handler = on_ending, .sa_flags = (int)SA_RESETHAND}, now;
  pthread_once(&once, raw_register_exit);
  for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
    if (sigaction(endings[i], NULL, &now) == 0 && !(now.sa_flags & SA_SIGINFO) &&
        now.sa_handler == SIG_DFL)
      sigaction(endings[i], &mine, NULL);
}

/* ---- raw and back ---------------------------------------------------------------------------- */

/* In a child of fork() those of its parent are not its own. */
static void raw_forget_parents(void) {
  for (int i = 0; i < TERMINALS; i++) {
    int own = atomic_load(&table[i].fd);
    if (!own || table[i].process == getpid()) continue;
    atomic_store(&table[i].fd, 0);
    close(own);
  }
}

static struct raw *raw_find(dev_t device) {
  struct raw *free = NULL;
  raw_forget_parents();
  for (int i = 0; i < TERMINALS; i++) {
    if (!atomic_load(&table[i].fd))
      free = &table[i];
    else if (table[i].device == device)
      return &table[i];
  }
  return free;
}

static int raw_set(int fd, const struct termios *before) {
  struct termios mode = *before;
  int rc;
  cfmakeraw(&mode);
  mode.c_cc[VMIN] = 1, mode.c_cc[VTIME] = 0;
  watch_endings();
  do rc = tcsetattr(fd, TCSANOW, &mode); /* it waits for no output, which may be stopped */
  while (rc < 0 && errno == EINTR);
  return rc < 0 ? green_status_from_errno(errno) : 0;
}

static int raw_add(struct raw *raw, int fd, dev_t device) {
  int own = fcntl(fd, F_DUPFD_CLOEXEC, 3);
  if (own < 0 || tcgetattr(fd, &raw->before) < 0) {
    int error = errno;
    if (own >= 0) close(own);
    return green_status_from_errno(error);
  }
  raw->device = device, raw->process = getpid(), raw->count = 1;
  atomic_store(&raw->fd, own);
  int rc = raw_set(fd, &raw->before);
  if (rc == 0) return 0;
  atomic_store(&raw->fd, 0);
  close(own);
  return rc;
}

/* Which terminal it is: /dev/tty has a number of its own, and is another one's. False: it is gone. */
static bool device_of(int fd, dev_t *out) {
  struct stat status;
  if (fstat(fd, &status) < 0) return false;
  *out = status.st_rdev;
#ifdef TIOCGDEV
  unsigned int device;
  if (ioctl(fd, TIOCGDEV, &device) == 0) *out = device;
#endif
  return true;
}

int green__raw_begin(int fd, bool again) {
  dev_t device;
  if (!device_of(fd, &device)) return green_status_from_errno(errno);
  pthread_mutex_lock(&table_lock);
  struct raw *raw = raw_find(device);
  int rc = !raw ? GREEN_EMFILE : 0;
  if (raw && atomic_load(&raw->fd)) {
    rc = raw_set(fd, &raw->before); /* whoever had the terminal meanwhile has set another */
    if (rc == 0 && !again) raw->count++;
  } else if (raw) {
    rc = raw_add(raw, fd, device);
  }
  pthread_mutex_unlock(&table_lock);
  return rc;
}

void green__raw_end(int fd) {
  dev_t device;
  if (!device_of(fd, &device)) return;
  pthread_mutex_lock(&table_lock);
  struct raw *raw = raw_find(device);
  int own = raw ? atomic_load(&raw->fd) : 0;
  if (own && --raw->count == 0) {
    give_back(own, &raw->before);
    atomic_store(&raw->fd, 0);
    close(own);
  }
  pthread_mutex_unlock(&table_lock);
}
