/* Failures that nobody has looked at: the log gets a line about each, when the future's last
 * reference goes, or at the latest when its runtime or the program ends. A failed future is in a
 * list of its thread until somebody looks at it; one that succeeds never is, and pays nothing. */
#include <stdlib.h>
#include <greenio/status.h>
#include "future.h"
#include "log.h"
#include "quiet.h"
#include "runtime.h"

void green__unseen_report(const struct green_future *future) {
  green__say("greenio: nobody looked at a failed future%s%s: %s: %s", future->name ? " of " : "",
             future->name ? future->name : "", green_status_name(future->status),
             future->message ? future->message : green_strerror(future->status));
}

/* When exit() is called while there are tasks. */
static void tell_at_exit(void) {
  static bool registered;
  if (__atomic_exchange_n(&registered, true, __ATOMIC_RELAXED)) return;
  atexit(green__unseen_tell);
}

void green__unseen_add(struct green_future *future) {
  future->listed = true;
  green__list_add(green__thread.unseen, future, unseen.next, unseen.previous);
  tell_at_exit();
}

/* In a child of fork(), the first of the parent's is not the first of the thread's. */
void green__unseen_remove(struct green_future *future) {
  struct green_future **first = &green__thread.unseen, *of_parent = future;
  if (!future->unseen.previous && *first != future) first = &of_parent;
  future->listed = false;
  green__list_remove(*first, future, unseen.next, unseen.previous);
  future->waiters = (struct green__queue){NULL, NULL};
}

/* In the order in which they failed. */
void green__unseen_tell(void) {
  struct green_future *last = green__thread.unseen;
  while (last && last->unseen.next) last = last->unseen.next;
  while (last) {
    struct green_future *before = last->unseen.previous;
    green__unseen_report(last);
    green__future_look(last);
    last = before;
  }
}
