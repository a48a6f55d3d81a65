/* What benchmarks of one thread measure by: a clock in nanoseconds, which costs a microsecond to read. In Node it
 * is the processor time of the main thread, where Node tells it, since machines are shared. */
#ifndef GREENIO_BENCH_CLOCK_H
#define GREENIO_BENCH_CLOCK_H

double bench_clock(void);

#endif
