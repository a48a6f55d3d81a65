/* The workload of wasm.asyncify: what sqlite.c shares with the files that say how to wait. */
#ifndef GREENIO_BENCH_SQLITE_H
#define GREENIO_BENCH_SQLITE_H

/* By the mode: waits for a turn of the event loop, if it can. */
void bench_wait(void);

/* Runs queries of which an SQL function waits `waits` times, and compares what they give.  0, or 1
 * with a line on stderr. */
int bench_waiting(int waits);

/* Runs the workload, in which nothing waits, over so many rows.  Milliseconds, or less than 0: it
 * failed. */
double bench_queries(int rows);

#endif
