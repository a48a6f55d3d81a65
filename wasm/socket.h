/* The WebAssembly half of a stream or a listener: JavaScript keeps it, by the endpoint's address
 * (src/net/net.mjs). */
#ifndef GREENIO_WASM_SOCKET_H
#define GREENIO_WASM_SOCKET_H

struct green__socket {
  char nothing;
};

#endif
