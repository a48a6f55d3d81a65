/* The link checker's URLs. The input is a reference, or a base and a reference with a line end
 * between them. The normal form is normal: resolved again it is the same. */
#include "url.h"

#include "fuzz.h"

static void check_url(const struct url *url) {
  ALWAYS(fuzz_printable(url->text) && !strchr(url->text, '#'));
  ALWAYS(url->origin > strlen("http://") && url->origin < url->path);
  ALWAYS(url->path <= strlen(url->text) && url->text[url->origin] == '/');
  ALWAYS(!url->fragment || fuzz_printable(url->fragment));
  ALWAYS(url_same_site(url, url) && url_below(url, url));
  free(url_fragment_target(url));
  struct url again;
  ALWAYS(url_resolve(NULL, url->text, &again) == URL_WEB);
  ALWAYS(strcmp(again.text, url->text) == 0 && !again.fragment);
  url_free(&again);
}

static void resolve(const struct url *base, const char *reference) {
  struct url url;
  if (url_resolve(base, reference, &url) == URL_WEB) {
    check_url(&url);
    url_free(&url);
  }
  char *shown = url_escape(reference);
  for (char *c = shown; *c; c++) ALWAYS(*c >= ' ' && *c <= '~');
  free(shown);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  char *reference = fuzz_string(data, size);
  resolve(NULL, reference);
  struct url base;
  ALWAYS(url_resolve(NULL, "https://example.org:8443/a/b/c?d", &base) == URL_WEB);
  resolve(&base, reference);
  url_free(&base);
  char *end = strchr(reference, '\n');
  if (end) {
    *end = '\0';
    if (url_resolve(NULL, reference, &base) == URL_WEB) {
      resolve(&base, end + 1);
      url_free(&base);
    }
  }
  free(reference);
  return 0;
}
