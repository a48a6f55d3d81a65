# A terminal as a stream: natively where there is termios; in Node by node:tty (src/terminal/terminal.mjs).
if(EMSCRIPTEN)
  target_sources(greenio PRIVATE src/terminal/terminal_js.c src/terminal/window.c)
elseif(WIN32)
  target_sources(greenio PRIVATE src/terminal/terminal_none.c)
else()
  target_sources(greenio PRIVATE src/terminal/raw_posix.c src/terminal/terminal_posix.c src/terminal/window.c)
endif()
