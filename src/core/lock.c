/* Locks, conditions and semaphores: first come, first served.
 *
 * Invariants: a lock's owner is NULL exactly when nobody holds it and nobody waits; at a release
 * the first waiter becomes the owner before anything else runs. The locks of one owner are linked,
 * so that they can be passed on when it ends. A semaphore's count is 0 while somebody waits. */
#include <greenio/status.h>
#include "task.h"

static void lock_own(green_lock *lock, struct green__task *task) {
  lock->owner = task;
  green__list_add(task->locks, lock, next, previous);
}

static void pass_on(green_lock *lock, int status) {
  green__list_remove(lock->owner->locks, lock, next, previous);
  lock->owner = NULL;
  struct green__waiter *first = lock->waiters.head;
  if (!first) return;
  lock_own(lock, first->task);
  green__wake(first, status);
}

/* Without a wait; GREEN_EAGAIN: another owns it. */
static int try_for(green_lock *lock, struct green__task *self, const char *call) {
  if (!self) return GREEN_EMAIN;
  if (lock->owner == self) return green_fail(GREEN_EDEADLK, "%s: this task owns it already", call);
  if (lock->owner) return GREEN_EAGAIN;
  lock_own(lock, self);
  if (!lock->abandoned) return 0;
  lock->abandoned = false;
  return GREEN_EOWNERDEAD;
}

int green_lock_try(green_lock *lock) {
  return try_for(lock, green__self(), "green_lock_try");
}

int green_lock_acquire(green_lock *lock) {
  struct green__task *self = green__self();
  int rc = try_for(lock, self, "green_lock_acquire");
  if (rc != GREEN_EAGAIN) return rc;
  rc = green__wait_begin(&self);
  if (rc < 0) return rc;
  green__queue_push(&lock->waiters, green__waiter(self));
  return green__wait_park(self, "lock", lock);
}

static int not_the_owner(const green_lock *lock, const char *call) {
  if (!lock->owner) return green_fail(GREEN_EPERM, "%s: nobody owns the lock", call);
  const struct green_future *future = lock->owner->future;
  const char *name = future ? future->name : NULL;
  return green_fail(GREEN_EPERM, "%s: task %lu%s%s owns the lock, not this one", call,
                    lock->owner->id, name ? ", " : "", name ? name : "");
}

int green_lock_release(green_lock *lock) {
  struct green__task *self = green__self();
  if (!self || lock->owner != self) return not_the_owner(lock, "green_lock_release");
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

bool green_lock_is_locked(const green_lock *lock) {
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

/* ---- the condition --------------------------------------------------------------------------- */

/* The lock again, whatever comes: what it guards is the caller's to put right. */
static int own_again(green_lock *lock, struct green__task *self, int outcome) {
  self->shield++;
  int rc = green_lock_acquire(lock);
  self->shield--;
  if (rc != GREEN_EOWNERDEAD) return outcome;
  green__wait_restore(self, outcome);
  return rc;
}

int green_condition_wait(green_condition *condition, green_lock *lock) {
  struct green__task *self = green__self();
  if (!self) return GREEN_EMAIN;
  if (lock && lock->owner != self) return not_the_owner(lock, "green_condition_wait");
  int rc = green__wait_begin(&self);
  if (rc < 0) return rc;
  green__queue_push(&condition->waiters, green__waiter(self));
  if (lock) pass_on(lock, 0);
  rc = green__wait_park(self, "condition", condition);
  return lock ? own_again(lock, self, rc) : rc;
}

void green_condition_notify(green_condition *condition) {
  if (condition->waiters.head) green__wake(condition->waiters.head, 0);
}

void green_condition_notify_all(green_condition *condition) {
  while (condition->waiters.head) green__wake(condition->waiters.head, 0);
}

/* ---- the semaphore --------------------------------------------------------------------------- */

int green_semaphore_acquire(green_semaphore *semaphore) {
  struct green__task *self = green__self();
  if (!self) return GREEN_EMAIN;
  if (green_semaphore_try(semaphore) == 0) return 0;
  int rc = green__wait_begin(&self);
  if (rc < 0) return rc;
  green__queue_push(&semaphore->waiters, green__waiter(self));
  return green__wait_park(self, "semaphore", semaphore);
}

int green_semaphore_try(green_semaphore *semaphore) {
  if (!semaphore->count) return GREEN_EAGAIN;
  semaphore->count--;
  return 0;
}

void green_semaphore_release(green_semaphore *semaphore) {
  if (semaphore->waiters.head)
    green__wake(semaphore->waiters.head, 0);
  else
    semaphore->count++;
}

size_t green_semaphore_count(const green_semaphore *semaphore) {
  return semaphore->count;
}
