/* In WebAssembly, of what <greenio/fd_names.h> gives: names that Node looks up, and the options of
 * sockets that Emscripten takes without heeding them. */
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <greenio/names.h>
#include <greenio/status.h>
#include "core/wait.h"
#include "renamed.h"

/* ---- names ---- */

/* An entry is two pieces of memory, as Emscripten's own, which freeaddrinfo() gets as well. */
RENAMED(void, freeaddrinfo, (struct addrinfo * list)) {
  while (list) {
    struct addrinfo *next = list->ai_next;
    free(list->ai_addr);
    free(list);
    list = next;
  }
}

/* A numeric address as libc makes an entry of it. */
static int entry(struct addrinfo **out, const green_address *address, const char *service,
                 const struct addrinfo *hints) {
  struct addrinfo own = {0};
  if (hints) own = *hints;
  own.ai_flags = (own.ai_flags & ~AI_PASSIVE) | AI_NUMERICHOST;
  own.ai_family = address->family == GREEN_IPV6 ? AF_INET6 : AF_INET;
  if (!own.ai_socktype) own.ai_socktype = SOCK_STREAM;
  return getaddrinfo(address->host, service, &own, out);
}

static int entries(struct addrinfo **out, const green_address *addresses, size_t count,
                   const char *service, const struct addrinfo *hints) {
  int family = hints ? hints->ai_family : AF_UNSPEC, code = 0;
  struct addrinfo *first = NULL, **last = &first;
  for (size_t i = 0; i < count && code == 0; i++) {
    int other = addresses[i].family == GREEN_IPV6 ? AF_INET : AF_INET6;
    if (family == other) continue;
    code = entry(last, &addresses[i], service, hints);
    if (code == 0) last = &(*last)->ai_next;
  }
  if (code == 0 && !first) code = EAI_NONAME;
  if (code) {
    *last = NULL;
    green__name_freeaddrinfo(first);
    return code;
  }
  *out = first;
  return 0;
}

static int lookup_failed(int status) {
  if (status == GREEN_ENOHOST || status == GREEN_EINVAL) return EAI_NONAME;
  return green__libc_lookup_failed(status == GREEN_ENOTSUP ? -ENOTSUP : status);
}

RENAMED(int, getaddrinfo,
        (const char *node, const char *service, const struct addrinfo *hints,
         struct addrinfo **out)) {
  bool at_once = !node || (hints && (hints->ai_flags & AI_NUMERICHOST));
  if (at_once || !green__running() || green__fd_supported() < 0)
    return getaddrinfo(node, service, hints, out);
  if (hints && (hints->ai_flags & AI_CANONNAME)) return EAI_BADFLAGS;
  green_address *addresses;
  size_t count;
  int rc = green_address_lookup(&addresses, node, 0, &count);
  if (rc < 0) return lookup_failed(rc);
  int code = entries(out, addresses, count, service, hints);
  green_addresses_release(addresses);
  return code;
}

/* ---- options ---- */

RENAMED(int, setsockopt, (int fd, int level, int name, const void *value, socklen_t size)) {
  if (green__fd_supported() < 0 || !green__fd_is_timeout(level, name))
    return setsockopt(fd, level, name, value, size);
  return (int)green__libc_result(green__fd_set_timeout(fd, name, value, size));
}

RENAMED(int, getsockopt, (int fd, int level, int name, void *value, socklen_t *size)) {
  if (green__fd_supported() < 0) return getsockopt(fd, level, name, value, size);
  return green__libc.getsockopt(fd, level, name, value, size);
}
