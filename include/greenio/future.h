/* Futures: a result that will be there, once. The one handle of a task, a pool's job, or anything
 * that a host's callback completes.
 *
 * A future is pending, then done with a status (0 or a count for success, negative for failure),
 * and with it a value or a message. It is counted: whoever got one from a function releases it,
 * unless that function says otherwise. Everything here belongs to the thread of the runtime.
 *
 * A failed future whose last reference goes without anyone having looked at its status writes one
 * line to stderr, or where green_set_log() says; one that is never released does so when its
 * runtime ends, or when the program calls exit(). (A page has no such end.) green_wait, green_join,
 * green_future_status, green_future_message and green_future_on_done look; so does green_cancel,
 * for the outcome GREEN_ECANCELED alone.
 */
#ifndef GREENIO_FUTURE_H
#define GREENIO_FUTURE_H

#include <greenio/base.h>

GREEN_BEGIN

/* A future; counted. */
typedef struct green_future green_future;

/* Makes a pending future for something that the caller will complete, with one reference, which is
 * the caller's. Whoever is to complete it needs a reference of its own if the caller may be gone by
 * then. Any stack; never parks.
 *   0, GREEN_ENOMEM. */
GREEN_API int green_future_new(green_future **out);

/* Completes a pending future with status 0 and a value, which may be NULL. The future owns the
 * value: drop(value) is called when the future is freed (NULL: nothing to do), and also when this
 * call fails, so that the value is never lost. Any stack; never parks.
 *   0, GREEN_EALREADY: it was done, and is as it was. */
GREEN_API int green_resolve(green_future *future, void *value, void (*drop)(void *));

/* Completes a pending future with a negative status and a message, printf-like; a format of NULL
 * leaves green_strerror() of the status, as with green_fail(). A status of 0 and above is taken as
 * GREEN_EINVAL. Any stack; never parks.
 *   0, GREEN_EALREADY: it was done, and is as it was. */
GREEN_API int green_reject(green_future *future, int status, const char *format, ...)
    GREEN_PRINTF(3, 4);

/* Waits until the future is done. Parks the calling task; a future that is done already returns at
 * once, on any stack, and then no cancel or deadline is delivered.
 *   >= 0 or negative: the future's own status, if green_done(future) is true afterwards. Of a
 *     failed one the message is now the task's as well (green_message()).
 *   GREEN_ECANCELED, GREEN_ETIMEDOUT: this wait was interrupted; the future is still pending and
 *     whole (green_done(future) is false).
 *   GREEN_EMAIN: pending, and this is not a task.
 *   GREEN_ENESTED: wasm, a JavaScript frame below.
 *   GREEN_EDEADLK: a task waits for its own future.
 *   GREEN_EINVAL: NULL.
 *   GREEN_ENOMEM: a pool's job that waits on a queued job of its own pool could not be given a
 *     worker; see pool.h. */
GREEN_API int green_wait(green_future *future);

/* Waits as green_wait() does, then releases the future. Interrupted, it cancels the future, waits
 * until that is done whatever happens, and then returns the interruption: after green_join()
 * nothing of the joined task runs, so its memory may lie on the caller's stack. Parks.
 *   as green_wait(). With GREEN_EMAIN, GREEN_ENESTED and GREEN_EDEADLK the future is released, not
 *     waited for. */
GREEN_API int green_join(green_future *future);

/* Waits until one of `count` futures is done. NULL entries are passed over. Parks.
 *   >= 0: the index of one that is done, the lowest if several are at the time of the call; whether
 *     it failed, and its message, are the future's to say.
 *   GREEN_EINVAL: no future in the array.
 *   GREEN_ENOMEM: nothing was waited for.
 *   GREEN_ECANCELED, GREEN_ETIMEDOUT, GREEN_EMAIN, GREEN_ENESTED, GREEN_EDEADLK as green_wait(). */
GREEN_API int green_wait_any(green_future *const *futures, size_t count);

/* Waits until all of `count` futures are done. NULL entries are passed over; 0 futures are done at
 * once. Parks.
 *   0: all are done and none failed.
 *   negative, all done: the status of the failed one with the lowest index, whose message is the
 *     task's.
 *   otherwise as green_wait(), with at least one future pending. */
GREEN_API int green_wait_all(green_future *const *futures, size_t count);

/* True when the future is done. Any stack. */
GREEN_API bool green_done(const green_future *future);

/* Asks what works on a pending future to stop. A task's present wait, or its next, ends with
 * GREEN_ECANCELED (see task.h); a pool's queued job never runs; a future made by green_future_new()
 * with a canceller calls it, and without one is done at once with GREEN_ECANCELED; one of
 * JavaScript's is as js.h says. Does not wait
 * and does not release. Any stack; never parks.
 *   0: asked.
 *   GREEN_EALREADY: it was done. */
GREEN_API int green_cancel(green_future *future);

/* Sets what green_cancel() does to a future made by green_future_new(), while it is pending. The
 * function must, then or later, complete the future. Called at most once, on the canceller's stack,
 * and may not wait. Any stack; never parks.
 *   0, GREEN_EALREADY: it is done or was cancelled.
 *   GREEN_EPERM: it is a task's or a job's. */
GREEN_API int green_future_on_cancel(green_future *future, void (*cancel)(green_future *, void *),
                                     void *arg);

/* Has done(future, arg) called once when the future is done, on the host's own stack from the event
 * loop, never inside this call nor inside the one that completes it. Callbacks of one future run in
 * the order of this call. The future is kept alive until then. done may not wait. Any stack; never
 * parks.
 *   0, GREEN_ENOMEM: it will not be called. */
GREEN_API int green_future_on_done(green_future *future, void (*done)(green_future *, void *),
                                   void *arg);

/* The status; GREEN_EAGAIN while pending. Any stack. */
GREEN_API int green_future_status(const green_future *future);

/* The value, owned by the future; NULL while pending, after a failure, or when there is none. */
GREEN_API void *green_future_value(const green_future *future);

/* The message of a failed future, owned by it: what green_fail() or green_reject() left, else
 * green_strerror() of the status. "" while pending or after success. */
GREEN_API const char *green_future_message(const green_future *future);

/* The name, for reports and messages, or NULL; copied, and cut to 31 bytes. Naming a task's future
 * names the task. */
GREEN_API void green_future_set_name(green_future *future, const char *name);
GREEN_API const char *green_future_name(const green_future *future);

/* One more reference, which is also returned; one reference less. Releasing a pending future does
 * not cancel it. NULL is allowed in both. Any stack of the runtime's thread.
 *
 * Each reference is released once, and green_join() releases. One release too many, or a use after
 * the last, is told on stderr with the future's name, where greenio still knows the record; a
 * greenio that is built as Debug then aborts, others leave the call undone. */
GREEN_API green_future *green_future_retain(green_future *future);
GREEN_API void green_future_release(green_future *future);

GREEN_END
#endif
