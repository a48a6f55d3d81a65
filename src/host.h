/* The whole contract between the core and a host.
 *
 * The core (src/core) is portable C that knows nothing of libuv, Emscripten or an architecture. A
 * host gives it two things: contexts, which are C call stacks that can be parked and resumed, and
 * one event loop. Who wants another host reads this file and knows all that they owe. Beside the
 * functions that is one header of the host's folder, quiet.h, which marks functions of the core
 * below which nothing parks (src/native/quiet.h says how, and is all that most hosts need).
 *
 * A host sees no other header of the core than memory.h and poison.h. What features have with a host
 * is a feature's, and sees what features see (core/wait.h).
 *
 * Threads: everything is called on the runtime's thread, except green__host_post().
 */
#ifndef GREENIO_SRC_HOST_H
#define GREENIO_SRC_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "shared.h"

/* On the definition of a function that every switch passes through. The build compiles the core's
 * turn.c and wait.c and the host's contexts as one unit where that makes the switch cheaper. */
#define GREEN__HOT inline __attribute__((always_inline))

struct green_runtime;
struct green_future;
struct green__task;
struct green__context;
struct green__host;

/* ---- contexts: parked C call stacks ---------------------------------------------------------- */

enum green__left {
  GREEN__PARKED,     /* the context parked itself */
  GREEN__ENDED,      /* its function returned; only delete is legal */
  GREEN__OVERFLOWED, /* its frames are lost, green__context_lost() says how; only delete is legal */
};

struct green__stack_use {
  size_t used, size; /* bytes */
};

#define GREEN__STACK_MIN ((size_t)1 << 10)
#define GREEN__STACK_MAX ((size_t)1 << 30)

/* The stack size of tasks that do not ask for one, in bytes. */
extern const size_t green__context_default_stack;

/* What a context runs, and what that returned; the first thing in its room. */
struct green__start {
  int (*function)(void *arg);
  void *arg;
  int status;
};

/* Makes a context with a stack of at least `stack` usable bytes. *room points to `room_size` bytes,
 * aligned to 16, set aside for the caller at the top of the same memory, not zeroed; they live as
 * long as the context and survive an overflow. They begin with a struct green__start, which the
 * caller fills before the first resume. 0, GREEN_ENOMEM. */
int green__context_new(struct green__context **out, size_t stack, size_t room_size,
                       struct green__start **room);

/* Runs the context until it parks, ends (with the status in its start) or is lost. Called by the
 * core on the host's own stack, never from inside a context. The core keeps errno. */
enum green__left green__context_resume(struct green__context *context);

/* Called inside the running context before anything is registered: may it park here?
 *   0, GREEN_ENESTED: a frame that cannot be parked lies below. */
int green__context_can_park(struct green__context *context);

/* Parks the running context; returns when it is resumed. */
GREEN__SHARED_BEGIN
void green__context_park(struct green__context *context);
GREEN__SHARED_END

/* Two public functions (task.h, future.h) are the host's, so that they can do without a frame of
 * their own: each parks the context that the core's green__..._begin() gives, and then returns what
 * its green__..._end() gives; given NULL, it returns *status. */
int green_yield(void);
int green_wait(struct green_future *future);

/* What is in use (a running context: at its last park) and what there is. */
void green__context_stack(const struct green__context *context, struct green__stack_use *use);

/* The C functions on a parked stack, innermost first, one a line, if the build keeps them; else "".
 * Good until the next call. */
const char *green__context_calls(const struct green__context *context);

/* After GREEN__OVERFLOWED: the status, and a sentence for a person that names the size to ask for;
 * good until the next call. */
int green__context_lost(const struct green__context *context, const char **message);

/* Ends a context that is not running, in whatever state. Kept warm for the next one, poisoned. */
void green__context_delete(struct green__context *context);

/* Gives back all memory that is kept warm. When a runtime ends. */
void green__context_trim(void);

/* ---- the event loop -------------------------------------------------------------------------- */

/* Opens the calling thread's event loop for the runtime.  0, GREEN_ENOMEM. */
int green__host_open(struct green__host **out, struct green_runtime *runtime);

/* Nanoseconds, monotonic. */
uint64_t green__host_now(void);

/* Have green__turn() called soon, once, from the loop, on the host's own stack. `after_loop`: not
 * before the loop has looked for other events (the budget is spent); such a call is green__turn(..,
 * true). */
void green__host_wake(struct green__host *host, bool after_loop);

/* From any thread: have green__turn() called on the runtime's thread. The core sees to it that the
 * host is open. */
void green__host_post(struct green__host *host);

/* Have green__turn() called at `due` or, when the loop is busy, later. Replaces what was asked
 * before; UINT64_MAX disarms. An armed timer keeps the loop alive. */
void green__host_timer(struct green__host *host, uint64_t due);

/* Keeps the loop alive though nothing is under way in it, or no longer. */
void green__host_keep(struct green__host *host, bool keep);

/* Watches from outside that no task or callback holds the loop for longer than `limit` ns, and
 * reports each that does; 0: no longer. The runtime's beat tells.  0, GREEN_ENOMEM, GREEN_EAGAIN,
 * GREEN_ENOTSUP: nothing can look from outside, and the core measures. */
int green__host_watch(struct green__host *host, uint64_t limit);

/* Whether green__host_run() may be called from this stack: 0, GREEN_ENESTED. */
int green__host_can_run(struct green__host *host);

/* Runs the loop until green__host_stop(), or until nothing is alive in it. In wasm it parks main,
 * and comes back by green__host_stop() alone. */
void green__host_run(struct green__host *host);
void green__host_stop(struct green__host *host);

/* Closes the loop and frees the host. Nothing of it is called any more. */
void green__host_close(struct green__host *host);

/* ---- what the core owes a host --------------------------------------------------------------- */

/* Runs posted calls, due timers, callbacks and tasks until none is ready or the budget is spent:
 * 1024 resumes or 1 ms. `fresh`: the loop has looked for other events since the last turn, so that
 * the budget is whole again. Not reentrant; on the host's own stack. */
void green__turn(struct green_runtime *runtime, bool fresh);

/* The loop has looked for other events and wanted no turn: the budget is whole again. */
void green__turn_renew(struct green_runtime *runtime);

/* Takes in a context that the host made itself with green__task_room() bytes of room, as a new task
 * that green__task_ready() makes ready or green__turn_begin() runs. `room` is what the host set
 * aside; when its stack's bottom returns, the host puts the status there. the future, with a
 * reference for the caller; NULL: out of memory, the context is the host's still. */
struct green_future *green__task_adopt(struct green_runtime *runtime,
                                       struct green__context *context, struct green__start *room);
size_t green__task_room(void);
size_t green__stack_size(void); /* of tasks that do not ask for one */
void green__task_ready(struct green__task *task);

/* A turn of one task, for a host that enters a new task's context itself: between the two it does
 * what green__context_resume() would; `left` is what that would have returned. Only while
 * green__turn_free(): nothing else is ready, and the budget is not spent. */
bool green__turn_free(const struct green_runtime *runtime);
void green__turn_begin(struct green__task *task);
void green__turn_end(struct green_runtime *runtime, enum green__left left);

/* In the place of green__turn_end(), for a context that has ended and never parked: its task stays
 * as it is, to be begun again. False: nothing was done, the task has left something behind and ends
 * as others do. */
bool green__turn_rest(struct green_runtime *runtime);

/* A foreign exception has thrown away the frames of green__turn() and of the running task, if any,
 * or of a destructor of a task that was ending: its future fails with `status` and `message`, or
 * NULL. The context is deleted by the core. The host then asks for another turn by itself if the
 * runtime is to go on. A destructor that is called from here may throw again; then so is this.
 *   false: no future was left to tell. */
bool green__task_lost(struct green_runtime *runtime, int status, const char *message);

/* For green_yield(): puts the running task behind those that are ready. Its end gives 0. */
struct green__context *green__yield_begin(int *status);

/* For green_wait(): puts the running task among those that wait for the future. */
struct green__context *green__wait_future_begin(struct green_future *future, int *status);
int green__wait_future_end(void);

/* For tasks that no green_run() waits for: nothing in the loop is alive, and they are parked.
 * Writes a report and cancels all; `again`: those that went on to wait for ever lose their stacks. */
void green__end_deadlock(struct green_runtime *runtime, bool again);

/* Where there is fork(): before it, and after it in either process; the child has no runtime. */
void green__fork_begin(void);
void green__fork_end(bool child);

/* Writes to stderr that nothing is left which could wake the tasks there are, what they wait for,
 * and what to do: for a host on which the loop ends by itself. How many there are; 0: nothing was
 * written. */
int green__deadlock_report(void);

/* "sleeper" or "task 17": the running task, for messages of the host; good until the next call.
 * Async-signal-safe. NULL: none runs. */
const char *green__running_name(void);

/* ---- what the core tells a host of its records ----------------------------------------------- */

/* The calling thread's runtime; NULL: it has none, or is a child of fork(). Async-signal-safe. */
GREEN__SHARED_BEGIN
struct green_runtime *green__runtime_own(void);
GREEN__SHARED_END

/* What green__host_open() gave. */
struct green__host *green__runtime_host(const struct green_runtime *runtime);

/* Goes on with each resume and call of the program's, for a watchdog that looks from outside. Any
 * thread, async-signal-safe. Odd: a turn is under way. */
unsigned green__beat(const struct green_runtime *runtime);
static inline bool green__beat_in_turn(unsigned beat) {
  return beat & 1;
}

/* Where the program has a loop of its own: opens the calling thread's runtime on it, by
 * green__host_open(), to be ended by green__runtime_detach().  0, GREEN_EBUSY: there is a runtime;
 * GREEN_ENOMEM and what green__host_open() says. */
int green__runtime_attach(void);

/* Ends it; calls that were posted and callbacks are made before.
 *   0: the host is closed. GREEN_EINVAL: it was not attached, or is NULL. GREEN_EBUSY: within a turn,
 *   while tasks live, or because a child of fork() came back from one of the calls. */
int green__runtime_detach(struct green_runtime *runtime);

/* The status of the message that the task has left last; 0: none. */
int green__message_status(const struct green__task *task);

#endif
