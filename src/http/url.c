/* Addresses: one strict check and one form for all hosts, so that libcurl and fetch() see the same.
 */
#include "http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <greenio/status.h>
#include "core/memory.h"

#define HOST_CHARACTERS                                                                            \
  "abcdefghijklmnopqrstuvwxyz"                                                                     \
  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~"
#define ADDRESS_CHARACTERS "0123456789abcdefABCDEF:."
#define BAD_ADDRESS        "a host that is not a valid address"

static char lower(char c) {
  return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool green__same_name(const char *a, const char *b, size_t size) {
  for (size_t i = 0; i < size; i++)
    if (lower(a[i]) != lower(b[i])) return false;
  return true;
}

bool green__is_name(const char *name, const char *other) {
  size_t size = strlen(other);
  return strlen(name) == size && green__same_name(name, other, size);
}

/* The pieces of "http://host:port/rest"; host with its brackets if it is an IPv6 address. */
struct pieces {
  bool secure;
  const char *host, *rest;
  size_t host_size;
  unsigned long port; /* 0: the scheme's own */
};

static const char *split_port(struct pieces *pieces, const char *port) {
  if (port == pieces->rest) return NULL;
  if (*port++ != ':') return "a character in the host that does not belong there";
  size_t digits = strspn(port, "0123456789");
  if (port + digits != pieces->rest || digits > 10) return "bad port";
  unsigned long number = strtoul(port, NULL, 10);
  if (number > 65535 || (digits && number == 0)) return "bad port";
  if (number != (pieces->secure ? 443 : 80)) pieces->port = number;
  return NULL;
}

/* Returns what is wrong, or NULL. */
static const char *split(const char *url, struct pieces *pieces) {
  pieces->port = 0;
  pieces->secure = strlen(url) >= 8 && green__same_name(url, "https://", 8);
  if (!pieces->secure && !(strlen(url) >= 7 && green__same_name(url, "http://", 7)))
    return "not an absolute http: or https: address (base_url of a client makes \"/path\" one)";
  pieces->host = url + (pieces->secure ? 8 : 7);
  pieces->rest = pieces->host + strcspn(pieces->host, "/?#");
  size_t size = (size_t)(pieces->rest - pieces->host);
  if (memchr(pieces->host, '@', size)) return "a user or password in it is not supported";
  if (*pieces->host == '[') {
    pieces->host_size = 1 + strspn(pieces->host + 1, ADDRESS_CHARACTERS);
    if (pieces->host_size < 3 || pieces->host[pieces->host_size++] != ']') return BAD_ADDRESS;
  } else {
    pieces->host_size = strspn(pieces->host, HOST_CHARACTERS);
    if (pieces->host_size == 0 && (size == 0 || *pieces->host == ':')) return "no host";
  }
  for (const char *c = url; *c; c++)
    if ((unsigned char)*c < ' ' || *c == 127) return "a control character in it";
  return split_port(pieces, pieces->host + pieces->host_size);
}

static bool must_encode(char c, bool in_query) {
  if ((unsigned char)c <= ' ' || (unsigned char)c >= 127) return true;
  return strchr(in_query ? "\"'<>^" : "\"<>^`{|}", c) != NULL;
}

/* ---- path and query ---- */

/* Bytes of a "." at the start of a segment, which may be written %2e; 0: none. */
static size_t dot_size(const char *at) {
  if (*at == '.') return 1;
  return at[0] == '%' && at[1] == '2' && (at[2] == 'e' || at[2] == 'E') ? 3 : 0;
}

/* How many dots the segment at `at` is: 1, 2; 0: it is something else. *size: of the segment. */
static int dots(const char *at, size_t *size) {
  *size = strcspn(at, "/?");
  size_t first = dot_size(at), second = first ? dot_size(at + first) : 0;
  if (first && first == *size) return 1;
  return second && first + second == *size ? 2 : 0;
}

/* Takes "." and ".." out of an encoded path, which begins with '/' (RFC 3986, 5.2.4). */
static void remove_dots(char *path) {
  char *to = path;
  const char *from = path;
  while (*from == '/') {
    size_t size;
    int count = dots(from + 1, &size);
    if (count == 2 && to > path)
      while (*--to != '/') {
      }
    if (!count) {
      memmove(to, from, size + 1);
      to += size + 1;
    }
    from += size + 1;
    if (count && *from != '/') *to++ = '/';
  }
  memmove(to, from, strlen(from) + 1);
}

/* Writes path and query; the fragment is left out. */
static void encode_rest(char *to, const char *rest) {
  static const char digits[] = "0123456789ABCDEF";
  char *path = to;
  bool in_query = false;
  if (*rest != '/') *to++ = '/';
  for (; *rest && *rest != '#'; rest++) {
    if (*rest == '?') in_query = true;
    if (must_encode(*rest, in_query)) {
      *to++ = '%';
      *to++ = digits[(unsigned char)*rest >> 4];
      *to++ = digits[*rest & 15];
    } else {
      *to++ = *rest == '\\' && !in_query ? '/' : *rest;
    }
  }
  *to = '\0';
  remove_dots(path);
}

int green__url_clean(const char *url, char **out, const char **why) {
  struct pieces pieces;
  *why = url ? split(url, &pieces) : "none given";
  if (*why) return GREEN_EINVAL;
  size_t room =
      sizeof "https://:65535/" + GREEN__HOST_ROOM + pieces.host_size + 3 * strlen(pieces.rest);
  char *clean = green__alloc(room);
  if (!clean) return GREEN_ENOMEM;
  char *to = clean + sprintf(clean, "%s://", pieces.secure ? "https" : "http");
  int host_size = green__host_clean(pieces.host, pieces.host_size, to);
  if (host_size < 0) {
    *why = BAD_ADDRESS;
    green__free(clean);
    return GREEN_EINVAL;
  }
  to += host_size;
  if (pieces.port) to += sprintf(to, ":%lu", pieces.port);
  encode_rest(to, pieces.rest);
  *out = clean;
  return 0;
}

/* ---- fields ---- */

/* What forms leave as it is; a blank becomes '+'. */
static char *encode_field(char *to, const char *text) {
  static const char digits[] = "0123456789ABCDEF";
  static const char kept[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789*-._";
  for (; *text; text++) {
    if (*text == ' ') {
      *to++ = '+';
    } else if (strchr(kept, *text)) {
      *to++ = *text;
    } else {
      *to++ = '%';
      *to++ = digits[(unsigned char)*text >> 4];
      *to++ = digits[*text & 15];
    }
  }
  return to;
}

static size_t fields_room(const green_http_header *fields, size_t count) {
  size_t room = 1;
  for (size_t i = 0; i < count; i++)
    room += 3 * (strlen(fields[i].name) + strlen(fields[i].value)) + 2;
  return room;
}

static void write_fields(char *to, const green_http_header *fields, size_t count) {
  for (size_t i = 0; i < count; i++) {
    if (i) *to++ = '&';
    to = encode_field(to, fields[i].name);
    *to++ = '=';
    to = encode_field(to, fields[i].value);
  }
  *to = '\0';
}

char *green__form_encode(const green_http_header *fields, size_t count) {
  char *form = green__alloc(fields_room(fields, count));
  if (form) write_fields(form, fields, count);
  return form;
}

char *green__url_join(const char *base, const char *url, const green_http_header *fields,
                      size_t count) {
  size_t base_size = base ? strlen(base) : 0, size = strcspn(url, "#");
  if (base_size && base[base_size - 1] == '/' && *url == '/') base_size--;
  char *joined = green__alloc(base_size + size + 1 + fields_room(fields, count));
  if (!joined) return NULL;
  if (base) memcpy(joined, base, base_size);
  memcpy(joined + base_size, url, size);
  char *to = joined + base_size + size;
  if (count) *to++ = memchr(url, '?', size) ? '&' : '?';
  write_fields(to, fields, count);
  return joined;
}
