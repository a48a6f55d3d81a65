/* Options of WebSocket: defaults, and what cannot be. */
#include <string.h>
#include <greenio/status.h>
#include "grammar/grammar.h"
#include "websocket.h"

#define MAX_MESSAGE ((size_t)1 << 20)
#define CLOSE_TIME  5000

static bool is_origin(const char *item, size_t size) {
  const char *colon = memchr(item, ':', size);
  if (size == 1 && *item == '*') return true;
  if (!colon || size - (size_t)(colon - item) < 4 || memcmp(colon, "://", 3) != 0) return false;
  size_t scheme = (size_t)(colon - item);
  return green__is_token(item, scheme) && green__is_authority(colon + 3, size - scheme - 3);
}

static bool are_origins(const char *list) {
  const char *at = list, *end = list + strlen(list), *item;
  size_t size;
  while (green__list_next(&at, end, &item, &size))
    if (!is_origin(item, size)) return false;
  return true;
}

int green__websocket_options(green_websocket_options *options, bool server) {
  if (options->protocols && !green__is_token_list(options->protocols))
    return green_fail(GREEN_EINVAL, "protocols: tokens, each once, with a comma between two");
  if (server && options->header_count)
    return green_fail(GREEN_EINVAL, "headers: a server sends those of its response");
  if (!server && options->origins)
    return green_fail(GREEN_EINVAL, "origins: a client does not look at them");
  if (options->origins && !are_origins(options->origins))
    return green_fail(GREEN_EINVAL, "origins: \"https://host\" or \"*\", with a comma between two");
  const char *lacks = green__websocket_lacks(options, server);
  if (lacks) return green_fail(GREEN_ENOTSUP, "%s: a browser's WebSocket has none", lacks);
  if (!options->max_message) options->max_message = MAX_MESSAGE;
  if (!options->close_time) options->close_time = CLOSE_TIME;
  return 0;
}
