# greenio::server: the HTTP server. Natively on libmicrohttpd, and built where that is found; in WebAssembly it
# is in greenio::greenio, and this another name for that.

if(EMSCRIPTEN)
  target_sources(greenio PRIVATE src/server/options.c src/server/server_js.c)
  add_library(greenio_server INTERFACE)
  add_library(greenio::server ALIAS greenio_server)
  target_link_libraries(greenio_server INTERFACE greenio::greenio)
  return()
endif()
option(GREENIO_SERVER_STREAMS "The server on streams, in the place of libmicrohttpd's" OFF)
if(GREENIO_SERVER_STREAMS)
  add_library(greenio_server ${greenio_optional}
    src/server/options.c
    src/server/streams/accept.c
    src/server/streams/answer.c
    src/server/streams/body.c
    src/server/streams/connection.c
    src/server/streams/request.c
    src/server/streams/server.c)
  add_library(greenio::server ALIAS greenio_server)
  set_target_properties(greenio_server PROPERTIES
    C_STANDARD 11
    C_STANDARD_REQUIRED ON
    C_EXTENSIONS ON
    C_VISIBILITY_PRESET hidden
    EXPORT_NAME server
    POSITION_INDEPENDENT_CODE ON)
  target_compile_definitions(greenio_server PRIVATE _GNU_SOURCE)
  target_compile_options(greenio_server PRIVATE ${greenio_inner_options})
  target_include_directories(greenio_server PRIVATE src src/native src/server/streams)
  target_link_libraries(greenio_server PUBLIC greenio::greenio)
  greenio_beside(greenio_server)
  return()
endif()
pkg_check_modules(LIBMICROHTTPD IMPORTED_TARGET libmicrohttpd>=0.9.75)
if(NOT LIBMICROHTTPD_FOUND)
  message(STATUS "greenio: no greenio::server, which needs libmicrohttpd 0.9.75 (libmicrohttpd-dev)")
  return()
endif()

add_library(greenio_server ${greenio_optional}
  src/server/answer.c
  src/server/connection.c
  src/server/head.c
  src/server/linger.c
  src/server/listen.c
  src/server/options.c
  src/server/request.c
  src/server/server.c
  src/server/stall.c)
add_library(greenio::server ALIAS greenio_server)
set_target_properties(greenio_server PROPERTIES
  C_STANDARD 11
  C_STANDARD_REQUIRED ON
  C_EXTENSIONS ON
  C_VISIBILITY_PRESET hidden
  EXPORT_NAME server
  POSITION_INDEPENDENT_CODE ON)
target_compile_definitions(greenio_server PRIVATE _GNU_SOURCE)
target_compile_options(greenio_server PRIVATE ${greenio_inner_options})
target_include_directories(greenio_server PRIVATE src src/native)
target_link_libraries(greenio_server PUBLIC greenio::greenio PRIVATE PkgConfig::LIBMICROHTTPD)
greenio_beside(greenio_server)
