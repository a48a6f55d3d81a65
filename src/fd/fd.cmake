# Descriptors: waiting on them, and the twins of the POSIX calls.
target_sources(greenio PRIVATE src/fd/call.c src/fd/twins.c src/fd/watches.c)
if(EMSCRIPTEN)
  target_sources(greenio PRIVATE wasm/descriptor.c wasm/sockets.c)
else()
  target_sources(greenio PRIVATE src/native/descriptor.c src/native/libc.c)
endif()
