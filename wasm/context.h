/* What the files of the WebAssembly host share: the context's record, and what a kind of switch owes.
 *
 * A context's memory is one block:
 *
 *   low: guard | C stack, downwards | record | room
 *
 * and where its frames are when it is parked is the affair of a kind, of which each program has one:
 *
 *   asyncify.c  by Binaryen's pass: frames are unwound into memory, at the low end of the C stack
 *   jspi.c      by JavaScript Promise Integration: frames stay where the engine has them
 *
 * There are two kinds of contexts: those whose bottom function is C, and those whose bottom function
 * JavaScript calls, which are an export called by green.call() and `main` (call.c).
 */
#ifndef GREENIO_WASM_CONTEXT_H
#define GREENIO_WASM_CONTEXT_H

#include "host.h"
#include "interface.h"

struct green_future;

struct green__context {
  uintptr_t sp;                /* when parked or fresh; assembly knows these three */
  uintptr_t top;               /* of the C stack */
  char *saved;                 /* its low end; Asyncify: where the frames are kept */
  size_t used;                 /* Asyncify: bytes there, 0: not parked */
  int stack;                   /* JSPI: the number of the engine's stack; 0: none yet */
  uint64_t exceptions;         /* JSPI: what C++'s runtime keeps of those being handled */
  int depth;                   /* of imports, when it was resumed last */
  struct green__start *start;  /* the room */
  char *low;                   /* of the block */
  void *memory;                /* from green__alloc() */
  size_t total;                /* bytes there */
  int lost;                    /* the status, when its frames are lost */
  struct green__context *next; /* kept warm */
  struct green_future *called; /* by JavaScript: its future; NULL: the bottom function is C */
  int slot;                    /* of the call */
  size_t asked;                /* for its stack, in bytes */
};

/* The context that was resumed last. */
extern struct green__context *green__entered;

/* How many JavaScript frames lie between wasm frames, as counted by the wrappers of the imports. */
extern int green__import_depth;

/* What a switch must do besides in some builds (context.c); mostly 0. */
enum green__hooks {
  GREEN__HOOK_LIMITS = 1,     /* of the C stack, with STACK_OVERFLOW_CHECK=2 */
  GREEN__HOOK_EXCEPTIONS = 2, /* the C++ exceptions being handled, with -fexceptions */
  GREEN__HOOK_PARKS = 4, /* in narrowed programs (asyncify.cmake); asyncify.S knows the number */
};
extern int green__hooks;

/* stack.S */
uintptr_t green__sp(void);
void green__sp_set(uintptr_t sp);
extern uintptr_t
    green__host_sp; /* the host's, while a stack of JavaScript's or a JSPI one is in use */

/* ---- owed by a kind, beside what host.h says of contexts ------------------------------------- */

/* When a runtime opens.  0, GREEN_ENOMEM. */
int green__switch_open(void);

/* A context with a stack of that size is about to be made: 0, GREEN_ENOMEM. And then: it was not. */
int green__switch_fit(size_t stack);
void green__switch_unfit(void);

/* Its context is deleted; it may still be parked. */
void green__switch_forget(struct green__context *context);

/* All that is kept for later is given back. */
void green__switch_trim(void);

/* How many bytes of frames had no room when a trap came; 0. And whether they have overwritten memory of
 * others. */
size_t green__switch_unwound(void);
bool green__switch_overwrote(void);

/* And green__stack_entered(), green__stack_left(), green__call_finish(), green__js_recover(),
 * green__js_parks() and green__js_main_leave() of interface.h. */

/* ---- for kinds (context.c, call.c, loop.c) ---------------------------------------------------- */

#define GREEN__ALIGN(n, to) (((n) + (to)-1) & ~(size_t)((to)-1))
#define GREEN__GUARD        16 /* bytes */
#define GREEN__GUARD_WORD   UINT64_C(0x21f09f8cb1677264)

static inline void green__guard_set(char *low) {
  uint64_t *words = (uint64_t *)(void *)low;
  words[0] = words[1] = GREEN__GUARD_WORD;
}

/* The block is not used again then. */
static inline void green__guard_break(char *low) {
  *(uint64_t *)(void *)low = 0;
}

static inline bool green__guard_whole(const char *low) {
  const uint64_t *words = (const uint64_t *)(const void *)low;
  return words[0] == GREEN__GUARD_WORD && words[1] == GREEN__GUARD_WORD;
}

/* Lays a context out in `total` bytes of memory. */
struct green__context *green__block_lay(char *memory, size_t total, size_t room_size);

/* Of its C stack, in bytes. */
static inline size_t green__block_stack(const struct green__context *context) {
  return context->top - (uintptr_t)context->low - GREEN__GUARD;
}

/* The status that a call ends with, whose bottom function has returned so (enum green__returned). */
int green__call_outcome(const struct green__context *context, int returned, int value);

/* The bottom function of a call that began at once has returned so. True: all is done, nothing is left of
 * it, and its context is kept for the next one. False: green__call_left() follows. */
bool green__call_rests(struct green__context *context, int returned, int value);

/* The call that began at once, and of which green__entered is the context, has stopped so: answer. */
int green__call_left(enum green__left left);

/* It was left by an exception. */
void green__call_forget(void);

struct green__context *green__main_context(void);
void green__main_returned(void);

/* Goes on with the turn that is under way: answer. */
int green__loop_go_on(void);

/* Its frames are lost: green__context_lost() will give this. */
enum green__left green__context_fail(struct green__context *context, int status,
                                     const char *message);

/* The name of the running task, of which that is the context; of a call without one, its
 * function's. Good until the next call. */
const char *green__context_running(const struct green__context *context);

/* Its stack is too small for what it holds, for which it would have to be `least` `need` bytes. */
enum green__left green__context_overflow(struct green__context *context, const char *least,
                                         size_t need);

/* Its C stack was overrun, nobody knows how far. */
enum green__left green__context_overrun(struct green__context *context);
/* The same of one that has come back here: a trap if records of others are seen to be overwritten. */
enum green__left green__context_overran(struct green__context *context);

/* A trap came in the context, when the stack pointer was `sp`; `unwound` bytes of frames were too
 * many for the scratch area, or 0. The message if a C stack has overflowed, then or before, or
 * NULL. */
const char *green__context_trapped(struct green__context *context, uintptr_t sp, size_t unwound);
/* Whether nothing is seen to have been overwritten by it, or by others. */
bool green__context_intact(const struct green__context *context);
/* The same message, where no context ran. */
const char *green__context_overrun_before(void);
/* How far it reaches, before the message is asked for. */
enum green__harm green__context_harm(const struct green__context *context, uintptr_t sp);

/* call.c: the task of a call has ended, with this future; gives back what is kept for the next call. */
void green__call_ended(struct green_future *future, int slot);
void green__calls_trim(void);

/* Debug builds: aborts when the toolchain has broken the switch. */
void green__context_self_test(void);

#endif
