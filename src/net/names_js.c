/* Name lookups in WebAssembly, in Node by node:dns: a string with an address a line. Where the sockets are
 * given, that is an address which stands for the name (sockets.mjs). */
#include "names.h"

#include <string.h>
#include <greenio/js.h>
#include <greenio/status.h>
#include "net.h"

const char green__lookup_limit[] =
    "; Node looks up few names at a time (half of UV_THREADPOOL_SIZE) and cannot give one up";

int green__js_net_lookup(const char *host, green_future *future);
bool green__js_net_lookup_drop(green_future *future);

int green__lookup(const char *host, green_future **out) {
  int rc = green_future_new(out);
  if (rc == 0) rc = green__js_net_lookup(host, *out);
  if (rc < 0 && rc != GREEN_ENOMEM) {
    green_cancel(*out);
    green_future_release(*out);
  }
  if (rc == 0) green_future_retain(*out);
  return rc;
}

void green__lookup_drop(green_future *lookup) {
  if (green__js_net_lookup_drop(lookup)) green_future_release(lookup);
}

struct green__found *green__lookup_result(green_future *lookup, unsigned port) {
  const char *text = green_js_string(lookup);
  size_t count = 0;
  for (const char *at = text; *at; at++) count += *at == '\n';
  struct green__found *found = green__found_new(count);
  for (const char *end; found && (end = strchr(text, '\n')); text = end + 1) {
    char host[sizeof found->addresses->host];
    size_t size = (size_t)(end - text);
    if (size >= sizeof host) continue;
    memcpy(host, text, size);
    host[size] = 0;
    found->count += green__address_parse(host, port, &found->addresses[found->count]);
  }
  return found;
}
