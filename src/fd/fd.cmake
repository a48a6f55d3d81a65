# Descriptors: waiting on them, and the twins of the POSIX calls.
if(WIN32)
  target_sources(greenio PRIVATE src/fd/fd_none.c)
  return()
endif()
target_sources(greenio PRIVATE src/fd/as_libc.c src/fd/call.c src/fd/renamed.c src/fd/select.c src/fd/twins.c
  src/fd/watches.c)
if(EMSCRIPTEN)
  target_sources(greenio PRIVATE src/fd/descriptor_js.c src/fd/renamed_js.c src/fd/sockets_js.c src/fd/timeouts_js.c)
else()
  target_sources(greenio PRIVATE src/fd/renamed_lookup.c src/native/descriptor.c src/native/libc.c)
endif()
