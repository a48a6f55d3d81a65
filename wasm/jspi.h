/* The interface between jspi.c, jspi.S and the JavaScript of jspi.mjs, which has the same as a table
 * (`bindings`). See interface.h for what such an interface is. */
#ifndef GREENIO_WASM_JSPI_H
#define GREENIO_WASM_JSPI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <emscripten.h>

struct green__context;

#define EXPORT EMSCRIPTEN_KEEPALIVE __attribute__((noinline))

/* What a stack that suspends leaves to JavaScript. */
enum green__jspi_then {
  GREEN__JSPI_WAIT,  /* nothing: the next is on its way */
  GREEN__JSPI_GO_ON, /* the turn that is under way is to go on: green__js_jspi_go_on() */
  GREEN__JSPI_MAIN,  /* it is main's */
  GREEN__JSPI_OVER,  /* the turn is over, and it was this one's end: loop.turnOver() */
};

/* ---- imports --------------------------------------------------------------------------------- */

/* Where it is noted that a stack of the engine's runs; the bottom function of those for C. */
void green__js_jspi_open(int *inside, void (*run)(struct green__context *, int));
/* How many stacks this instance may have, of `wanted`: all instances together have a number of them. If
 * that is not `least`, the others have first given back what they do not need. */
size_t green__js_jspi_permits(size_t wanted, size_t least);
/* That number. */
size_t green__js_jspi_most(void);
/* A number for a stack that JavaScript has begun; gives one back, of a stack that is never resumed. */
int green__js_jspi_slot(void);
void green__js_jspi_drop(int slot);
/* Each has the context run in a microtask: goes on with a stack that is suspended, which is handed
 * `value`; begins a new one for a context of C's, or the call in that slot. */
void green__js_jspi_resume(int slot, struct green__context *value);
void green__js_jspi_begin(struct green__context *context);
void green__js_jspi_call(struct green__context *context, int slot);
/* Suspends the running stack, which gets that number; 0: for ever. What green__js_jspi_resume() hands over. */
struct green__context *green__js_jspi_suspend(int slot, int then); /* enum green__jspi_then */
void green__js_jspi_continue(void); /* GREEN__JSPI_GO_ON, of a stack that ends */
void green__js_jspi_main_ended(int status);

/* ---- exports --------------------------------------------------------------------------------- */

EXPORT int green__js_jspi_go_on(void); /* answer */
/* The call that waited for its turn begins: before green__js_enter(). */
EXPORT void green__js_jspi_call_enters(struct green__context *context);
EXPORT int green__js_jspi_entered(void); /* the slot of the call that was entered last */
/* The call that began at once has not returned, but parked, or was left by an exception: answer. */
EXPORT int green__js_jspi_call_left(void);
/* Another instance lacks stacks: gives back those without a task. `at_rest`: nothing of this one runs. */
EXPORT void green__js_jspi_give_back(bool at_rest);
EXPORT void *green__js_jspi_main_address(void); /* of main's bottom function, in the table */
EXPORT void green__js_jspi_main_resume(void);

/* ---- jspi.S, and what it calls ----------------------------------------------------------------- */

void green__jspi_run(struct green__context *context, int slot);
int green__jspi_main(int argc, char **argv);

/* Whether a stack of the engine's runs. The number of the one that is to be suspended, and what is left
 * to JavaScript then. */
extern int green__jspi_inside, green__jspi_slot, green__jspi_then;

void green__jspi_enter(struct green__context *context);
void green__jspi_bottom(struct green__context *context);
struct green__context *green__jspi_leave(struct green__context *context);
struct green__context *green__jspi_ended(struct green__context *context);
void green__jspi_main_begins(void);
void green__jspi_main_ended(int status);

#undef EXPORT
#endif
