/* The lock that libpq holds while a library below it that is not safe in threads works: Kerberos,
 * which talks to a server meanwhile. libpq's own is a mutex, and a task that waited for that would
 * block the thread of the task that holds it.
 *
 * Tasks of one thread take turns with a green lock; the one whose turn it is tries the mutex that
 * stands between threads. Code outside tasks waits for the mutex as ever, so it must not be on a
 * thread whose tasks authenticate with Kerberos at the time.
 */
#include <pthread.h>
#include <libpq-fe.h>
#include <greenio/lock.h>
#include <greenio/task.h>
#include "asynchronous.h"

static pthread_mutex_t between_threads = PTHREAD_MUTEX_INITIALIZER;
static _Thread_local green_lock between_tasks = GREEN_LOCK_INIT;

static void acquire_in_task(void) {
  GREEN_SHIELD {
    green_lock_acquire(&between_tasks);
    while (pthread_mutex_trylock(&between_threads) != 0) green_sleep(1);
  }
}

static void lock(int acquire) {
  bool in_task = green_current() != NULL;
  if (acquire && in_task) {
    acquire_in_task();
  } else if (acquire) {
    pthread_mutex_lock(&between_threads);
  } else {
    pthread_mutex_unlock(&between_threads);
    if (in_task) green_lock_release(&between_tasks);
  }
}

void green__pq_share_thread_lock(void) {
  PQregisterThreadLock(lock);
}
