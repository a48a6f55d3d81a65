#include "guard.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

struct entry {
  struct entry *next;
  bool any_host, private_too;
  struct host host;
  unsigned port; /* 0: any */
  bool aliased;  /* the target is connected to in its place */
  struct host target;
  unsigned target_port;
};

struct guard {
  struct entry *first, **last;
  size_t count;
};

/* ---- hosts ----------------------------------------------------------------------------------- */

static const unsigned char mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

static bool is_numeric(const char *text, unsigned char address[16]) {
  memcpy(address, mapped, sizeof mapped);
  if (inet_pton(AF_INET, text, address + sizeof mapped) == 1) return true;
  return inet_pton(AF_INET6, text, address) == 1;
}

static bool all_of(const char *text, const char *set) {
  return !text[strspn(text, set)];
}

/* What some would take for a number, and so the whole for an address. */
static bool is_number(const char *label) {
  bool hex = label[0] == '0' && label[1] == 'x';
  return all_of(hex ? label + 2 : label, hex ? "0123456789abcdef" : "0123456789");
}

static bool is_name(const char *text) {
  const char *label = text;
  for (;;) {
    size_t size = strcspn(label, ".");
    if (!size || size > 63) return false;
    if (!label[size]) break;
    label += size + 1;
  }
  return !is_number(label) && all_of(text, "abcdefghijklmnopqrstuvwxyz0123456789-_.");
}

bool host_read(struct host *out, const char *text, size_t size) {
  memset(out, 0, sizeof *out);
  if (!size || size > HOST_MOST || memchr(text, 0, size)) return false;
  for (size_t i = 0; i < size; i++) out->text[i] = (char)tolower((unsigned char)text[i]);
  out->numeric = is_numeric(out->text, out->address);
  if (out->numeric) return true;
  if (size > 1 && out->text[size - 1] == '.') out->text[size - 1] = 0;
  return is_name(out->text);
}

static bool same_host(const struct host *one, const struct host *other) {
  if (one->numeric != other->numeric) return false;
  return one->numeric ? memcmp(one->address, other->address, sizeof one->address) == 0
                      : strcmp(one->text, other->text) == 0;
}

/* ---- the list -------------------------------------------------------------------------------- */

int guard_new(struct guard **out) {
  *out = calloc(1, sizeof **out);
  if (!*out) return GREEN_ENOMEM;
  (*out)->last = &(*out)->first;
  return 0;
}

void guard_release(struct guard *guard) {
  if (!guard) return;
  while (guard->first) {
    struct entry *entry = guard->first;
    guard->first = entry->next;
    free(entry);
  }
  free(guard);
}

size_t guard_count(const struct guard *guard) {
  return guard->count;
}

static bool read_port(const char *text, size_t size, unsigned *port) {
  *port = 0;
  for (size_t i = 0; i < size; i++) {
    if (text[i] < '0' || text[i] > '9' || size > 5) return false;
    *port = *port * 10 + (unsigned)(text[i] - '0');
  }
  return size && *port && *port <= 65535;
}

/* HOST:PORT, or [IPv6]:PORT; each may be "*" where the last two are not NULL. */
static bool read_place(const char *text, size_t size, struct host *host, unsigned *port,
                       bool *any_host) {
  const char *colon = text + size;
  while (colon > text && *--colon != ':') {
  }
  if (colon == text) return false;
  size_t host_size = (size_t)(colon - text), port_size = size - host_size - 1;
  bool any_port = any_host && port_size == 1 && colon[1] == '*';
  if (any_port)
    *port = 0;
  else if (!read_port(colon + 1, port_size, port))
    return false;
  if (any_host) *any_host = host_size == 1 && *text == '*';
  if (any_host && *any_host) return true;
  if (*text != '[') return !memchr(text, ':', host_size) && host_read(host, text, host_size);
  return host_size > 2 && text[host_size - 1] == ']' && host_read(host, text + 1, host_size - 2) &&
         host->numeric;
}

int guard_add(struct guard *guard, const char *text, bool private_too) {
  struct entry *entry = calloc(1, sizeof *entry);
  if (!entry) return GREEN_ENOMEM;
  size_t size = strcspn(text, "=");
  entry->private_too = private_too;
  entry->aliased = text[size] == '=';
  const char *target = text + size + 1;
  bool fine =
      read_place(text, size, &entry->host, &entry->port, entry->aliased ? NULL : &entry->any_host);
  if (fine && entry->aliased)
    fine = read_place(target, strlen(target), &entry->target, &entry->target_port, NULL);
  if (!fine) {
    free(entry);
    return GREEN_EINVAL;
  }
  *guard->last = entry;
  guard->last = &entry->next;
  guard->count++;
  return 0;
}

static bool matches(const struct entry *entry, const struct host *host, unsigned port) {
  return (!entry->port || entry->port == port) &&
         (entry->any_host || same_host(&entry->host, host));
}

/* ---- connecting ------------------------------------------------------------------------------ */

/* What a connection may go to. */
struct grant {
  struct host host;
  unsigned port;
  bool listed;      /* an entry names the address itself, so that it need not be public */
  bool private_too; /* nor need it with this */
};

/* False: no entry matches. */
static bool grant_find(const struct guard *guard, struct grant *grant) {
  bool found = false;
  for (const struct entry *entry = guard->first; entry; entry = entry->next) {
    if (!matches(entry, &grant->host, grant->port)) continue;
    found = true;
    if (entry->aliased) {
      grant->host = entry->target;
      grant->port = entry->target_port;
    }
    grant->private_too |= entry->private_too;
    grant->listed |= grant->host.numeric && !entry->any_host;
    if (entry->aliased) break;
  }
  return found;
}

/* Whether the list has this address itself. */
static bool is_listed(const struct guard *guard, const green_address *address) {
  struct host host;
  if (!host_read(&host, address->host, strlen(address->host))) return false; /* it has a zone */
  for (const struct entry *entry = guard->first; entry; entry = entry->next)
    if (!entry->any_host && !entry->aliased && matches(entry, &host, address->port)) return true;
  return false;
}

static bool may_connect(const struct guard *guard, const struct grant *grant,
                        const green_address *address) {
  return grant->listed || grant->private_too || green_address_is_public(address) ||
         is_listed(guard, address);
}

/* Keeps those that may be connected to: how many. */
static size_t judge(const struct guard *guard, const struct grant *grant, green_address *addresses,
                    size_t count) {
  size_t kept = 0;
  for (size_t i = 0; i < count; i++)
    if (may_connect(guard, grant, &addresses[i])) addresses[kept++] = addresses[i];
  return kept;
}

int guard_connect(const struct guard *guard, const char *text, size_t size, unsigned port,
                  green_stream **out) {
  struct grant grant = {.port = port};
  green_address *addresses;
  size_t count;
  *out = NULL;
  if (!host_read(&grant.host, text, size))
    return green_fail(GREEN_EACCES, "that is neither a name nor a numeric address");
  const struct host asked = grant.host;
  if (!port || !grant_find(guard, &grant))
    return green_fail(GREEN_EACCES, "%s port %u is not allowed", asked.text, port);
  int rc = green_address_lookup(&addresses, grant.host.text, grant.port, &count);
  if (rc < 0) return rc;
  count = judge(guard, &grant, addresses, count);
  rc = count ? green_stream_connect_any(out, addresses, count)
             : green_fail(GREEN_EACCES, "%s port %u is not allowed: its address is not public",
                          asked.text, port);
  green_addresses_release(addresses);
  return rc;
}
