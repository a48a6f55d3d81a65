/* Signals in WebAssembly: a handler runs in a task that waits in a call of libc's, on its own stack and
 * inside of that call, so that it may wait itself, or leave by siglongjmp(); the call fails with
 * EINTR, or goes on with SA_RESTART. If no task waits so, it runs where the next call would wait; of a
 * signal that was blocked in sigprocmask(), which lets it through. sigwait() and its relatives take
 * signals that are blocked. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <emscripten/emscripten.h>
#include "core/wait.h"
#include "fd/fd.h"
#include "loop.h"
#include "posix.h"
#include "posix_js.h"

/* Emscripten's C library keeps the actions and the mask. */
int __sigaction(int number, const struct sigaction *action, struct sigaction *old);
bool __sig_is_blocked(int number);

static struct green__libc_wait *waits; /* newest first */

/* A task that waits for signals themselves. */
struct signal_wait {
  struct signal_wait *next;
  const sigset_t *set;
  struct green__task *task;
};
static struct signal_wait *signal_waits; /* newest first */

static sigset_t arrived;
static int arrived_count; /* how many are in it: it is asked about each wait */

static void arrive(int number) {
  if (sigismember(&arrived, number) == 1) return;
  sigaddset(&arrived, number);
  arrived_count++;
}

static bool has_handler(int number, struct sigaction *action) {
  if (__sigaction(number, NULL, action) < 0) return false;
  return action->sa_handler != SIG_DFL && action->sa_handler != SIG_IGN;
}

static void handle(int number, const struct sigaction *action) {
  int error = errno;
  if (action->sa_flags & SA_RESETHAND) green__posix_sigaction(number, &(struct sigaction){0}, NULL);
  siginfo_t info = {.si_signo = number};
  if (action->sa_flags & SA_SIGINFO)
    action->sa_sigaction(number, &info, NULL);
  else
    action->sa_handler(number);
  errno = error;
}

/* What stops a process does nothing here. */
static bool is_harmless(int number) {
  bool stops = number == SIGTSTP || number == SIGSTOP || number == SIGTTIN || number == SIGTTOU;
  return stops || number == SIGCHLD || number == SIGCONT || number == SIGURG || number == SIGWINCH;
}

static void act_by_default(int number) {
  if (!is_harmless(number)) exit(128 + number);
}

enum handled { NOTHING, RESTARTS, INTERRUPTS };

static enum handled handle_arrived(void) {
  enum handled handled = NOTHING;
  if (!arrived_count) return NOTHING;
  for (int number = 1; number < _NSIG - 1; number++) {
    struct sigaction action;
    if (sigismember(&arrived, number) != 1 || __sig_is_blocked(number)) continue;
    sigdelset(&arrived, number);
    arrived_count--;
    if (!has_handler(number, &action)) {
      if (action.sa_handler == SIG_DFL) act_by_default(number);
      continue;
    }
    if (!(action.sa_flags & SA_RESTART))
      handled = INTERRUPTS;
    else if (handled == NOTHING)
      handled = RESTARTS;
    handle(number, &action);
  }
  return handled;
}

/* ---- around each wait of libc's calls ---- */

static int wait_begin(struct green__libc_wait *wait, bool restarts) {
  enum handled handled = handle_arrived();
  if (handled == INTERRUPTS || (handled == RESTARTS && !restarts)) return -EINTR;
  if (handled == RESTARTS) return 1; /* the handler may have made it ready */
  wait->task = green__running();
  wait->next = waits;
  wait->link = &waits;
  if (waits)
    waits->link = &wait->next;
  else
    green__js_posix_keep(true);
  waits = wait;
  return 0;
}

static int wait_end(struct green__libc_wait *wait, int rc, bool restarts) {
  *wait->link = wait->next;
  if (wait->next) wait->next->link = wait->link;
  if (!waits) green__js_posix_keep(false);
  enum handled handled = handle_arrived();
  if (rc != -EINTR) return rc;
  if (handled == NOTHING) return 1; /* another task has handled it */
  return handled == RESTARTS && restarts ? 1 : -EINTR;
}

static const struct green__libc_waits around_waits = {wait_begin, wait_end};

static bool waits_now(const struct green__task *task) {
  char what[8];
  return *green__waits_for(task, what, sizeof what);
}

/* Of the tasks that wait, the one that began first. */
void green__posix_arrived(int number) {
  struct green__task *first = NULL;
  struct sigaction action;
  for (struct signal_wait *wait = signal_waits; wait; wait = wait->next)
    if (sigismember(wait->set, number) == 1 && waits_now(wait->task)) first = wait->task;
  if (first || __sig_is_blocked(number)) {
    arrive(number);
    if (first) green__wait_end(first, 0, 0);
    return;
  }
  if (!has_handler(number, &action)) {
    if (action.sa_handler == SIG_DFL) act_by_default(number);
    return;
  }
  arrive(number);
  for (struct green__libc_wait *wait = waits; wait; wait = wait->next)
    if (waits_now(wait->task)) first = wait->task;
  if (first) green__wait_end(first, -EINTR, 0);
}

/* From JavaScript. */
EMSCRIPTEN_KEEPALIVE int green__js_posix_signalled(int number) {
  green__posix_arrived(number);
  return green__loop_answer();
}

/* ---- which of the process's signals come here ---- */

/* The others do to the process what they do by default. */
static void listen_if_needed(int number) {
  struct sigaction action;
  if (__sigaction(number, NULL, &action) < 0) return;
  green__js_posix_signal(number, action.sa_handler != SIG_DFL || __sig_is_blocked(number));
}

/* Of who waits for them, though they were blocked by pthread_sigmask(), or not at all. */
static void listen_to(const sigset_t *set) {
  for (int number = 1; number < _NSIG - 1; number++)
    if (sigismember(set, number) == 1) green__js_posix_signal(number, true);
}

static const sigset_t no_signals;

/* Returns an error's number. Those that it lets through are handled by the next wait. */
static int set_mask(int how, const sigset_t *set, sigset_t *old) {
  sigset_t before;
  int error = pthread_sigmask(set ? how : SIG_BLOCK, set ? set : &no_signals, &before);
  if (error) return error;
  if (old) *old = before;
  if (!green__posix_is_enabled()) return 0;
  for (int number = 1; number < _NSIG - 1; number++)
    if ((sigismember(&before, number) == 1) != __sig_is_blocked(number)) listen_if_needed(number);
  return 0;
}

INTERPOSE(int, sigprocmask, (int how, const sigset_t *set, sigset_t *old)) {
  int error = set_mask(how, set, old);
  if (!error) handle_arrived();
  return (int)green__libc_result(-error);
}

/* ---- waiting for signals ---- */

static int take_arrived(const sigset_t *set) {
  for (int number = 1; arrived_count && number < _NSIG - 1; number++) {
    if (sigismember(&arrived, number) != 1 || sigismember(set, number) != 1) continue;
    sigdelset(&arrived, number);
    arrived_count--;
    return number;
  }
  return 0;
}

static int park_for_signal(const sigset_t *set, uint64_t due) {
  struct signal_wait own = {.next = signal_waits, .set = set};
  int rc = green__wait_begin(&own.task);
  if (rc < 0) return green__fd_errno(rc);
  signal_waits = &own;
  rc = green__park_until(own.task, due, "signal", &own);
  struct signal_wait **link = &signal_waits;
  while (*link != &own) link = &(*link)->next;
  *link = own.next;
  return rc == -EINTR ? rc : green__fd_errno(rc);
}

/* A signal of the set, or -EINTR behind a handler of another one's, -EAGAIN when it is time, or as the
 * other waits. Outside of tasks nothing can arrive. */
static int wait_for_signal(const sigset_t *set, uint64_t due) {
  if (green__posix_parks()) listen_to(set);
  for (;;) {
    int number = take_arrived(set), rc;
    if (number) return number;
    if (!green__posix_parks()) return -EAGAIN;
    struct green__libc_wait wait;
    if ((rc = wait_begin(&wait, false)) == 0) {
      rc = park_for_signal(set, due);
      rc = wait_end(&wait, rc, false);
    }
    if (rc < 0) return rc;
    if (rc == 0 && due != GREEN__NEVER && green_now() >= due) {
      number = take_arrived(set);
      return number ? number : -EAGAIN;
    }
  }
}

INTERPOSE(int, sigtimedwait,
          (const sigset_t *set, siginfo_t *info, const struct timespec *timeout)) {
  if (timeout && !green__is_time(timeout)) return (int)green__libc_result(-EINVAL);
  int number = wait_for_signal(set, green__due_of(timeout));
  if (number > 0 && info) *info = (siginfo_t){.si_signo = number};
  return (int)green__libc_result(number);
}

INTERPOSE(int, sigwaitinfo, (const sigset_t *set, siginfo_t *info)) {
  return green__posix_sigtimedwait(set, info, NULL);
}

/* Returns an error's number; no handler ends it. */
INTERPOSE(int, sigwait, (const sigset_t *set, int *out)) {
  int number;
  while ((number = wait_for_signal(set, GREEN__NEVER)) == -EINTR) continue;
  if (number < 0) return green__libc_result(number), errno;
  *out = number;
  return 0;
}

INTERPOSE(int, pause, (void)) {
  return (int)green__libc_result(wait_for_signal(&no_signals, GREEN__NEVER));
}

INTERPOSE(int, sigsuspend, (const sigset_t *mask)) {
  sigset_t before;
  set_mask(SIG_SETMASK, mask, &before);
  int rc = wait_for_signal(&no_signals, GREEN__NEVER);
  set_mask(SIG_SETMASK, &before, NULL);
  return (int)green__libc_result(rc);
}

/* ---- actions ---- */

void green__posix_watch_signals(void) {
  green__libc_waits = &around_waits;
  for (int number = 1; number < _NSIG - 1; number++) listen_if_needed(number);
}

INTERPOSE(int, sigaction, (int number, const struct sigaction *action, struct sigaction *old)) {
  int rc = __sigaction(number, action, old);
  if (rc < 0 || !action || !green__posix_is_enabled()) return rc;
  listen_if_needed(number);
  return 0;
}

typedef void (*signal_handler)(int);

INTERPOSE(signal_handler, signal, (int number, signal_handler handler)) {
  struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART}, old;
  return green__posix_sigaction(number, &action, &old) < 0 ? SIG_ERR : old.sa_handler;
}

/* At once, without a frame of JavaScript, under which a handler could not wait. */
INTERPOSE(int, raise, (int number)) {
  struct sigaction action;
  if (number < 1 || number >= _NSIG) return (int)green__libc_result(-EINVAL);
  if (__sig_is_blocked(number)) return green__posix_arrived(number), 0;
  if (has_handler(number, &action)) return handle(number, &action), 0;
  if (action.sa_handler == SIG_IGN || is_harmless(number)) return 0;
  _Exit(128 + number);
}
