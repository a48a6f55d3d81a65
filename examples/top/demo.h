/* A program for top to look at: tasks that wait for each other, for time, for a pool. */
#ifndef DEMO_H
#define DEMO_H

/* Starts them. They never end; cancel them by green_group_release() of the group. */
#include <greenio/greenio.h>
int demo_start(green_group **out);

#endif
