/* URLs: references resolved by RFC 3986 and brought to one normal form, so that the same text is
 * asked for on every host and two spellings of one address are one link.
 *
 * Normal form: scheme and host in lower case, no default port, no dot segments, at least "/" as
 * path; escapes of unreserved characters undone, other escapes in upper case, everything else that
 * RFC 3986 does not allow escaped, bytes above 127 included. So a URL is ASCII.
 *
 * As browsers do, white space around a reference and line ends inside it are dropped, and a
 * backslash counts as a slash. Relies on memory.h.
 */
#ifndef CHECKLINKS_URL_H
#define CHECKLINKS_URL_H

#include <stdbool.h>
#include <stddef.h>

struct url {
  char *text;     /* without the fragment */
  size_t origin;  /* length of scheme, host and port in it */
  size_t path;    /* length of all before the query */
  char *fragment; /* what follows "#", escaped; NULL when there is none */
};

enum url_kind {
  URL_WEB,   /* http: or https:, *out is filled, url_free() it */
  URL_OTHER, /* of another scheme: mailto:, javascript:, data: ... */
  URL_BAD,   /* not a URL; or one with a user name, which browsers refuse to fetch */
};

/* Resolves a reference against a base, or without one (NULL) takes it as an absolute URL. */
enum url_kind url_resolve(const struct url *base, const char *reference, struct url *out);
void url_free(struct url *url);

/* The same scheme, host and port. */
bool url_same_site(const struct url *a, const struct url *b);

/* On the site of `start`, with a path that begins with start's up to its last slash. */
bool url_below(const struct url *url, const struct url *start);

/* The fragment that an element's id is compared with: unescaped, and without a directive such as
 * ":~:text=". NULL when there is nothing to look for: no fragment, an empty one, or "top". The
 * caller frees it. */
char *url_fragment_target(const struct url *url);

/* A reference that is no URL, escaped so that it can be shown: printable ASCII. The caller frees
 * it. */
char *url_escape(const char *reference);

#endif
