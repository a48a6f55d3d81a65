/* The HTML tokenizer; see html.h. */
#include "html.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "entity.h"
#include "memory.h"

static bool is_space(char c) {
  return c && strchr(" \t\n\f\r", c);
}

bool html_is(struct html_slice slice, const char *name) {
  return strlen(name) == slice.length && strncasecmp(slice.at, name, slice.length) == 0;
}

static bool looking_at(const char *p, const char *end, const char *word) {
  size_t length = strlen(word);
  return (size_t)(end - p) >= length && strncasecmp(p, word, length) == 0;
}

/* Behind the next occurrence of `mark`, or the end. */
static const char *behind(const char *p, const char *end, const char *mark) {
  for (; p < end; p++)
    if (looking_at(p, end, mark)) return p + strlen(mark);
  return end;
}

/* ---- attributes ------------------------------------------------------------------------------ */

static const char *skip_spaces(const char *p, const char *end) {
  while (p < end && is_space(*p)) p++;
  return p;
}

static const char *read_value(const char *p, const char *end, struct html_slice *value) {
  if (p < end && (*p == '"' || *p == '\'')) {
    const char *close = memchr(p + 1, *p, (size_t)(end - p - 1));
    if (!close) return end;
    *value = (struct html_slice){p + 1, (size_t)(close - p - 1)};
    return close + 1;
  }
  value->at = p;
  while (p < end && !is_space(*p) && *p != '>') p++;
  value->length = (size_t)(p - value->at);
  return p;
}

static const char *read_attribute(const char *p, const char *end, struct html_attribute *out) {
  out->name.at = p++; /* even a "=" may begin a name */
  while (p < end && !is_space(*p) && *p != '/' && *p != '>' && *p != '=') p++;
  out->name.length = (size_t)(p - out->name.at);
  out->value = (struct html_slice){p, 0};
  const char *equals = skip_spaces(p, end);
  if (equals == end || *equals != '=') return p;
  return read_value(skip_spaces(equals + 1, end), end, &out->value);
}

/* Reads name and attributes of a tag, `p` at its first letter, up to and with its ">". An end that
 * comes before is no tag: returns NULL. */
static const char *read_tag(const char *p, const char *end, struct html_tag *tag,
                            bool *self_closing) {
  tag->name.at = p;
  while (p < end && !is_space(*p) && *p != '/' && *p != '>') p++;
  tag->name.length = (size_t)(p - tag->name.at);
  tag->count = 0;
  bool slash = false;
  while (p < end) {
    if (*p == '>') {
      *self_closing = slash;
      return p + 1;
    }
    slash = *p == '/';
    if (slash || is_space(*p)) {
      p++;
      continue;
    }
    tag->attributes = memory_grow(tag->attributes, tag->count, sizeof *tag->attributes);
    p = read_attribute(p, end, &tag->attributes[tag->count++]);
  }
  return NULL;
}

/* ---- what is not a tag ----------------------------------------------------------------------- */

/* `p` behind "<!--". */
static const char *skip_comment(const char *p, const char *end) {
  if (looking_at(p, end, ">")) return p + 1;
  if (looking_at(p, end, "->")) return p + 2;
  for (; p < end; p++) {
    if (looking_at(p, end, "-->")) return p + 3;
    if (looking_at(p, end, "--!>")) return p + 4;
  }
  return end;
}

/* `p` at "<!" or "<?" or "</" without a letter. */
static const char *skip_markup(const struct html_scanner *s, const char *p) {
  if (looking_at(p, s->end, "<!--")) return skip_comment(p + 4, s->end);
  if (s->foreign && looking_at(p, s->end, "<![CDATA[")) return behind(p + 9, s->end, "]]>");
  return behind(p + 2, s->end, ">");
}

static bool word_ends(const char *p, const char *end) {
  return p < end && (is_space(*p) || *p == '/' || *p == '>');
}

/* The content of an element that is text ends at its own end tag: gives where that begins. */
static const char *text_end(const char *p, const char *end, struct html_slice name) {
  for (; end - p > (ptrdiff_t)name.length + 2; p++)
    if (p[0] == '<' && p[1] == '/' && strncasecmp(p + 2, name.at, name.length) == 0 &&
        word_ends(p + 2 + name.length, end))
      return p;
  return end;
}

/* In a script, a "<script" within a "<!--" comment hides the next "</script". */
static const char *script_end(const char *p, const char *end) {
  bool comment = false, hidden = false;
  for (; p < end; p++) {
    if (!comment && looking_at(p, end, "<!--")) {
      comment = true;
      p += 1; /* "<!-->" opens and closes */
    } else if (comment && looking_at(p, end, "-->")) {
      comment = hidden = false;
    } else if (comment && !hidden && looking_at(p, end, "<script") && word_ends(p + 7, end)) {
      hidden = true;
    } else if (looking_at(p, end, "</script") && word_ends(p + 8, end)) {
      if (!hidden) return p;
      hidden = false;
    }
  }
  return end;
}

static bool is_one_of(struct html_slice name, const char *const *names) {
  for (; *names; names++)
    if (html_is(name, *names)) return true;
  return false;
}

static const char *const text_elements[] = {"style",  "title",   "textarea", "xmp",
                                            "iframe", "noembed", "noframes", NULL};

static const char *const foreign_elements[] = {"svg", "math", NULL};

/* HTML elements that end svg and math, closed or not. */
static const char *const never_foreign[] = {
    "b",    "big",    "blockquote", "body", "br",    "center", "code", "dd",  "div", "dl",
    "dt",   "em",     "embed",      "h1",   "h2",    "h3",     "h4",   "h5",  "h6",  "head",
    "hr",   "i",      "img",        "li",   "menu",  "ol",     "p",    "pre", "s",   "small",
    "span", "strong", "sub",        "sup",  "table", "tt",     "u",    "ul",  "var", NULL};

/* Where reading goes on behind a start tag. */
static const char *behind_start_tag(struct html_scanner *s, const char *p, bool self_closing) {
  struct html_slice name = s->tag.name;
  if (is_one_of(name, foreign_elements) && !self_closing)
    s->foreign++;
  else if (s->foreign && is_one_of(name, never_foreign))
    s->foreign = 0;
  if (s->foreign) return p;
  if (html_is(name, "script")) return script_end(p, s->end);
  if (html_is(name, "plaintext")) return s->end;
  return is_one_of(name, text_elements) ? text_end(p, s->end, name) : p;
}

/* ---- the scanner ----------------------------------------------------------------------------- */

void html_begin(struct html_scanner *scanner, const char *bytes, size_t size) {
  *scanner = (struct html_scanner){bytes, bytes + size, bytes, 1, 0, {{bytes, 0}, NULL, 0}};
}

void html_end(struct html_scanner *scanner) {
  free(scanner->tag.attributes);
}

bool html_next(struct html_scanner *s) {
  while ((s->at = memchr(s->at, '<', (size_t)(s->end - s->at))) != NULL) {
    const char *p = s->at + 1;
    bool closing = p < s->end && *p == '/';
    if (closing) p++;
    bool self_closing = false;
    if (p < s->end && isalpha((unsigned char)*p)) {
      p = read_tag(p, s->end, &s->tag, &self_closing);
      if (!p) break;
      if (!closing) {
        s->at = behind_start_tag(s, p, self_closing);
        return true;
      }
      if (s->foreign && is_one_of(s->tag.name, foreign_elements)) s->foreign--;
    } else if (p < s->end && (closing || *p == '!' || *p == '?')) {
      p = skip_markup(s, s->at);
    }
    s->at = p;
  }
  s->at = s->end;
  return false;
}

static int count_lines(const char *from, const char *to, const char *end) {
  int lines = 0;
  for (const char *p = from; p < to; p++)
    if (*p == '\n' || (*p == '\r' && (p + 1 == end || p[1] != '\n'))) lines++;
  return lines;
}

/* The line of a place in the present tag. */
static int line_of(struct html_scanner *s, const char *at) {
  const char *tag = s->tag.name.at;
  s->line += count_lines(s->line_at, tag, s->end);
  s->line_at = tag;
  return s->line + count_lines(tag, at, s->end);
}

char *html_value(struct html_scanner *s, const char *name, int *line) {
  for (size_t i = 0; i < s->tag.count; i++) {
    const struct html_attribute *attribute = &s->tag.attributes[i];
    if (!html_is(attribute->name, name)) continue;
    if (line) *line = line_of(s, attribute->name.at);
    struct text value = {0};
    entity_decode(&value, attribute->value.at, attribute->value.length);
    return text_take(&value);
  }
  return NULL;
}
