# Streams and names: what is common, and sockets with libuv natively or node:net in WebAssembly.
target_sources(greenio PRIVATE
  src/net/address.c
  src/net/address_public.c
  src/net/connect.c
  src/net/endpoint.c
  src/net/idna.c
  src/net/listener.c
  src/net/names.c
  src/net/stream.c
  src/net/tls.c
  src/net/tls_reason.c
  src/net/udp.c)
if(EMSCRIPTEN)
  target_sources(greenio PRIVATE src/net/names_js.c src/net/socket_js.c src/net/tls_js.c src/net/udp_js.c)
else()
  target_sources(greenio PRIVATE
    src/net/duplex_uv.c src/net/names_uv.c src/net/socket_uv.c src/net/udp_uv.c)
  if(WIN32)
    target_sources(greenio PRIVATE src/net/pipe_windows.c)
  endif()
endif()

# TLS on streams: OpenSSL natively, node:tls in WebAssembly. With GREENIO_TLS=OFF native programs get
# GREEN_ENOTSUP.
if(NOT EMSCRIPTEN)
  if(GREENIO_TLS)
    pkg_check_modules(LIBSSL IMPORTED_TARGET openssl>=3.0)
    if(NOT LIBSSL_FOUND)
      message(FATAL_ERROR "greenio: TLS on streams needs OpenSSL 3, which pkg-config does not find \
(Debian: libssl-dev); -DGREENIO_TLS=OFF builds greenio without TLS")
    endif()
    target_sources(greenio PRIVATE src/net/tls_context.c src/net/tls_facts.c src/net/tls_linger.c
      src/net/tls_openssl.c)
    target_link_libraries(greenio PRIVATE PkgConfig::LIBSSL)
  else()
    target_sources(greenio PRIVATE src/net/tls_none.c)
  endif()
endif()
