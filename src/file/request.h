/* Requests of libuv's thread pool, natively: they lie on the stack of the task that waits for them.
 *
 * One that has begun cannot be withdrawn, so the wait ends with it: an interruption takes it back
 * from libuv's queue if it can, and is otherwise kept for the next wait. */
#ifndef GREENIO_SRC_FILE_REQUEST_H
#define GREENIO_SRC_FILE_REQUEST_H

#include <stdbool.h>
#include <uv.h>

struct green__request {
  struct green__task *task;
  bool done;
};

/* Before the request is given to libuv: 0, or why the task may not wait now. */
int green__request_begin(struct green__request *request);

/* Waits for it. 0: it was carried out; GREEN_ECANCELED, GREEN_ETIMEDOUT: it never began. */
int green__request_wait(struct green__request *request, uv_req_t *with, const char *what);

/* From libuv's callback. */
void green__request_done(struct green__request *request);

/* Before libuv's pool is used, so that a child of fork() may exit(): pool_posix.c. */
void green__pool_used(void);

#endif
