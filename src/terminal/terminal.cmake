# A terminal as a stream, natively where there is termios.
if(EMSCRIPTEN OR WIN32)
  target_sources(greenio PRIVATE src/terminal/terminal_none.c)
else()
  target_sources(greenio PRIVATE src/terminal/raw_posix.c src/terminal/terminal_posix.c)
endif()
