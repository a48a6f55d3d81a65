/* What the files of the WebAssembly host ask of the loop. */
#ifndef GREENIO_WASM_LOOP_H
#define GREENIO_WASM_LOOP_H

#include "interface.h"

/* Between the two, wake-ups are not handed to the event loop: the caller has just come from there,
 * on the host's own stack, so that the second one runs the turn. */
void green__loop_entered(void);
int green__loop_left(void); /* enum green__entry_answer */

/* For entries that asked for nothing but an ordinary wake-up. */
int green__loop_answer(void);

#endif
