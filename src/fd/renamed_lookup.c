/* getaddrinfo natively, as <greenio/fd_names.h> gives it: libc's own on the threads of name lookups,
 * so that results, flags and errors are libc's, and freeaddrinfo() too. */
#include "core/wait.h"
#include "net/names_uv.h"
#include "renamed.h"

RENAMED(int, getaddrinfo,
        (const char *node, const char *service, const struct addrinfo *hints,
         struct addrinfo **out)) {
  bool at_once = !node || (hints && (hints->ai_flags & AI_NUMERICHOST));
  if (at_once || !green__running()) return getaddrinfo(node, service, hints, out);
  int code, rc = green__addrinfo(node, service, hints, out, &code);
  return rc < 0 ? green__libc_lookup_failed(rc) : code;
}
