/* A thread of greenio's own: thread_posix.c, windows/thread.c. */
#ifndef GREENIO_SRC_NATIVE_THREAD_H
#define GREENIO_SRC_NATIVE_THREAD_H

#include <pthread.h>
#include <stdbool.h>

/* Starts one that the program's signals do not come to; `detached`: nobody joins it. As pthread_create(). */
int green__thread_start(pthread_t *thread, bool detached, void *(*function)(void *arg), void *arg);

#endif
