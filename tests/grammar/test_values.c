/* What stands in the values of headers: dates, ranges, tags, cookies, types, parameters. */
#include "grammar/grammar.h"
#include "grammar_test.h"

#include <string.h>

TEST_OUTSIDE(grammar_dates) {
  static const struct {
    const char *text;
    int64_t seconds;
  } dates[] = {
      {"Thu, 01 Jan 1970 00:00:00 GMT", 0},
      {"Sun, 06 Nov 1994 08:49:37 GMT", 784111777},
      {"Tue, 29 Feb 2000 23:59:59 GMT", 951868799},
      {"Mon, 01 Mar 2100 00:00:00 GMT", 4107542400},
      {"Fri, 31 Dec 9999 23:59:59 GMT", 253402300799},
  };
  static const char *const bad[] = {
      "",
      "Sunday, 06-Nov-94 08:49:37 GMT",
      "Sun Nov  6 08:49:37 1994",
      "Sun, 06 Nov 1994 08:49:37 UTC",
      "Sun, 06 Nov 1994 08:49:37 GMT ",
      "Sun, 06 anN 1994 08:49:37 GMT",
      "Sun, 00 Nov 1994 08:49:37 GMT",
      "Sun, 06 Nov 1994 24:49:37 GMT",
      "Sun, 06 Nov 1969 08:49:37 GMT",
      "Sun, xx Nov 1994 08:49:37 GMT",
      "Sun, 06 Nov 1994 08:49:3x GMT",
      "Sun, +6 Nov 1994 08:49:37 GMT",
      "Sun,  6 Nov 1994 08:49:37 GMT",
      "Sun, 06 Nov 1994 08:49: 7 GMT",
      "Sun, 06 nov 1994 08:49:37 GMT",
      "Sun, 06 Nov 1994 08:60:37 GMT",
      "Sun, 32 Nov 1994 08:49:37 GMT",
      "Sun, 06 Nov 1994 08:49:37 gmt",
      "Sun; 06 Nov 1994 08:49:37 GMT",
  };
  char text[GREEN__DATE_SIZE];
  int64_t seconds;
  for (size_t i = 0; i < COUNT(dates); i++) {
    green__date_print(text, dates[i].seconds);
    CHECK_STRING(text, dates[i].text);
    CHECK(green__date_parse(text, &seconds));
    CHECK_NUMBER(seconds, dates[i].seconds);
  }
  for (size_t i = 0; i < COUNT(bad); i++) {
    if (green__date_parse(bad[i], &seconds)) printf("%s ", bad[i]);
    CHECK(!green__date_parse(bad[i], &seconds));
  }
  for (int64_t day = 0; day < 200000; day += 61) {
    green__date_print(text, day * 86400);
    CHECK(green__date_parse(text, &seconds));
    CHECK_NUMBER(seconds, day * 86400);
  }
  return 0;
}

TEST_OUTSIDE(grammar_ranges) {
  static const struct {
    const char *header;
    uint64_t size;
    enum green__range range;
    uint64_t first, last;
  } cases[] = {
      {"bytes=0-0", 10, GREEN__RANGE_PART, 0, 0},
      {"bytes=2-5", 10, GREEN__RANGE_PART, 2, 5},
      {"Bytes=2-", 10, GREEN__RANGE_PART, 2, 9},
      {"bytes=-3", 10, GREEN__RANGE_PART, 7, 9},
      {"bytes=-30", 10, GREEN__RANGE_PART, 0, 9},
      {"bytes=5-500", 10, GREEN__RANGE_PART, 5, 9},
      {"bytes= 1-2 ", 10, GREEN__RANGE_PART, 1, 2},
      {"bytes=10-", 10, GREEN__RANGE_NONE, 0, 0},
      {"bytes=10-20", 10, GREEN__RANGE_NONE, 0, 0},
      {"bytes=-0", 10, GREEN__RANGE_NONE, 0, 0},
      {"bytes=0-0", 0, GREEN__RANGE_NONE, 0, 0},
      {"bytes=-1", 0, GREEN__RANGE_NONE, 0, 0},
      {"bytes=18446744073709551615-", 10, GREEN__RANGE_NONE, 0, 0},
      {"bytes=5-2", 10, GREEN__RANGE_ALL, 0, 0},
      {"bytes=0-1,4-5", 10, GREEN__RANGE_ALL, 0, 0},
      {"bytes=", 10, GREEN__RANGE_ALL, 0, 0},
      {"bytes=-", 10, GREEN__RANGE_ALL, 0, 0},
      {"bytes", 10, GREEN__RANGE_ALL, 0, 0},
      {"", 10, GREEN__RANGE_ALL, 0, 0},
      {"lines=0-1", 10, GREEN__RANGE_ALL, 0, 0},
      {"bytes=a-b", 10, GREEN__RANGE_ALL, 0, 0},
      {"bytes=1-2x", 10, GREEN__RANGE_ALL, 0, 0},
      {"bytes=1--2", 10, GREEN__RANGE_ALL, 0, 0},
      {"bytes=18446744073709551616-", 10, GREEN__RANGE_ALL, 0, 0},
      {"bytes=+1-2", 10, GREEN__RANGE_ALL, 0, 0},
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    uint64_t first = 77, last = 77;
    enum green__range range = green__range_parse(cases[i].header, cases[i].size, &first, &last);
    if (range != cases[i].range) printf("%s ", cases[i].header);
    CHECK_NUMBER(range, cases[i].range);
    if (range != GREEN__RANGE_PART) continue;
    CHECK_NUMBER(first, cases[i].first);
    CHECK_NUMBER(last, cases[i].last);
  }
  return 0;
}

TEST_OUTSIDE(grammar_tags) {
  static const struct {
    const char *list;
    bool matches;
  } cases[] = {
      {"\"a\"", true},         {"*", true},       {"W/\"a\"", true},     {"\"b\", \"a\"", true},
      {"\"b\",W/\"a\"", true}, {"\"b\"", false},  {"", false},           {"a", false},
      {"\"a", false},          {"\"ab\"", false}, {"\"b, \"a\"", false}, {"x, \"a\"", true},
      {"\"a,b\"", false},
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    if (green__tag_matches(cases[i].list, "\"a\"") != cases[i].matches)
      printf("%s ", cases[i].list);
    CHECK(green__tag_matches(cases[i].list, "\"a\"") == cases[i].matches);
  }
  return 0;
}

TEST_OUTSIDE(grammar_cookies) {
  static const struct {
    const char *header, *name, *value;
  } cases[] = {
      {"a=1", "a", "1"},      {"a=1; b=2", "b", "2"},    {"a=1;b=2", "b", "2"},
      {"b=1; b=2", "b", "1"}, {"a=\"1 2\"", "a", "1 2"}, {"a=", "a", ""},
      {"a=b=c", "a", "b=c"},  {"a=1 ; b=2", "a", "1"},   {"a=\"", "a", "\""},
      {"ab=1", "a", NULL},    {"a", "a", NULL},          {"; ;=; a=3", "a", "3"},
      {"A=1", "a", NULL},     {"", "a", NULL},           {"x=a=1", "a", NULL},
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    const char *value;
    size_t size;
    bool found = green__cookie_find(cases[i].header, cases[i].name, &value, &size);
    if (found != (cases[i].value != NULL)) printf("%s ", cases[i].header);
    CHECK(found == (cases[i].value != NULL));
    if (!found) continue;
    CHECK_NUMBER(size, strlen(cases[i].value));
    CHECK(memcmp(value, cases[i].value, size) == 0);
  }
  return 0;
}

TEST_OUTSIDE(grammar_cookie_values) {
  static const char *const good[] = {"", "a", "a=b", "!#$%&'()*+-./:<=>?@[]^_`{|}~"};
  static const char *const bad[] = {" ",    "a b",  "a\"",  "a,b",     "a;b",
                                    "a\\b", "a\tb", "\x7f", "\xc3\xa4"};
  for (size_t i = 0; i < COUNT(good); i++) CHECK_FOR(good[i], green__is_cookie_value(good[i]));
  for (size_t i = 0; i < COUNT(bad); i++) CHECK_FOR(bad[i], !green__is_cookie_value(bad[i]));
  return 0;
}

TEST_OUTSIDE(grammar_parameters) {
  static const struct {
    const char *value, *name, *expected;
  } cases[] = {
      {"a/b; boundary=x", "boundary", "x"},
      {"a/b;boundary=x;y=z", "boundary", "x"},
      {"a/b; Boundary=\"x y\"", "boundary", "x y"},
      {"f; name=\"a\\\"b\\\\c\\d\"", "name", "a\"b\\c\\d"},
      {"f; filename=\"x\"; name=y", "name", "y"},
      {"f; name=", "name", ""},
      {"f; name=\"\"", "name", ""},
      {"f; other=\"name=z\"; name=y", "name", "y"},
      {"f; other=\"; name=z\"", "name", NULL},
      {"f; name", "name", NULL},
      {"f; name=\"x", "name", NULL},
      {"f", "name", NULL},
      {"", "name", NULL},
      {"f; ; ;name=1", "name", "1"},
  };
  char out[16];
  for (size_t i = 0; i < COUNT(cases); i++) {
    int size = green__parameter(cases[i].value, cases[i].name, out, sizeof out);
    if ((size >= 0) != (cases[i].expected != NULL)) printf("%s ", cases[i].value);
    if (!cases[i].expected) {
      CHECK_NUMBER(size, GREEN__NO_PARAMETER);
      continue;
    }
    CHECK_NUMBER(size, (int)strlen(cases[i].expected));
    CHECK_STRING(out, cases[i].expected);
  }
  CHECK_NUMBER(green__parameter("f; name=0123456789abcdef", "name", out, sizeof out),
               GREEN__LONG_PARAMETER);
  return 0;
}

TEST_OUTSIDE(grammar_types) {
  CHECK(green__is_type("Text/HTML; charset=x", "text/html"));
  CHECK(green__is_type("text/html\t;charset=x", "text/html"));
  CHECK(!green__is_type("text/htmlx", "text/html"));
  CHECK(!green__is_type("text/htm", "text/html"));
  CHECK(!green__is_type("", "text/html"));
  return 0;
}

TEST_OUTSIDE(grammar_weights_of_codings) {
  static const struct {
    const char *accept;
    int gzip, br;
  } cases[] = {
      {"", -1, -1},
      {"gzip", 1000, -1},
      {" , GZip ;q=0.5,, br;Q=0.123", 500, 123},
      {"gzip;q=1.000", 1000, -1},
      {"*", 1000, 1000},
      {"*;q=0.2, gzip", 1000, 200},
      {"gzip;q=0, *", 0, 1000},
      {"gzip ; q=0.", 0, -1},
      {"gzip;q=", 0, -1},
      {"gzip;q=1.001", 0, -1},
      {"gzip;q=0.1234", 0, -1},
      {"gzip;q=-1", 0, -1},
      {"gzip;level=9", 0, -1},
      {"gzip q=1", 0, -1},
      {"gzipx, xgzip, br;q=0", -1, 0},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    CHECK_NUMBER(green__coding_weight(cases[i].accept, "gzip"), cases[i].gzip);
    CHECK_NUMBER(green__coding_weight(cases[i].accept, "br"), cases[i].br);
  }
  return 0;
}

TEST_OUTSIDE(grammar_tags_are_compared_weakly) {
  CHECK(green__tag_matches("\"a\"", "\"a\""));
  CHECK(green__tag_matches("W/\"a\"", "\"a\""));
  CHECK(green__tag_matches("\"a\"", "W/\"a\""));
  CHECK(green__tag_matches("\"b\", W/\"a\"", "W/\"a\""));
  CHECK(!green__tag_matches("\"b\", W/\"c\"", "W/\"a\""));
  return 0;
}
