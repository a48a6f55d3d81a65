/* Natively alone: options that libcurl heeds and fetch() cannot; HTTP/2. */
#include "http_test.h"

#include <string.h>
#include <curl/curl.h>

static int ask(green_http_client_options options, const char *server, const char *path,
               green_http_response **response) {
  AUTO_CLIENT green_http_client *client = NULL;
  struct address address;
  int rc = green_http_client_new(&client, &options);
  if (rc == 0) rc = find_server(server, &address);
  if (rc < 0) return rc;
  strcat(address.text, path);
  return green_http_get(client, response, address.text);
}

TEST(a_proxy_is_asked) {
  struct address proxy;
  AUTO_RESPONSE green_http_response *response = NULL, *agent = NULL;
  CHECK_STATUS(find_server("proxy", &proxy), 0);
  AUTO_CLIENT green_http_client *client = NULL;
  green_http_client_options options = {.proxy = proxy.text, .user_agent = "somebody"};
  CHECK_STATUS(green_http_client_new(&client, &options), 0);
  CHECK_STATUS(green_http_get(client, &response, "http://nobody-there.invalid/page"), 0);
  CHECK_STRING(green_http_response_body(response, NULL),
               "proxied http://nobody-there.invalid/page");
  options.proxy = "";
  CHECK_STATUS(ask(options, "base", "/echo", &agent), 0);
  CHECK_STRING(green_http_response_header(agent, "Got-User-Agent"), "somebody");
  return 0;
}

TEST(a_handshake_that_hangs) {
  AUTO_RESPONSE green_http_response *response = NULL;
  CHECK_STATUS(ask((green_http_client_options){.connect_timeout = 100}, "hanging", "/", &response),
               GREEN_ETIMEDOUT);
  return 0;
}

TEST(certificates_of_a_client) {
  if (for_windows()) SKIP("Schannel wants PKCS#12, and looks for no address in a certificate");
  struct address ca, known, key;
  AUTO_RESPONSE green_http_response *trusting = NULL, *careless = NULL, *nobody = NULL,
                                    *somebody = NULL;
  CHECK_STATUS(find_server("untrusted-file", &ca), 0);
  CHECK_STATUS(find_server("known-file", &known), 0);
  CHECK_STATUS(find_server("known-key", &key), 0);
  green_http_client_options options = {.ca_file = ca.text};
  CHECK_STATUS(ask(options, "untrusted", "/hello", &trusting), 0);
  CHECK_STATUS(ask((green_http_client_options){.insecure = true}, "misnamed", "/hello", &careless),
               0);
  options = (green_http_client_options){.certificate = known.text, .key = key.text};
  CHECK_STATUS(ask(options, "mutual", "/hello", &somebody), 0);
  CHECK_STRING(green_http_response_body(somebody, NULL), "hello\n");
  int rc = test_saw(ask((green_http_client_options){0}, "mutual", "/hello", &nobody));
  CHECK(rc < 0); /* TLS 1.3 says so after the handshake: GREEN_ETLS or GREEN_ECONNRESET */
  return 0;
}

#define NEEDS_HTTP2                                                                                \
  if (!(curl_version_info(CURLVERSION_NOW)->features & CURL_VERSION_HTTP2))                        \
  SKIP("this libcurl has no HTTP/2")

TEST(http2_where_the_server_offers_it) {
  NEEDS_HTTP2;
  AUTO_RESPONSE green_http_response *two = NULL, *one = NULL;
  CHECK_STATUS(ask((green_http_client_options){0}, "http2", "/version", &two), 0);
  CHECK_STRING(green_http_response_body(two, NULL), "2.0");
  CHECK_STATUS(ask((green_http_client_options){0}, "trusted", "/version", &one), 0);
  CHECK_STRING(green_http_response_body(one, NULL), "1.1");
  return 0;
}

TEST(http2_that_misbehaves) {
  NEEDS_HTTP2;
  static const struct {
    const char *path;
    int status;
  } cases[] = {
      {"/h2-reset", GREEN_EPROTO}, {"/h2-refused", GREEN_EPROTO}, {"/h2-goaway", GREEN_EPROTO}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    AUTO_RESPONSE green_http_response *response = NULL, *after = NULL;
    int rc = test_saw(ask((green_http_client_options){0}, "http2", cases[i].path, &response));
    if (rc != GREEN_ECONNRESET) CHECK_STATUS(rc, cases[i].status);
    CHECK_STATUS(ask((green_http_client_options){0}, "http2", "/hello", &after), 0);
  }
  return 0;
}

TEST(a_slow_reader_of_http2) {
  NEEDS_HTTP2;
  AUTO_CLIENT green_http_client *client = NULL;
  AUTO_RESPONSE green_http_response *response = NULL;
  struct address address;
  char buffer[3000];
  size_t size = 0;
  int count;
  CHECK_STATUS(green_http_client_new(&client, NULL), 0);
  CHECK_STATUS(find_server("http2", &address), 0);
  strcat(address.text, "/bytes/2000000");
  green_http_request request = {.url = address.text};
  CHECK_STATUS(green_http_open(client, &response, &request), 0);
  while ((count = test_saw(green_http_response_read(response, buffer, sizeof buffer))) > 0) {
    for (int i = 0; i < count; i++, size++) CHECK((unsigned char)buffer[i] == (size * 7 & 255));
    if (size % 300000 < 3000) CHECK_STATUS(green_yield(), 0);
  }
  CHECK_STATUS(count, 0);
  CHECK_NUMBER(size, 2000000);
  return 0;
}

static int open_and_leave(void *arg) {
  struct address address = at("/slow-body/%lu", fresh_id());
  green_http_request request = {.url = address.text};
  return green_http_open(NULL, arg, &request);
}

TEST_OUTSIDE(a_response_may_outlive_its_runtime) {
  AUTO_RESPONSE green_http_response *response = NULL;
  CHECK_STATUS(green_run(open_and_leave, &response), 0);
  CHECK_NUMBER(green_http_response_status(response), 200);
  return 0;
}
