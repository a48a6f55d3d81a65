/* What the files of greenio::pq_asynchronous share. */
#ifndef GREENIO_SRC_PQ_ASYNCHRONOUS_H
#define GREENIO_SRC_PQ_ASYNCHRONOUS_H

/* Gives libpq a lock that tasks wait for as tasks, in place of its own. */
void green__pq_share_thread_lock(void);

#endif
