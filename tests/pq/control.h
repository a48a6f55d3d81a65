/* The server that run.mjs started, from the tests' side: it does as it is told. */
#ifndef GREENIO_TESTS_PQ_CONTROL_H
#define GREENIO_TESTS_PQ_CONTROL_H

/* In a task: has run.mjs
 *   "stop"         end the server, as a crash would, and "start" it again
 *   "freeze PID"   stop one process of it (SIGSTOP), and "thaw PID" have it go on
 * 0; GREEN_EACCES: it may not stop that process; another status. */
int pq_server(const char *what);

#endif
