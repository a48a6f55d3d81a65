# Traces: an observer that takes notes, and what writes them as Chrome's trace events.
target_sources(greenio PRIVATE src/trace/events.c src/trace/ring.c src/trace/sql.c src/trace/text.c src/trace/trace.c src/trace/tracks.c)
if(EMSCRIPTEN)
  target_sources(greenio PRIVATE src/trace/file_js.c)
  set_source_files_properties(src/trace/events.c src/trace/ring.c src/trace/sql.c src/trace/text.c src/trace/trace.c src/trace/tracks.c
    src/trace/file_js.c PROPERTIES COMPILE_OPTIONS "$<$<NOT:$<CONFIG:Debug>>:-Oz>")
else()
  target_sources(greenio PRIVATE src/trace/file_native.c)
endif()
