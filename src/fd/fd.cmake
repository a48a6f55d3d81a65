# Descriptors: waiting on them, and the twins of the POSIX calls.
if(EMSCRIPTEN)
  target_sources(greenio PRIVATE wasm/fd.c)
else()
  target_sources(greenio PRIVATE src/fd/call.c src/fd/twins.c src/fd/watches.c
    src/native/descriptor.c src/native/libc.c)
endif()
