/* Name lookups, for every host: what needs none, and the wait for the host's. */
#include "names.h"

#include <string.h>
#include <greenio/status.h>
#include <greenio/task.h>
#include "core/memory.h"
#include "core/wait.h"
#include "net.h"

#define NAME_MOST 253

static int one(const green_address *address, green_address **out, size_t *count) {
  *out = green__alloc(sizeof **out);
  if (!*out) return green_fail(GREEN_ENOMEM, "%s", green_strerror(GREEN_ENOMEM));
  **out = *address;
  *count = 1;
  return 0;
}

/* Gives the addresses that a lookup has found to the caller. */
static int found_take(const char *host, struct green__found *found, green_address **out,
                      size_t *count) {
  if (!found) return green_fail(GREEN_ENOMEM, "%s: %s", host, green_strerror(GREEN_ENOMEM));
  *count = found->count;
  if (*count) {
    *out = found->addresses;
    found->addresses = NULL;
  }
  green__found_free(found);
  return *count ? 0 : green_fail(GREEN_ENOHOST, "%s: no address that can be used", host);
}

static int lookup_finish(green_future *lookup, const char *host, unsigned port, green_address **out,
                         size_t *count) {
  int rc = green_wait(lookup);
  if (!green_done(lookup)) {
    green__lookup_drop(lookup);
    return green_fail(rc, "the lookup of %s: %s%s", host, green_strerror(rc), green__lookup_limit);
  }
  if (rc < 0) return rc;
  return found_take(host, green__lookup_result(lookup, port), out, count);
}

int green_address_lookup(green_address **out, const char *host, unsigned port, size_t *count) {
  green_address address;
  green_future *lookup;
  *out = NULL;
  *count = 0;
  if (!green_current()) return GREEN_EMAIN;
  if (!host || !*host) host = "localhost";
  if (port > UINT16_MAX) return green_fail(GREEN_EINVAL, "a port is at most 65535");
  if (green__address_parse(host, port, &address)) return one(&address, out, count);
  if (strlen(host) > NAME_MOST)
    return green_fail(GREEN_EINVAL, "a host name has at most %d bytes", NAME_MOST);
  const char *lacks = green__net_lacks(GREEN__NAMES);
  if (lacks) return green_fail(GREEN_ENOTSUP, "%s: %s", host, lacks);
  int rc = green__lookup(host, &lookup);
  if (rc < 0) return green_fail(rc, "%s: %s", host, green_strerror(rc));
  green__future_looked(lookup); /* nobody is told of a failure that comes after an interruption */
  rc = lookup_finish(lookup, host, port, out, count);
  green_future_release(lookup);
  return rc;
}

struct green__found *green__found_new(size_t count) {
  struct green__found *found = green__alloc(sizeof *found);
  if (!found) return NULL;
  found->count = 0;
  found->addresses = green__alloc(count * sizeof *found->addresses);
  if (found->addresses) return found;
  green__free(found);
  return NULL;
}

void green__found_free(struct green__found *found) {
  if (found) green__free(found->addresses);
  green__free(found);
}

void green_addresses_release(green_address *addresses) {
  green__free(addresses);
}
