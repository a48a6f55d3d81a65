/* wasm.compute and wasm.size: Lua at work, with a function pause() that waits where the program can. */
#ifndef GREENIO_BENCH_COMPUTE_H
#define GREENIO_BENCH_COMPUTE_H

/* What pause(x), a function of Lua's, does before it gives x. */
void bench_pause(void);

/* Lua waits in a loop, in a protected call and in a coroutine.  0: it had each x back. */
int bench_waits(void);

/* The least of some runs of the load of that name, in milliseconds; less than 0: it failed. */
double bench_load(const char *name);

#endif
