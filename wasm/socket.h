/* The WebAssembly half of a stream or a listener: JavaScript keeps it, by the endpoint's address
 * (src/net/net.mjs). */
#ifndef GREENIO_WASM_SOCKET_H
#define GREENIO_WASM_SOCKET_H

#include <stdbool.h>

struct green__socket {
  bool terminal; /* it is read while somebody waits for it alone */
};

#endif
