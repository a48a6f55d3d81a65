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
  src/app/type.c)
if(EMSCRIPTEN)
  target_sources(greenio PRIVATE src/app/app_js.c)
endif()
