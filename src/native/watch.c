/* The native watchdog: a thread that looks whether the runtime's beat goes on, and a signal that
 * has the runtime's own thread write its stack.
 *
 * The thread counts its looks rather than trusting the clock, so that a process which was stopped
 * by a debugger is not taken for one that was busy. Between its look and the signal the loop may
 * have gone on; so it says which beat it means, and the handler compares.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>
#include <greenio/status.h>
#include "host.h"
#include "memory.h"
#include "native.h"
#include "thread.h"

#if __has_include(<execinfo.h>)
#include <execinfo.h>
#else /* a C library without it; names are all there is then */
static int backtrace(void **frames, int size) {
  (void)frames, (void)size;
  return 0;
}
static void backtrace_symbols_fd(void *const *frames, int count, int fd) {
  (void)frames, (void)count, (void)fd;
}
#endif

#define SIGNAL      SIGURG
#define LONGEST     (UINT64_C(1000000000) * 1000000000)
#define LOOKS       4 /* a limit */
#define MOST_FRAMES 128

struct green__watch {
  struct green_runtime *runtime;
  uint64_t limit;      /* ns */
  atomic_uint suspect; /* the beat that the signal is about; 0: none */
  pthread_t watched, watcher;
  pthread_mutex_t mutex;
  pthread_cond_t stopped;
  bool stop;
};

static _Thread_local struct green__watch *watch_of_thread;
static atomic_flag installed = ATOMIC_FLAG_INIT;
static struct sigaction before;

/* ---- in the signal handler: async-signal-safe ------------------------------------------------ */

static void write_head(const struct green__watch *watch) {
  char line[160], *end = line;
  const char *name = green__running_name();
  end = green__put(end, "greenio: watchdog: ");
  end = green__put(end, name ? name : "a callback");
  end = green__put(end, " has held the loop for more than ");
  end = green__put_number(end, (size_t)(watch->limit / 1000000));
  end = green__put(end, " ms; its stack:\n");
  green__tell(line, end);
}

/* From the interrupted function on: it follows the frame to which the handler returns. */
static void write_stack(void *handler_returns_to) {
  void *frames[MOST_FRAMES];
  int count = backtrace(frames, MOST_FRAMES), first = 0;
  while (first < count && frames[first] != handler_returns_to) first++;
  first = first < count ? first + 1 : 0;
  if (count > first) backtrace_symbols_fd(frames + first, count - first, STDERR_FILENO);
}

static void on_signal(int number, siginfo_t *info, void *machine) {
  struct green__watch *watch = watch_of_thread;
  unsigned suspect = watch ? atomic_exchange(&watch->suspect, 0) : 0;
  int error = errno;
  if (suspect) {
    if (suspect == green__beat(watch->runtime)) {
      write_head(watch);
      write_stack(__builtin_extract_return_addr(__builtin_return_address(0)));
    }
  } else if (before.sa_flags & SA_SIGINFO) {
    before.sa_sigaction(number, info, machine);
  } else if (before.sa_handler != SIG_DFL && before.sa_handler != SIG_IGN) {
    before.sa_handler(number); /* the default is to do nothing */
  }
  errno = error;
}

/* ---- the thread ------------------------------------------------------------------------------ */

/* Waits for the time between two looks, or until the watch is to stop. */
static bool next_look(struct green__watch *watch) {
  uint64_t pause = watch->limit / LOOKS;
  if (pause < 1000000) pause = 1000000;
  if (pause > LONGEST) pause = LONGEST; /* a time_t may have 32 bits */
  struct timespec until;
  clock_gettime(CLOCK_MONOTONIC, &until);
  uint64_t nanoseconds = (uint64_t)until.tv_nsec + pause;
  until.tv_sec += (time_t)(nanoseconds / 1000000000);
  until.tv_nsec = (long)(nanoseconds % 1000000000);
  while (!watch->stop)
    if (pthread_cond_timedwait(&watch->stopped, &watch->mutex, &until) == ETIMEDOUT) break;
  return !watch->stop;
}

static void *beat_look(void *arg) {
  struct green__watch *watch = arg;
  unsigned seen = 0, looks = 0;
  pthread_mutex_lock(&watch->mutex);
  while (next_look(watch)) {
    unsigned beat = green__beat(watch->runtime);
    if (beat != seen || !green__beat_in_turn(beat)) {
      seen = beat;
      looks = 0;
    } else if (++looks == LOOKS) { /* past it, this hold was told */
      atomic_store(&watch->suspect, beat);
      pthread_kill(watch->watched, SIGNAL);
    }
  }
  pthread_mutex_unlock(&watch->mutex);
  return NULL;
}

/* ---- on and off ------------------------------------------------------------------------------ */

static void install(void) {
  if (atomic_flag_test_and_set(&installed)) return;
  void *frame;
  backtrace(&frame, 1); /* its first call loads the unwinder, which a handler may not */
  struct sigaction action = {.sa_sigaction = on_signal,
                             .sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK};
  sigemptyset(&action.sa_mask);
  sigaction(SIGNAL, &action, &before);
}

static void init(struct green__watch *watch) {
  pthread_condattr_t monotonic;
  pthread_condattr_init(&monotonic);
  pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
  pthread_cond_init(&watch->stopped, &monotonic);
  pthread_condattr_destroy(&monotonic);
  pthread_mutex_init(&watch->mutex, NULL);
  atomic_init(&watch->suspect, 0);
}

static void watch_finish(struct green__watch *watch) {
  pthread_cond_destroy(&watch->stopped);
  pthread_mutex_destroy(&watch->mutex);
  green__free(watch);
}

int green__watch_start(struct green_runtime *runtime, uint64_t limit) {
  struct green__watch *watch = green__alloc(sizeof *watch);
  if (!watch) return GREEN_ENOMEM;
  *watch = (struct green__watch){.runtime = runtime, .limit = limit, .watched = pthread_self()};
  init(watch);
  install();
  if (green__thread_start(&watch->watcher, false, beat_look, watch)) {
    watch_finish(watch);
    return GREEN_EAGAIN;
  }
  green__watch_stop(); /* the one before, now that there is another */
  watch_of_thread = watch;
  return 0;
}

void green__watch_stop(void) {
  struct green__watch *watch = watch_of_thread;
  if (!watch) return;
  pthread_mutex_lock(&watch->mutex);
  watch->stop = true;
  pthread_cond_signal(&watch->stopped);
  pthread_mutex_unlock(&watch->mutex);
  pthread_join(watch->watcher, NULL);
  watch_of_thread = NULL; /* a signal under way finds nothing to do */
  watch_finish(watch);
}

void green__watch_forget(void) {
  watch_of_thread = NULL;
}
