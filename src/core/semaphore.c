/* The semaphore. Invariant: count is 0 while somebody waits. */
#include <greenio/status.h>
#include "task.h"

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
