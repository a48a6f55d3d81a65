/* Every public header and macro, compiled alone; the host's own header is included by the build. */
#include <greenio/greenio.h>

static green_local key = GREEN_LOCAL_INIT(NULL);
static green_semaphore seats = GREEN_SEMAPHORE_INIT(3);

int use(green_lock *lock);
int use(green_lock *lock) {
  green_lock other = GREEN_LOCK_INIT;
  int rc = green_local_set(&key, lock);
  GREEN_TIMEOUT(10) {
    GREEN_SHIELD {
      GREEN_LOCKED(lock) rc = green_yield();
      else rc = green_semaphore_try(&seats);
    }
  }
  return rc < 0 ? rc : green_lock_is_locked(&other);
}
