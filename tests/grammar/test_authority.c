/* Hosts, ports and targets. */
#include "grammar/grammar.h"
#include "grammar_test.h"

#include <string.h>

/* RFC 3986, 3.2.2. */
TEST_OUTSIDE(grammar_ipv6) {
  static const struct {
    const char *text, *bytes; /* NULL: none */
  } cases[] = {
      {"::", "00000000000000000000000000000000"},
      {"::1", "00000000000000000000000000000001"},
      {"1::", "00010000000000000000000000000000"},
      {"1:2:3:4:5:6:7:8", "00010002000300040005000600070008"},
      {"1:2:3:4:5:6:7::", "00010002000300040005000600070000"},
      {"::2:3:4:5:6:7:8", "00000002000300040005000600070008"},
      {"2001:DB8::ff00:42:8329", "20010db8000000000000ff0000428329"},
      {"::ffff:1.2.3.4", "00000000000000000000ffff01020304"},
      {"::1.2.3.255", "000000000000000000000000010203ff"},
      {"1:2:3:4:5:6:10.0.0.1", "0001000200030004000500060a000001"},
      {"", NULL},
      {":", NULL},
      {":::", NULL},
      {"1", NULL},
      {":1:2:3:4:5:6:7:8", NULL},
      {"1:2:3:4:5:6:7", NULL},
      {"1:2:3:4:5:6:7:", NULL},
      {"1:2:3:4:5:6:7:8:9", NULL},
      {"1:2:3:4:5:6:7:8::", NULL},
      {"1:2:3:4::5:6:7:8", NULL},
      {"1::2::3", NULL},
      {"12345::", NULL},
      {"g::", NULL},
      {"::1.2.3", NULL},
      {"::1.2.3.4.5", NULL},
      {"::1.2.3.256", NULL},
      {"::1.2.3.04", NULL},
      {"::a.2.3.4", NULL},
      {"::1..3.4", NULL},
      {"::1.2.3.4:5", NULL},
      {"1:2:3:4:5:6:7:1.2.3.4", NULL},
      {"1.2.3.4", NULL},
      {"fe80::1%eth0", NULL},
      {" ::1", NULL},
      {"[::1]", NULL},
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    unsigned char bytes[16];
    char text[33];
    bool good = green__ipv6_parse(cases[i].text, strlen(cases[i].text), bytes);
    CHECK_FOR(cases[i].text, good == (cases[i].bytes != NULL));
    for (int n = 0; good && n < 16; n++) snprintf(text + 2 * n, 3, "%02x", bytes[n]);
    if (good) CHECK_STRING(text, cases[i].bytes);
  }
  return 0;
}

/* As a Host header may have it: RFC 9110, 7.2. */
TEST_OUTSIDE(grammar_authorities) {
  static const char *const good[] = {
      "a",     "a.example",    "A.example:80",   "a:",    "1.2.3.4", "1.2.3.4:65535",
      "[::1]", "[::1]:8080",   "xn--mller-kva",  "a_b",   "a%20b",   "a~!$&'()*+;=",
      "a:080", "a:0000000080", "[1:2::3.4.5.6]", "[::1]:"};
  static const char *const bad[] = {"",         ":80",      "a:b", "a:65536", "a:80:80", "a b",
                                    "a,b",      "a/b",      "a@b", "a?b",     "a#b",     "a%2",
                                    "a%zz",     "[::1",     "::1", "[]",      "[a]",     "[::1]a",
                                    "[::g]:80", "\xc3\xa4", "a\"", "a\\b",    "<a>"};
  for (size_t i = 0; i < COUNT(good); i++)
    CHECK_FOR(good[i], green__is_authority(good[i], strlen(good[i])));
  for (size_t i = 0; i < COUNT(bad); i++)
    CHECK_FOR(bad[i], !green__is_authority(bad[i], strlen(bad[i])));
  CHECK(!green__is_authority("a\0b", 3));
  CHECK_NUMBER(green__host_size("a:80", 4), 1);
  CHECK_NUMBER(green__host_size("[::1]", 5), 5);
  CHECK_NUMBER(green__host_size("[::1]:8", 7), 5);
  CHECK_NUMBER(green__host_size("a80", 3), 3);
  CHECK(green__is_dns_name("a-b.c_1", 7) && !green__is_dns_name("a~", 2) &&
        !green__is_dns_name("", 0) && !green__is_dns_name("a\0", 2));
  return 0;
}

TEST_OUTSIDE(grammar_ports) {
  unsigned port;
  CHECK(green__port_parse("", 0, &port) && port == 0);
  CHECK(green__port_parse("00080", 5, &port) && port == 80);
  CHECK(green__port_parse("65535", 5, &port) && port == 65535);
  static const char *const bad[] = {"65536", "99999999999999999999", "-1", "+1", " 1", "1 ", "0x1"};
  for (size_t i = 0; i < COUNT(bad); i++)
    CHECK_FOR(bad[i], !green__port_parse(bad[i], strlen(bad[i]), &port));
  return 0;
}

/* RFC 9112, 3.2; what could make two readers see two paths is refused. */
TEST_OUTSIDE(grammar_targets) {
  static const struct {
    const char *target, *path, *query; /* NULL: a bad request */
  } cases[] = {
      {"/", "/", ""},
      {"/a?b", "/a", "b"},
      {"/a?b?c", "/a", "b?c"},
      {"/a%20b?%20", "/a b", "%20"},
      {"/a?", "/a", ""},
      {"*", "*", ""},
      {"http://h/a?b", "/a", "b"},
      {"HTTPS://h", "/", ""},
      {"http://h?b", "/", "b"},
      {"http://[::1]:80/a", "/a", ""},
      {"//h/a", "//h/a", ""},
      {"/.a", "/.a", ""},
      {"/a..", "/a..", ""},
      {"/...", "/...", ""},
      {"", NULL, NULL},
      {"a", NULL, NULL},
      {"h:80", NULL, NULL},
      {"ftp://h/a", NULL, NULL},
      {"http:///a", NULL, NULL},
      {"http:/a", NULL, NULL},
      {"/a b", NULL, NULL},
      {"/a#b", NULL, NULL},
      {"/a\\b", NULL, NULL},
      {"/a\"b", NULL, NULL},
      {"/<a>", NULL, NULL},
      {"/\xc3\xa4", NULL, NULL},
      {"/\x7f", NULL, NULL},
      {"/%", NULL, NULL},
      {"/%4", NULL, NULL},
      {"/%zz", NULL, NULL},
      {"/%00", NULL, NULL},
      {"/a%2fb", NULL, NULL},
      {"/a%5cb", NULL, NULL},
      {"/..", NULL, NULL},
      {"/a/../b", NULL, NULL},
      {"/a/.", NULL, NULL},
      {"/%2e%2E/b", NULL, NULL},
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    char copy[64];
    const char *path, *query;
    strcpy(copy, cases[i].target);
    bool good = green__target_parse(copy, true, &path, &query);
    CHECK_FOR(cases[i].target, good == (cases[i].path != NULL));
    if (!good) continue;
    CHECK_STRING(path, cases[i].path);
    CHECK_STRING(query, cases[i].query);
  }
  char star[] = "*";
  const char *path, *query;
  CHECK(!green__target_parse(star, false, &path, &query));
  return 0;
}
