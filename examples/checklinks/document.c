/* Links and places of a document; see document.h. */
#include "document.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "html.h"
#include "memory.h"

static const struct {
  const char *element, *attribute;
} link_attributes[] = {
    {"a", "href"},     {"area", "href"},   {"link", "href"},        {"img", "src"},
    {"script", "src"}, {"iframe", "src"},  {"frame", "src"},        {"embed", "src"},
    {"audio", "src"},  {"video", "src"},   {"source", "src"},       {"track", "src"},
    {"input", "src"},  {"object", "data"}, {"video", "poster"},     {"a", "xlink:href"},
    {"image", "href"}, {"use", "href"},    {"image", "xlink:href"}, {"use", "xlink:href"},
};

static void add_link(struct document *out, char *reference, int line) {
  out->links = memory_grow(out->links, out->link_count, sizeof *out->links);
  out->links[out->link_count++] = (struct document_link){reference, line};
}

static void add_place(struct document *out, char *place) {
  if (!place) return;
  if (*place == '\0' || table_find(&out->place_table, place)) {
    free(place);
    return;
  }
  out->places = memory_grow(out->places, out->place_count, sizeof *out->places);
  out->places[out->place_count++] = place;
  table_add(&out->place_table, place, place);
}

static bool has_word(const char *list, const char *word) {
  static const char spaces[] = " \t\n\f\r";
  for (list += strspn(list, spaces); *list; list += strspn(list, spaces)) {
    size_t length = strcspn(list, spaces);
    if (length == strlen(word) && strncasecmp(list, word, length) == 0) return true;
    list += length;
  }
  return false;
}

/* A <link> that names a site to be ready for, not something to fetch. */
static bool names_a_site(struct html_scanner *scanner) {
  char *rel = html_is(scanner->tag.name, "link") ? html_value(scanner, "rel", NULL) : NULL;
  bool names = rel && (has_word(rel, "preconnect") || has_word(rel, "dns-prefetch"));
  free(rel);
  return names;
}

static void read_link_attributes(struct document *out, struct html_scanner *scanner) {
  for (size_t i = 0; i < sizeof link_attributes / sizeof *link_attributes; i++) {
    if (!html_is(scanner->tag.name, link_attributes[i].element)) continue;
    int line;
    char *reference = html_value(scanner, link_attributes[i].attribute, &line);
    if (!reference) continue;
    if (names_a_site(scanner))
      free(reference);
    else
      add_link(out, reference, line);
  }
}

/* "a.png 1x, b.png 2x": an address ends at white space, what describes it at a comma outside
 * parentheses; a comma that ends an address is none of its characters. */
static void read_srcset(struct document *out, struct html_scanner *scanner) {
  static const char spaces[] = " \t\n\f\r";
  int line;
  char *srcset = html_value(scanner, "srcset", &line);
  if (!srcset) return;
  const char *p = srcset;
  for (;;) {
    p += strspn(p, " \t\n\f\r,");
    if (!*p) break;
    size_t length = strcspn(p, spaces);
    const char *address = p;
    p += length;
    bool described = address[length - 1] != ',';
    while (address[length - 1] == ',') length--;
    add_link(out, memory_copy(address, length), line);
    for (int depth = 0; described && *p && (*p != ',' || depth > 0); p++)
      depth += *p == '(' ? 1 : *p == ')' && depth > 0 ? -1 : 0;
  }
  free(srcset);
}

/* The address in "5; url=next.html", or NULL. */
static char *refresh_address(const char *content) {
  static const char spaces[] = " \t\n\f\r";
  const char *p = content + strspn(content, spaces);
  size_t digits = strspn(p, "0123456789.");
  if (digits == 0) return NULL;
  p += digits;
  size_t gap = strspn(p, " \t\n\f\r;,");
  p += gap;
  if (gap == 0 || *p == '\0') return NULL;
  if (strncasecmp(p, "url", 3) == 0) {
    const char *equals = p + 3 + strspn(p + 3, spaces);
    if (*equals == '=') p = equals + 1 + strspn(equals + 1, spaces);
  }
  if (*p != '"' && *p != '\'') return memory_copy(p, strlen(p));
  const char *close = strchr(p + 1, *p);
  return memory_copy(p + 1, close ? (size_t)(close - p - 1) : strlen(p + 1));
}

static void read_refresh(struct document *out, struct html_scanner *scanner) {
  int line;
  char *kind = html_value(scanner, "http-equiv", NULL);
  char *content = html_value(scanner, "content", &line);
  if (kind && content && strcasecmp(kind, "refresh") == 0) {
    char *address = refresh_address(content);
    if (address) add_link(out, address, line);
  }
  free(kind);
  free(content);
}

static void read_tag(struct document *out, struct html_scanner *scanner) {
  struct html_slice name = scanner->tag.name;
  add_place(out, html_value(scanner, "id", NULL));
  if (html_is(name, "a")) add_place(out, html_value(scanner, "name", NULL));
  if (html_is(name, "base") && !out->base) out->base = html_value(scanner, "href", NULL);
  if (html_is(name, "img") || html_is(name, "source")) read_srcset(out, scanner);
  if (html_is(name, "meta")) read_refresh(out, scanner);
  read_link_attributes(out, scanner);
}

void document_read(struct document *out, const char *bytes, size_t size) {
  *out = (struct document){0};
  if (size == 0) return;
  struct html_scanner scanner;
  html_begin(&scanner, bytes, size);
  while (html_next(&scanner)) read_tag(out, &scanner);
  html_end(&scanner);
}

bool document_has_place(const struct document *document, const char *place) {
  return table_find(&document->place_table, place) != NULL;
}

void document_free_links(struct document *document) {
  for (size_t i = 0; i < document->link_count; i++) free(document->links[i].reference);
  free(document->links);
  free(document->base);
  document->links = NULL;
  document->link_count = 0;
  document->base = NULL;
}

void document_free(struct document *document) {
  document_free_links(document);
  for (size_t i = 0; i < document->place_count; i++) free(document->places[i]);
  free(document->places);
  table_free(&document->place_table);
  *document = (struct document){0};
}
