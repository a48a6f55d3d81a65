/* Tokens, values, numbers, escapes, lists, methods, statuses. */
#include "grammar/grammar.h"
#include "grammar_test.h"

#include <string.h>

/* RFC 9110, 5.6.2, byte by byte. */
TEST_OUTSIDE(grammar_tokens) {
  static const char bytes[] = "!#$%&'*+-.^_`|~0123456789"
                              "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  for (int byte = 0; byte < 256; byte++) {
    char text[] = {'a', (char)byte, 'b'};
    CHECK(green__is_token(text, 3) == (byte && strchr(bytes, byte)));
  }
  CHECK(!green__is_token("", 0));
  return 0;
}

/* RFC 9110, 5.5: field-vchar, with blanks between. */
TEST_OUTSIDE(grammar_header_values) {
  static const char *const good[] = {"", "a", "a b", "a\tb", "\"", "\x80", "\xc3\xa4", ",;()"};
  static const char *const bad[] = {" ",    " a",   "a ",   "\ta",  "a\t",
                                    "a\nb", "a\rb", "\x01", "\x7f", "\x1f"};
  for (size_t i = 0; i < COUNT(good); i++) CHECK_FOR(good[i], green__is_value(good[i]));
  for (size_t i = 0; i < COUNT(bad); i++) CHECK_FOR(bad[i], !green__is_value(bad[i]));
  CHECK(green__is_plain(" a ", 3) && !green__is_plain("a\0b", 3) && green__is_plain("", 0));
  return 0;
}

TEST_OUTSIDE(grammar_words) {
  CHECK(green__is_name("Content-Length", "content-length") && green__is_name("", ""));
  CHECK(!green__is_name("Content-Lengt", "content-length"));
  CHECK(!green__is_name("content-length1", "content-length"));
  CHECK(!green__is_name("[", "{") && !green__is_name("@", "`")); /* bytes 0x20 apart */
  CHECK(green__is_word("hostx", 4, "HOST") && !green__is_word("host", 3, "host"));
  CHECK(!green__is_word("host\0x", 6, "host")); /* a 0 ends no word */
  CHECK(green__same_name("\xc4", "\xc4", 1) && !green__same_name("\xc4", "\xe4", 1));
  return 0;
}

TEST_OUTSIDE(grammar_numbers) {
  static const struct {
    const char *text;
    uint64_t most;
    bool good;
    uint64_t number;
  } cases[] = {
      {"0", 0, true, 0},
      {"007", 7, true, 7},
      {"8", 7, false, 0},
      {"1", 0, false, 0},
      {"65535", 65535, true, 65535},
      {"65536", 65535, false, 0},
      {"18446744073709551615", UINT64_MAX, true, UINT64_MAX},
      {"18446744073709551616", UINT64_MAX, false, 0},
      {"99999999999999999999999", UINT64_MAX, false, 0},
      {"", 9, false, 0},
      {"+1", 9, false, 0},
      {"-1", 9, false, 0},
      {" 1", 9, false, 0},
      {"1 ", 9, false, 0},
      {"0x1", 99, false, 0},
      {"1e1", 99, false, 0},
      {"\xb2", 9, false, 0},
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    uint64_t number;
    bool good = green__number(cases[i].text, strlen(cases[i].text), cases[i].most, &number);
    CHECK_FOR(cases[i].text, good == cases[i].good && (!good || number == cases[i].number));
  }
  return 0;
}

TEST_OUTSIDE(grammar_escapes) {
  CHECK_NUMBER(green__escape("%41", 3), 'A');
  CHECK_NUMBER(green__escape("%fFx", 4), 255);
  CHECK_NUMBER(green__escape("%00", 3), 0);
  static const char *const bad[] = {"", "%", "%4", "%4g", "%g4", "A41", "%-1", "% 1"};
  for (size_t i = 0; i < COUNT(bad); i++)
    CHECK_FOR(bad[i], green__escape(bad[i], strlen(bad[i])) == -1);
  CHECK_NUMBER(green__escape("%41", 2), -1);
  for (int byte = 0; byte < 256; byte++) {
    char text[3];
    CHECK(green__escape_put(text, (char)byte) == text + 3);
    CHECK_NUMBER(green__escape(text, 3), byte);
  }
  return 0;
}

TEST_OUTSIDE(grammar_lists) {
  static const struct {
    const char *list, *items;
  } cases[] = {
      {"a", "[a]"},  {"a, b", "[a][b]"},         {"a,b\t, c ", "[a][b][c]"}, {"", "[]"},
      {",", "[][]"}, {" a b ,,c", "[a b][][c]"}, {"a;q=1,*", "[a;q=1][*]"},
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    struct test_trace trace = {0};
    const char *at = cases[i].list, *end = at + strlen(at), *item;
    size_t size;
    char all[64] = "";
    while (green__list_next(&at, end, &item, &size))
      snprintf(all + strlen(all), sizeof all - strlen(all), "[%.*s]", (int)size, item);
    test_trace(&trace, "%s", all);
    CHECK_STRING(trace.text, cases[i].items);
  }
  return 0;
}

TEST_OUTSIDE(grammar_methods) {
  static const struct {
    const char *method, *name;
    unsigned traits;
  } cases[] = {
      {"GET", "GET", GREEN__SAFE | GREEN__IDEMPOTENT | GREEN__ANY_CASE},
      {"get", "GET", GREEN__SAFE | GREEN__IDEMPOTENT | GREEN__ANY_CASE},
      {"Post", "POST", GREEN__SENDS_BODY | GREEN__ANY_CASE},
      {"DELETE", "DELETE", GREEN__IDEMPOTENT | GREEN__ANY_CASE},
      {"PATCH", "PATCH", GREEN__SENDS_BODY},
      {"patch", NULL, 0},
      {"trace", "TRACE", GREEN__NOT_A_CLIENTS | GREEN__ANY_CASE},
      {"GE", NULL, 0},
      {"GETS", NULL, 0},
      {"", NULL, 0},
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    const struct green__method *found =
        green__method_find(cases[i].method, strlen(cases[i].method));
    CHECK_FOR(cases[i].method, !found == !cases[i].name);
    if (!found) continue;
    CHECK_STRING(found->name, cases[i].name);
    CHECK_NUMBER(found->traits, cases[i].traits);
  }
  CHECK(green__method_is("GET", GREEN__SAFE) && !green__method_is("PUT", GREEN__SAFE));
  CHECK(!green__method_is("BREW", GREEN__IDEMPOTENT));
  return 0;
}

TEST_OUTSIDE(grammar_statuses) {
  CHECK_STRING(green__reason(404), "Not Found");
  CHECK_STRING(green__reason(431), "Request Header Fields Too Large");
  CHECK_STRING(green__reason(451), "Unavailable For Legal Reasons");
  CHECK_STRING(green__reason(507), "Insufficient Storage");
  CHECK_STRING(green__reason(299), "OK");
  CHECK_STRING(green__reason(599), "Error");
  for (int status = 200; status < 600; status++)
    CHECK(green__status_is_bodiless(status) == (status == 204 || status == 205 || status == 304));
  return 0;
}
