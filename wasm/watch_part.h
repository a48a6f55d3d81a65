/* What the WebAssembly host keeps of a descriptor that is waited on (fd/watches.h): nothing. */
#ifndef GREENIO_WASM_WATCH_PART_H
#define GREENIO_WASM_WATCH_PART_H

struct green__watch_part {
  char none;
};

#endif
