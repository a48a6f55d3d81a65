# Files and offload: libuv's thread pool natively; in WebAssembly node:fs or the page's file system.
target_sources(greenio PRIVATE src/file/check.c src/file/directory.c)
if(EMSCRIPTEN)
  target_sources(greenio PRIVATE src/file/file_js.c src/file/offload_inline.c)
else()
  target_sources(greenio PRIVATE src/file/file_uv.c src/file/offload_uv.c src/file/request.c)
endif()
