# greenio::server: the HTTP server. Natively a library beside greenio; in WebAssembly it is in greenio::greenio, and this
# another name for that.

if(EMSCRIPTEN)
  target_sources(greenio PRIVATE src/server/options.c src/server/server_js.c)
  add_library(greenio_server INTERFACE)
  add_library(greenio::server ALIAS greenio_server)
  target_link_libraries(greenio_server INTERFACE greenio::greenio)
  return()
endif()

add_library(greenio_server ${greenio_optional}
  src/server/accept.c
  src/server/answer.c
  src/server/body.c
  src/server/connection.c
  src/server/options.c
  src/server/request.c
  src/server/server.c)
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
target_include_directories(greenio_server PRIVATE src src/native ${greenio_system})
target_link_libraries(greenio_server PUBLIC greenio::greenio)
greenio_beside(greenio_server)
