/* A program for top to look at: tasks that wait for each other, for time, for a pool. */
#ifndef DEMO_H
#define DEMO_H

int demo_start(void);

/* They do not end by themselves. Parks. */
void demo_end(void);

#endif
