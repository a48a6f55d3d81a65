/* Signals in WebAssembly: a handler runs in a task that waits in a call of libc's, on its own stack and
 * inside of that call, so that it may wait itself, or leave by siglongjmp(); the call fails with
 * EINTR, or goes on with SA_RESTART. If no task waits so, it runs where the next call would wait. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <emscripten/emscripten.h>
#include "core/wait.h"
#include "loop.h"
#include "posix.h"
#include "posix_js.h"

/* Emscripten's C library keeps the actions. */
int __sigaction(int number, const struct sigaction *action, struct sigaction *old);
bool __sig_is_blocked(int number);

static struct green__libc_wait *waits; /* newest first */
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

enum handled { NOTHING, RESTARTS, INTERRUPTS };

static enum handled handle_arrived(void) {
  enum handled handled = NOTHING;
  if (!arrived_count) return NOTHING;
  for (int number = 1; number < _NSIG - 1; number++) {
    struct sigaction action;
    if (sigismember(&arrived, number) != 1 || __sig_is_blocked(number)) continue;
    sigdelset(&arrived, number);
    arrived_count--;
    if (!has_handler(number, &action)) continue;
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

static const struct green__libc_waits signal_waits = {wait_begin, wait_end};

/* From JavaScript. Of the tasks that wait, the one that began first. */
EMSCRIPTEN_KEEPALIVE int green__js_posix_signalled(int number) {
  char what[8];
  struct green__task *first = NULL;
  struct sigaction action;
  if (!has_handler(number, &action)) return green__loop_answer(); /* it is ignored */
  arrive(number);
  for (struct green__libc_wait *wait = waits; wait; wait = wait->next)
    if (*green__waits_for(wait->task, what, sizeof what)) first = wait->task;
  if (first) green__wait_end(first, -EINTR, 0);
  return green__loop_answer();
}

/* ---- actions ---- */

void green__posix_watch_signals(void) {
  green__libc_waits = &signal_waits;
  for (int number = 1; number < _NSIG - 1; number++) {
    struct sigaction action;
    if (__sigaction(number, NULL, &action) < 0 || action.sa_handler == SIG_DFL) continue;
    green__js_posix_signal(number, true);
  }
}

INTERPOSE(int, sigaction, (int number, const struct sigaction *action, struct sigaction *old)) {
  int rc = __sigaction(number, action, old);
  if (rc < 0 || !action || !green__posix_is_enabled()) return rc;
  green__js_posix_signal(number, action->sa_handler != SIG_DFL);
  return 0;
}

typedef void (*signal_handler)(int);

INTERPOSE(signal_handler, signal, (int number, signal_handler handler)) {
  struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART}, old;
  return green__posix_sigaction(number, &action, &old) < 0 ? SIG_ERR : old.sa_handler;
}

static bool is_ignored(int number) {
  return number == SIGCHLD || number == SIGCONT || number == SIGURG || number == SIGWINCH;
}

/* At once, without a frame of JavaScript, under which a handler could not wait. */
INTERPOSE(int, raise, (int number)) {
  struct sigaction action;
  if (number < 1 || number >= _NSIG) return (int)green__libc_result(-EINVAL);
  if (__sig_is_blocked(number)) return arrive(number), 0;
  if (has_handler(number, &action)) return handle(number, &action), 0;
  if (action.sa_handler == SIG_IGN || is_ignored(number)) return 0;
  _Exit(128 + number);
}
