/* The contract between the core and a host.
 *
 * The core (src/core) is portable C that knows nothing of libuv, Emscripten or an architecture. A
 * host gives it three things: contexts, which are C call stacks that can be parked and resumed, one
 * event loop a runtime, and random bytes. There is src/native (libuv; the machine's stacks) and wasm (JavaScript's
 * loop; stacks by Asyncify); tests/poll_host is a loop on poll(2) without any feature, the smallest
 * to read. Who writes another finds here all that it owes; beside this and the public headers a host
 * sees of the core memory.h and poison.h, and log.h, alone. The halves of features that lie with a
 * host (signals, and in wasm the futures that JavaScript makes) see what features see (core/wait.h).
 *
 *   contexts               green__context_*, green_yield(), green_wait(): the first part below
 *   the event loop         green__host_*: the second part
 *   quiet.h                a header that the core includes: src/native/quiet.h says what it is for,
 *                          and is right wherever a switch costs the same at any depth
 *   green_signal()         <greenio/signal.h>; GREEN_ENOTSUP is an answer, by green_fail() with a
 *                          sentence; another signal than the three is GREEN_EINVAL all the same
 *   a part a feature       for those that are to work on it: the last part says where they stand
 *
 * What the core offers in return is the third part. Two hosts can share what they have in common:
 * of src/native everything but loop.c, random.c, signal*.c, status_uv.c and descriptor.c is free of libuv, so that a
 * host with another loop takes its contexts as they are (native.h says what a loop then calls). A host's
 * folder, src and src/core are where its files and the core's look for headers; native.cmake shows how
 * one is built.
 *
 * A runtime belongs to one thread, and everything here is called on it, except green__host_post().
 * Each thread may have one, with a host of its own. Functions that return int give 0 or one of the
 * statuses that their comment names (<greenio/status.h>). Times are in nanoseconds.
 *
 * How it works. What is ready to run is run in turns: the host's loop calls green__turn(), the core
 * resumes one task after the other, each parks sooner or later, and when none is ready or enough time
 * has passed the turn is over and the loop looks for events. What an event makes ready has the core ask
 * for the next turn by green__host_wake(). So a host never decides what runs, only when there is a
 * turn. Turns and the events between them happen on the host's own stack, which is the thread's.
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

/* On the declaration of a function that may be NULL, since not every program has it, or not every host. (The
 * build defines it as nothing where linkers do not find a definition that is weak itself.) */
#ifndef GREEN__IF_LINKED
#define GREEN__IF_LINKED __attribute__((weak))
#endif

struct green_runtime;
struct green_future;
struct green__task;    /* the core's */
struct green__context; /* the host's own, as is the next */
struct green__host;

/* ---- owed by a host: contexts, which are parked C call stacks -------------------------------- */

/* How a context has stopped running. */
enum green__left {
  GREEN__PARKED,     /* it has parked itself */
  GREEN__ENDED,      /* its function has returned; it can only be deleted */
  GREEN__OVERFLOWED, /* its frames are lost, green__context_lost() says how; it can only be deleted */

  /* of green__context_resume() alone */
  GREEN__SWITCHED, /* contexts have run one after the other, and the last of them has parked */
  GREEN__LATER,    /* it will run when the host's own stack is empty */
};

struct green__stack_use {
  size_t used, size; /* bytes */
};

#define GREEN__STACK_MIN ((size_t)1 << 10)
#define GREEN__STACK_MAX ((size_t)1 << 30)

/* The stack size of tasks that do not ask for one, in bytes. */
extern const size_t green__context_default_stack;

/* What green_contexts() and green_most_tasks() give; any thread. */
const char *green__context_kind(void);
size_t green__context_most(void);

/* What a context runs, and what that has returned. It is the beginning of the task's record, which
 * lies in the context's room. */
struct green__start {
  int (*function)(void *arg);
  void *arg;
  int status;
};

static inline struct green__task *green__task_of(struct green__start *room) {
  return (struct green__task *)(void *)room;
}

/* Makes a context with a stack of at least `stack` usable bytes. *room points to `room_size` bytes,
 * aligned to 16, set aside for the core at the top of the same memory, not zeroed; they live as long
 * as the context and survive an overflow. They begin with a struct green__start, which the core fills
 * before the first resume.
 *   0, GREEN_ENOMEM. */
int green__context_new(struct green__context **out, size_t stack, size_t room_size,
                       struct green__start **room);

/* Behind GREEN_ENOMEM of it: what there is too little of, in a sentence for a person that is good until
 * the next call; NULL: memory. */
const char *green__context_refused(void);

/* Runs the context: calls its start's function on its stack, or goes on behind green__context_park().
 * Called by the core in a turn, on the host's own stack. Three kinds of hosts differ here:
 *
 *   One at a time. It returns when that context has stopped: GREEN__PARKED, GREEN__ENDED with the
 *   status in its start, GREEN__OVERFLOWED. The core then resumes the next. (wasm)
 *
 *   Straight to the next. A context that parks asks green__turn_switch() which is next and goes there
 *   itself, without the way over the host's own stack. It returns when there is none, with
 *   GREEN__SWITCHED; or when one that has run last has ended or is lost, with that. (src/native)
 *
 *   Later. The engine resumes a context only when the host's own stack is empty, so it sees to that,
 *   and returns GREEN__LATER; the turn stays under way when green__turn() returns. The context then
 *   begins with green__turn_entered(), and asks green__turn_switch() where it stops, as above; if
 *   there is none, the host calls green__turn_go_on(). (Promises in JavaScript)
 *
 * errno belongs to the task, and the core keeps it. What else belongs to a stack is the host's to
 * keep: registers, C++'s exceptions that are being handled, what sanitizers must be told. */
enum green__left green__context_resume(struct green__context *context);

/* Called in the running context before anything is registered: may it park here?
 *   0, GREEN_ENESTED: a frame that cannot be parked lies below. */
int green__context_can_park(struct green__context *context);

/* Parks the running context; returns when it is resumed. */
GREEN__SHARED_BEGIN
void green__context_park(struct green__context *context);
GREEN__SHARED_END

/* Two public functions (task.h, future.h) are the host's, so that they can do without a frame of
 * their own: each parks the context that the core's green__..._begin() gives, and then returns what
 * its green__..._end() gives (green_yield(): 0). Given NULL instead, it returns *status. */
int green_yield(void);
int green_wait(struct green_future *future);

/* What is in use (of a running context: at its last park) and what there is. */
void green__context_stack(const struct green__context *context, struct green__stack_use *use);

/* The C functions on a parked stack, innermost first, one a line, if the build keeps them; else "".
 * Good until the next call. */
const char *green__context_calls(const struct green__context *context);

/* After GREEN__OVERFLOWED: the status, and a sentence for a person that names the size to ask for;
 * good until the next call. A host on which an overflow ends the process never gets here. */
int green__context_lost(const struct green__context *context, const char **message);

/* Ends a context that does not run, in whatever state. It may be kept for the next one. */
void green__context_delete(struct green__context *context);

/* Gives back all memory that is kept for the next contexts; there are none. When a runtime ends,
 * behind green__host_close(): contexts stand by themselves, and need no open loop. */
void green__context_trim(void);

/* ---- owed by a host: the event loop ---------------------------------------------------------- */

/* Opens an event loop for the runtime of the calling thread, when it is used for the first time. It
 * begins with no turn asked for, no timer, and green__host_keep() not in force.
 *   0, GREEN_ENOMEM: also for what else the system did not give, such as a descriptor. */
int green__host_open(struct green__host **out, struct green_runtime *runtime);

/* The runtime that green__host_open() was for is open, and can be used: for what the environment asks
 * for. A host need not have it. */
GREEN__IF_LINKED void green__host_opened(void);

/* The time on a clock that only goes forward; any thread. It is read often. */
uint64_t green__host_now(void);

/* The same, for who asks at each switch: as exact as a tenth of a microsecond or so, if that is cheaper. It
 * does not go back from one call to the next, but may be behind or before green__host_now(). */
uint64_t green__host_now_often(void);

/* There is something to run: asks for a turn, from the loop and on the host's own stack, soon. It
 * comes back at once. It may be asked more than once before that turn; one is enough, after_loop if
 * one of them was. It may be asked before green__host_run() is called, and outlasts its return.
 *   after_loop false: the loop need not look for other events before (the turn may be
 *   green__turn(runtime, false)). A host whose turns always come behind its events does as for true.
 *   after_loop true: it must look for them first, but not wait (green__turn(runtime, true)). The
 *   budget is spent, and whatever comes from outside is not to be kept waiting. */
void green__host_wake(struct green__host *host, bool after_loop);

/* From any thread, its own too: asks for a turn of the runtime's own thread, and wakes its loop if it
 * waits for events. Calls may be taken together; one that comes when the turn has begun asks for
 * another. Whether a turn that is asked for here keeps green__host_run() from returning is the host's
 * affair: green_hold() is for that, and the core makes the calls that are left. The core sees to it
 * that the host is open, and holds a lock: nothing of the core may be called from here. */
void green__host_post(struct green__host *host);

/* Asks for green__turn(runtime, true) when green__host_now() has come to `due`, which may lie in the
 * past, or later when the loop is busy. Not before: a turn that comes too early is one for something
 * else, the core does not ask again, and the timer is lost. So a wait that counts more coarsely is
 * rounded up. Replaces what was asked before; UINT64_MAX: for nothing any more. It happens once;
 * turns before that leave it as it is. (If one that is fresh comes when it is due, the one for the
 * timer that follows finds nothing to do.) */
void green__host_timer(struct green__host *host, uint64_t due);

/* Whether the loop is to stay alive though nothing is under way in it (green_hold()). */
void green__host_keep(struct green__host *host, bool keep);

/* Watches from outside that no task or callback holds the loop for longer than `limit` ns, and
 * reports each that does; 0: no longer. That the runtime's beat goes on shows that it does not. After a
 * failure the limit before goes on.
 *   0, GREEN_ENOMEM, GREEN_EAGAIN. GREEN_ENOTSUP: nothing here can look from outside; the core then
 *   measures each, and reports it when it has let go. */
int green__host_watch(struct green__host *host, uint64_t limit);

/* Whether green__host_run() may be called from this stack: 0, GREEN_ENESTED. A run inside of another,
 * in a turn, or of an attached runtime has been refused by the core; so this is 0 where any function
 * of C may run the loop. (In wasm main alone may.) */
int green__host_can_run(struct green__host *host);

/* Runs the loop: looks for events, waits for them while no turn is asked for, calls the turns. It
 * returns
 *   - when green__host_stop() was called, as soon as the turn that did so is over, whatever else is
 *     asked for; events that the loop has taken already may still be told before, and begin tasks;
 *   - when nothing in the loop is alive: no turn is asked for, no timer set, green__host_keep() not in
 *     force, and no feature waits for an event (green__watches_keep()). Tasks that are left then can
 *     be woken by nothing, and the core says so: returning with tasks left is a deadlock.
 * It may be called again. A child of fork() may come here too: see green__fork_begin(). (In wasm it
 * parks main, and returns by green__host_stop() alone.) */
void green__host_run(struct green__host *host);

/* In a turn that green__host_run() has called: it shall return. Forgotten when it has. */
void green__host_stop(struct green__host *host);

/* Closes the loop and frees the host. No task is left, but a turn may still be asked for, or a timer
 * be set. Nothing of it is called any more. */
void green__host_close(struct green__host *host);

/* ---- owed by a host: chance ------------------------------------------------------------------ */

/* Random bytes that nobody can guess, of the system each time. False: it gave none. */
bool green__host_random(void *bytes, size_t size);

/* ---- for hosts: turns ------------------------------------------------------------------------ */

/* A turn: runs posted calls, due timers, callbacks and tasks until none is ready or the budget is
 * spent, 1024 runs of tasks or 1 ms. Then it asks for the next turn, for its timer, or for the end of
 * green__host_run(). On the host's own stack. While a turn is under way it does nothing.
 *   fresh: the loop has looked for other events since the last turn, so that the budget is whole
 *   again and timers are due. False: it goes on with what was left of the budget. */
void green__turn(struct green_runtime *runtime, bool fresh);

/* The loop has looked for other events, and no turn was asked for: the budget is whole again. */
void green__turn_renew(struct green_runtime *runtime);

/* A context has stopped, and ends its task's run: parked (on its own stack, just before), or with what
 * green__context_resume() would have returned, when its frames are gone. Picks what runs next.
 *   The context to go on with: green__turn_entered() and on; it may be the one that has parked.
 *   NULL: none may run. A host that goes straight from one to another goes to its own stack, and
 *   green__context_resume() returns; others call green__turn_go_on() there.
 * Between this and green__turn_entered() no task runs. */
struct green__context *green__turn_switch(enum green__left left);

/* Whether a task whose function has returned ends without a call of the program's. If so, the host may
 * call green__turn_switch(GREEN__ENDED) on the task's own stack, and go on from there; the core then
 * calls green__context_delete() on that stack, which has to stay until the host has left it. */
bool green__task_ends_plainly(const struct green__task *task);

/* The task's run begins: its frames are the next to go on. For a context that green__turn_switch() has
 * picked, one that was resumed later, or one that the host begins by itself (green__turn_enter()).
 * The core calls it itself before green__context_resume(). */
void green__turn_entered(struct green__task *task);

/* Goes on with a turn that is under way while none of its tasks runs: with callbacks and with what is
 * ready, or ends it. On the host's own stack. */
void green__turn_go_on(struct green_runtime *runtime);

/* Ends a turn that is under way, if nothing of it is left to run. It calls nothing of the program's, so
 * that it may be called on the stack of a task that is about to let go, behind green__turn_switch().
 *   False: green__turn_go_on() is to be called on the host's own. */
bool green__turn_over(struct green_runtime *runtime);

/* A turn for an event of the host's, of the one task that the event begins or wakes: so that it runs
 * at once, until it waits. On the host's own stack, between turns. What was made ready until
 * green__turn_leave() runs there; or the host runs a new task itself, by green__turn_entered() and
 * green__turn_switch(), which then picks none. Others wait for their turn.
 *   False: something else is ready or the budget is spent, and the task runs when it is its turn;
 *   green__turn_leave() is not called then. */
bool green__turn_enter(struct green_runtime *runtime);
void green__turn_leave(struct green_runtime *runtime);

/* For green_yield(): puts the running task behind those that are ready. */
struct green__context *green__yield_begin(int *status);

/* For green_wait(): puts the running task among those that wait for the future. */
struct green__context *green__wait_future_begin(struct green_future *future, int *status);
int green__wait_future_end(void);

/* ---- for hosts: tasks that they make themselves ---------------------------------------------- */

/* Makes a task of a context that the host has made with green__task_room() bytes of room, which
 * `room` is. It is run by green__task_ready(), or in a turn of its own. When its stack's bottom
 * returns, the host puts the status into the start.
 *   Its future, with a reference for the caller. NULL: no memory; the context is the host's still. */
struct green_future *green__task_adopt(struct green_runtime *runtime,
                                       struct green__context *context, struct green__start *room);
size_t green__task_room(void);
size_t green__stack_size(void); /* of tasks that do not ask for one */
void green__task_ready(struct green__task *task);

/* A turn of one task, as between green__turn_enter() and green__turn_leave(), whose task returns without
 * ever having parked, and which the host would have begin once more instead of making another. Sixteen such
 * turns take as much of the budget as one run, since to go back to the loop costs more than they do.
 *
 * The running task has come back, with a status of success. True: it and its future are as they were before
 * it began, it is no part of the runtime until green__turn_again(), and the turn is over. False: it has left
 * something behind, or the turn has something left, and both end as others do. */
bool green__turn_rest(struct green__task *task);

/* In the place of green__turn_enter() and green__turn_entered(). False: not now. It runs nothing. */
bool green__turn_again(struct green__task *task);

/* ---- for hosts: when something goes wrong ---------------------------------------------------- */

/* A foreign exception has thrown away the frames of green__turn() and of the running task, if any,
 * or of a destructor of a task that was ending: its future fails with `status` and `message`, or
 * NULL. The context is deleted by the core. The turn is over; the host then asks for another by itself
 * if the runtime is to go on. A destructor that is called from here may throw again; then so is this.
 *   false: no future was left to tell. */
bool green__task_lost(struct green_runtime *runtime, int status, const char *message);

/* For tasks that no green_run() waits for, on a host whose loop belongs to somebody else: nothing in
 * the loop is alive, and they are parked. Writes a report and cancels all; `again`: those that went on
 * to wait for ever lose their stacks. (Where green__host_run() returns, the core does it.) */
void green__end_deadlock(struct green_runtime *runtime, bool again);

/* Says (log.h) that nothing is left which could wake the tasks there are, what they wait for, and
 * what to do. How many there are; 0: nothing was said. */
int green__deadlock_report(void);

/* "sleeper" or "task 17": the running task, for messages of the host; good until the next call.
 * Async-signal-safe. NULL: none runs. */
const char *green__running_name(void);

/* Whether an observer is being called on this thread. */
bool green__observing(void);

/* For a host whose stacks can overflow into other memory: whether the running task's future, which may lie
 * there, looks as it did. If not, the name is "task 17", and nothing of the core may run again. */
bool green__running_is_whole(void);

/* For a host that would go on behind a trap in the running task, which may have come out of the core
 * itself: whether its records look as they do when no list is half changed and nobody has written over
 * them. It reads what may be no address, so it may trap as well. (whole.c) */
bool green__core_is_whole(void);

/* Where there is fork(): before it, and after it in either process. The child has no runtime, but may
 * open one. It may come back from green__turn() on its parent's stack, or call green__host_run() with
 * its parent's host, and then must not touch the loop, nor return. So behind the one and first in the
 * other a host ends the process if green__runtime_own() is not the runtime that it was opened for. */
void green__fork_begin(void);
void green__fork_end(bool child);

/* ---- for hosts: what the core tells of its records ------------------------------------------- */

/* The calling thread's runtime; NULL: it has none, or is a child of fork(). Async-signal-safe. */
GREEN__SHARED_BEGIN
struct green_runtime *green__runtime_own(void);
GREEN__SHARED_END

/* At exit(), where the host runs no tasks by itself: says that there are some, and none ever ran. */
void green__runtime_tell_unrun(void);

/* What green__host_open() gave. */
struct green__host *green__runtime_host(const struct green_runtime *runtime);

/* Goes on with each run of a task and call of the program's, for a watchdog that looks from outside.
 * Any thread, async-signal-safe. Odd: a turn is under way. */
unsigned green__beat(const struct green_runtime *runtime);
static inline bool green__beat_in_turn(unsigned beat) {
  return beat & 1;
}

/* Where the program has a loop of its own: opens the calling thread's runtime on it, by
 * green__host_open(), to be ended by green__runtime_detach().
 *   0, GREEN_EBUSY: there is a runtime; or what green__host_open() says, GREEN_ENOMEM. */
int green__runtime_attach(void);

/* Ends it; calls that were posted and callbacks are made before.
 *   0: the host is closed. GREEN_EINVAL: it was not attached, or is NULL. GREEN_EBUSY: in a turn,
 *   while tasks live, or because a child of fork() came back from one of the calls. */
int green__runtime_detach(struct green_runtime *runtime);

/* The status of the message that the task has left last; 0: none. */
int green__message_status(const struct green__task *task);

/* ---- owed by a host: its parts of the features ----------------------------------------------- */

/* Each feature in src says in a header of its own what it asks of a host, and has a file a host. The
 * core works without any of them; a feature can be left out of a build with what stands on it.
 * <greenio/uv.h> and <greenio/js.h> are no features, but a host's own.
 *
 *   descriptors            fd/watches.h, with the header watch_part.h; and green__libc, which fd/fd.h
 *                          declares, with green__fd_supported(), green__fd_drained(),
 *                          green__fd_is_drained(), green__fd_most_at_once(), green__fd_connected()
 *   streams, listeners     net/net.h, with the header socket.h; stands on nothing of descriptors
 *   name lookups           net/names.h
 *   files, green_offload() <greenio/file.h>, <greenio/offload.h>; file/file.h has what they share
 *   the HTTP client        http/http.h
 *   applications           app/server.h, for what receives requests
 *   the HTTP server        <greenio/server.h>, with server/options.h; stands on app/server.h
 *   PostgreSQL             pg/pg.h
 *
 * green_posix and green_pq are native by nature, and ask for descriptors alone. */

#endif
