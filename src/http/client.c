/* Clients: what their requests have in common, copied into one block of memory. */
#include "http.h"

#include <string.h>
#include <greenio/status.h>
#include <greenio/task.h>
#include "core/memory.h"

/* Copies into `to`, or, while that is NULL, only measures. */
struct packer {
  char *to;
  size_t size;
};

static void *pack(struct packer *packer, const void *from, size_t size) {
  if (!from) return NULL;
  char *place = packer->to ? packer->to + packer->size : NULL;
  if (place) memcpy(place, from, size);
  packer->size += size;
  return place;
}

static const char *pack_string(struct packer *packer, const char *string) {
  return pack(packer, string, string ? strlen(string) + 1 : 0);
}

/* Arrays come first, in the order of their alignment. */
static void pack_options(struct packer *packer, const green_http_client_options *from,
                         green_http_client_options *to) {
  size_t count = from->header_count;
  green_http_header *headers = pack(packer, from->headers, count * sizeof *headers);
  to->retry.statuses =
      pack(packer, from->retry.statuses, from->retry.status_count * sizeof *from->retry.statuses);
  to->retry.failures =
      pack(packer, from->retry.failures, from->retry.failure_count * sizeof *from->retry.failures);
  for (size_t i = 0; i < count; i++) {
    const char *name = pack_string(packer, from->headers[i].name);
    const char *value = pack_string(packer, from->headers[i].value);
    if (headers) headers[i] = (green_http_header){name, value};
  }
  to->headers = headers;
  to->base_url = pack_string(packer, from->base_url);
  to->user_agent = pack_string(packer, from->user_agent);
  to->proxy = pack_string(packer, from->proxy);
  to->ca_file = pack_string(packer, from->ca_file);
  to->certificate = pack_string(packer, from->certificate);
  to->key = pack_string(packer, from->key);
}

static int check_options(const green_http_client_options *options) {
  if (options->host_connections < 0)
    return green_fail(GREEN_EINVAL, "a negative number of host_connections");
  if (options->retry.count < 0) return green_fail(GREEN_EINVAL, "a negative retry.count");
  if (options->key && !options->certificate)
    return green_fail(GREEN_EINVAL, "a key without a certificate");
  if (options->user_agent && !green__is_value(options->user_agent))
    return green_fail(GREEN_EINVAL, "a user_agent that is no value of a header");
  if (options->allow && options->proxy && *options->proxy)
    return green_fail(GREEN_EINVAL, "allow cannot see what the proxy connects to");
  int rc = green__headers_check(options->headers, options->header_count);
  const char *lacks = green__client_lacks(options);
  if (options->max_redirects > 0 && !green__counts_redirects(options->max_redirects))
    lacks = "max_redirects other than 20";
  if (rc == 0 && lacks) return green_fail(GREEN_ENOTSUP, "%s is not supported on this host", lacks);
  return rc;
}

static int check_base(const char *base) {
  const char *why;
  char *clean;
  if (!base) return 0;
  int rc = green__url_clean(base, &clean, &why);
  if (rc == GREEN_EINVAL) return green_fail(rc, "bad base URL: %s", why);
  if (rc < 0) return rc;
  green__free(clean);
  if (strpbrk(base, "?#")) return green_fail(GREEN_EINVAL, "bad base URL: a query or fragment");
  return 0;
}

int green_http_client_new(green_http_client **out, const green_http_client_options *options) {
  static const green_http_client_options defaults;
  *out = NULL;
  if (!options) options = &defaults;
  int rc = check_options(options);
  if (rc == 0) rc = check_base(options->base_url);
  if (rc < 0) return rc;
  struct green__client *client = green__alloc(green__client_size);
  if (!client) return GREEN_ENOMEM;
  memset(client, 0, green__client_size);
  client->references = 1;
  client->options = *options;
  struct packer packer = {NULL, 0};
  pack_options(&packer, options, &client->options);
  packer = (struct packer){green__alloc(packer.size + 1), 0};
  if (!packer.to) {
    green__free(client);
    return GREEN_ENOMEM;
  }
  client->memory = packer.to;
  pack_options(&packer, options, &client->options);
  *out = (green_http_client *)client;
  return 0;
}

void green__client_free(struct green__client *client) {
  green__free(client->memory);
  green__free(client);
}
