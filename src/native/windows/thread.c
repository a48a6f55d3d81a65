/* There are no signals to keep from it. */
#include "thread.h"

int green__thread_start(pthread_t *thread, bool detached, void *(*function)(void *arg), void *arg) {
  int error = pthread_create(thread, NULL, function, arg);
  if (!error && detached) pthread_detach(*thread);
  return error;
}
