/* Terminals that are raw, and how each is given its mode back, whoever ends the program. */
#ifndef GREENIO_SRC_TERMINAL_RAW_H
#define GREENIO_SRC_TERMINAL_RAW_H

#include <stdbool.h>

/* A terminal by its descriptor: raw once more, and once less. `again`: the caller has it raw, and says so anew. Any
 * thread.
 *   0, a status: GREEN_EMFILE: too many are. */
int green__raw_begin(int fd, bool again);
void green__raw_end(int fd);

#endif
