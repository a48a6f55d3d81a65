/* Runs a sequence on the core, on the virtual host, and beside it on the model. */
#ifndef GREENIO_TESTS_FUZZ_RUN_H
#define GREENIO_TESTS_FUZZ_RUN_H

#include "sequence.h"

/* Comes back when the core did all that the model says; else prints what differs, and the sequence,
 * and calls run_failed(), which is the program's. `verbose`: every step is printed. */
void run_sequence(const struct sequence *sequence, bool verbose);
_Noreturn void run_failed(void);

#endif
