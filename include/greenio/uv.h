/* Natively alone: greenio on a libuv loop that the program has. libuv's header needs
 * _XOPEN_SOURCE=600 or more, or a gnu dialect. */
#ifndef GREENIO_UV_H
#define GREENIO_UV_H

#include <uv.h>
#include <greenio/runtime.h>

GREEN_BEGIN

/* Makes the calling thread's runtime live on `loop`, which the program runs with uv_run() as it
 * likes; green_run() is then refused. greenio does not touch loop->data. Before anything else of
 * greenio is used on this thread.
 *   0, GREEN_EBUSY: the thread has a runtime already. GREEN_ENOMEM. */
GREEN_API int green_uv_attach(uv_loop_t *loop);

/* Ends the runtime of an attached loop. Its handles are closed when the loop has run once more
 * (uv_run(loop, UV_RUN_DEFAULT) before uv_loop_close()).
 *
 * uv_walk() also visits greenio's handles, which the program may neither close nor look into. So a
 * program that ends by walking over all handles and closing those that are not uv_is_closing()
 * calls this first; what tasks there are it cancels, and runs the loop until they have ended. See
 * examples/embed.
 *   0. GREEN_EBUSY: there are tasks still, or this is called by one, or by a posted call that it
 *     makes. GREEN_EINVAL: not attached.
 *   GREEN_ECLOSED: detached, but the program had closed greenio's handles: what they were for did
 *     not happen any more, and if they are closing still, some memory stays allocated. */
GREEN_API int green_uv_detach(void);

/* The loop of the calling thread's runtime, made if there is none; NULL when out of memory. For
 * handles of one's own, whose callbacks complete futures. */
GREEN_API uv_loop_t *green_uv_loop(void);

/* What a call or a callback of libuv's gave, as a status, for a future that it completes: 0 for 0
 * and above; GREEN_ECLOSED for UV_EOF; GREEN_ENOHOST for a name that was not found (UV_EAI_NONAME
 * and its kin); else as green_status_from_errno() for the errno that libuv's number stands for. Any
 * stack, any thread; never parks. */
GREEN_API int green_status_from_uv(int result);

GREEN_END
#endif
