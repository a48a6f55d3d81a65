/* A host of plain C on poll(2): the event loop that src/host.h asks for, and no feature. The contexts
 * are src/native's. It is made from the contract alone, to show that the contract says all, and runs
 * the core's own tests; and it is the smallest whole host to read.
 *
 * A round of the loop looks for events, if it has to, and makes one turn, if there is cause: a turn
 * was asked for, the one timer is due, or another thread has called, which makes a descriptor readable
 * that poll() waits for. A host with descriptors of its own would poll them beside it. */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <greenio/signal.h>
#include <greenio/status.h>
#include <greenio/task.h>
#include "host.h"
#include "memory.h"
#include "native.h"

#define NEVER UINT64_MAX

/* Which turn was asked for; the later ones say more. */
enum asked { NO_TURN, ANY_TURN, FRESH_TURN };

struct green__host {
  struct green_runtime *runtime;
  enum asked asked;
  uint64_t due; /* the timer; NEVER: it is not set */
  bool keep, stop;
  int wakeup;         /* an eventfd, which is written to when `posted` is set */
  atomic_bool posted; /* by any thread */
};

/* ---- opening and closing --------------------------------------------------------------------- */

int green__host_open(struct green__host **out, struct green_runtime *runtime) {
  struct green__host *host = green__alloc(sizeof *host);
  if (!host) return GREEN_ENOMEM;
  *host = (struct green__host){.runtime = runtime, .due = NEVER};
  host->wakeup = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (host->wakeup < 0) {
    green__free(host);
    return GREEN_ENOMEM;
  }
  green__overflow_watch();
  green__fork_watch();
  *out = host;
  return 0;
}

void green__host_close(struct green__host *host) {
  green__watch_stop();
  green__overflow_unwatch();
  close(host->wakeup);
  green__free(host);
}

/* ---- what the core asks for ------------------------------------------------------------------ */

uint64_t green__host_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

void green__host_wake(struct green__host *host, bool after_loop) {
  enum asked asked = after_loop ? FRESH_TURN : ANY_TURN;
  if (asked > host->asked) host->asked = asked;
}

/* The flag is set before the descriptor is written, and loop_wait() clears them the other way round,
 * so that the loop cannot come to wait while the flag is set and nothing will be written. */
void green__host_post(struct green__host *host) {
  int before = errno;
  uint64_t one = 1;
  if (!atomic_exchange(&host->posted, true))
    while (write(host->wakeup, &one, sizeof one) < 0 && errno == EINTR) continue;
  errno = before;
}

void green__host_timer(struct green__host *host, uint64_t due) {
  host->due = due;
}

void green__host_keep(struct green__host *host, bool keep) {
  host->keep = keep;
}

int green__host_watch(struct green__host *host, uint64_t limit) {
  if (limit) return green__watch_start(host->runtime, limit);
  green__watch_stop();
  return 0;
}

/* ---- the loop -------------------------------------------------------------------------------- */

/* How long poll() may wait, in milliseconds; rounded up, so that the timer is due behind it. */
static int loop_patience(const struct green__host *host) {
  if (host->asked != NO_TURN) return 0;
  if (host->due == NEVER) return -1;
  uint64_t now = green__host_now();
  if (now >= host->due) return 0;
  uint64_t left = (host->due - now - 1) / 1000000 + 1;
  return left < INT_MAX ? (int)left : INT_MAX;
}

/* Looks for events, and waits for one unless a turn is asked for. A signal ends it, too.
 *   Whether there was a call of green__host_post(). */
static bool loop_wait(struct green__host *host) {
  uint64_t count;
  struct pollfd wakeup = {.fd = host->wakeup, .events = POLLIN};
  poll(&wakeup, 1, loop_patience(host));
  if (!wakeup.revents || read(host->wakeup, &count, sizeof count) < 0) return false;
  return atomic_exchange(&host->posted, false);
}

static bool loop_take_timer(struct green__host *host) {
  if (host->due == NEVER || green__host_now() < host->due) return false;
  host->due = NEVER;
  return true;
}

static bool loop_take_asked(struct green__host *host) {
  bool asked = host->asked != NO_TURN;
  host->asked = NO_TURN;
  return asked;
}

/* A child of fork() may come back here, on the stack that it has from its parent. */
static void loop_refuse_child(const struct green__host *host) {
  if (green__runtime_own() != host->runtime) green__fork_misused();
}

static void loop_turn(struct green__host *host, bool fresh) {
  green__turn(host->runtime, fresh);
  loop_refuse_child(host);
}

/* A round: events, then a turn if one of them is for the core. A turn that need not be behind the
 * events is made without looking for them; the core's budget sees to it that this comes to an end. */
static void loop_round(struct green__host *host) {
  if (host->asked == ANY_TURN) {
    loop_take_asked(host);
    loop_turn(host, false);
    return;
  }
  bool posted = loop_wait(host), timer = loop_take_timer(host);
  if (loop_take_asked(host) || posted || timer)
    loop_turn(host, true);
  else
    green__turn_renew(host->runtime);
}

static bool loop_is_alive(struct green__host *host) {
  return host->asked != NO_TURN || host->due != NEVER || host->keep || atomic_load(&host->posted);
}

int green__host_can_run(struct green__host *host) {
  (void)host;
  return 0;
}

void green__host_run(struct green__host *host) {
  loop_refuse_child(host);
  while (!host->stop && loop_is_alive(host)) loop_round(host);
  host->stop = false;
}

void green__host_stop(struct green__host *host) {
  host->stop = true;
}

/* ---- signals, of which it has none ----------------------------------------------------------- */

int green_signal(green_future **out, int signal) {
  *out = NULL;
  if (signal != SIGINT && signal != SIGTERM && signal != SIGHUP)
    return green_fail(GREEN_EINVAL, "green_signal: %d is not SIGINT, SIGTERM or SIGHUP", signal);
  return green_fail(GREEN_ENOTSUP, "green_signal: this host has no signals");
}

void green__signals_fork_begin(void) {}

void green__signals_fork_end(bool child) {
  (void)child;
}

bool green__host_random(void *bytes, size_t size) {
  return getrandom(bytes, size, 0) == (ssize_t)size;
}
