/* Lock, condition and semaphore for tasks. They are embedded in the user's own structs and need no
 * release; they must outlive the tasks that use them. FIFO, without barging: what is released goes
 * to the first that waits, at once, and one that comes later waits behind those already there.
 */
#ifndef GREENIO_LOCK_H
#define GREENIO_LOCK_H

#include <greenio/future.h>

GREEN_BEGIN

struct green__queue {
  struct green__waiter *head, *tail;
};

/* A lock; it starts as GREEN_LOCK_INIT. The fields are greenio's own. */
typedef struct green_lock {
  struct green__queue waiters;
  struct green__task *owner;
  struct green_lock *previous, *next; /* among the owner's locks */
  bool abandoned;
} green_lock;

/* A lock that nobody owns. */
#define GREEN_LOCK_INIT                                                                            \
  { {0, 0}, 0, 0, 0, false }

/* Acquires the lock for the running task. Parks while another owns it.
 *   0: owned.
 *   GREEN_EOWNERDEAD: owned; the owner before ended without releasing it, so what the lock guards
 *     may be half changed.
 *   GREEN_EDEADLK: this task owns it already.
 *   GREEN_EMAIN: not in a task, whether free or not.
 *   GREEN_ENESTED.
 *   GREEN_ECANCELED, GREEN_ETIMEDOUT: not owned. */
GREEN_API int green_lock_acquire(green_lock *lock);

/* Acquires the lock if nobody owns it. Never parks.
 *   0, GREEN_EOWNERDEAD, GREEN_EDEADLK, GREEN_EMAIN: as green_lock_acquire().
 *   GREEN_EAGAIN: another task owns it. */
GREEN_API int green_lock_try(green_lock *lock);

/* Releases it; the first waiter owns it from now on. Never parks.
 *   0, GREEN_EPERM: not locked, or not by the running task; the lock is as it was. */
GREEN_API int green_lock_release(green_lock *lock);

/* True while a task owns it. Any stack. */
GREEN_API bool green_lock_is_locked(const green_lock *lock);

/* The future of the task, or of the job, that owns it, without a reference of its own; NULL. */
GREEN_API green_future *green_lock_owner(const green_lock *lock);

/* Holds the lock for a block that is left by any road. If it cannot be had, the block is passed
 * over and an `else` behind it runs:
 *
 *   GREEN_LOCKED(&lock) { ... } else { ... }
 *
 * `break` and `continue` end the block, also where it stands in a loop: they do not reach that.
 * With GREEN_EOWNERDEAD the block runs. Who wants either otherwise, and other languages, call
 * green_lock_acquire() and green_lock_release(). */
#define GREEN_LOCKED(which) GREEN__LOCKED(GREEN__UNIQUE(green__locked_), green__locked_enter(which))

#define GREEN__LOCKED(name, enter)                                                                 \
  for (struct green__locked name __attribute__((cleanup(green__locked_leave))) = enter; name.once; \
       name.once = 0)                                                                              \
    if (name.lock)

struct green__locked {
  green_lock *lock;
  int once;
};
GREEN_API struct green__locked green__locked_enter(green_lock *lock);
GREEN_API void green__locked_leave(struct green__locked *scope);

/* A condition: tasks wait until others say that something has changed; it starts as
 * GREEN_CONDITION_INIT. For what happens again and again: a future is done once, a channel hands
 * over what it carries. The fields are greenio's own. */
typedef struct green_condition {
  struct green__queue waiters;
} green_condition;

/* A condition that nobody waits for. */
#define GREEN_CONDITION_INIT                                                                       \
  {                                                                                                \
    { 0, 0 }                                                                                       \
  }

/* Waits until the condition is notified, with the lock, which the running task owns, released
 * meanwhile; it owns it again when this returns, whatever the status, and for that waits though it
 * is cancelled or late. `lock` may be NULL: tasks switch only where one waits, so what is looked at
 * and changed without a wait in between needs no lock. Nothing ends the wait but what stands here;
 * what was waited for may however have changed again before this task's turn, so ask in a loop:
 *
 *   while (rc >= 0 && !ready) rc = green_condition_wait(&changed, NULL);
 *
 * Parks.
 *   0: notified.
 *   GREEN_ECANCELED, GREEN_ETIMEDOUT: it was not, and no notification is lost by that.
 *   GREEN_EOWNERDEAD: the lock's owner before ended without releasing it: as green_lock_acquire().
 *   GREEN_EPERM: the running task does not own the lock.
 *   GREEN_EMAIN: not in a task.
 *   GREEN_ENESTED. */
GREEN_API int green_condition_wait(green_condition *condition, green_lock *lock);

/* Wakes the task that has waited longest, or all that wait now; nobody waits: nothing happens, and
 * nothing is kept for who comes later. Any stack; never parks. */
GREEN_API void green_condition_notify(green_condition *condition);
GREEN_API void green_condition_notify_all(green_condition *condition);

/* A semaphore; it starts as GREEN_SEMAPHORE_INIT. The fields are greenio's own. */
typedef struct green_semaphore {
  struct green__queue waiters;
  size_t count;
} green_semaphore;

/* A semaphore of which `count` can be taken. */
#define GREEN_SEMAPHORE_INIT(count)                                                                \
  { {0, 0}, count }

/* Takes one of the count. Parks while there is none.
 *   0, GREEN_EMAIN: not in a task, whether there is one or not.
 *   GREEN_ENESTED.
 *   GREEN_ECANCELED, GREEN_ETIMEDOUT: none taken. */
GREEN_API int green_semaphore_acquire(green_semaphore *semaphore);

/* Takes one if there is one and nobody waits. Any stack; never parks.
 *   0, GREEN_EAGAIN. */
GREEN_API int green_semaphore_try(green_semaphore *semaphore);

/* Gives one back: to the first waiter, else to the count. Any stack; never parks. */
GREEN_API void green_semaphore_release(green_semaphore *semaphore);

/* How many could be taken now. */
GREEN_API size_t green_semaphore_count(const green_semaphore *semaphore);

GREEN_END
#endif
