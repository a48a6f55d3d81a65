/* What an HTML document links to, and the places in it that a fragment may name.
 *
 * Links are
 *   href of a, area and link (not of rel="preconnect" and "dns-prefetch", which name a site),
 *   src of img, script, iframe, frame, embed, audio, video, source, track and input,
 *   srcset of img and source, data of object, poster of video,
 *   href or xlink:href of a, image and use in SVG, the address in <meta http-equiv="refresh">.
 * Places are every element's id and the name of a.
 *
 * Relies on html.h and table.h.
 */
#ifndef CHECKLINKS_DOCUMENT_H
#define CHECKLINKS_DOCUMENT_H

#include <stdbool.h>
#include <stddef.h>

#include "table.h"

struct document_link {
  char *reference; /* as written, character references replaced */
  int line;
};

struct document {
  char *base; /* of the first <base href>, or NULL */
  struct document_link *links;
  size_t link_count;
  char **places;
  size_t place_count;
  struct table place_table;
};

void document_read(struct document *out, const char *bytes, size_t size);
bool document_has_place(const struct document *document, const char *place);

/* Frees the links and the base, which are of no use once they have been followed; the places stay.
 */
void document_free_links(struct document *document);
void document_free(struct document *document);

#endif
