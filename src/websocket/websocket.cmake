# WebSocket: what is common, and libwslay on streams natively or the host's own in WebAssembly. It stands on the HTTP
# client's addresses, so with GREENIO_HTTP=OFF, and with GREENIO_WEBSOCKET=OFF, programs get GREEN_ENOTSUP.
if(NOT GREENIO_WEBSOCKET OR NOT GREENIO_HTTP)
  target_sources(greenio PRIVATE src/websocket/websocket_none.c)
  return()
endif()

target_sources(greenio PRIVATE
  src/websocket/client.c
  src/websocket/close.c
  src/websocket/options.c
  src/websocket/upgrade.c
  src/websocket/websocket.c)
if(EMSCRIPTEN)
  target_sources(greenio PRIVATE src/websocket/upgrade_js.c src/websocket/websocket_js.c)
else()
  find_path(WSLAY_INCLUDE wslay/wslay.h)
  find_library(WSLAY_LIBRARY wslay)
  mark_as_advanced(WSLAY_INCLUDE WSLAY_LIBRARY)
  if(NOT WSLAY_INCLUDE OR NOT WSLAY_LIBRARY)
    message(FATAL_ERROR "greenio: WebSocket needs libwslay, which is not found (Debian: libwslay-dev); \
-DGREENIO_WEBSOCKET=OFF builds greenio without WebSocket")
  endif()
  target_sources(greenio PRIVATE
    src/websocket/connect.c
    src/websocket/frame.c
    src/websocket/handshake.c
    src/websocket/wire.c)
  # It has no pkg-config file. What is installed holds no folder of this machine's.
  target_link_libraries(greenio PRIVATE $<BUILD_INTERFACE:${WSLAY_LIBRARY}> $<INSTALL_INTERFACE:-lwslay>)
endif()
