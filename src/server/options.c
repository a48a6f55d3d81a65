#include "server/options.h"

#include <stdint.h>
#include <greenio/status.h>

#define BACKLOG         511
#define MAX_CONNECTIONS 10000
#define MAX_HEAD        ((size_t)8 << 10)
#define MAX_HEADERS     100
#define IDLE_TIMEOUT    30000

static void set_defaults(green_server_options *options) {
  if (!options->backlog) options->backlog = BACKLOG;
  if (!options->max_connections) options->max_connections = MAX_CONNECTIONS;
  if (!options->max_head) options->max_head = MAX_HEAD;
  if (!options->max_headers) options->max_headers = MAX_HEADERS;
  if (!options->idle_timeout) options->idle_timeout = IDLE_TIMEOUT;
  if (!options->key) options->key = options->certificate;
}

int green__server_options(green_server_options *options) {
  if (options->port > UINT16_MAX) return green_fail(GREEN_EINVAL, "a port is at most 65535");
  if (options->path && (options->host || options->port || options->share_port))
    return green_fail(GREEN_EINVAL, "a server listens on a path or on a port, not on both");
  if (options->path && options->max_connections_per_address)
    return green_fail(GREEN_EINVAL,
                      "max_connections_per_address: the clients of a path have no address");
  if (options->share_port && !options->port)
    return green_fail(GREEN_EINVAL, "a port that is to be shared has to be named");
  if (options->backlog < 0) return green_fail(GREEN_EINVAL, "backlog is negative");
  if (options->max_head > INT32_MAX) return green_fail(GREEN_EINVAL, "max_head is too large");
  if (options->key && !options->certificate)
    return green_fail(GREEN_EINVAL, "a key without a certificate");
  set_defaults(options);
  return 0;
}
