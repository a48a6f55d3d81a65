/* The parsers of bodies and queries, by tables; those of heads are in tests/grammar. */
#include <string.h>
#include "app/app.h"
#include "client.h"

#define COUNT(table) (sizeof(table) / sizeof *(table))

TEST_OUTSIDE(app_parse_types) {
  CHECK_STRING(green__type_of("a.html"), "text/html; charset=utf-8");
  CHECK_STRING(green__type_of("a.b.PNG"), "image/png");
  CHECK_STRING(green__type_of("d.css/a"), "application/octet-stream");
  CHECK_STRING(green__type_of("a."), "application/octet-stream");
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
  green_request_part part;
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
