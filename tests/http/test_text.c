/* Bodies as text, decoded by their charset: the same on every host. */
#include "http_test.h"

#include <string.h>

TEST(text_is_decoded) {
  static const struct {
    const char *hex, *type, *text;
  } cases[] = {
      {"68c3a9", "text/plain", "h\xc3\xa9"},
      {"68c3a9", "text/plain;%20charset=utf-8", "h\xc3\xa9"},
      {"efbbbf68c3a9", "text/plain;charset=iso-8859-1", "h\xc3\xa9"},
      {"68e980", "text/plain;charset=ISO-8859-1", "h\xc3\xa9\xe2\x82\xac"},
      {"68e99f81", "text/plain;charset=%22windows-1252%22", "h\xc3\xa9\xc5\xb8\xc2\x81"},
      {"68e9", "text/plain;a=%22;charset=utf-8%22;charset=latin1", "h\xc3\xa9"},
      {"68e9", "text/plain;charset='latin1'", "h\xc3\xa9"},
      {"fffe6800e9003dd800de", "text/plain", "h\xc3\xa9\xf0\x9f\x98\x80"},
      {"feff006800e9d83dde00", "text/plain", "h\xc3\xa9\xf0\x9f\x98\x80"},
      {"680000d8", "text/plain;charset=utf-16le", "h\xef\xbf\xbd"},
      {"00", "text/plain;charset=utf-16", "\xef\xbf\xbd"},
      {"61e28262", "text/plain",
       "a\xef\xbf\xbd"
       "b"},
      {"eda080", "text/plain", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
      {"f09f98", "text/plain", "\xef\xbf\xbd"},
      {"c0af", "text/plain", "\xef\xbf\xbd\xef\xbf\xbd"},
      {"e1e2e3", "text/plain;charset=koi8-r", "\xd0\x90\xd0\x91\xd0\xa6"},
      {"93fa967b", "text/plain;charset=shift_jis", "\xe6\x97\xa5\xe6\x9c\xac"},
      {"", "text/plain;charset=koi8-r", ""},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i += test_scale(1, 13)) {
    AUTO_RESPONSE green_http_response *response = NULL;
    const char *text;
    size_t size;
    struct address address = at("/text/%s?type=%s", cases[i].hex, cases[i].type);
    CHECK_STATUS(green_http_get(NULL, &response, address.text), 0);
    CHECK_STATUS(green_http_response_text(response, &text, &size), 0);
    CHECK_STRING(text, cases[i].text);
    CHECK_NUMBER(size, strlen(cases[i].text));
    const char *again;
    CHECK_STATUS(green_http_response_text(response, &again, NULL), 0);
    CHECK(again == text);
  }
  return 0;
}

TEST(a_charset_that_nobody_knows) {
  AUTO_RESPONSE green_http_response *response = NULL;
  const char *text = "";
  CHECK_STATUS(
      green_http_get(NULL, &response, at("/text/6869?type=text/plain;charset=x-klingon").text), 0);
  CHECK_STATUS(green_http_response_text(response, &text, NULL), GREEN_ENOTSUP);
  CHECK(text == NULL);
  CHECK_STRING(green_http_response_body(response, NULL), "hi");
  return 0;
}
