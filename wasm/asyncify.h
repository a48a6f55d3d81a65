/* The state of Asyncify's switch, for asyncify.c, and for quiet.h, by which the core has parts in it.
 *
 * Asyncify is driven from inside the module. To park, the frames are unwound into one scratch area, then
 * the bytes used are copied into the context's own memory, from which they are rewound:
 *
 *   low: guard | saved frames, upwards ... C stack, downwards | record | room
 *
 * so that what a parked task keeps and what a running one uses share the same bytes. */
#ifndef GREENIO_WASM_ASYNCIFY_H
#define GREENIO_WASM_ASYNCIFY_H

#include "context.h"

enum green__phase { GREEN__RUNNING_FREE, GREEN__UNWINDING, GREEN__REWINDING };

/* Asyncify's own record: it writes to top and compares with end. */
struct green__scratch {
  char *top, *end;
};

extern int green__phase;                     /* enum green__phase; of other kinds the first */
extern struct green__scratch green__scratch; /* frames that are unwound */
extern struct green__scratch green__rewound; /* those that are rewound, in the context's memory */

#define GREEN__ASYNCIFY(name) __attribute__((import_module("asyncify"), import_name(name)))
GREEN__ASYNCIFY("start_unwind") void green__asyncify_start_unwind(struct green__scratch *);
GREEN__ASYNCIFY("stop_unwind") void green__asyncify_stop_unwind(void);
GREEN__ASYNCIFY("start_rewind") void green__asyncify_start_rewind(struct green__scratch *);

#endif
