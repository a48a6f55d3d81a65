/* getaddrinfo: libc's own, on the threads of name lookups, so that results, flags and errors are
 * libc's. */
#include "net/names_uv.h"
#include "posix.h"

INTERPOSE(int, getaddrinfo,
          (const char *node, const char *service, const struct addrinfo *hints,
           struct addrinfo **out)) {
  bool at_once = !node || (hints && (hints->ai_flags & AI_NUMERICHOST));
  if (at_once || !green__posix_parks())
    return green__real()->getaddrinfo(node, service, hints, out);
  int code, rc = green__addrinfo(node, service, hints, out, &code);
  return rc < 0 ? green__libc_lookup_failed(rc) : code;
}

ANCHOR(getaddrinfo);
