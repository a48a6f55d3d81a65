# The grammar of HTTP: what the client, applications and servers all read and write. Portable C that needs nothing
# of the rest, and is there without the client too.
target_sources(greenio PRIVATE
  src/grammar/accept.c
  src/grammar/authority.c
  src/grammar/chunks.c
  src/grammar/cookie.c
  src/grammar/date.c
  src/grammar/framing.c
  src/grammar/head.c
  src/grammar/media.c
  src/grammar/method.c
  src/grammar/range.c
  src/grammar/request.c
  src/grammar/status.c
  src/grammar/target.c
  src/grammar/text.c
  src/grammar/utf8.c
  src/grammar/websocket.c)
