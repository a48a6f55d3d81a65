/* The interface between the C of the WebAssembly host and its JavaScript: what C imports, and what
 * JavaScript calls. instance.mjs has the same as a table (`hostBindings`), of which join.mjs makes
 * the functions on that side; a feature has a table and a header of its own.
 *
 * Exports are called on the host's own stack, except those of a step; what they return as `answer`
 * is an enum green__entry_answer. Strings are UTF-8. Pointers that JavaScript keeps are named.
 */
#ifndef GREENIO_WASM_INTERFACE_H
#define GREENIO_WASM_INTERFACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <emscripten.h>

struct green__context;
struct green_future;
struct green__watch;

#define EXPORT EMSCRIPTEN_KEEPALIVE __attribute__((noinline))

enum green__entry_answer {
  GREEN__NOTHING,
  GREEN__RESUME_MAIN,     /* green_run() is over: rewind main */
  GREEN__NOBODY,          /* of green__js_lost(): no task ran */
  GREEN__CALL_PARKED = 4, /* of green__js_finish(), beside another: the call goes on later */
  GREEN__UNDER_WAY = 8,   /* beside another: a turn is, whose next task runs in a microtask */
};

/* What the bottom function of a call has returned, which alone decides how the call ends: a message
 * that is left of a failure which it has handled does not. */
enum green__returned {
  GREEN__RETURNED,        /* what cannot tell of a failure */
  GREEN__RETURNED_STATUS, /* one below 0 is a failure */
  GREEN__RETURNED_NUMBER, /* a failure if it is the status of the message that was left last */
  GREEN__RETURNED_NULL,   /* a failure, with the status of that message, if there is one */
};

/* What is left where a trap came. */
enum green__harm {
  GREEN__HARM_TASK,  /* the running task can be lost alone */
  GREEN__HARM_STACK, /* the same, whose C stack has overflowed: green__js_trapped() says so */
  GREEN__HARM_BEFORE, /* the same, but an earlier one has overflowed, which may be what led to a trap */
  GREEN__HARM_HOST,    /* no task ran */
  GREEN__HARM_RECORDS, /* what all tasks share is seen to be damaged: nothing may run again */
};

/* ---- imports: the loop (loop.c) -------------------------------------------------------------- */

/* Before anything else: where imports are counted, where the host's C stack begins and ends, and
 * where the heap begins.  enum green__hooks. */
int green__js_open(int *depth, uintptr_t base, uintptr_t end, uintptr_t heap);
double green__js_now(void); /* ms */
void green__js_wake(bool after_loop);
void green__js_timer(double milliseconds); /* negative: disarms */
void green__js_keep(bool keep);

/* ---- imports: the switch (context.c, call.c) ------------------------------------------------- */

/* One run of a context whose bottom function JavaScript calls.  enum green__left. */
int green__js_step(struct green__context *context, int slot);
void green__js_limits(uintptr_t base, uintptr_t end);
void green__js_host_limits(void);
/* For the stack pointer that stack.S sets next, and then: it is about to be set. */
void green__js_next_limits(uintptr_t base, uintptr_t end);
void green__js_set_limits(void);
void green__js_check_park(void); /* throws if the frames cannot be unwound; called by asyncify.S */
void green__js_exceptions_enter(struct green__context *context, bool fresh);
void green__js_exceptions_leave(struct green__context *context); /* NULL: drops them */

/* ---- imports: calls, signals, reports --------------------------------------------------------- */

/* Aborts the signal of the body whose future green_cancel() was called on. */
void green__js_abort(struct green_future *future);
/* Writes the name of the function of the call in the slot, or of the one that is beginning. */
void green__js_call_name(int slot, char *buffer, size_t size);
/* The task of the call in the slot has ended. */
void green__js_done(int slot, int status, const char *message);
bool green__js_signal(const char *name, struct green__watch *watch); /* false: no process.on() */
void green__js_signal_off(struct green__watch *watch);
void green__js_report_entry(unsigned long id, const char *name, const char *state,
                            const char *waits_for, double since_ms, size_t stack_used,
                            size_t stack_size, const char *calls, unsigned long spawned_by,
                            const char *group, unsigned long group_made_by, const char *made_in,
                            int made_at);

/* With GREENIO_STACKS: the context may be about to park, and what is on its stack is noted; it is
 * no more; the functions that were noted, one a line. */
void green__js_parking(struct green__context *context);
void green__js_forget(struct green__context *context);
void green__js_calls(const struct green__context *context, char *buffer, size_t size);

/* ---- exports: entries from the event loop (loop.c) ------------------------------------------- */

EXPORT int green__js_turn(bool after_loop); /* answer */
EXPORT int green__js_timer_fired(void);     /* answer */
/* After green__js_recover(): the task that ran is lost.  answer. */
EXPORT int green__js_lost(int status, const char *message);
/* Node has nothing left to do: whether there are tasks, which nothing can wake then. And ends them,
 * as green_run() natively; answer. */
enum green__stuck { GREEN__STUCK_NONE, GREEN__STUCK_IN_RUN, GREEN__STUCK_ALONE };
EXPORT int green__js_stuck(void); /* enum green__stuck */
EXPORT int green__js_end_deadlock(void);
EXPORT void green__js_flush(bool has_files);

/* ---- exports: main (loop.c) ------------------------------------------------------------------ */

/* main begins.  Its context, for green__js_enter(). */
EXPORT struct green__context *green__js_main(void);
/* main has come back.  The stack pointer to set while it is parked; 0: it has returned. */
EXPORT uintptr_t green__js_main_leave(void);

/* ---- exports: a step, and what goes wrong (stack.S and, behind it, call.c) -------------------- */

/* Goes to the stack of the context, whose bottom function is to be called. */
void green__js_enter(struct green__context *context);
EXPORT void green__stack_entered(struct green__context *context);
/* The bottom function has come back: parked, or with what it returned (enum green__returned). Goes
 * back to the host's stack.  enum green__left. */
int green__js_leave(int returned, int value);
EXPORT int green__stack_left(int returned, int value);
/* Goes back to the host's stack alone: an exception has come out of the bottom function. */
void green__js_host_stack(void);
/* Its frames are lost.  enum green__left. */
EXPORT int green__js_failed(int status, const char *message);
/* A foreign exception has thrown frames away: no unwinding and no rewinding is under way any more.
 *   true: the frames did not fit into the scratch area. */
EXPORT bool green__js_recover(void);
/* The message for the running task, when its stack was too small and nobody knows how much it
 * needed. */
EXPORT const char *green__js_overrun(void);
/* After green__js_recover(), a trap, when the stack pointer was `sp`: whose C stack has overflowed,
 * which traps somewhere else; NULL: none has. */
EXPORT const char *green__js_trapped(uintptr_t sp);
/* And before that: how far a trap, or the end of JavaScript's own stack, reaches (enum green__harm). */
EXPORT int green__js_harm(uintptr_t sp);
EXPORT const char *green__js_running(void); /* the name of the task that runs, or NULL */

/* ---- exports: module.green (call.c) ---------------------------------------------------------- */

/* A ready task for the call in that slot.  NULL: out of memory. */
EXPORT struct green__context *green__js_call(size_t stack, const char *name, int slot);
/* The same, running, when nothing else is ready: goes to its stack. NULL: out of memory, or not
 * now.
 */
struct green__context *green__js_begin(size_t stack, const char *name, int slot);
struct green__context *green__call_begin(size_t stack, const char *name, int slot);
/* Its bottom function has come back, as in green__js_leave(), or its frames are lost.  answer. */
int green__js_finish(int returned, int value);
EXPORT int green__call_finish(int returned, int value);
EXPORT int green__js_finish_failed(int status, const char *message);
/* It has parked: gives it a slot, which it had not, and its function's name, unless it has one. */
EXPORT void green__js_keep_call(struct green__context *context, int slot, const char *name);
EXPORT bool green__js_parks(void); /* the bottom function has come back because it parks */
EXPORT int green__js_cancel(struct green__context *context); /* answer */
EXPORT const char *green__js_no_context(void); /* why there was no memory for a call; NULL */
EXPORT void green__js_report(void);
EXPORT int green__js_signalled(struct green__watch *watch); /* answer */

/* ---- exports: values (value.c) --------------------------------------------------------------- */

/* A future with two references, C's and JavaScript's; NULL: out of memory. And then, one that says
 * so. */
EXPORT struct green_future *green__js_future(void);
EXPORT struct green_future *green__js_no_future(void);
/* green_cancel() will call green__js_abort(); false: it was called before, or the future is done. */
EXPORT bool green__js_cancellable(struct green_future *future);
/* Each completes it and takes JavaScript's reference.  answer. */
EXPORT int green__js_resolve(struct green_future *future);
EXPORT int green__js_resolve_number(struct green_future *future, double number);
EXPORT int green__js_resolve_string(struct green_future *future, char *string); /* takes it */
EXPORT int green__js_resolve_bytes(struct green_future *future, char *data);    /* takes it */
EXPORT int green__js_reject(struct green_future *future, int status, const char *message);
/* Memory for the value of green__js_resolve_bytes(); for others and for arguments. */
EXPORT char *green__js_bytes_new(size_t size);
EXPORT void *green__js_alloc(size_t size);
EXPORT void green__js_free(void *memory);
EXPORT void green__js_free_c(void *memory); /* what the C library's malloc() gave */
/* Memory for a string that C copies at once. */
#define GREEN__JS_BUFFER 1024 /* bytes of it */
EXPORT char *green__js_buffer(void);
/* The number of the status of that name, 0: there is none; and its name. */
EXPORT int green__js_status(const char *name);
EXPORT const char *green__js_status_name(int status);

#undef EXPORT
#endif
