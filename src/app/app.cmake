# HTTP applications, for every host. What speaks HTTP is a host's: see server.h.
target_sources(greenio PRIVATE
  src/app/app.c
  src/app/arena.c
  src/app/bytes.c
  src/app/cookie.c
  src/app/exchange.c
  src/app/fields.c
  src/app/file.c
  src/app/form.c
  src/app/hint.c
  src/app/input.c
  src/app/log.c
  src/app/metrics.c
  src/app/multipart.c
  src/app/output.c
  src/app/policy.c
  src/app/request.c
  src/app/response.c
  src/app/route.c
  src/app/serve.c
  src/app/stream.c
  src/app/trace.c
  src/app/represent.c
  src/app/type.c)
if(EMSCRIPTEN)
  target_sources(greenio PRIVATE src/app/app_js.c src/app/encode_js.c)
else()
  pkg_check_modules(ZLIB REQUIRED IMPORTED_TARGET zlib)
  pkg_check_modules(BROTLI IMPORTED_TARGET libbrotlienc)
  target_sources(greenio PRIVATE src/app/encode_zlib.c)
  target_link_libraries(greenio PRIVATE PkgConfig::ZLIB)
  if(BROTLI_FOUND)
    target_sources(greenio PRIVATE src/app/encode_brotli.c)
    target_compile_definitions(greenio PRIVATE GREENIO_BROTLI)
    target_link_libraries(greenio PRIVATE PkgConfig::BROTLI)
  endif()
endif()
