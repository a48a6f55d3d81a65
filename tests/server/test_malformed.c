/* Requests that are malformed, or could be read in two ways: each with the status that it gets, and
 * the server well behind it. Behind those that announce a body stands a request that must never be
 * answered as one of its own. */
#include <string.h>
#include "server_test.h"

#define CLOSED (-1) /* closed without an answer, which is right as well */

#define HOST     "Host: a\r\n"
#define SMUGGLED "GET /forever HTTP/1.1\r\n" HOST "\r\n"

struct row {
  const char *name;
  const char *bytes;
  size_t size;
  int status;
};
#define ROW(name, bytes, status)                                                                   \
  { name, bytes, sizeof(bytes) - 1, status }

static const struct row refused[] = {
    /* the line */
    ROW("not HTTP at all", "hello there\r\n\r\n", 400),
    ROW("one word", "GET\r\n\r\n", CLOSED),
    ROW("TLS hello", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", CLOSED),
    ROW("no version", "GET /\r\n" HOST "\r\n", 400),
    ROW("HTTP/0.9", "GET / HTTP/0.9\r\n" HOST "\r\n", 505),
    ROW("HTTP/2.0", "GET / HTTP/2.0\r\n" HOST "\r\n", 505),
    ROW("HTTP/3", "GET / HTTP/3\r\n" HOST "\r\n", 400),
    ROW("HTTP/1.10", "GET / HTTP/1.10\r\n" HOST "\r\n", 400),
    ROW("HTTP/1.", "GET / HTTP/1.\r\n" HOST "\r\n", 400),
    ROW("HTTP/11", "GET / HTTP/11\r\n" HOST "\r\n", 400),
    ROW("http/1.1", "GET / http/1.1\r\n" HOST "\r\n", 400),
    ROW("HTTPS/1.1", "GET / HTTPS/1.1\r\n" HOST "\r\n", 400),
    ROW("HTTP/1,1", "GET / HTTP/1,1\r\n" HOST "\r\n", 400),
    ROW("HTTP /1.1", "GET / HTTP /1.1\r\n" HOST "\r\n", 400),
    ROW("no target", "GET HTTP/1.1\r\n" HOST "\r\n", 400),
    ROW("two blanks before the target", "GET  / HTTP/1.1\r\n" HOST "\r\n", 400),
    ROW("two blanks before the version", "GET /  HTTP/1.1\r\n" HOST "\r\n", CLOSED),
    ROW("a blank behind the version", "GET / HTTP/1.1 \r\n" HOST "\r\n", 400),
    ROW("a tab before the target", "GET\t/ HTTP/1.1\r\n" HOST "\r\n", 400),
    ROW("a blank in the target", "GET /a b HTTP/1.1\r\n" HOST "\r\n", CLOSED),
    ROW("a tab in the target", "GET /a\tb HTTP/1.1\r\n" HOST "\r\n", 400),
    ROW("NUL in the target", "GET /a\0b HTTP/1.1\r\n" HOST "\r\n", 400),
    ROW("a control character in the target", "GET /a\x01 HTTP/1.1\r\n" HOST "\r\n", 400),
    ROW("DEL in the target", "GET /a\x7f HTTP/1.1\r\n" HOST "\r\n", 400),
    ROW("bytes that are not ASCII in the target", "GET /\xc3\xa9 HTTP/1.1\r\n" HOST "\r\n", 400),
    ROW("a fragment", "GET /#top HTTP/1.1\r\n" HOST "\r\n", 400),
    ROW("a target without a slash", "GET foo HTTP/1.1\r\n" HOST "\r\n", 400),
    ROW("* with GET", "GET * HTTP/1.1\r\n" HOST "\r\n", 400),
    ROW("another scheme", "GET ftp://a/ HTTP/1.1\r\n" HOST "\r\n", 400),
    ROW("a scheme without a host", "GET http:///x HTTP/1.1\r\n" HOST "\r\n", 400),
    ROW("user information", "GET http://u:p@a/ HTTP/1.1\r\n" HOST "\r\n", 400),
    ROW("CONNECT", "CONNECT a:80 HTTP/1.1\r\n" HOST "\r\n", 501),
    ROW("an authority with GET", "GET a:80 HTTP/1.1\r\n" HOST "\r\n", 400),
    ROW("a method with a slash", "GE/T / HTTP/1.1\r\n" HOST "\r\n", 400),
    ROW("a method in quotes", "\"GET\" / HTTP/1.1\r\n" HOST "\r\n", 400),
    ROW("a control character in the method", "G\x01T / HTTP/1.1\r\n" HOST "\r\n", 400),
    ROW("no method", " / HTTP/1.1\r\n" HOST "\r\n", CLOSED),
    ROW("the line ends with LF", "GET / HTTP/1.1\n" HOST "\r\n", 400),
    ROW("the line ends with CR", "GET / HTTP/1.1\rHost: a\r\n\r\n", 400),
    ROW("an escape that is none", "GET /%zz HTTP/1.1\r\n" HOST "\r\n", 400),
    ROW("an escaped NUL", "GET /%00 HTTP/1.1\r\n" HOST "\r\n", 400),
    ROW("a path above the root", "GET /../etc/passwd HTTP/1.1\r\n" HOST "\r\n", 400),
    ROW("the same, escaped", "GET /%2e%2e/x HTTP/1.1\r\n" HOST "\r\n", 400),

    /* the fields */
    ROW("no Host", "GET / HTTP/1.1\r\n\r\n", 400),
    ROW("two Hosts", "GET / HTTP/1.1\r\n" HOST "Host: b\r\n\r\n", 400),
    ROW("the same Host twice", "GET / HTTP/1.1\r\n" HOST HOST "\r\n", 400),
    ROW("a Host with a path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400),
    ROW("a Host with a user", "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", 400),
    ROW("two names in Host", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400),
    ROW("a blank before a colon", "GET / HTTP/1.1\r\n" HOST "X : 1\r\n\r\n", 400),
    ROW("a tab before a colon", "GET / HTTP/1.1\r\n" HOST "X\t: 1\r\n\r\n", 400),
    ROW("a blank before the colon of Host", "GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400),
    ROW("a line without a colon", "GET / HTTP/1.1\r\n" HOST "X\r\n\r\n", 400),
    ROW("a name of no characters", "GET / HTTP/1.1\r\n" HOST ": 1\r\n\r\n", 400),
    ROW("a name with a blank", "GET / HTTP/1.1\r\n" HOST "X Y: 1\r\n\r\n", 400),
    ROW("a name in brackets", "GET / HTTP/1.1\r\n" HOST "(X): 1\r\n\r\n", 400),
    ROW("a name that is not ASCII", "GET / HTTP/1.1\r\n" HOST "X\xe9: 1\r\n\r\n", 400),
    ROW("NUL in a name", "GET / HTTP/1.1\r\n" HOST "X\0Y: 1\r\n\r\n", 400),
    ROW("NUL in a value", "GET / HTTP/1.1\r\n" HOST "X: a\0b\r\n\r\n", 400),
    ROW("NUL at a value's end", "GET / HTTP/1.1\r\n" HOST "X: a\0\r\n\r\n", 400),
    ROW("a line that begins with NUL", "GET / HTTP/1.1\r\n" HOST "\0X: a\r\n\r\n", 400),
    ROW("a control character in a value", "GET / HTTP/1.1\r\n" HOST "X: \x02\r\n\r\n", 400),
    ROW("DEL in a value", "GET / HTTP/1.1\r\n" HOST "X: \x7f\r\n\r\n", 400),
    ROW("CR in a value", "GET / HTTP/1.1\r\n" HOST "X: a\rb\r\n\r\n", 400),
    ROW("two CRs", "GET / HTTP/1.1\r\n" HOST "X: a\r\r\n\r\n", 400),
    ROW("a folded line", "GET / HTTP/1.1\r\n" HOST "X: a\r\n b\r\n\r\n", 400),
    ROW("a folded line with a tab", "GET / HTTP/1.1\r\n" HOST "X: a\r\n\tb\r\n\r\n", 400),
    ROW("a folded line of blanks", "GET / HTTP/1.1\r\n" HOST "X: a\r\n  \r\n\r\n", 400),
    ROW("a folded line, then another", "GET / HTTP/1.1\r\nX: a\r\n b\r\n" HOST "\r\n", 400),
    ROW("the first field is indented", "GET / HTTP/1.1\r\n " HOST "\r\n", 400),
    ROW("a field ends with LF", "GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n", 400),
    ROW("the last field ends with LF", "GET / HTTP/1.1\r\nHost: a\n\r\n", 400),
    ROW("the head ends with LF", "GET / HTTP/1.1\r\n" HOST "\n", 400),
    ROW("all lines end with LF", "GET / HTTP/1.1\nHost: a\n\n", 400),
    ROW("an expectation that is unknown",
        "POST /echo HTTP/1.1\r\n" HOST "Expect: 200-maybe\r\n\r\n", 417),

    /* how long the body is */
    ROW("Content-Length and Transfer-Encoding",
        "POST /echo HTTP/1.1\r\n" HOST
        "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" SMUGGLED,
        400),
    ROW("Transfer-Encoding and Content-Length",
        "POST /echo HTTP/1.1\r\n" HOST
        "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n" SMUGGLED,
        400),
    ROW("Content-Length, and a coding in a folded line",
        "POST /echo HTTP/1.1\r\n" HOST
        "Content-Length: 4\r\nTransfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n" SMUGGLED,
        400),
    ROW("Content-Length, and a coding with a blank before the colon",
        "POST /echo HTTP/1.1\r\n" HOST
        "Content-Length: 4\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n" SMUGGLED,
        400),
    ROW("Content-Length, and a coding behind a bare LF",
        "POST /echo HTTP/1.1\r\n" HOST
        "Content-Length: 4\r\nX: y\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" SMUGGLED,
        400),
    ROW("two lengths",
        "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 0\r\nContent-Length: 44\r\n\r\n" SMUGGLED,
        400),
    ROW("the same length twice",
        "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 2\r\nContent-Length: 2\r\n\r\nab" SMUGGLED,
        400),
    ROW("a list of lengths",
        "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 2, 2\r\n\r\nab" SMUGGLED, 400),
    ROW("a length with a sign", "POST /echo HTTP/1.1\r\n" HOST "Content-Length: +2\r\n\r\nab", 400),
    ROW("a negative length", "POST /echo HTTP/1.1\r\n" HOST "Content-Length: -1\r\n\r\nab", 400),
    ROW("a length in hexadecimal", "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 0x2\r\n\r\nab",
        400),
    ROW("a length with letters", "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 2a\r\n\r\nab",
        400),
    ROW("a length with a point", "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 2.0\r\n\r\nab",
        400),
    ROW("an empty length", "POST /echo HTTP/1.1\r\n" HOST "Content-Length:\r\n\r\n" SMUGGLED, 400),
    ROW("a length that is too large",
        "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 99999999999999999999\r\n\r\n", 400),
    ROW("a length of 2 to the 64",
        "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 18446744073709551616\r\n\r\n", 400),
    ROW("the largest length that there is",
        "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 18446744073709551615\r\n\r\n", 400),
    ROW("a coding that is unknown",
        "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: gzip\r\n\r\n", 501),
    ROW("a list of codings",
        "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501),
    ROW("chunked twice in a list",
        "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n", 400),
    ROW("two codings",
        "POST /echo HTTP/1.1\r\n" HOST
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n" SMUGGLED,
        400),
    ROW("xchunked", "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: xchunked\r\n\r\n" SMUGGLED,
        501),
    ROW("chunked with a vertical tab",
        "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: \x0b"
        "chunked\r\n\r\n" SMUGGLED,
        400),
    ROW("chunked in quotes",
        "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: \"chunked\"\r\n\r\n" SMUGGLED, 400),
    ROW("chunked in HTTP/1.0",
        "POST /echo HTTP/1.0\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" SMUGGLED, 400),

    /* chunks */
    ROW("a chunk's size that is none",
        "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\nzz\r\nab\r\n0\r\n\r\n",
        400),
    ROW("a chunk's size that is empty",
        "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n\r\nab\r\n0\r\n\r\n",
        400),
    ROW("a chunk's size with 0x",
        "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n0x2\r\nab\r\n0\r\n\r\n",
        400),
    ROW("a chunk's size with a sign",
        "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n-2\r\nab\r\n0\r\n\r\n",
        400),
    ROW("a chunk's size behind a blank",
        "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n 2\r\nab\r\n0\r\n\r\n",
        400),
    ROW("a chunk's size before a blank",
        "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n2 \r\nab\r\n0\r\n\r\n",
        400),
    ROW("a chunk that is too large",
        "POST /echo HTTP/1.1\r\n" HOST
        "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\nab\r\n0\r\n\r\n",
        400),
    ROW("a chunk longer than it says",
        "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n0\r\n\r\n",
        400),
    ROW("a chunk shorter than it says",
        "POST /echo HTTP/1.1\r\n" HOST
        "Transfer-Encoding: chunked\r\n\r\n5\r\nab\r\n0\r\n\r\n" SMUGGLED,
        400),
};

/* What must be taken, though it looks odd. */
static const struct row taken[] = {
    ROW("HTTP/1.0 without Host", "GET / HTTP/1.0\r\n\r\n", 200),
    ROW("an absolute target", "GET http://a/ HTTP/1.1\r\n" HOST "\r\n", 200),
    ROW("an absolute target in capitals", "GET HTTP://A/ HTTP/1.1\r\n" HOST "\r\n", 200),
    ROW("an empty line before the line", "\r\nGET / HTTP/1.1\r\n" HOST "\r\n", 200),
    ROW("no blank behind the colon", "GET / HTTP/1.1\r\nHost:a\r\n\r\n", 200),
    ROW("blanks and tabs around a value", "GET / HTTP/1.1\r\nHost: \t a\t \r\n\r\n", 200),
    ROW("a value that is not ASCII", "GET / HTTP/1.1\r\n" HOST "X: \xc3\xa9\r\n\r\n", 200),
    ROW("an empty value", "GET / HTTP/1.1\r\n" HOST "X:\r\n\r\n", 200),
    ROW("a method that nobody knows", "BREW / HTTP/1.1\r\n" HOST "\r\n", 405),
    ROW("a method in small letters", "get / HTTP/1.1\r\n" HOST "\r\n", 405),
    ROW("chunked in capitals",
        "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: CHUNKED\r\n\r\n2\r\nab\r\n0\r\n\r\n",
        200),
    ROW("a chunk's extension",
        "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n2;a=b\r\nab\r\n0\r\n\r\n",
        200),
    ROW("a trailer",
        "POST /echo HTTP/1.1\r\n" HOST
        "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\nX: y\r\n\r\n",
        200),
    ROW("a body with GET", "GET / HTTP/1.1\r\n" HOST "Content-Length: 2\r\n\r\nab", 200),
};

static int check_row(struct site *site, const struct row *row) {
  struct reply reply;
  CHECK_STATUS(ask(site, row->bytes, row->size, &reply), GREEN_OK);
  GIVE_UP_WITHOUT_MEMORY();
  int expected = row->status == CLOSED ? 0 : row->status;
  if (row->status == CLOSED && reply.status == 400) expected = 400;
  if (reply.status != expected) printf("%s:\n", row->name);
  CHECK_NUMBER(reply.status, expected);
  CHECK_NUMBER(site->begun, 0);
  CHECK_STATUS(ASK(site, "GET / HTTP/1.1\r\n" HOST "\r\n", &reply), GREEN_OK);
  CHECK_REPLY(reply, 200);
  return 0;
}

TEST(malformed_requests_are_refused) {
  AUTO_SITE struct site site = {0};
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  size_t step = test_scale(1, 20), worst = 0;
  for (size_t i = 0; i < sizeof refused / sizeof *refused; i += step)
    if (check_row(&site, &refused[i]) < 0) worst++;
  GIVE_UP_WITHOUT_MEMORY();
  CHECK_NUMBER(worst, 0);
  return 0;
}

TEST(odd_requests_are_taken) {
  AUTO_SITE struct site site = {0};
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  size_t step = test_scale(1, 5), worst = 0;
  for (size_t i = 0; i < sizeof taken / sizeof *taken; i += step)
    if (check_row(&site, &taken[i]) < 0) worst++;
  GIVE_UP_WITHOUT_MEMORY();
  CHECK_NUMBER(worst, 0);
  return 0;
}

/* The same, a byte at a time. */
TEST(malformed_requests_are_refused_in_pieces) {
  AUTO_SITE struct site site = {0};
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  size_t step = test_scale(3, 40);
  for (size_t i = 0; i < sizeof refused / sizeof *refused; i += step) {
    AUTO_STREAM green_stream *stream = NULL;
    struct reply reply;
    const struct row *row = &refused[i];
    CHECK_STATUS(site_connect(&site, &stream), GREEN_OK);
    CHECK_STATUS(green_stream_set_no_delay(stream, true), GREEN_OK);
    for (size_t at = 0; at < row->size; at++) {
      if (green_stream_write(stream, row->bytes + at, 1, NULL) < 0) break;
      if (at % 4 == 0) CHECK_STATUS(green_yield(), GREEN_OK);
    }
    CHECK_STATUS(read_reply(stream, &reply, false), GREEN_OK);
    GIVE_UP_WITHOUT_MEMORY();
    bool other = reply.status && row->status != CLOSED && reply.status != row->status;
    if (other) printf("%s:\n", row->name);
    if (other) CHECK_NUMBER(reply.status, row->status);
    CHECK_NUMBER(site.begun, 0);
  }
  return 0;
}
