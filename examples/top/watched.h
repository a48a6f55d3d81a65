/* What top shows of a program, gathered by hooks in the program itself. Take watched.c and offer.c into yours. */
#ifndef WATCHED_H
#define WATCHED_H

#include <stdio.h>
#include <greenio/greenio.h>

/* Begins to count, for the calling thread's runtime.  0, GREEN_ENOMEM, GREEN_EBUSY. */
int watched_start(void);

/* Counts no longer. */
void watched_end(void);

/* Has a pool of the program's shown; it must outlive what is shown.  0, GREEN_ENOMEM: there are 16. */
int watched_pool(const char *name, const green_pool *pool);

/* Writes lines of fields between tabs:
 *   loop  time  turns  longest hold since it was written last  time in which tasks ran   (ns)
 *   pool  name  workers  idle  queued
 *   task  id  maker  name  group  state  what it waits for  since  stack used  size  runs  time it ran */
void watched_write(FILE *out);

#endif
