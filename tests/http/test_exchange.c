/* Requests and responses: methods, headers, bodies, limits. */
#include "http_test.h"

#include <stdlib.h>
#include <string.h>

TEST(get_gives_status_headers_and_body) {
  AUTO_RESPONSE green_http_response *response = NULL;
  struct address hello = at("/hello");
  CHECK_STATUS(green_http_get(NULL, &response, hello.text), 0);
  CHECK_NUMBER(green_http_response_status(response), 200);
  CHECK_STRING(green_http_response_url(response), hello.text);
  CHECK_STRING(green_http_response_header(response, "Content-Type"), "text/plain");
  size_t size;
  CHECK_STRING(green_http_response_body(response, &size), "hello\n");
  CHECK_NUMBER(size, 6);
  return 0;
}

TEST(any_status_is_a_success) {
  static const int statuses[] = {203, 304, 400, 401, 404, 410, 500, 503};
  for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
    AUTO_RESPONSE green_http_response *response = NULL;
    CHECK_STATUS(green_http_get(NULL, &response, at("/status/%d", statuses[i]).text), 0);
    CHECK_NUMBER(green_http_response_status(response), statuses[i]);
  }
  return 0;
}

TEST(headers_are_lower_case_sorted_and_joined) {
  AUTO_RESPONSE green_http_response *response = NULL;
  CHECK_STATUS(green_http_get(NULL, &response, at("/headers").text), 0);
  CHECK_STRING(green_http_response_header(response, "x-twice"), "one, two");
  CHECK_STRING(green_http_response_header(response, "X-CASE"), "Value");
  CHECK_STRING(green_http_response_header(response, "X-Empty"), "");
  CHECK_STRING(green_http_response_header(response, "X-Bytes"), "gr\xc3\xbcn");
  CHECK(green_http_response_header(response, "X-Twic") == NULL);
  CHECK(green_http_response_header(response, "X-Twice2") == NULL);
  CHECK(green_http_response_header(response, "") == NULL);
  const char *before = "";
  size_t count = green_http_response_header_count(response);
  for (size_t i = 0; i < count; i++) {
    green_http_header header = green_http_response_header_at(response, i);
    CHECK(strcmp(before, header.name) < 0);
    for (const char *c = header.name; *c; c++) CHECK(*c < 'A' || *c > 'Z');
    CHECK(green_http_response_header(response, header.name) == header.value);
    before = header.name;
  }
  CHECK_STRING(before, "zoo");
  CHECK(green_http_response_header_at(response, count).name == NULL);
  return 0;
}

static int echo(green_http_request request, green_http_response **response) {
  struct address address = at("/echo");
  request.url = address.text;
  return green_http_perform(NULL, response, &request);
}

TEST(request_headers_are_sent) {
  static const green_http_header headers[] = {{"X-One", "first"},
                                              {"X-Empty", ""},
                                              {"X-Bytes", "gr\xc3\xbcn"},
                                              {"Content-Type", "a/b; c=d"}};
  AUTO_RESPONSE green_http_response *response = NULL;
  CHECK_STATUS(echo((green_http_request){.headers = headers, .header_count = 4}, &response), 0);
  CHECK_STRING(green_http_response_header(response, "Got-Method"), "GET");
  CHECK_STRING(green_http_response_header(response, "Got-X-One"), "first");
  CHECK_STRING(green_http_response_header(response, "Got-X-Empty"), "");
  CHECK_STRING(green_http_response_header(response, "Got-X-Bytes"), "gr\xc3\xbcn");
  CHECK_STRING(green_http_response_header(response, "Got-Content-Type"), "a/b; c=d");
  CHECK(green_http_response_header(response, "Got-Content-Length") == NULL);
  if (!in_browser())
    CHECK_CONTAINS(green_http_response_header(response, "Got-User-Agent"), "greenio/");
  return 0;
}

TEST(user_agent_can_be_replaced) {
  static const green_http_header agent = {"User-Agent", "somebody"};
  if (in_browser()) SKIP("a browser sends its own");
  AUTO_RESPONSE green_http_response *response = NULL;
  CHECK_STATUS(echo((green_http_request){.headers = &agent, .header_count = 1}, &response), 0);
  CHECK_STRING(green_http_response_header(response, "Got-User-Agent"), "somebody");
  return 0;
}

TEST(bodies_are_sent_as_they_are) {
  static const char *const methods[] = {"POST", "PUT", "PATCH", "DELETE", "QUERY"};
  static const char body[] = "zero\0one\r\n\xff\xfe";
  for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
    AUTO_RESPONSE green_http_response *response = NULL;
    green_http_request request = {.method = methods[i], .body = body, .body_size = sizeof body};
    CHECK_STATUS(echo(request, &response), 0);
    CHECK_STRING(green_http_response_header(response, "Got-Method"), methods[i]);
    CHECK_STRING(green_http_response_header(response, "Got-Content-Length"), "13");
    CHECK(green_http_response_header(response, "Got-Content-Type") == NULL);
    size_t size;
    const void *back = green_http_response_body(response, &size);
    CHECK_NUMBER(size, sizeof body);
    CHECK(memcmp(back, body, size) == 0);
  }
  return 0;
}

TEST(methods_without_a_body) {
  static const char *const methods[] = {"get", "POST", "PUT", "DELETE", "OPTIONS"};
  for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
    AUTO_RESPONSE green_http_response *response = NULL;
    CHECK_STATUS(echo((green_http_request){.method = methods[i]}, &response), 0);
    CHECK_STRING(green_http_response_header(response, "Got-Method"), i ? methods[i] : "GET");
    size_t size;
    CHECK_STRING(green_http_response_body(response, &size), "");
    CHECK_NUMBER(size, 0);
  }
  return 0;
}

TEST(get_with_a_body_where_the_host_can) {
  AUTO_RESPONSE green_http_response *response = NULL;
  int rc = test_saw(echo((green_http_request){.body = "question", .body_size = 8}, &response));
  if (rc == GREEN_ENOTSUP) SKIP("fetch() does not");
  CHECK_STATUS(rc, 0);
  CHECK_STRING(green_http_response_header(response, "Got-Method"), "GET");
  CHECK_STRING(green_http_response_body(response, NULL), "question");
  return 0;
}

TEST(a_large_body_is_sent_whole) {
  size_t size = test_scale(3000000, 100000);
  char *body = malloc(size);
  CHECK(body != NULL);
  for (size_t i = 0; i < size; i++) body[i] = (char)(i * 31);
  AUTO_RESPONSE green_http_response *response = NULL;
  int rc = echo((green_http_request){.method = "POST", .body = body, .body_size = size}, &response);
  size_t back_size = 0;
  const void *back = rc == 0 ? green_http_response_body(response, &back_size) : NULL;
  bool same = back_size == size && memcmp(back, body, size) == 0;
  free(body);
  CHECK_STATUS(rc, 0);
  CHECK(same);
  return 0;
}

TEST(head_gives_headers_alone) {
  AUTO_RESPONSE green_http_response *response = NULL;
  struct address address = at("/bytes/1000");
  green_http_request request = {.method = "HEAD", .url = address.text, .max_body = 10};
  CHECK_STATUS(green_http_perform(NULL, &response, &request), 0);
  CHECK_NUMBER(green_http_response_status(response), 200);
  CHECK_STRING(green_http_response_header(response, "Content-Length"), "1000");
  size_t size;
  CHECK_STRING(green_http_response_body(response, &size), "");
  CHECK_NUMBER(size, 0);
  return 0;
}

TEST(empty_answers) {
  AUTO_RESPONSE green_http_response *empty = NULL;
  CHECK_STATUS(green_http_get(NULL, &empty, at("/empty").text), 0);
  CHECK_NUMBER(green_http_response_status(empty), 200);
  CHECK_STRING(green_http_response_body(empty, NULL), "");
  AUTO_RESPONSE green_http_response *nothing = NULL;
  CHECK_STATUS(green_http_get(NULL, &nothing, at("/nothing").text), 0);
  CHECK_NUMBER(green_http_response_status(nothing), 204);
  CHECK_STRING(green_http_response_body(nothing, NULL), "");
  return 0;
}

static bool is_pattern(const green_http_response *response, size_t expected) {
  size_t size;
  const unsigned char *body = green_http_response_body(response, &size);
  if (size != expected || body[size] != 0) return false;
  for (size_t i = 0; i < size; i++)
    if (body[i] != (unsigned char)(i * 7)) return false;
  return true;
}

TEST(binary_bodies_arrive_whole) {
  static const char *const kinds[] = {"bytes", "chunked", "gzip"};
  for (size_t i = 0; i < 3; i++) {
    AUTO_RESPONSE green_http_response *response = NULL;
    CHECK_STATUS(green_http_get(NULL, &response, at("/%s/300001", kinds[i]).text), 0);
    CHECK(is_pattern(response, 300001));
  }
  return 0;
}

static int get_limited(const char *kind, size_t size, size_t limit,
                       green_http_response **response) {
  struct address address = at("/%s/%zu", kind, size);
  green_http_request request = {.url = address.text, .max_body = limit};
  return green_http_perform(NULL, response, &request);
}

TEST(the_limit_counts_decoded_bytes_exactly) {
  static const char *const kinds[] = {"bytes", "chunked", "gzip"};
  for (size_t i = 0; i < 3; i++) {
    AUTO_RESPONSE green_http_response *fits = NULL, *larger = NULL;
    CHECK_STATUS(get_limited(kinds[i], 50000, 50000, &fits), 0);
    CHECK(is_pattern(fits, 50000));
    CHECK_STATUS(get_limited(kinds[i], 50001, 50000, &larger), GREEN_EMSGSIZE);
    CHECK(larger == NULL);
    if (!test_allocator_failed()) CHECK_CONTAINS(green_message(), "50000");
  }
  return 0;
}

TEST(an_encoding_that_is_broken) {
  AUTO_RESPONSE green_http_response *response = NULL;
  CHECK_STATUS(green_http_get(NULL, &response, at("/gzip-broken").text),
               failure_here(GREEN_EPROTO));
  return 0;
}

/* A page does not see that it was packed, and 2 bytes are more of them then. */
TEST(a_short_answer_of_another_origin_that_is_packed) {
  struct address address = at("/gzip/2");
  AUTO_RESPONSE green_http_response *response = NULL;
  size_t size;
  char *name = strstr(address.text, "127.0.0.1");
  CHECK_MEMORY(name);
  memcpy(name, "localhost", 9);
  CHECK_STATUS(green_http_get(NULL, &response, address.text), 0);
  green_http_response_body(response, &size);
  CHECK_NUMBER(size, 2);
  return 0;
}

TEST(interim_answers_are_passed_over) {
  AUTO_RESPONSE green_http_response *response = NULL;
  CHECK_STATUS(green_http_get(NULL, &response, at("/interim").text), 0);
  CHECK_NUMBER(green_http_response_status(response), 200);
  CHECK_STRING(green_http_response_header(response, "X-Final"), "yes");
  CHECK(green_http_response_header(response, "X-Interim") == NULL);
  CHECK(green_http_response_header(response, "Link") == NULL);
  CHECK_STRING(green_http_response_body(response, NULL), "final");
  return 0;
}

TEST(headers_behind_the_body_are_passed_over) {
  AUTO_RESPONSE green_http_response *response = NULL;
  CHECK_STATUS(green_http_get(NULL, &response, at("/trailers").text), 0);
  CHECK_STRING(green_http_response_header(response, "X-Early"), "yes");
  CHECK(green_http_response_header(response, "X-Late") == NULL);
  CHECK_STRING(green_http_response_body(response, NULL), "body");
  return 0;
}

TEST(a_folded_header_is_one_line) {
  if (in_browser()) SKIP("another origin");
  struct address address;
  AUTO_RESPONSE green_http_response *response = NULL;
  CHECK_STATUS(find_server("folded", &address), 0);
  int rc = green_http_get(NULL, &response, address.text);
  if (rc == GREEN_EPROTO) SKIP("the host refuses folded headers, as Node 24 does");
  CHECK_STATUS(rc, 0);
  CHECK_STRING(green_http_response_header(response, "X-Folded"), "one, two");
  return 0;
}
