/* How long bodies are, and what a request's head must be like: RFC 9110 and 9112. */
#include "grammar/grammar.h"
#include "grammar_test.h"

#include <string.h>

TEST_OUTSIDE(grammar_lengths) {
  static const struct {
    const char *value;
    enum green__length is;
    uint64_t length;
  } cases[] = {
      {"0", GREEN__LENGTH_GOOD, 0},
      {"42", GREEN__LENGTH_GOOD, 42},
      {"0042", GREEN__LENGTH_GOOD, 42},
      {"999999999999999999", GREEN__LENGTH_GOOD, 999999999999999999},
      {"1000000000000000000", GREEN__LENGTH_TOO_LARGE, 0},
      {"18446744073709551616", GREEN__LENGTH_TOO_LARGE, 0},
      {"", GREEN__LENGTH_BAD, 0},
      {"-1", GREEN__LENGTH_BAD, 0},
      {"+1", GREEN__LENGTH_BAD, 0},
      {"1,1", GREEN__LENGTH_BAD, 0},
      {"1, 1", GREEN__LENGTH_BAD, 0},
      {"0x10", GREEN__LENGTH_BAD, 0},
      {"1 ", GREEN__LENGTH_BAD, 0},
      {"1e3", GREEN__LENGTH_BAD, 0},
      {"aaaaaaaaaaaaaaaaaaaaaaaa", GREEN__LENGTH_BAD, 0},
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    uint64_t length = 77;
    enum green__length is = green__length_parse(cases[i].value, strlen(cases[i].value), &length);
    CHECK_FOR(cases[i].value, is == cases[i].is);
    if (is == GREEN__LENGTH_GOOD) CHECK_NUMBER(length, cases[i].length);
  }
  return 0;
}

TEST_OUTSIDE(grammar_codings) {
  static const struct {
    const char *value;
    enum green__coding is;
  } cases[] = {
      {"chunked", GREEN__CODING_CHUNKED},
      {"Chunked", GREEN__CODING_CHUNKED},
      {" chunked\t", GREEN__CODING_CHUNKED},
      {"gzip", GREEN__CODING_OTHERS},
      {"gzip, chunked", GREEN__CODING_OTHERS},
      {"identity", GREEN__CODING_OTHERS},
      {"chunkedx", GREEN__CODING_OTHERS},
      {"chunked, gzip", GREEN__CODING_BEHIND},
      {"chunked, chunked", GREEN__CODING_BEHIND},
      {"chunked,", GREEN__CODING_BEHIND},
      {",chunked", GREEN__CODING_BAD},
      {"", GREEN__CODING_BAD},
      {"x y", GREEN__CODING_BAD},
      {"\"chunked\"", GREEN__CODING_BAD},
      {"\vchunked", GREEN__CODING_BAD},
      {"chunked;a=b", GREEN__CODING_BAD},
  };
  for (size_t i = 0; i < COUNT(cases); i++)
    CHECK_FOR(cases[i].value,
              green__coding_parse(cases[i].value, strlen(cases[i].value)) == cases[i].is);
  CHECK(green__coding_parse("chunked\0", 8) == GREEN__CODING_BAD);
  return 0;
}

/* The status of a head: the request's line, then the fields. */
static int look(const char *method, const char *target, const char *protocol,
                const char *const *fields, uint64_t *body) {
  struct green__head_check check = {.status = 0};
  green__head_line(&check, method, target, protocol);
  for (; *fields; fields++) {
    const char *colon = strchr(*fields, ':');
    green__head_field(&check, *fields, (size_t)(colon - *fields), colon + 1, strlen(colon + 1));
  }
  int status = green__head_end(&check);
  *body = check.body;
  return !status == !check.why ? status : -1;
}

TEST_OUTSIDE(grammar_request_lines) {
  static const struct {
    const char *method, *target, *protocol;
    int status;
  } cases[] = {
      {"GET", "/", "HTTP/1.1", 0},          {"get", "/", "HTTP/1.1", 0},
      {"M-SEARCH", "/", "HTTP/1.1", 0},     {"OPTIONS", "*", "HTTP/1.1", 0},
      {"GET", "http://h/", "HTTP/1.1", 0},  {"GET", "/", "HTTP/1.0", 0},
      {"GET", "/", "HTTP/1.2", 505},        {"GET", "/", "HTTP/2.0", 505},
      {"GET", "/", "http/1.1", 400},        {"GET", "/", "", 400},
      {"", "/", "HTTP/1.1", 400},           {"G ET", "/", "HTTP/1.1", 400},
      {"G:ET", "/", "HTTP/1.1", 400},       {"CONNECT", "h:80", "HTTP/1.1", 501},
      {"GET", "*", "HTTP/1.1", 400},        {"GET", "", "HTTP/1.1", 400},
      {"GET", "a", "HTTP/1.1", 400},        {"GET", "/a b", "HTTP/1.1", 400},
      {"GET", "/#a", "HTTP/1.1", 400},      {"GET", "http://h:x/", "HTTP/1.1", 400},
      {"GET", "http:///", "HTTP/1.1", 400}, {"GET", "http://u@h/", "HTTP/1.1", 400},
  };
  static const char *const host[] = {"Host: h", NULL};
  uint64_t body;
  for (size_t i = 0; i < COUNT(cases); i++)
    CHECK_FOR(cases[i].target, look(cases[i].method, cases[i].target, cases[i].protocol, host,
                                    &body) == cases[i].status);
  return 0;
}

TEST_OUTSIDE(grammar_request_fields) {
  static const struct {
    const char *fields[4];
    int status;
    uint64_t body;
  } cases[] = {
      {{"Host: h"}, 0, 0},
      {{"Host:h \t"}, 0, 0},
      {{"Host: h", "Content-Length: 5 "}, 0, 5},
      {{"Host: h", "content-length:0"}, 0, 0},
      {{"Host: h", "Transfer-Encoding: Chunked"}, 0, GREEN__UNKNOWN},
      {{"Host: h", "Expect: 100-Continue"}, 0, 0},
      {{"Host: h", "X: \x80\xff"}, 0, 0},
      {{"X: 1"}, 400, 0},
      {{"Host: h", "host: h"}, 400, 0},
      {{"Host: a,b"}, 400, 0},
      {{"Host:"}, 400, 0},
      {{"Host: h", "X : 1"}, 400, 0},
      {{"Host: h", ": 1"}, 400, 0},
      {{"Host: h", "X: a\x01"}, 400, 0},
      {{"Host: h", "X: a\rb"}, 400, 0},
      {{"Host: h", "Content-Length: 1", "Content-Length: 1"}, 400, 0},
      {{"Host: h", "Content-Length:"}, 400, 0},
      {{"Host: h", "Content-Length: -1"}, 400, 0},
      {{"Host: h", "Content-Length: 1, 1"}, 400, 0},
      {{"Host: h", "Content-Length: 9999999999999999999"}, 400, 0},
      {{"Host: h", "Content-Length: 1", "Transfer-Encoding: chunked"}, 400, 0},
      {{"Host: h", "Transfer-Encoding: chunked", "Transfer-Encoding: chunked"}, 400, 0},
      {{"Host: h", "Transfer-Encoding: chunked, identity"}, 400, 0},
      {{"Host: h", "Transfer-Encoding: gzip, chunked"}, 501, 0},
      {{"Host: h", "Expect: tea"}, 417, 0},
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    uint64_t body;
    int status = look("POST", "/", "HTTP/1.1", cases[i].fields, &body);
    const char *last = cases[i].fields[0];
    for (size_t n = 0; n < 3 && cases[i].fields[n]; n++) last = cases[i].fields[n];
    CHECK_FOR(last, status == cases[i].status);
    if (!status) CHECK_NUMBER(body, cases[i].body);
  }
  static const char *const none[] = {NULL};
  static const char *const coded[] = {"Transfer-Encoding: chunked", NULL};
  uint64_t body;
  CHECK_NUMBER(look("GET", "/", "HTTP/1.0", none, &body), 0);
  CHECK_NUMBER(look("GET", "/", "HTTP/1.0", coded, &body), 400);
  return 0;
}
