# WebSocket: what is common, and frames on streams natively or the host's own in WebAssembly. It stands on the HTTP
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
  target_sources(greenio PRIVATE
    src/websocket/connect.c
    src/websocket/frame.c
    src/websocket/handshake.c
    src/websocket/wire.c)
endif()
