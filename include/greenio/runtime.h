/* The runtime: tasks, timers and one event loop, on one thread.
 *
 * A thread has at most one runtime, made when it is first needed. Natively it has a libuv loop of
 * its own, which green_run() runs, or one that the program lent it (uv.h); in wasm it is the
 * JavaScript event loop, and there is one runtime a module.
 *
 * fork(), natively. The parent goes on as if nothing had been. In the child the thread that called
 * fork() has no runtime and is in no task, even on the stack of one:
 *   - It may exec and _exit(); exit() as well, with what that means for the parent's buffered
 *     streams. (Where the parent gave libuv's pool work by itself, and greenio's files and
 *     green_offload() never did, exit() crashes in libuv 1.44.)
 *   - It may use greenio anew, with green_run() or green_uv_attach() on a loop that it makes; tasks
 *     and futures of the parent are not its own: a wait gives GREEN_EMAIN, green_post() to a
 *     runtime of the parent's GREEN_ECLOSED, and signals that green_signal() had taken mean what
 *     they did before.
 *   - It must not return into a task, callback or event loop of the parent's: then the process
 *     writes why, and aborts. What the parent had (memory, descriptors of the loop) stays until it
 *     ends.
 * A green_http_client of the parent's may not be used in the child.
 */
#ifndef GREENIO_RUNTIME_H
#define GREENIO_RUNTIME_H

#include <stdio.h>
#include <greenio/task.h>

GREEN_BEGIN

/* A runtime, for green_post() from other threads; counted. */
typedef struct green_runtime green_runtime;

/* Runs function(arg) in a task, and the event loop until the last task of the runtime has ended;
 * then ends the runtime. Called from main, or from any native thread; in wasm from main alone,
 * whose stack is parked meanwhile: locals are kept and it returns as it does natively.
 *   the status of function; if that failed and left a message with green_fail(), it is written to
 *     stderr.
 *   GREEN_EDEADLK: nothing could have woken the tasks that were parked: a report was written to
 *     stderr, they were cancelled, and those that went on to wait for ever lost their stacks.
 *     Natively and in Node; a page has no end at which that could be known, and waits: see
 *     green_report().
 *   GREEN_EBUSY: in a task, inside another green_run(), or the runtime is attached to a loop
 *     (uv.h).
 *   GREEN_ENESTED: wasm, not called from main.
 *   GREEN_ENOMEM.
 * Natively it opens descriptors 0 to 2 that are closed, as daemons have them, as /dev/null. */
GREEN_API int green_run(green_function function, void *arg);

/* The calling thread's runtime, made if there is none; for green_post(). NULL when out of memory.
 * Without a reference of its own. */
GREEN_API green_runtime *green_runtime_current(void);

/* A reference keeps the handle valid, not the runtime running. NULL is allowed in both. Any thread;
 * never park. */
GREEN_API green_runtime *green_runtime_retain(green_runtime *runtime);
GREEN_API void green_runtime_release(green_runtime *runtime);

/* Has function(arg) called on the runtime's own thread, on its host's stack, soon and once, in the
 * order of the calls of one thread; there it may spawn. The one function that any thread may call,
 * with a reference. It does not keep the runtime alive: see green_hold(). Never parks.
 *   0, GREEN_ECLOSED: the runtime has ended, function will not be called.
 *   GREEN_ENOMEM.
 * In WebAssembly too, in a module with -pthread. */
GREEN_API int green_post(green_runtime *runtime, void (*function)(void *), void *arg);

/* Keeps the calling thread's runtime alive for something outside it that will wake a task: a thread
 * that will post, a JavaScript event. Counted. Without it, a runtime in which nothing can wake the
 * parked tasks ends: green_run() gives GREEN_EDEADLK, and in Node a call of module.green.call()
 * that fails because of it rejects with EDEADLK; tasks that neither waits for end the Node process
 * with status 13 and a report on stderr. A page just stays. green_unhold() outside a hold is
 * ignored.
 *   0, GREEN_ENOMEM: there was no runtime and none could be made. */
GREEN_API int green_hold(void);
GREEN_API void green_unhold(void);

/* One task in a report. The strings are valid during the call alone. */
typedef struct green_report_entry {
  unsigned long id;      /* counts from 1 in the order of spawning */
  const char *name;      /* or "" */
  const char *state;     /* "running", "ready", "parked" */
  const char *waits_for; /* "sleep", "future of NAME", "lock of NAME" ..., "" if not parked */
  uint64_t since_ns;     /* how long in this state, from when the loop last looked at the clock: as
                            it woke up; in wasm, where promises and calls wake it, maybe before */
  size_t stack_used;     /* bytes in use now (running: at the last park) */
  size_t stack_size;     /* bytes there are */
  const char *calls; /* the C functions on its stack, innermost first, one a line: in wasm builds
                            that are configured as Debug or with GREENIO_STACKS; else "" */
  unsigned long spawned_by;    /* the id of the task that has spawned it or submitted the job, which
                               may have ended; 0: none has, but the host's stack or JavaScript */
  const char *group;           /* that it belongs to (group.h): its name, or "group 3"; "": none */
  unsigned long group_made_by; /* the id of the task that made that group; 0: none did */
  const char *made_in; /* the source file in which it was spawned or the job submitted, as __FILE__
                          has it, in programs that are compiled with GREENIO_PLACES (task.h), as
                          CMake's Debug ones are; else "" */
  int made_at;         /* the line there */
} green_report_entry;

/* Calls visit for every task of the calling thread's runtime, in the order of spawning. visit may
 * not wait, spawn or release. Any stack.
 *   the number of tasks. */
GREEN_API int green_report_each(void (*visit)(const green_report_entry *, void *), void *arg);

/* Writes the report as a table, which is a tree: under a task stand, indented, the tasks of the
 * groups that it made, and those that it has spawned into no group. One whose maker or spawner has
 * ended stands at the left. Returns as green_report_each(). */
GREEN_API int green_report(FILE *out);

/* Writes the same tree as JSON, in one line: an array of objects as green.report() of JavaScript
 * gives them, each with its `tasks`, an array of those that stand under it. What is no UTF-8 in a
 * name is replaced. Any stack.
 *   the number of tasks. GREEN_ENOMEM: [] was written. */
GREEN_API int green_report_json(FILE *out);

/* Has SIGQUIT (Ctrl-\ in a terminal) write the report where greenio's lines go, instead of ending
 * the process with a core dump; false: no longer. For the calling thread's runtime, until that
 * ends; it comes when the loop comes by, so not while a task holds it, which the watchdog tells.
 * GREENIO_REPORT_ON_QUIT=1 in the environment asks for it in each runtime. Natively. Any stack;
 * never parks.
 *   0, GREEN_ENOMEM. GREEN_ENOTSUP: in WebAssembly, and under Windows. */
GREEN_API int green_report_on_quit(bool on);

/* Memory. What greenio allocates (records, names, messages, copies; not stacks natively, which are
 * mapped, and not what libuv and libcurl allocate) comes from these functions. They have malloc's,
 * realloc's and free's meaning and are called on any thread that uses greenio. */
typedef struct green_allocator {
  void *(*allocate)(size_t size, void *arg); /* NULL: out of memory, here and in reallocate */
  void *(*reallocate)(void *memory, size_t size, void *arg); /* memory may be NULL */
  void (*release)(void *memory, void *arg);                  /* memory is not NULL */
  void *arg;                                                 /* handed to each */
} green_allocator;

/* Replaces the allocator; NULL for the C library's. One that lacks a function is not taken, and a
 * line on stderr says so. Before anything else of greenio is used, or when everything is released
 * again. */
GREEN_API void green_set_allocator(const green_allocator *allocator);

GREEN_END
#endif
