/* What a request is on the wire: its framing by method and body, and each header, on every host. */
#include "http_test.h"

#include <string.h>

/* ---- bodies ---------------------------------------------------------------------------------- */

enum kind { NONE, EMPTY, KNOWN, UNKNOWN, ANNOUNCED, KINDS };

static int produce(void *buffer, size_t size, void *arg) {
  int *given = arg;
  if (size < 4 || (*given)++) return 0;
  memcpy(buffer, "body", 4);
  return 4;
}

/* Of those that are expected to have a body an empty one is announced too (RFC 9110, 8.6). */
static bool expects_body(const char *method) {
  return strcmp(method, "POST") == 0 || strcmp(method, "PUT") == 0 || strcmp(method, "PATCH") == 0;
}

static const char *framing(const char *method, enum kind kind) {
  if (kind == NONE || kind == EMPTY) return expects_body(method) ? "content-length: 0;" : "";
  /* a browser gathers what comes in pieces */
  if (kind == UNKNOWN && !in_browser()) return "transfer-encoding: chunked;body";
  return "content-length: 4;body";
}

static bool is_refused(const char *method, enum kind kind) {
  bool has_body = kind != NONE && kind != EMPTY;
  if (test_in_wasm && has_body && strcmp(method, "GET") == 0) return true;
  return has_body && strcmp(method, "HEAD") == 0;
}

static int check_wire(const char *method, enum kind kind) {
  AUTO_RESPONSE green_http_response *response = NULL;
  struct address address = at("/wire");
  int given = 0;
  char expected[100];
  green_http_request request = {.method = method, .url = address.text};
  if (kind == EMPTY || kind == KNOWN)
    request.body = "body", request.body_size = kind == KNOWN ? 4 : 0;
  if (kind == UNKNOWN || kind == ANNOUNCED) request.produce = produce, request.produce_arg = &given;
  if (kind == ANNOUNCED) request.body_size = 4;
  int rc = test_saw(green_http_perform(NULL, &response, &request));
  CHECK_STATUS(rc, is_refused(method, kind) ? GREEN_ENOTSUP : 0);
  if (rc < 0) return 0;
  snprintf(expected, sizeof expected, "%s;%s", method, framing(method, kind));
  const char *wire = green_http_response_header(response, "X-Wire");
  if (!wire || strcmp(wire, expected) != 0) fprintf(stderr, "%s, kind %d: ", method, (int)kind);
  CHECK_STRING(wire, expected);
  return 0;
}

TEST(each_method_with_each_kind_of_body) {
  static const char *const methods[] = {"GET",   "HEAD",   "POST",    "PUT",
                                        "PATCH", "DELETE", "OPTIONS", "MERGE"};
  if (test_scale(0, 1)) SKIP("the paths are those of the other tests");
  for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
    for (int kind = 0; kind < KINDS; kind++) CHECK_STATUS(check_wire(methods[i], kind), 0);
  return 0;
}

/* ---- headers --------------------------------------------------------------------------------- */

static const green_http_header headers[] = {
    {"Accept", "text/x"},
    {"Accept-Charset", "utf-8"},
    {"Accept-Encoding", "identity"},
    {"Accept-Language", "eo"},
    {"Access-Control-Request-Headers", "x"},
    {"Access-Control-Request-Method", "GET"},
    {"Authorization", "Basic eDp5"},
    {"Cache-Control", "max-age=3"},
    {"Connection", "close"},
    {"Connection", "x-any"},
    {"Content-Encoding", "identity"},
    {"Content-Language", "eo"},
    {"Content-Location", "/x"},
    {"Content-Type", "text/x"},
    {"Cookie", "a=b"},
    {"Cookie2", "a=b"},
    {"Date", "Sun, 06 Nov 1994 08:49:37 GMT"},
    {"DNT", "1"},
    {"Expect", "100-continue"},
    {"Forwarded", "for=192.0.2.1"},
    {"From", "somebody@example.org"},
    {"Host", "another.example"},
    {"Idempotency-Key", "\"1\""},
    {"If-Match", "\"x\""},
    {"If-Modified-Since", "Sun, 06 Nov 1994 08:49:37 GMT"},
    {"If-None-Match", "\"x\""},
    {"If-Range", "\"x\""},
    {"If-Unmodified-Since", "Sun, 06 Nov 1994 08:49:37 GMT"},
    {"Keep-Alive", "timeout=5"},
    {"Max-Forwards", "3"},
    {"Origin", "http://another.example"},
    {"Pragma", "no-cache"},
    {"Priority", "u=1"},
    {"Proxy-Authorization", "Basic eDp5"},
    {"Proxy-Connection", "keep-alive"},
    {"Range", "bytes=0-"},
    {"Referer", "http://another.example/"},
    {"Sec-Fetch-Mode", "navigate"},
    {"Sec-Purpose", "prefetch"},
    {"Set-Cookie", "a=b"},
    {"TE", "trailers"},
    {"Trailer", "x"},
    {"Traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"},
    {"Upgrade", "x/1"},
    {"Upgrade-Insecure-Requests", "1"},
    {"User-Agent", "somebody"},
    {"Via", "1.1 somebody"},
    {"X-Any", "thing"},
    {"X-Empty", ""},
    {"X-HTTP-Method-Override", "DELETE"},
    {"X-HTTP-Method-Override", "TRACE"},
    {"X-Method-Override", "CONNECT"},
};

/* Honoured, or refused by its name: never success without it. */
static int check_header(const green_http_header *header) {
  AUTO_RESPONSE green_http_response *response = NULL;
  struct address address = at("/header/%s", header->name);
  green_http_request request = {
      .method = "POST", .url = address.text, .headers = header, .header_count = 1};
  int rc = test_saw(green_http_perform(NULL, &response, &request));
  if (rc == GREEN_ENOTSUP) {
    CHECK_CONTAINS(green_message(), header->name);
    return 0;
  }
  if (rc < 0 || strcmp(green_http_response_body(response, NULL), header->value) != 0)
    fprintf(stderr, "%s: ", header->name);
  CHECK_STATUS(rc, 0);
  CHECK_STRING(green_http_response_body(response, NULL), header->value);
  return 0;
}

TEST(each_header_is_sent_or_refused_by_name) {
  if (test_scale(0, 1)) SKIP("the paths are those of the other tests");
  int failed = 0;
  for (size_t i = 0; i < sizeof headers / sizeof *headers; i++)
    failed += check_header(&headers[i]) != 0;
  CHECK_NUMBER(failed, 0);
  return 0;
}

TEST(a_clients_headers_are_refused_by_name_too) {
  if (!test_in_wasm) SKIP("libcurl sends them all");
  green_http_client *client;
  green_http_client_options options = {.headers = &(green_http_header){"Expect", "100-continue"},
                                       .header_count = 1};
  CHECK_STATUS(green_http_client_new(&client, &options), GREEN_ENOTSUP);
  if (!test_allocator_failed()) CHECK_CONTAINS(green_message(), "Expect");
  return 0;
}

/* ---- time ------------------------------------------------------------------------------------ */

/* In Node run.mjs makes the limits of fetch() short, which are 300 s. */
TEST(an_answer_takes_the_time_it_needs) {
  if (test_scale(0, 1)) SKIP("it takes seconds");
  AUTO_RESPONSE green_http_response *response = NULL;
  CHECK_STATUS(green_http_get(NULL, &response, at("/late/1600").text), 0);
  CHECK_STRING(green_http_response_body(response, NULL), "late but whole");
  return 0;
}
