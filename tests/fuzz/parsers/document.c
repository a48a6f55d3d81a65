/* The link checker's HTML: the scanner, and what a document links to. */
#include "document.h"

#include "fuzz.h"
#include "html.h"
#include "url.h"

static bool within(struct html_slice slice, const char *bytes, size_t size) {
  return slice.at >= bytes && slice.at + slice.length <= bytes + size;
}

static void scan(const char *bytes, size_t size) {
  struct html_scanner scanner;
  html_begin(&scanner, bytes, size);
  while (html_next(&scanner)) {
    ALWAYS(within(scanner.tag.name, bytes, size) && scanner.tag.name.length > 0);
    for (size_t i = 0; i < scanner.tag.count; i++) {
      ALWAYS(within(scanner.tag.attributes[i].name, bytes, size));
      ALWAYS(within(scanner.tag.attributes[i].value, bytes, size));
    }
  }
  ALWAYS(scanner.at == scanner.end);
  html_end(&scanner);
}

static void read_document(const char *bytes, size_t size) {
  struct document document;
  document_read(&document, bytes, size);
  int lines = 1;
  for (size_t i = 0; i < size; i++) lines += bytes[i] == '\n' || bytes[i] == '\r';
  for (size_t i = 0; i < document.link_count; i++) {
    ALWAYS(document.links[i].line >= 1 && document.links[i].line <= lines);
    struct url url;
    if (url_resolve(NULL, document.links[i].reference, &url) == URL_WEB) url_free(&url);
  }
  for (size_t i = 0; i < document.place_count; i++)
    ALWAYS(document_has_place(&document, document.places[i]));
  document_free(&document);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  char *bytes = fuzz_bytes(data, size);
  if (size) scan(bytes, size);
  read_document(bytes, size);
  free(bytes);
  return 0;
}
