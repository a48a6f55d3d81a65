/* Links, lines, base and places of documents, and with them the tokenizer and the character
 * references.
 */
#include "check.h"

#include <stdlib.h>

#include "document.h"
#include "memory.h"

/* Links as "line:reference", then "base=...", then places as "#place", with spaces between. */
static char *summary(const char *html, size_t size) {
  struct document document;
  struct text text = {0};
  document_read(&document, html, size);
  for (size_t i = 0; i < document.link_count; i++) {
    char line[16];
    snprintf(line, sizeof line, "%s%d:", text.length ? " " : "", document.links[i].line);
    text_add_string(&text, line);
    text_add_string(&text, document.links[i].reference);
  }
  if (document.base) {
    text_add_string(&text, text.length ? " base=" : "base=");
    text_add_string(&text, document.base);
  }
  for (size_t i = 0; i < document.place_count; i++) {
    text_add_string(&text, text.length ? " #" : "#");
    text_add_string(&text, document.places[i]);
  }
  document_free(&document);
  return text_take(&text);
}

static const struct {
  const char *html, *expected;
} cases[] = {
    {"", ""},
    {"no tags, 1 < 2 & 3 > 2", ""},
    /* attributes and quoting */
    {"<a href=x>", "1:x"},
    {"<A HREF='x y'>", "1:x y"},
    {"<a\nhref\n=\n\"x\"\n>", "2:x"},
    {"<a title='>' href=\"a'b\">", "1:a'b"},
    {"<a href='a\"b'>", "1:a\"b"},
    {"<a href=x/>", "1:x/"},
    {"<a href=x/y?z=1&w=2>", "1:x/y?z=1&w=2"},
    {"<a/href=x/id=y>", "1:x/id=y"},
    {"<a href=x href=y>", "1:x"},
    {"<a href>", "1:"},
    {"<a href=>", "1:"},
    {"<a xhref=x hrefx=y data-href=z>", ""},
    {"<a =href=x>", ""},
    {"<a href=\"x\"title=y>", "1:x"},
    {"<a href='x", ""},
    {"<a href=x", ""},
    {"<a href='unclosed><a href=y>", ""},
    {"</a href=x>", ""},
    {"< a href=x>", ""},
    {"<abbr href=x><b href=y>", ""},
    /* lines */
    {"\n\n<a href=x>\r\n<a href=y>\r<a href=z>", "3:x 4:y 5:z"},
    {"<a\n href=x\n id=i><img\n src=y>", "2:x 4:y #i"},
    {"<p title='\n\n'><a href=x>", "3:x"},
    /* comments and other markup that is no tag */
    {"<!-- <a href=x> --><a href=y>", "1:y"},
    {"<!--\n--\n> <a href=x> --!><a href=y>", "3:y"},
    {"<!--><a href=y>", "1:y"},
    {"<!---><a href=y>", "1:y"},
    {"<!-- <a href=x>", ""},
    {"<!DOCTYPE html PUBLIC '<a href=x' ><a href=y>", "1:y"},
    {"<?xml version='1.0'?><a href=y>", "1:y"},
    {"</ <a href=x><a href=y>", "1:y"},
    {"</><a href=y>", "1:y"},
    {"<![CDATA[ <a href=x> ]]><a href=y>", "1:y"},
    {"<svg><![CDATA[ > <a href=x> ]]><a href=y></svg>", "1:y"},
    {"<svg/><![CDATA[ > <a href=x> ]]>", "1:x"},
    {"<svg><circle></svg><![CDATA[ > <a href=x> ]]>", "1:x"},
    /* elements that hold text */
    {"<script>'<a href=x>'</script><a href=y>", "1:y"},
    {"<script src=s><a href=x></SCRIPT ><a href=y>", "1:s 1:y"},
    {"<script>'</scripty><a href=x>'</script><a href=y>", "1:y"},
    {"<script><!-- <a href=x> </script><a href=y>", "1:y"},
    {"<script><!-- <script> </script> <a href=x> --></script><a href=y>", "1:y"},
    {"<script><!-- <script> --> </script><a href=y>", "1:y"},
    {"<script>\n<a href=x>", ""},
    {"<style>/* <a href=x> */\n</style><a href=y>", "2:y"},
    {"<title><a href=x></title><textarea><a href=x></textarea><a href=y>", "1:y"},
    {"<xmp><a href=x></xmp><noframes><a href=x></noframes><a href=y>", "1:y"},
    {"<iframe src=f><a href=x></iframe><a href=y>", "1:f 1:y"},
    {"<noscript><a href=x></noscript><template><a href=y></template>", "1:x 1:y"},
    {"<plaintext><a href=x></plaintext><a href=y>", ""},
    {"<svg><title>t</title><style/><script/><a href=x></svg>", "1:x"},
    {"<svg><p><style><a href=x></style><a href=y>", "1:y"},
    /* character references */
    {"<a href='?a=1&amp;b=2&#38;c=3&#x26;d=4&#X26'>", "1:?a=1&b=2&c=3&d=4&"},
    {"<a href=?a&copy=1&copyx&copy;&copy>", "1:?a&copy=1&copyx\xc2\xa9\xc2\xa9"},
    {"<a href='&nosuch;&;&#;&#x;&#xg;&'>", "1:&nosuch;&;&#;&#x;&#xg;&"},
    {"<a href='&colon;&sol;&num;&lowbar;&mdash;&mdash'>", "1::/#_\xe2\x80\x94&mdash"},
    {"<a href='&#128;&#0;&#xD800;&#x110000;&#99999999999;&#x1F600;'>",
     "1:\xe2\x82\xac\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xf0\x9f\x98\x80"},
    {"<a id='&eacute;&Tab;'>", "#\xc3\xa9\t"},
    /* base */
    {"<a href=x><base href='/b/'><base href='/c/'>", "1:x base=/b/"},
    {"<base target=_top><base href=d>", "base=d"},
    /* which elements link */
    {"<link rel=stylesheet href=a><link rel='x Preconnect' href=b><link rel=dns-prefetch href=c>",
     "1:a"},
    {"<img src=a alt=><input type=image src=b><object data=c><embed src=d><area href=e>",
     "1:a 1:b 1:c 1:d 1:e"},
    {"<video src=a poster=b><source src=c><track src=d></video><audio src=e><frame src=f>",
     "1:a 1:b 1:c 1:d 1:e 1:f"},
    {"<img srcset='a 1x, b,c 2x,d 100w (x,y), ,e'>", "1:a 1:b,c 1:d 1:e"},
    {"<img srcset='a, b 2x'><source srcset=' , '>", "1:a 1:b"},
    {"<meta http-equiv=Refresh content='0; URL = \"a b\"'>", "1:a b"},
    {"<meta http-equiv=refresh content='5;./x'><meta http-equiv=refresh content=5>", "1:./x"},
    {"<meta name=refresh content='0;url=x'><meta content='0;url=x'>", ""},
    {"<svg><a xlink:href=x><use href='#u'/><image href=i></svg>", "1:x 1:#u 1:i"},
    {"<form action=x><blockquote cite=y><p href=z>", ""},
    /* places */
    {"<h1 id=one>x</h1><a name=two><a id=two><p name=no><input name=no><p id=''>", "#one #two"},
    {"<!-- <p id=x> --><script>id='<p id=y>'</script>", ""},
};

int main(void) {
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    size_t size = strlen(cases[i].html);
    char *exact = malloc(size ? size : 1); /* so that reading past the end is seen */
    memcpy(exact, cases[i].html, size);
    char *got = summary(exact, size);
    check_text(cases[i].html, got, cases[i].expected);
    free(got);
    free(exact);
  }
  char *got = summary("<a href='x\0y'>", 14);
  check_text("a 0 byte", got, "1:x\xef\xbf\xbdy");
  free(got);
  return check_result();
}
