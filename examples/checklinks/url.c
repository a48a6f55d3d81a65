/* URLs: parse, resolve, normalise; see url.h. */
#include "url.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "memory.h"

/* A piece of a reference; `at` is NULL when that piece is not there at all. */
struct piece {
  const char *at;
  size_t length;
};

struct reference {
  struct piece scheme, authority, path, query, fragment;
};

static bool is_unreserved(unsigned char c) {
  return c < 128 && (isalnum(c) || (c && strchr("-._~", c)));
}

static int hex_digit(unsigned char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/* The byte that an escape at `at` stands for, or -1. */
static int escape_at(const char *at, const char *end) {
  if (end - at < 3 || at[0] != '%') return -1;
  int high = hex_digit((unsigned char)at[1]), low = hex_digit((unsigned char)at[2]);
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

static void add_escaped(struct text *out, unsigned char c) {
  static const char digits[] = "0123456789ABCDEF";
  char escape[3] = {'%', digits[c >> 4], digits[c & 15]};
  text_add(out, escape, 3);
}

/* What was added ends with a percent sign that a digit, or two, would make an escape. */
static bool percent_waits(const struct text *out) {
  if (out->length == 0) return false;
  const char *last = out->bytes + out->length - 1;
  return *last == '%' ||
         (out->length > 1 && last[-1] == '%' && hex_digit((unsigned char)*last) >= 0);
}

/* Adds a piece with its escapes in normal form; `allowed` stand as they are beside unreserved ones.
 * A percent sign that begins no escape stays, as in browsers, and digits that would make it one
 * stay escaped. */
static void add_normal(struct text *out, struct piece piece, const char *allowed) {
  const char *end = piece.at + piece.length;
  for (const char *p = piece.at; p < end; p++) {
    unsigned char c = (unsigned char)*p;
    int byte = escape_at(p, end);
    if (byte >= 0) {
      bool plain = is_unreserved((unsigned char)byte);
      if (plain && !(percent_waits(out) && hex_digit((unsigned char)byte) >= 0))
        text_add_byte(out, (char)byte);
      else
        add_escaped(out, (unsigned char)byte);
      p += 2;
    } else if (is_unreserved(c) || c == '%' || (c && strchr(allowed, c))) {
      text_add_byte(out, (char)c);
    } else {
      add_escaped(out, c);
    }
  }
}

static const char path_allowed[] = "!$&'()*+,;=:@";
static const char query_allowed[] = "!$&()*+,;=:@/?"; /* fetch() escapes the apostrophe here */
static const char fragment_allowed[] = "!$&'()*+,;=:@/?";

/* Without the white space and control characters that browsers drop, and with "/" for "\" before a
 * query. */
static char *cleaned(const char *reference) {
  const char *end = reference + strlen(reference);
  while (reference < end && (unsigned char)*reference <= ' ') reference++;
  while (end > reference && (unsigned char)end[-1] <= ' ') end--;
  struct text text = {0};
  bool in_path = true;
  for (const char *p = reference; p < end; p++) {
    if (*p == '\t' || *p == '\n' || *p == '\r') continue;
    if (*p == '?' || *p == '#') in_path = false;
    text_add_byte(&text, in_path && *p == '\\' ? '/' : *p);
  }
  return text_take(&text);
}

static struct piece take_until(const char **p, const char *stops) {
  struct piece piece = {*p, strcspn(*p, stops)};
  *p += piece.length;
  return piece;
}

static struct reference split(const char *text) {
  struct reference r;
  memset(&r, 0, sizeof r);
  const char *p = text;
  if (isalpha((unsigned char)*p)) {
    size_t length = 1;
    while (isalnum((unsigned char)p[length]) || (p[length] && strchr("+-.", p[length]))) length++;
    if (p[length] == ':') {
      r.scheme = (struct piece){p, length};
      p += length + 1;
    }
  }
  if (p[0] == '/' && p[1] == '/') {
    p += 2;
    r.authority = take_until(&p, "/?#");
  }
  r.path = take_until(&p, "?#");
  if (*p == '?') {
    p++;
    r.query = take_until(&p, "#");
  }
  if (*p == '#') r.fragment = (struct piece){p + 1, strlen(p + 1)};
  return r;
}

static bool scheme_is(struct piece scheme, const char *name) {
  return scheme.length == strlen(name) && strncasecmp(scheme.at, name, scheme.length) == 0;
}

/* Host characters that no browser takes; brackets belong to IPv6 addresses alone. */
static bool host_is_bad(struct piece host) {
  if (host.length == 0) return true;
  bool bracketed = host.at[0] == '[';
  if (bracketed && host.at[host.length - 1] != ']') return true;
  if (bracketed) host = (struct piece){host.at + 1, host.length - 2};
  for (size_t i = 0; i < host.length; i++) {
    unsigned char c = (unsigned char)host.at[i];
    if (c <= ' ' || c == 127 || strchr("\"#/<>?@[\\]^`{|}", c)) return true;
    if (bracketed ? !isxdigit(c) && c != ':' && c != '.' : c == ':') return true;
  }
  return false;
}

static bool add_port(struct text *out, struct piece port, bool https) {
  long number = 0;
  for (size_t i = 0; i < port.length; i++) {
    if (!isdigit((unsigned char)port.at[i])) return false;
    number = number * 10 + (port.at[i] - '0');
    if (number > 65535) return false;
  }
  if (port.length == 0 || number == (https ? 443 : 80)) return true;
  char digits[8], *p = digits + sizeof digits;
  *--p = '\0';
  do *--p = (char)('0' + number % 10);
  while (number /= 10);
  text_add_byte(out, ':');
  text_add_string(out, p);
  return true;
}

/* Adds "host" or "host:port"; false when it is none. */
static bool add_authority(struct text *out, struct piece authority, bool https) {
  if (memchr(authority.at, '@', authority.length)) return false;
  size_t host_length = authority.length;
  while (host_length > 0 && isdigit((unsigned char)authority.at[host_length - 1])) host_length--;
  struct piece port = {"", 0};
  if (host_length > 0 && authority.at[host_length - 1] == ':') {
    port = (struct piece){authority.at + host_length, authority.length - host_length};
    host_length--;
  } else {
    host_length = authority.length;
  }
  struct piece host = {authority.at, host_length};
  if (host_is_bad(host)) return false;
  size_t from = out->length;
  add_normal(out, host, "!$&'()*+,;=:[]");
  char *p = out->bytes + from;
  while (*p) {
    bool escape = escape_at(p, out->bytes + out->length) >= 0; /* stays in upper case */
    if (!escape) *p = (char)tolower((unsigned char)*p);
    p += escape ? 3 : 1;
  }
  return add_port(out, port, https);
}

/* Takes the last segment away, but nothing of what stands before the path. */
static void drop_segment(struct text *out, size_t root) {
  size_t length = out->length;
  while (length > root && out->bytes[--length] != '/') continue;
  text_cut(out, length);
}

/* Adds a path that begins with "/", or is empty, segment by segment, without "." and "..". */
static void add_path(struct text *out, struct piece path) {
  size_t root = out->length;
  const char *p = path.at, *end = path.at + path.length;
  bool last_is_folder = true;
  while (p < end) {
    p++; /* the slash */
    const char *stop = memchr(p, '/', (size_t)(end - p));
    struct piece segment = {p, (size_t)((stop ? stop : end) - p)};
    size_t before = out->length;
    text_add_byte(out, '/');
    add_normal(out, segment, path_allowed);
    const char *name = out->bytes + before + 1;
    last_is_folder = strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
    if (last_is_folder) {
      bool up = name[1] == '.';
      text_cut(out, before);
      if (up) drop_segment(out, root);
    }
    p += segment.length;
  }
  if (last_is_folder) text_add_byte(out, '/');
}

/* The path of a relative reference behind the base's folder. */
static char *merged(const struct url *base, struct piece path) {
  struct text text = {0};
  size_t folder = base->path;
  while (base->text[folder - 1] != '/') folder--;
  text_add(&text, base->text + base->origin, folder - base->origin);
  text_add(&text, path.at, path.length);
  return text_take(&text);
}

static void add_relative_path(struct text *out, const struct url *base, struct piece path) {
  if (path.length == 0) {
    text_add(out, base->text + base->origin, base->path - base->origin);
  } else if (path.at[0] == '/') {
    add_path(out, path);
  } else {
    char *whole = merged(base, path);
    add_path(out, (struct piece){whole, strlen(whole)});
    free(whole);
  }
}

static bool build(const struct url *base, const struct reference *r, struct url *out) {
  struct text text = {0};
  bool https =
      r->scheme.at ? scheme_is(r->scheme, "https") : base && strncmp(base->text, "https:", 6) == 0;
  if (r->authority.at) {
    text_add_string(&text, https ? "https://" : "http://");
    if (!add_authority(&text, r->authority, https)) {
      free(text.bytes);
      return false;
    }
    out->origin = text.length;
    add_path(&text, r->path);
  } else {
    text_add(&text, base->text, base->origin);
    out->origin = base->origin;
    add_relative_path(&text, base, r->path);
  }
  out->path = text.length;
  if (r->query.at) {
    text_add_byte(&text, '?');
    add_normal(&text, r->query, query_allowed);
  } else if (!r->authority.at && r->path.length == 0) {
    text_add_string(&text, base->text + base->path);
  }
  out->text = text_take(&text);
  out->fragment = NULL;
  if (r->fragment.at) {
    add_normal(&text, r->fragment, fragment_allowed);
    out->fragment = text_take(&text);
  }
  return true;
}

static enum url_kind resolve_clean(const struct url *base, const char *clean, struct url *out) {
  struct reference r = split(clean);
  if (r.scheme.at) {
    bool https = scheme_is(r.scheme, "https");
    if (!https && !scheme_is(r.scheme, "http")) return URL_OTHER;
    bool same = base && (strncmp(base->text, "https:", 6) == 0) == https;
    if (!r.authority.at && !same) return URL_BAD;
  } else if (!base) {
    return URL_BAD;
  }
  return build(base, &r, out) ? URL_WEB : URL_BAD;
}

enum url_kind url_resolve(const struct url *base, const char *reference, struct url *out) {
  *out = (struct url){0};
  char *clean = cleaned(reference);
  enum url_kind kind = resolve_clean(base, clean, out);
  free(clean);
  return kind;
}

void url_free(struct url *url) {
  free(url->text);
  free(url->fragment);
  *url = (struct url){0};
}

bool url_same_site(const struct url *a, const struct url *b) {
  return a->origin == b->origin && strncmp(a->text, b->text, a->origin) == 0;
}

bool url_below(const struct url *url, const struct url *start) {
  size_t folder = start->path;
  while (start->text[folder - 1] != '/') folder--;
  return url->path >= folder && strncmp(url->text, start->text, folder) == 0;
}

char *url_fragment_target(const struct url *url) {
  if (!url->fragment) return NULL;
  const char *directive = strstr(url->fragment, ":~:");
  const char *end = directive ? directive : url->fragment + strlen(url->fragment);
  struct text text = {0};
  for (const char *p = url->fragment; p < end; p++) {
    int byte = escape_at(p, end);
    text_add_byte(&text, byte >= 0 ? (char)byte : *p);
    if (byte >= 0) p += 2;
  }
  char *target = text_take(&text);
  if (*target && strcasecmp(target, "top") != 0) return target;
  free(target);
  return NULL;
}

char *url_escape(const char *reference) {
  struct text text = {0};
  for (const unsigned char *p = (const unsigned char *)reference; *p; p++) {
    if (*p > ' ' && *p < 127)
      text_add_byte(&text, (char)*p);
    else
      add_escaped(&text, *p);
  }
  return text_take(&text);
}
