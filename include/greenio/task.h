/* Green tasks: ordinary C functions, each on a stack of its own, that may wait.
 *
 * A wait parks its task alone; the host's event loop goes on. Tasks of one runtime share one thread
 * and are switched only where one waits, so between two waits nothing else of the program runs.
 *
 * Interruption. Every wait that has to park may end with GREEN_ECANCELED (green_cancel() was called
 * on the task's future) or GREEN_ETIMEDOUT (a deadline in scope has passed), and leaves whole what
 * it waited for. What is there already is taken without parking, and then nothing is interrupted.
 *   - A cancel is delivered to one wait, the present or the next; green_cancelled() stays true.
 *   - A deadline fails every wait within its scope once it has passed.
 *   - Under GREEN_SHIELD both are held back.
 *
 * C++. A task may wait anywhere: in try, in catch, in a destructor while an exception is in flight;
 * exceptions that are being handled belong to the task. One that leaves the task's function ends
 * the process by std::terminate(), as one that leaves a thread's, with a line that names the task;
 * in wasm the task fails with GREEN_EEXCEPTION.
 *
 * A trap in a task (unreachable code, an access out of bounds) in wasm fails it with
 * GREEN_EEXCEPTION as well, and the others go on, unless what they share is seen to be damaged;
 * abort() ends all of them. Natively a signal ends the process.
 */
#ifndef GREENIO_TASK_H
#define GREENIO_TASK_H

#include <greenio/future.h>

GREEN_BEGIN

/* A task's function. What it returns is the status of its future. */
typedef int (*green_function)(void *arg);

/* How a task is to start; what is 0 has its default. */
typedef struct green_spawn_options {
  const char *name;  /* for reports; copied, cut to 31 bytes; NULL: none */
  size_t stack_size; /* bytes that frames can use; 0: the default; rounded up; at most 1 GiB.
                        In wasm the saved locals of a parked task count as well. */
  size_t copy_size;  /* not 0: `arg` points to that many bytes, which are copied, at most 64 KiB */
} green_spawn_options;

/* Starts a task. It never runs inside this call; it is put behind the tasks that are ready. The
 * future is the only handle and has the caller's reference. Works in a task, outside one, and
 * before the runtime runs. Never parks.
 *   Never NULL: what cannot start gives a failed future (GREEN_ENOMEM; GREEN_EINVAL: no function,
 *   or a size that cannot be).
 * Natively a task keeps its rounding mode and floating-point traps over its waits, and begins with
 * those of whoever ran before it: who changes them sets them back before a wait. */
GREEN_API green_future *green_spawn(green_function function, void *arg);

/* As green_spawn(), with a copy of `size` bytes at `args`, at most 64 KiB, that lives as long as
 * the task. */
GREEN_API green_future *green_spawn_copy(green_function function, const void *args, size_t size);

/* As green_spawn(), with a name, a stack size, or a copy of the argument. */
GREEN_API green_future *green_spawn_with(green_function function, void *arg,
                                         const green_spawn_options *options);

/* The stack size of tasks that do not ask for one, in bytes. 64 KiB natively, 32 KiB in wasm,
 * unless set. Tasks that exist keep theirs.
 *   0, GREEN_EINVAL: below 1 KiB or above 1 GiB. */
GREEN_API int green_set_stack_size(size_t size);

/* What the call stacks of tasks stand on: natively "assembly", or "ucontext" where there is no
 * assembly for the processor; in wasm "asyncify" or "jspi" (docs/contexts.md), of which a program
 * that was built for both takes one when it begins. Valid for ever; any thread, never parks. */
GREEN_API const char *green_contexts(void);

/* How many tasks can be alive at once; SIZE_MAX: as many as the memory has room for. On JSPI it is
 * 8,000, unless the page or program that made the instance said otherwise, and counts those of all
 * modules of a page, of a worker or of a thread of Node's together. A task beyond that fails with
 * GREEN_ENOMEM. Any thread, never parks. */
GREEN_API size_t green_most_tasks(void);

/* Parks behind the tasks that are ready, and comes back when it is this one's turn.
 *   0, GREEN_ECANCELED, GREEN_ETIMEDOUT, GREEN_EMAIN, GREEN_ENESTED. */
GREEN_API int green_yield(void);

/* Parks for at least `milliseconds`; 0 is green_yield(). The resolution is 1 ms on every host, and
 * a browser may round up further (4 ms when nested, 1 s in a page that is not seen).
 *   0, GREEN_ECANCELED, GREEN_ETIMEDOUT, GREEN_EMAIN, GREEN_ENESTED. */
GREEN_API int green_sleep(uint64_t milliseconds);

/* Nanoseconds on a monotonic clock with an arbitrary start. Any stack. In wasm the browser may
 * round it to 5 us or 100 us. */
GREEN_API uint64_t green_now(void);

/* The future of the running task, or of the job if it is a pool's worker, for naming, comparing and
 * waiting elsewhere; without a reference of its own. NULL outside a task. */
GREEN_API green_future *green_current(void);

/* Leaves a message for the future of the running task or job and returns `status`, so that a task
 * can end with: return green_fail(rc, "%s: %s", name, green_message()); It does not end the task.
 * It goes to the future only if that is the status the task returns. A format of NULL leaves
 * green_strerror() of the status. Outside a task it only returns the status. */
GREEN_API int green_fail(int status, const char *format, ...) GREEN_PRINTF(2, 3);

/* The message of the failure that the running task or job met last: what green_fail() left, or a
 * function of greenio that failed, or the failed future that green_wait(), green_join() or
 * green_wait_all() waited for, whose message goes up with its status. So with
 * `return green_join(future);` the words of what has failed below go up as the status does.
 * green_strerror() of the status where nobody left words, or where there was no memory for them; ""
 * before the first failure, and outside a task. Good until the next one is left.
 *
 * A task that ends with a status gives its future the newest message of that status. It keeps one
 * for each of the last eight different statuses, so that the message is not lost when a cleanup
 * meets other failures. */
GREEN_API const char *green_message(void);

/* The same of one status: the newest message that was left with it, also when a cleanup has met
 * other failures since. green_strerror() where there is none. Never NULL. Any stack; never
 * parks. */
GREEN_API const char *green_message_of(int status);

/* Leaves a value for the future of the running task or job and returns 0; drop(value) is called
 * when the future is freed, or at once when the task fails after all. Outside a task the value is
 * dropped and GREEN_EMAIN returned. */
GREEN_API int green_return(void *value, void (*drop)(void *));

/* True once green_cancel() was called on the running task or job, delivered or not. */
GREEN_API bool green_cancelled(void);

/* Scopes, left by any road: the end of the block, break, return, goto.
 *
 *   GREEN_TIMEOUT(500) {            every wait in the block fails with GREEN_ETIMEDOUT once
 *     rc = green_wait(future);      500 ms have passed; nested scopes only shorten
 *   }
 *   GREEN_SHIELD {                  no cancel and no deadline interrupts a wait in the block
 *     green_sleep(10);
 *   }
 *
 * `break` and `continue` end the block, also where it stands in a loop: they do not reach that. (A
 * loop is gone on with behind the block, or by green_timeout_begin() and green_timeout_end().)
 * Outside a task both do nothing. */
#define GREEN_TIMEOUT(milliseconds)                                                                \
  GREEN__SCOPE(GREEN__UNIQUE(green__scope_), green__scope_timeout(milliseconds))
#define GREEN_SHIELD GREEN__SCOPE(GREEN__UNIQUE(green__scope_), green__scope_shield())

#define GREEN__SCOPE(name, enter)                                                                  \
  for (green_scope name __attribute__((cleanup(green__scope_leave))) = enter; name.once;           \
       name.once = 0)

/* A scope without a macro, for loops and for other languages. The fields are greenio's own. */
typedef struct green_scope {
  void *task;
  uint64_t outer_deadline;
  int shield;
  int once;
} green_scope;

/* The same scopes from a call to a call, in the same task; scopes end in the reverse order of their
 * beginnings, GREEN_TIMEOUT and GREEN_SHIELD among them, before their function returns. A second
 * end of a scope does nothing. Outside a task they do nothing. Never park.
 *
 *   green_scope scope;
 *   green_timeout_begin(&scope, 500);
 *   rc = green_wait(future);
 *   green_timeout_end(&scope);
 */
GREEN_API void green_timeout_begin(green_scope *scope, uint64_t milliseconds);
GREEN_API void green_timeout_end(green_scope *scope);
GREEN_API void green_shield_begin(green_scope *scope);
GREEN_API void green_shield_end(green_scope *scope);

/* The macros' own. */
GREEN_API void green__place(const char *file, int line);
GREEN_API green_scope green__scope_timeout(uint64_t milliseconds);
GREEN_API green_scope green__scope_shield(void);
GREEN_API void green__scope_leave(green_scope *scope);

/* Where tasks were made. In a program that is compiled with GREENIO_PLACES defined, as CMake's
 * Debug builds do by themselves, green_spawn() and its kin, those of groups and of pools, and
 * green::spawn() are macros that note in which line the call stands, and reports say it
 * (runtime.h). */

#ifdef GREENIO_PLACES
static inline green_future *green__placed(green_future *future) {
  green__place(NULL, 0);
  return future;
}
static inline int green__placed_status(int status) {
  green__place(NULL, 0);
  return status;
}
#define GREEN__PLACED(call)        (green__place(__FILE__, __LINE__), green__placed(call))
#define GREEN__PLACED_STATUS(call) (green__place(__FILE__, __LINE__), green__placed_status(call))

#define green_spawn(...)      GREEN__PLACED(green_spawn(__VA_ARGS__))
#define green_spawn_copy(...) GREEN__PLACED(green_spawn_copy(__VA_ARGS__))
#define green_spawn_with(...) GREEN__PLACED(green_spawn_with(__VA_ARGS__))
#endif

GREEN_END
#endif
