/* Blocking C functions, off the loop. */
#ifndef GREENIO_OFFLOAD_H
#define GREENIO_OFFLOAD_H

#include <greenio/base.h>

GREEN_BEGIN

/* Runs function(arg) on a thread of libuv's pool (UV_THREADPOOL_SIZE threads, 4 unless set) and
 * waits for it. The function may block, and may call nothing of greenio but green_post(),
 * green_fail() and green_message(): the message that it leaves is the task's. `arg` may lie on the
 * caller's stack: once it has begun, the function cannot be withdrawn, so a cancel is kept for the
 * next wait and a deadline passes unnoticed until it has returned. So does exit(), which waits for
 * it; _exit() does not. Parks.
 *   what the function returned.
 *   GREEN_ECANCELED, GREEN_ETIMEDOUT: interrupted before it began; it is not called.
 *   GREEN_EMAIN, GREEN_ENESTED, GREEN_ENOMEM, GREEN_EINVAL (NULL): it is not called.
 * In WebAssembly, which has no threads here, it runs inline: the task does not park and nothing
 * else runs meanwhile; the statuses are the same. */
GREEN_API int green_offload(int (*function)(void *arg), void *arg);

GREEN_END
#endif
