/* What the files of the WebAssembly host share: the context's record, and the state of the switch.
 *
 * Asyncify is driven from inside the module. To park, the frames are unwound into one scratch area,
 * then the bytes used are copied into the context's own memory, from which they are rewound. A
 * context's memory is one block:
 *
 *   low: guard | saved frames, upwards ... C stack, downwards | record | room
 *
 * so that what a parked task keeps and what a running one uses share the same bytes.
 *
 * There are two kinds of contexts: those whose bottom function is C, and those whose
 * bottom function JavaScript calls, which are an export called by green.call() and `main` (call.c).
 */
#ifndef GREENIO_WASM_CONTEXT_H
#define GREENIO_WASM_CONTEXT_H

#include "host.h"
#include "interface.h"

struct green_future;

enum green__phase { GREEN__RUNNING_FREE, GREEN__UNWINDING, GREEN__REWINDING };

struct green__context {
  uintptr_t sp;                /* when parked or fresh; park.S knows that it comes first */
  char *saved;                 /* where the frames are kept */
  size_t used;                 /* bytes there, 0: not parked */
  int depth;                   /* of imports, when it was resumed last */
  struct green__start *start;  /* the room */
  char *low;                   /* of the block */
  uintptr_t top;               /* of the C stack */
  void *memory;                /* from green__alloc() */
  size_t total;                /* bytes there */
  int lost;                    /* the status, when its frames are lost */
  struct green__context *next; /* kept warm */
  struct green_future *called; /* by JavaScript: its future; NULL: the bottom function is C */
  int slot;                    /* of the call */
  size_t asked;                /* for its stack, in bytes */
};

/* Asyncify's own record: it writes to top and compares with end. */
struct green__scratch {
  char *top, *end;
};

extern int green__phase;                     /* enum green__phase */
extern struct green__scratch green__scratch; /* frames that are unwound */
extern struct green__scratch green__rewound; /* those that are rewound, in the context's memory */
extern char *green__scratch_start;

/* The context that was resumed last. */
extern struct green__context *green__entered;

/* How many JavaScript frames lie between wasm frames, as counted by the wrappers of the imports. */
extern int green__import_depth;

/* What a switch must do besides in some builds (context.c); mostly 0. */
enum green__hooks {
  GREEN__HOOK_LIMITS = 1,     /* of the C stack, with STACK_OVERFLOW_CHECK=2 */
  GREEN__HOOK_EXCEPTIONS = 2, /* the C++ exceptions being handled, with -fexceptions */
  GREEN__HOOK_PARKS = 4,      /* in narrowed programs (asyncify.cmake); park.S knows the number */
};
extern int green__hooks;
void green__hooks_enter(struct green__context *context);
void green__hooks_leave(struct green__context *context);
void green__hooks_lost(void); /* frames were thrown away */

/* park.S */
uintptr_t green__sp(void);
void green__sp_set(uintptr_t sp);

#define GREEN__ASYNCIFY(name) __attribute__((import_module("asyncify"), import_name(name)))
GREEN__ASYNCIFY("start_unwind") void green__asyncify_start_unwind(struct green__scratch *);
GREEN__ASYNCIFY("stop_unwind") void green__asyncify_stop_unwind(void);
GREEN__ASYNCIFY("start_rewind") void green__asyncify_start_rewind(struct green__scratch *);

/* Makes the scratch area large enough for the frames of a stack of that size.  0, GREEN_ENOMEM. */
int green__scratch_fit(size_t stack);

/* Before a rewind, which reads the frames where they are kept. After an unwind: what lies in the
 * scratch area goes into the context, or it is lost. When the function has returned. */
void green__frames_load(struct green__context *context);
enum green__left green__frames_keep(struct green__context *context);
enum green__left green__frames_ended(struct green__context *context);

/* In the place of green__frames_keep(): puts them below the stack pointer of a stack that is the
 * host's too. */
void green__frames_keep_below(struct green__context *context);

/* Its frames are lost: green__context_lost() will give this. */
enum green__left green__context_fail(struct green__context *context, int status,
                                     const char *message);

/* The name of the running task, of which that is the context; of a call without one, its
 * function's. Good until the next call. */
const char *green__context_running(const struct green__context *context);

/* Its C stack was overrun, nobody knows how far. */
enum green__left green__context_overrun(struct green__context *context);

/* A trap came in the context, when the stack pointer was `sp`; `unwound` bytes of frames were too
 * many for the scratch area, or 0. The message if a C stack has overflowed, then or before, or
 * NULL. */
const char *green__context_trapped(struct green__context *context, uintptr_t sp, size_t unwound);
/* The same, where no context ran. */
const char *green__context_overrun_before(void);

/* call.c: the task of a call has ended, with this future; gives back what is kept for the next call. */
void green__call_ended(struct green_future *future, int slot);
void green__calls_trim(void);

/* Debug builds: aborts when the toolchain has broken the switch. */
void green__context_self_test(void);

#endif
