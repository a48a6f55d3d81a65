# Descriptors: the twins of the POSIX calls, and what they wait with on this host.
target_sources(greenio PRIVATE src/fd/call.c src/fd/libc.c src/fd/twins.c)
if(EMSCRIPTEN)
  target_sources(greenio PRIVATE wasm/watch.c)
else()
  target_sources(greenio PRIVATE src/native/watch.c)
endif()
