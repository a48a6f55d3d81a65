/* Traces: what tasks did for a while, as a picture over time.
 *
 * A trace is what observers are told (<greenio/observe.h>), kept in a ring of memory and written
 * when it ends: a track for each task, on which stands what it waits for, when it runs, and its
 * spans, with arrows from who wakes to who is woken, and a track for the loop's turns. The form is
 * Chrome's trace events as JSON, which https://ui.perfetto.dev and chrome://tracing open.
 *
 * When the ring is full the oldest is lost; how much that was stands in the trace, and is said on
 * stderr. So are spans beyond 16 that a task has open at once, which are left out. There is nothing
 * secret in it: no query strings, and no values of statements.
 *
 * Natively GREENIO_TRACE=FILE in the environment has the first runtime of the process traced from
 * its beginning to its end, or to exit() on its thread, with nothing in the program. A %p in the
 * name stands for the process's number; without one the variable is taken out of the environment,
 * so that programs that this one starts do not write over it. GREENIO_TRACE_SIZE=BYTES has a ring
 * of that size.
 *
 * In WebAssembly a program has the traces that it links (docs/tracing.md). In Node the variables
 * ask for one there, of the main thread, written at the end of the process whatever began that;
 * elsewhere there is no environment, and JavaScript begins and ends one by module.green.trace().
 */
#ifndef GREENIO_TRACE_H
#define GREENIO_TRACE_H

#include <greenio/base.h>

GREEN_BEGIN

/* What is 0 has its default. */
typedef struct green_trace_options {
  /* Where it is written: a file natively, which is made at once if there is none, and whose content
   * is replaced when the trace ends; or the function, which is called with one piece after the
   * other then, and gives 0 or above, or a negative status, with which writing ends. It may not
   * wait. One of the two. */
  const char *path;                                       /* copied */
  int (*write)(const char *data, size_t size, void *arg); /* the function */
  void *arg;                                              /* given to it */
  size_t size; /* of the ring, in bytes: 8 MiB; at least 64 KiB. A switch takes 96 bytes */
} green_trace_options;

/* Begins to trace the calling thread's runtime. If it has not been stopped when the runtime ends,
 * it ends then. Any stack; never parks.
 *   0. GREEN_EINVAL: neither path nor write, or both; a size below 64 KiB. GREEN_EBUSY: a trace of
 *     this runtime is under way, or an observer calls this. GREEN_ENOMEM. GREEN_ENOTSUP: a path in
 *     WebAssembly. What the system says of the file. */
GREEN_API int green_trace_start(const green_trace_options *options);

/* Ends it and writes it out; the thread is held while that takes place. Any stack; never parks.
 * In a child of fork() the parent's is not under way.
 *   0. GREEN_EINVAL: none is under way. GREEN_EBUSY: an observer calls this; it goes on. What the
 *     system or `write` has said. GREEN_ENOMEM: it is lost. */
GREEN_API int green_trace_stop(void);

GREEN_END
#endif
