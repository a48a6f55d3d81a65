/* Name lookups natively: getaddrinfo() on libuv's pool. The request outlives an interrupted wait.
 */
#include <string.h>
#include <greenio/status.h>
#include <greenio/uv.h>
#include "core/memory.h"
#include "names.h"
#include "names_uv.h"

struct lookup {
  uv_getaddrinfo_t request;
  green_future *future; /* with a reference */
  char host[];
};

static void free_list(void *list) {
  uv_freeaddrinfo(list);
}

static void on_found(uv_getaddrinfo_t *request, int status, struct addrinfo *list) {
  struct lookup *lookup = request->data;
  if (status == 0)
    green_resolve(lookup->future, list, free_list);
  else if (status == UV_EAI_MEMORY || status == UV_ENOMEM)
    green_reject(lookup->future, GREEN_ENOMEM, NULL);
  else
    green_reject(lookup->future, GREEN_ENOHOST, "%s: %s", lookup->host, uv_strerror(status));
  green_future_release(lookup->future);
  green__free(lookup);
}

void green__lookup_drop(green_future *lookup) {
  (void)lookup; /* libuv's thread goes on; on_found() frees it */
}

struct green__found *green__lookup_result(green_future *lookup, unsigned port) {
  const struct addrinfo *list = green_future_value(lookup), *one;
  size_t count = 0;
  for (one = list; one; one = one->ai_next) count++;
  struct green__found *found = green__found_new(count);
  for (one = list; found && one; one = one->ai_next) {
    green_address *address = &found->addresses[found->count];
    if (green__address_from_system(one->ai_addr, address) < 0) continue;
    address->port = port;
    found->count++;
  }
  return found;
}

int green__lookup(const char *host, green_future **out) {
  struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
  size_t size = strlen(host) + 1;
  struct lookup *lookup = green__alloc(sizeof *lookup + size);
  if (!lookup) return GREEN_ENOMEM;
  memset(lookup, 0, sizeof *lookup);
  memcpy(lookup->host, host, size);
  lookup->request.data = lookup;
  int rc = green_future_new(out);
  if (rc == 0) {
    lookup->future = green_future_retain(*out);
    rc = uv_getaddrinfo(green_uv_loop(), &lookup->request, on_found, host, NULL, &hints);
    if (rc == 0) return 0;
    rc = rc == UV_ENOMEM ? GREEN_ENOMEM : GREEN_ENOHOST; /* not a name, to libuv */
    green_future_release(lookup->future);
    green_future_release(*out);
  }
  green__free(lookup);
  return rc;
}
