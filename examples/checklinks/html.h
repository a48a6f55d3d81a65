/* A tokenizer for HTML that gives start tags, one after the other, with the lines they stand on.
 *
 * It follows the HTML standard's tokenizer where that decides what is a tag: comments and bogus
 * comments, doctypes, CDATA in SVG and MathML, quoted and bare attribute values, elements whose
 * content is text (script with its own comment rules, style, title, textarea, xmp, iframe, noembed,
 * noframes, plaintext). Content of noscript and template is read as markup. Bytes are taken as they
 * are, which is right for UTF-8 and other supersets of ASCII.
 *
 * Nothing is copied: names and values are slices of the input, which must outlive the scanner.
 * Relies on memory.h and entity.h.
 */
#ifndef CHECKLINKS_HTML_H
#define CHECKLINKS_HTML_H

#include <stdbool.h>
#include <stddef.h>

struct html_slice {
  const char *at;
  size_t length;
};

struct html_attribute {
  struct html_slice name, value; /* value: raw, without its quotes */
};

struct html_tag {
  struct html_slice name;
  struct html_attribute *attributes; /* of the scanner; good until the next tag */
  size_t count;
};

struct html_scanner {
  const char *at, *end;
  const char *line_at; /* lines are counted up to here */
  int line;
  int foreign; /* depth in svg and math elements */
  struct html_tag tag;
};

void html_begin(struct html_scanner *scanner, const char *bytes, size_t size);

/* Reads on to the next start tag; false at the end of the input. */
bool html_next(struct html_scanner *scanner);
void html_end(struct html_scanner *scanner);

/* The tag's name or an attribute's is `name`, which is in lower case. */
bool html_is(struct html_slice slice, const char *name);

/* The value of the present tag's attribute with its character references replaced, which the caller
 * frees; NULL when the tag has none of that name. `line`, if not NULL, gets the line where it
 * begins. */
char *html_value(struct html_scanner *scanner, const char *name, int *line);

#endif
