/* The lock. Invariant: the owner is NULL exactly when nobody waits and nobody holds it; at a
 * release the first waiter is the owner before anything else runs. The locks of one owner are
 * linked, so that they can be passed on when it ends. */
#include <greenio/status.h>
#include "task.h"

static void own(green_lock *lock, struct green__task *task) {
  lock->owner = task;
  green__list_add(task->locks, lock, next, previous);
}

static void pass_on(green_lock *lock, int status) {
  green__list_remove(lock->owner->locks, lock, next, previous);
  lock->owner = NULL;
  struct green__waiter *first = lock->waiters.head;
  if (!first) return;
  own(lock, first->task);
  green__wake(first, status);
}

int green_lock_acquire(green_lock *lock) {
  struct green__task *self = green__self();
  if (!self) return GREEN_EMAIN;
  if (lock->owner == self)
    return green_fail(GREEN_EDEADLK, "green_lock_acquire: this task owns it already");
  if (!lock->owner) {
    own(lock, self);
    if (!lock->abandoned) return 0;
    lock->abandoned = false;
    return GREEN_EOWNERDEAD;
  }
  int rc = green__wait_begin(&self);
  if (rc < 0) return rc;
  green__queue_push(&lock->waiters, green__waiter(self));
  return green__wait_park(self, "lock", lock);
}

static int not_the_owner(const green_lock *lock) {
  if (!lock->owner) return green_fail(GREEN_EPERM, "green_lock_release: nobody owns the lock");
  const struct green_future *future = lock->owner->future;
  const char *name = future ? future->name : NULL;
  return green_fail(GREEN_EPERM, "green_lock_release: task %lu%s%s owns the lock, not this one",
                    lock->owner->id, name ? ", " : "", name ? name : "");
}

int green_lock_release(green_lock *lock) {
  struct green__task *self = green__self();
  if (!self || lock->owner != self) return not_the_owner(lock);
  pass_on(lock, 0);
  return 0;
}

void green__locks_abandon(struct green__task *task) {
  while (task->locks) {
    green_lock *lock = task->locks;
    lock->abandoned = !lock->waiters.head; /* else the first waiter is told */
    pass_on(lock, GREEN_EOWNERDEAD);
  }
}

bool green_lock_locked(const green_lock *lock) {
  return lock->owner != NULL;
}

green_future *green_lock_owner(const green_lock *lock) {
  return lock->owner ? lock->owner->future : NULL;
}

struct green__locked green__locked_enter(green_lock *lock) {
  int rc = green_lock_acquire(lock);
  struct green__locked scope = {rc == 0 || rc == GREEN_EOWNERDEAD ? lock : NULL, 1};
  return scope;
}

void green__locked_leave(struct green__locked *scope) {
  if (scope->lock) green_lock_release(scope->lock);
}
