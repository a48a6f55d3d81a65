/* What a host owes features of signals (native/signal.c, wasm/signal.c). */
#ifndef GREENIO_SRC_SIGNALS_H
#define GREENIO_SRC_SIGNALS_H

#include <greenio/future.h>

/* As green_signal(), for others than a program may watch as well: natively any, in WebAssembly SIGWINCH. */
int green__signal_future(green_future **out, int signal);

#endif
