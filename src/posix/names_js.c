/* getaddrinfo in WebAssembly: in a task as <greenio/fd_names.h> has it, which Node looks names up
 * for; elsewhere Emscripten's own, which looks up none. What either has made is freed alike. */
#include "fd/renamed.h"
#include "posix.h"
#include "posix_js.h"

INTERPOSE(int, getaddrinfo,
          (const char *node, const char *service, const struct addrinfo *hints,
           struct addrinfo **out)) {
  bool at_once = !node || (hints && (hints->ai_flags & AI_NUMERICHOST));
  if (at_once || !green__posix_parks())
    return green__js_posix_getaddrinfo(node, service, hints, out);
  return green__name_getaddrinfo(node, service, hints, out);
}

INTERPOSE(void, freeaddrinfo, (struct addrinfo * list)) {
  green__name_freeaddrinfo(list);
}
