# The HTTP client: what is common, and libcurl natively or fetch() in WebAssembly.
target_sources(greenio PRIVATE
  src/http/check.c
  src/http/client.c
  src/http/perform.c
  src/http/redirect.c
  src/http/response.c
  src/http/retry.c
  src/http/text.c
  src/http/transfer.c
  src/http/url.c
  src/http/url_host.c)
if(EMSCRIPTEN)
  target_sources(greenio PRIVATE src/http/http_fetch.c)
else()
  pkg_check_modules(LIBCURL REQUIRED IMPORTED_TARGET libcurl>=7.87)
  target_sources(greenio PRIVATE
    src/http/curl_perform.c
    src/http/http_curl.c
    src/http/http_curl_transfer.c
    src/http/text_iconv.c)
  target_link_libraries(greenio PRIVATE PkgConfig::LIBCURL)
endif()
