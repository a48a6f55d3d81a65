# The HTTP client: what is common, and libcurl natively or fetch() in WebAssembly.
# With GREENIO_HTTP=OFF none of it is there, and libcurl is not looked for.
if(NOT GREENIO_HTTP)
  target_compile_definitions(greenio PUBLIC GREENIO_NO_HTTP) # http.h says so to who uses it
  message(STATUS "greenio: no HTTP client (GREENIO_HTTP=OFF)")
  return()
endif()

target_sources(greenio PRIVATE
  src/http/check.c
  src/http/client.c
  src/http/perform.c
  src/http/redirect.c
  src/http/response.c
  src/http/retry.c
  src/http/span.c
  src/http/text.c
  src/http/traceparent.c
  src/http/transfer.c
  src/http/url.c
  src/http/url_host.c)
if(EMSCRIPTEN)
  target_sources(greenio PRIVATE src/http/http_fetch.c)
else()
  pkg_check_modules(LIBCURL IMPORTED_TARGET libcurl>=7.87)
  if(NOT LIBCURL_FOUND)
    message(FATAL_ERROR "greenio: the HTTP client needs libcurl 7.87 or newer, which pkg-config does not find \
(Debian: libcurl4-openssl-dev); -DGREENIO_HTTP=OFF builds greenio without the client")
  endif()
  target_sources(greenio PRIVATE
    src/http/curl_perform.c
    src/http/http_curl.c
    src/http/http_curl_sockets.c
    src/http/http_curl_transfer.c)
  if(WIN32)
    target_sources(greenio PRIVATE src/http/text_windows.c)
  else()
    target_sources(greenio PRIVATE src/http/text_iconv.c)
  endif()
  target_link_libraries(greenio PRIVATE PkgConfig::LIBCURL)
endif()
