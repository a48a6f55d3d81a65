/* URLs: the examples of RFC 3986, the normal form, what browsers forgive, and fragments. */
#include "check.h"

#include <stdlib.h>

#include "url.h"

/* Writes "text" or "text#fragment", "(other)" or "(bad)". */
static void resolve(const char *base_text, const char *reference, char *out, size_t size) {
  struct url base = {0}, url;
  if (base_text && url_resolve(NULL, base_text, &base) != URL_WEB) {
    snprintf(out, size, "(bad base)");
    return;
  }
  switch (url_resolve(base_text ? &base : NULL, reference, &url)) {
  case URL_WEB:
    snprintf(out, size, "%s%s%s", url.text, url.fragment ? "#" : "",
             url.fragment ? url.fragment : "");
    url_free(&url);
    break;
  case URL_OTHER:
    snprintf(out, size, "(other)");
    break;
  case URL_BAD:
    snprintf(out, size, "(bad)");
    break;
  }
  if (base_text) url_free(&base);
}

static const struct {
  const char *base, *reference, *expected;
} cases[] = {
    /* RFC 3986, 5.4.1 */
    {"http://a/b/c/d;p?q", "g:h", "(other)"},
    {"http://a/b/c/d;p?q", "g", "http://a/b/c/g"},
    {"http://a/b/c/d;p?q", "./g", "http://a/b/c/g"},
    {"http://a/b/c/d;p?q", "g/", "http://a/b/c/g/"},
    {"http://a/b/c/d;p?q", "/g", "http://a/g"},
    {"http://a/b/c/d;p?q", "//g", "http://g/"},
    {"http://a/b/c/d;p?q", "?y", "http://a/b/c/d;p?y"},
    {"http://a/b/c/d;p?q", "g?y", "http://a/b/c/g?y"},
    {"http://a/b/c/d;p?q", "#s", "http://a/b/c/d;p?q#s"},
    {"http://a/b/c/d;p?q", "g#s", "http://a/b/c/g#s"},
    {"http://a/b/c/d;p?q", "g?y#s", "http://a/b/c/g?y#s"},
    {"http://a/b/c/d;p?q", ";x", "http://a/b/c/;x"},
    {"http://a/b/c/d;p?q", "g;x?y#s", "http://a/b/c/g;x?y#s"},
    {"http://a/b/c/d;p?q", "", "http://a/b/c/d;p?q"},
    {"http://a/b/c/d;p?q", ".", "http://a/b/c/"},
    {"http://a/b/c/d;p?q", "./", "http://a/b/c/"},
    {"http://a/b/c/d;p?q", "..", "http://a/b/"},
    {"http://a/b/c/d;p?q", "../", "http://a/b/"},
    {"http://a/b/c/d;p?q", "../g", "http://a/b/g"},
    {"http://a/b/c/d;p?q", "../..", "http://a/"},
    {"http://a/b/c/d;p?q", "../../g", "http://a/g"},
    /* 5.4.2 */
    {"http://a/b/c/d;p?q", "../../../g", "http://a/g"},
    {"http://a/b/c/d;p?q", "/./g", "http://a/g"},
    {"http://a/b/c/d;p?q", "/../g", "http://a/g"},
    {"http://a/b/c/d;p?q", "g.", "http://a/b/c/g."},
    {"http://a/b/c/d;p?q", "..g", "http://a/b/c/..g"},
    {"http://a/b/c/d;p?q", "./../g", "http://a/b/g"},
    {"http://a/b/c/d;p?q", "./g/.", "http://a/b/c/g/"},
    {"http://a/b/c/d;p?q", "g/./h", "http://a/b/c/g/h"},
    {"http://a/b/c/d;p?q", "g/../h", "http://a/b/c/h"},
    {"http://a/b/c/d;p?q", "g;x=1/../y", "http://a/b/c/y"},
    {"http://a/b/c/d;p?q", "g?y/../x", "http://a/b/c/g?y/../x"},
    {"http://a/b/c/d;p?q", "g#s/../x", "http://a/b/c/g#s/../x"},
    {"http://a/b/c/d;p?q", "http:g", "http://a/b/c/g"},
    {"http://a/b/c/d;p?q", "https:g", "(bad)"},
    /* schemes and hosts */
    {NULL, "HTTP://Example.COM:80", "http://example.com/"},
    {NULL, "https://example.com:443/", "https://example.com/"},
    {NULL, "https://example.com:80/", "https://example.com:80/"},
    {NULL, "http://example.com:0080/", "http://example.com/"},
    {NULL, "http://example.com:/", "http://example.com/"},
    {NULL, "http://[::1]:8080/x", "http://[::1]:8080/x"},
    {NULL, "http://a/%4%41", "http://a/%4%41"}, /* not "%4A", which is another */
    {NULL, "http://a/%%34%31", "http://a/%%341"},
    {NULL, "http://a/%g%41", "http://a/%gA"},
    {NULL, "http://[2001:DB8::1]", "http://[2001:db8::1]/"},
    {NULL,
     "http://b\xc3\xbc"
     "cher.example/",
     "http://b%C3%BCcher.example/"},
    {NULL, "http://127.0.0.1:3000?q", "http://127.0.0.1:3000/?q"},
    {NULL, "http://example.com:65536/", "(bad)"},
    {NULL, "http://example.com:http/", "(bad)"},
    {NULL, "http://exa mple.com/", "(bad)"},
    {NULL, "http://[::1/", "(bad)"},
    {NULL, "http://user:secret@example.com/", "(bad)"},
    {NULL, "http://", "(bad)"},
    {NULL, "http:///path", "(bad)"},
    {NULL, "/path", "(bad)"},
    {NULL, "mailto:a@b.c", "(other)"},
    {NULL, "JavaScript:void(0)", "(other)"},
    {"http://a/", "https://b", "https://b/"},
    {"https://a/x", "//b/y", "https://b/y"},
    {"http://a/", "1:2", "http://a/1:2"},
    /* escapes */
    {"http://a/", "%7Euser/%2e%2E/b", "http://a/b"},
    {"http://a/", "a%2fb%c3%a9", "http://a/a%2Fb%C3%A9"},
    {"http://a/", "caf\xc3\xa9 au lait", "http://a/caf%C3%A9%20au%20lait"},
    {"http://a/", "a|b^c[d]\"<>`{}", "http://a/a%7Cb%5Ec%5Bd%5D%22%3C%3E%60%7B%7D"},
    {"http://a/", "?it's=a b&c=%zz", "http://a/?it%27s=a%20b&c=%zz"},
    {"http://a/", "100%", "http://a/100%"},
    /* what browsers forgive */
    {"http://a/b/", " \n g \t", "http://a/b/g"},
    {"http://a/b/", "g\nh\ti", "http://a/b/ghi"},
    {"http://a/b/", "..\\g?x\\y#p\\q", "http://a/g?x%5Cy#p%5Cq"},
    {"http://a/b/", "http:\\\\c\\d", "http://c/d"},
    {"http://a", "g", "http://a/g"},
    {"http://a?x", "g", "http://a/g"},
    {"http://a/b/c?d/e", "g", "http://a/b/g"},
    {"http://a/b#c", "", "http://a/b"},
    {"http://a/b", "#", "http://a/b#"},
    {"http://a/b", "?", "http://a/b?"},
    {"http://a/b//c", "../d", "http://a/b/d"},
};

static const struct {
  const char *reference, *target;
} fragments[] = {
    {"", NULL},
    {"#", NULL},
    {"#top", NULL},
    {"#TOP", NULL},
    {"#topic", "topic"},
    {"#a%20b", "a b"},
    {"#caf\xc3\xa9", "caf\xc3\xa9"},
    {"#:~:text=green", NULL},
    {"#here:~:text=green", "here"},
    {"#100%", "100%"},
    {"#a#b", "a#b"},
};

static const struct {
  const char *start, *url, *expected;
} places[] = {
    {"http://a/docs/", "docs/x/y.html", "below"},
    {"http://a/docs/index.html", "docs/x.html", "below"},
    {"http://a/docs/index.html", "docs/", "below"},
    {"http://a/docs/?x", "docs/y", "below"},
    {"http://a/docs/", "docs", "same"},
    {"http://a/docs", "x", "below"},
    {"http://a/docs/", "docs2/", "same"},
    {"http://a/docs/", "?/docs/", "same"},
    {"http://a/", "//b/", "other"},
    {"http://a/", "https://a/", "other"},
    {"http://a/", "//a:81/", "other"},
    {"http://a/", "//a.b/", "other"},
};

static void test_fragments(void) {
  struct url base, url;
  url_resolve(NULL, "http://a/", &base);
  for (size_t i = 0; i < sizeof fragments / sizeof *fragments; i++) {
    url_resolve(&base, fragments[i].reference, &url);
    char *target = url_fragment_target(&url);
    check_text(fragments[i].reference, target, fragments[i].target);
    free(target);
    url_free(&url);
  }
  url_free(&base);
}

static void test_places(void) {
  for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
    struct url root, start, url;
    url_resolve(NULL, "http://a/", &root);
    url_resolve(NULL, places[i].start, &start);
    url_resolve(&root, places[i].url, &url);
    const char *got = url_below(&url, &start)       ? "below"
                      : url_same_site(&url, &start) ? "same"
                                                    : "other";
    check_text(places[i].url, got, places[i].expected);
    url_free(&root);
    url_free(&start);
    url_free(&url);
  }
}

int main(void) {
  char got[256];
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    resolve(cases[i].base, cases[i].reference, got, sizeof got);
    check_text(cases[i].reference, got, cases[i].expected);
  }
  test_fragments();
  test_places();
  char *shown = url_escape("a b\n\xc3\xbc");
  check_text("url_escape", shown, "a%20b%0A%C3%BC");
  free(shown);
  return check_result();
}
