/* What is refused before anything is sent, and the one form that addresses are brought into. */
#include "http_test.h"

#include <string.h>

TEST(bad_addresses) {
  static const char *const addresses[] = {
      NULL,
      "",
      "hello",
      "/hello",
      "//127.0.0.1/",
      "http:",
      "http:/127.0.0.1/",
      "http://",
      "http:///hello",
      "http://?hello",
      "http://:80/",
      "ftp://127.0.0.1/",
      "file:///etc/passwd",
      "javascript:alert(1)",
      " http://127.0.0.1/",
      "http://127.0.0.1/\r\nX: y",
      "http://127.0.0.1/\t",
      "http://127.0.0.1\x7f/",
      "http://127.0.0.1:port/",
      "http://127.0.0.1:65536/",
      "http://127.0.0.1:0/",
      "http://127.0.0.1:99999999999999999999/",
      "http://127.0.0.1:80x/",
      "http://two words/",
      "http://gr\xc3\xbcn.example/",
      "http://user@127.0.0.1/",
      "http://user:word@127.0.0.1/",
      "http://127.0.0.1\\@example/",
      "http://[::1/",
      "http://[]/",
      "http://[::g]/",
      "http://::1/",
      "http://100%25/",
      "http://256.1.1.1/",
      "http://1.2.3.4.5/",
      "http://4294967296/",
      "http://127.0x1000000/",
      "http://example.09/",
      "http://[1:2]/",
      "http://[::1::]/",
  };
  for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++) {
    green_http_response *response = (void *)&response;
    CHECK_STATUS(green_http_get(NULL, &response, addresses[i]), GREEN_EINVAL);
    CHECK(response == NULL);
    if (!test_allocator_failed()) CHECK_CONTAINS(green_message(), "bad URL");
  }
  return 0;
}

static int perform_hello(green_http_request request) {
  struct address address = at("/hello");
  AUTO_RESPONSE green_http_response *response = NULL;
  request.url = address.text;
  return green_http_perform(NULL, &response, &request);
}

TEST(bad_methods) {
  static const char *const methods[] = {"",        "G T",   "GET\r\n", "GET /",  "G\xc3\xa9T",
                                        "CONNECT", "trace", "TRACK",   "GET\x01"};
  for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
    CHECK_STATUS(perform_hello((green_http_request){.method = methods[i]}), GREEN_EINVAL);
  CHECK_STATUS(perform_hello((green_http_request){.method = "G T"}), GREEN_EINVAL);
  CHECK_STRING(green_message(), "bad method \"G T\"");
  return 0;
}

TEST(bad_headers) {
  static const struct {
    green_http_header header;
    const char *says;
  } headers[] = {
      {{NULL, "value"}, "a header without a name"},
      {{"", "value"}, "bad header name \"\""},
      {{"Two Words", "value"}, "bad header name \"Two Words\""},
      {{"X-A\r\nX-B", "v"}, "bad header name \"X-A\r\nX-B\""},
      {{"X-A:", "value"}, "bad header name \"X-A:\""},
      {{"X-\xc3\xa9", "value"}, "bad header name \"X-\xc3\xa9\""},
      {{"X-A", NULL}, "header X-A has no value"},
      {{"X-A", "a\r\nX-B: b"}, "bad value of header X-A"},
      {{"X-A", "a\nb"}, "bad value of header X-A"},
      {{"X-A", "a\rb"}, "bad value of header X-A"},
      {{"X-A", " a"}, "bad value of header X-A"},
      {{"X-A", "a\t"}, "bad value of header X-A"},
      {{"X-A", "a\x01"}, "bad value of header X-A"},
      {{"X-A", "\x7f"}, "bad value of header X-A"},
      {{"content-length", "5"}, "header content-length is the client's to send"},
      {{"Content-Length", "0"}, "header Content-Length is the client's to send"},
      {{"Transfer-Encoding", "chunked"}, "header Transfer-Encoding is the client's to send"},
  };
  for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
    green_http_request request = {.headers = &headers[i].header, .header_count = 1};
    CHECK_STATUS(perform_hello(request), GREEN_EINVAL);
    CHECK_STRING(green_message(), headers[i].says);
  }
  return 0;
}

TEST(head_with_a_body) {
  green_http_request request = {.method = "head", .body = "x", .body_size = 1};
  CHECK_STATUS(perform_hello(request), GREEN_ENOTSUP);
  return 0;
}

TEST(redirects_that_a_browser_does_not_count) {
  if (!in_browser()) SKIP("other hosts count them");
  CHECK_STATUS(perform_hello((green_http_request){.max_redirects = 3}), GREEN_ENOTSUP);
  if (!test_allocator_failed()) CHECK_CONTAINS(green_message(), "max_redirects");
  CHECK_STATUS(perform_hello((green_http_request){.max_redirects = 20}), 0);
  return 0;
}

TEST(addresses_are_sent_in_one_form) {
  static const struct {
    const char *given, *sent;
  } cases[] = {
      {"/echo?a=1&b=2", "/echo?a=1&b=2"},
      {"/echo#part", "/echo"},
      {"/echo?q=1#part?x", "/echo?q=1"},
      {"/echo/two words?and more", "/echo/two%20words?and%20more"},
      {"/echo/gr\xc3\xbcn?gr\xc3\xbcn", "/echo/gr%C3%BCn?gr%C3%BCn"},
      {"/echo/\"<>^`{}'|", "/echo/%22%3C%3E%5E%60%7B%7D'%7C"},
      {"/echo?\"<>^`{}'|", "/echo?%22%3C%3E%5E`{}%27|"},
      {"/echo/%41%zz%", "/echo/%41%zz%"},
      {"/echo\\back?\\kept", "/echo/back?\\kept"},
      {"/here/./../echo/x/../y", "/echo/y"},
      {"/echo//two", "/echo//two"},
      {"/%2e/x/%2E%2e/echo/./y/..", "/echo/"},
      {"/../../echo", "/echo"},
      {"/echo?a/../b", "/echo?a/../b"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    AUTO_RESPONSE green_http_response *response = NULL;
    CHECK_STATUS(green_http_get(NULL, &response, at("%s", cases[i].given).text), 0);
    CHECK_STRING(green_http_response_header(response, "Got-Path"), cases[i].sent);
    CHECK_STRING(green_http_response_url(response), at("%s", cases[i].sent).text);
  }
  return 0;
}

/* What stands for this machine is written in one way. */
TEST(addresses_of_numbers) {
  static const char *const ways[] = {"127.1", "0x7f000001", "2130706433", "0177.0.0.1",
                                     "127.0.0.1."};
  struct address base = at("%s", "");
  const char *port = strrchr(base.text, ':');
  for (size_t i = 0; i < test_scale(sizeof ways / sizeof *ways, 1); i++) {
    char url[100];
    AUTO_RESPONSE green_http_response *response = NULL;
    snprintf(url, sizeof url, "http://%s%s/hello", ways[i], port);
    if (in_browser()) SKIP("another origin");
    CHECK_STATUS(green_http_get(NULL, &response, url), 0);
    CHECK_STRING(green_http_response_url(response), at("/hello").text);
  }
  return 0;
}

TEST(scheme_and_host_are_taken_in_any_case) {
  struct address address = at("/hello");
  memcpy(address.text, "HTTP", 4);
  AUTO_RESPONSE green_http_response *response = NULL;
  CHECK_STATUS(green_http_get(NULL, &response, address.text), 0);
  CHECK_STRING(green_http_response_url(response), at("/hello").text);
  return 0;
}

TEST(an_address_without_a_path) {
  AUTO_RESPONSE green_http_response *response = NULL;
  CHECK_STATUS(green_http_get(NULL, &response, at("?query").text), 0);
  CHECK_STRING(green_http_response_url(response), at("/?query").text);
  return 0;
}

TEST_OUTSIDE(outside_a_task) {
  static const green_http_header header = {"bad name", "value"};
  green_http_request request = {.url = "bad", .headers = &header, .header_count = 1};
  green_http_response *response = (void *)&request;
  CHECK_STATUS(green_http_get(NULL, &response, at("/hello").text), GREEN_EMAIN);
  CHECK(response == NULL);
  CHECK_STATUS(green_http_perform(NULL, &response, &request), GREEN_EMAIN);
  return 0;
}
