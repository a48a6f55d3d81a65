# Streams and names: what is common, and sockets with libuv natively or node:net in WebAssembly.
target_sources(greenio PRIVATE
  src/net/address.c
  src/net/address_public.c
  src/net/connect.c
  src/net/endpoint.c
  src/net/listener.c
  src/net/names.c
  src/net/stream.c)
if(EMSCRIPTEN)
  target_sources(greenio PRIVATE src/net/names_js.c src/net/socket_js.c)
else()
  target_sources(greenio PRIVATE src/net/duplex_uv.c src/net/idna.c src/net/names_uv.c src/net/socket_uv.c)
endif()
