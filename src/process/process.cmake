# Processes: libuv's natively, node:child_process in WebAssembly (src/process/process.mjs); none under Windows yet.
target_sources(greenio PRIVATE src/process/process.c src/process/run.c)
if(EMSCRIPTEN)
  target_sources(greenio PRIVATE src/process/process_js.c)
elseif(WIN32)
  target_sources(greenio PRIVATE src/process/process_none.c)
else()
  target_sources(greenio PRIVATE src/net/plain_uv.c src/process/process_uv.c)
endif()
