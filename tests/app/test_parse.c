/* The parsers, by tables. */
#include <string.h>
#include "app/app.h"
#include "client.h"

#define COUNT(table) (sizeof(table) / sizeof *(table))

TEST_OUTSIDE(app_parse_ranges) {
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

TEST_OUTSIDE(app_parse_tags) {
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

TEST_OUTSIDE(app_parse_dates) {
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

TEST_OUTSIDE(app_parse_cookies) {
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

TEST_OUTSIDE(app_parse_parameters) {
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
      CHECK_STATUS(size, GREEN_ENOENT);
      continue;
    }
    CHECK_STATUS(size, (int)strlen(cases[i].expected));
    CHECK_STRING(out, cases[i].expected);
  }
  CHECK_STATUS(green__parameter("f; name=0123456789abcdef", "name", out, sizeof out),
               GREEN_EMSGSIZE);
  return 0;
}

TEST_OUTSIDE(app_parse_types) {
  CHECK_STRING(green__type_of("a.html"), "text/html; charset=utf-8");
  CHECK_STRING(green__type_of("a.b.PNG"), "image/png");
  CHECK_STRING(green__type_of("d.css/a"), "application/octet-stream");
  CHECK_STRING(green__type_of("a."), "application/octet-stream");
  CHECK(green__is_type("Text/HTML; charset=x", "text/html"));
  CHECK(!green__is_type("text/htmlx", "text/html"));
  CHECK(!green__is_type("", "text/html"));
  return 0;
}

/* ---- multipart ------------------------------------------------------------------------------- */

struct body {
  const char *text;
  size_t size, at, piece;
};

static int read_body(void *from, void *buffer, size_t size) {
  struct body *body = from;
  size_t left = body->size - body->at;
  if (size > left) size = left;
  if (size > body->piece) size = body->piece;
  memcpy(buffer, body->text + body->at, size);
  body->at += size;
  return (int)size;
}

/* What a body consists of: "name(filename,type)=content " ..., or a status. */
static int parse(const char *text, size_t size, size_t piece, struct test_trace *trace) {
  static struct green__multipart multipart;
  struct body body = {text, size, 0, piece};
  green_part part;
  char content[64];
  int rc =
      green__multipart_begin(&multipart, "multipart/form-data; boundary=x--y", read_body, &body);
  memset(trace, 0, sizeof *trace);
  while (rc == 0 && (rc = green__multipart_next(&multipart, &part)) == 1) {
    char whole[200] = "";
    size_t at = 0;
    while ((rc = green__multipart_read(&multipart, content, 7)) > 0) {
      memcpy(whole + at, content, (size_t)rc);
      at += (size_t)rc;
    }
    if (rc < 0) return rc;
    whole[at] = 0;
    test_trace(trace, "%s(%s,%s)=%s", part.name, part.filename ? part.filename : "-",
               part.type ? part.type : "-", whole);
  }
  return rc;
}

#define FIELD(name) "Content-Disposition: form-data; name=\"" name "\"\r\n"

TEST_OUTSIDE(app_parse_multipart) {
  static const struct {
    const char *body, *expected; /* NULL: malformed */
  } cases[] = {
      {"--x--y\r\n" FIELD("a") "\r\n1\r\n--x--y--\r\n", "a(-,-)=1"},
      {"--x--y\r\n" FIELD("a") "\r\n1\r\n--x--y\r\n" FIELD("b") "\r\n2\r\n--x--y--",
       "a(-,-)=1 b(-,-)=2"},
      {"before\r\n--x--y\r\n" FIELD("a") "\r\n\r\n--x--y--behind", "a(-,-)="},
      {"--x--y  \r\n" FIELD("a") "\r\n\r\n\r\n--x--y--", "a(-,-)=\r\n"},
      {"--x--y\r\n" FIELD("a") "\r\n\r\n--x--\r\n--x--y--", "a(-,-)=\r\n--x--"},
      {"--x--y\r\ncontent-disposition: form-data; name=f; filename=\"c\\d.txt\"\r\nContent-Type: "
       "text/plain\r\n\r\nabc\r\n--x--y--",
       "f(c\\d.txt,text/plain)=abc"},
      {"--x--y\r\n" FIELD("f\"; filename=\"") "\r\n\r\n--x--y--", "f(,-)="},
      {"--x--y--", ""},
      {"--x--y\r\n" FIELD("a") "X-Other: 1\r\n\r\n1\r\n--x--y--", "a(-,-)=1"},
      {"", NULL},
      {"--x--y", NULL},
      {"--x--y\r\n", NULL},
      {"--x--y\r\n\r\n1\r\n--x--y--", NULL},
      {"--x--y\r\n" FIELD("a") "\r\n1", NULL},
      {"--x--y\r\n" FIELD("a") "\r\n1\r\n--x--y", NULL},
      {"--x--y\r\n" FIELD("a") "1\r\n--x--y--", NULL},
      {"--x--y\r\n" FIELD("") "\r\n1\r\n--x--y--", NULL},
      {"--x--yz\r\n" FIELD("a") "\r\n1\r\n--x--y--", NULL},
      {"--x--y\r\nContent-Disposition: attachment; name=a\r\n\r\n1\r\n--x--y--", NULL},
      {"--x--y\r\nContent-Type: a/b\r\n\r\n1\r\n--x--y--", NULL},
      {"--x--y\r\nno colon\r\n\r\n1\r\n--x--y--", NULL},
      {"--x--y\n" FIELD("a") "\n1\n--x--y--", NULL},
      {"--x--y\r\n" FIELD("a\x01") "\r\n1\r\n--x--y--", NULL},
  };
  struct test_trace trace;
  for (size_t i = 0; i < COUNT(cases); i++)
    for (size_t piece = 1; piece < 100; piece += 1 + piece / 4) {
      int rc = parse(cases[i].body, strlen(cases[i].body), piece, &trace);
      if (rc != (cases[i].expected ? 0 : GREEN_EINVAL)) printf("case %zu, %zu ", i, piece);
      CHECK_STATUS(rc, cases[i].expected ? 0 : GREEN_EINVAL);
      if (cases[i].expected) CHECK_STRING(trace.text, cases[i].expected);
    }
  return 0;
}

TEST_OUTSIDE(app_parse_multipart_has_limits) {
  static char body[40000];
  struct test_trace trace;
  memset(body, 'a', sizeof body);
  memcpy(body, "--x--y\r\nX: ", 11);
  CHECK_STATUS(parse(body, sizeof body, 5000, &trace), GREEN_EINVAL);
  size_t at = 0;
  static char many[1001 * 80];
  for (int i = 0; i < 1001; i++)
    at += (size_t)snprintf(many + at, sizeof many - at, "--x--y\r\n" FIELD("a") "\r\n\r\n");
  CHECK_STATUS(parse(many, at, SIZE_MAX, &trace), GREEN_EINVAL);
  static struct green__multipart multipart;
  static const char *const types[] = {"multipart/form-data", "multipart/form-data; boundary=",
                                      "multipart/mixed; boundary=x", "text/plain; boundary=x", ""};
  struct body none = {0};
  for (size_t i = 0; i < COUNT(types); i++)
    CHECK_STATUS(green__multipart_begin(&multipart, types[i], read_body, &none), GREEN_EINVAL);
  CHECK_STATUS(green__multipart_begin(&multipart, NULL, read_body, &none), GREEN_EINVAL);
  char long_type[200] = "multipart/form-data; boundary=";
  memset(long_type + strlen(long_type), 'b', 71);
  CHECK_STATUS(green__multipart_begin(&multipart, long_type, read_body, &none), GREEN_EINVAL);
  return 0;
}

TEST_OUTSIDE(app_parse_queries) {
  static const struct {
    const char *text, *expected;
  } cases[] = {
      {"a=1&b=2", "a=1 b=2"},
      {"a=1&a=2", "a=1 a=2"},
      {"a", "a="},
      {"a=", "a="},
      {"=1", "=1"},
      {"&&a=1&&", "a=1"},
      {"a=b+c%20d", "a=b c d"},
      {"%61=%C3%A4", "a=\xc3\xa4"},
      {"a=%", "a=%"},
      {"a=%4", "a=%4"},
      {"a=%zz", "a=%zz"},
      {"a=%00b", "a=%00b"},
      {"a=b=c", "a=b=c"},
      {"", ""},
      {"a=%26b", "a=&b"},
      {"%3d=1", "==1"},
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    char text[64], room[512];
    struct test_trace trace = {0};
    struct green__arena arena;
    struct green__fields fields = {0};
    strcpy(text, cases[i].text);
    green__arena_begin(&arena, room, sizeof room);
    CHECK_STATUS(green__fields_decode(&fields, &arena, text, strlen(text)), 0);
    for (size_t n = 0; n < fields.count; n++)
      test_trace(&trace, "%s=%s", fields.at[n].name, fields.at[n].value);
    green__arena_end(&arena);
    CHECK_STRING(trace.text, cases[i].expected);
  }
  return 0;
}
