/* Addresses: one strict check and one form for all hosts, so that libcurl and fetch() see the same.
 */
#include "http.h"

#include <stdio.h>
#include <string.h>
#include <greenio/status.h>
#include "core/memory.h"

#define BAD_ADDRESS "a host that is not a valid address"

/* The pieces of "http://host:port/rest"; host with its brackets if it is an IPv6 address. */
struct pieces {
  bool secure;
  const char *host, *rest;
  size_t host_size;
  unsigned port; /* 0: the scheme's own */
};

static const char *split_port(struct pieces *pieces, const char *port) {
  unsigned number;
  if (port == pieces->rest) return NULL;
  if (*port++ != ':') return "a character in the host that does not belong there";
  size_t digits = (size_t)(pieces->rest - port);
  if (!green__port_parse(port, digits, &number) || (digits && number == 0)) return "bad port";
  if (number != (pieces->secure ? 443 : 80)) pieces->port = number;
  return NULL;
}

/* How much of a text is the name of a host: fewer characters than a Host header may have, those
 * that fetch() and libcurl both take. */
static size_t host_name_size(const char *text) {
  size_t size = 0;
  while (green__is_dns_name(text + size, 1) || text[size] == '~') size++;
  return size;
}

/* Returns what is wrong, or NULL. */
static const char *url_split(const char *url, struct pieces *pieces) {
  size_t size;
  pieces->port = 0;
  pieces->host = green__authority_of(url, &size);
  if (!pieces->host)
    return "not an absolute http: or https: address (base_url of a client makes \"/path\" one)";
  pieces->secure = green__is_word(url, (size_t)(pieces->host - url), "https://");
  pieces->rest = pieces->host + size;
  if (memchr(pieces->host, '@', size)) return "a user or password in it is not supported";
  if (*pieces->host == '[') {
    const char *end = memchr(pieces->host, ']', size);
    if (!end) return BAD_ADDRESS;
    pieces->host_size = (size_t)(end - pieces->host) + 1;
  } else {
    pieces->host_size = host_name_size(pieces->host);
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
  char *path = to;
  bool in_query = false;
  if (*rest != '/') *to++ = '/';
  for (; *rest && *rest != '#'; rest++) {
    if (*rest == '?') in_query = true;
    if (must_encode(*rest, in_query))
      to = green__escape_put(to, *rest);
    else
      *to++ = *rest == '\\' && !in_query ? '/' : *rest;
  }
  *to = '\0';
  remove_dots(path);
}

int green__url_clean(const char *url, char **out, const char **why) {
  struct pieces pieces;
  *why = url ? url_split(url, &pieces) : "none given";
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
  if (pieces.port) to += sprintf(to, ":%u", pieces.port);
  encode_rest(to, pieces.rest);
  *out = clean;
  return 0;
}

/* ---- fields ---- */

/* What forms leave as it is; a blank becomes '+'. */
static char *encode_field(char *to, const char *text) {
  for (; *text; text++) {
    if (*text == ' ')
      *to++ = '+';
    else if (green__is_letter(*text) || green__is_digit(*text) || strchr("*-._", *text))
      *to++ = *text;
    else
      to = green__escape_put(to, *text);
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
