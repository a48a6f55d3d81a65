/* Each option of a client and of a request: heeded, or refused by its name, as docs/http.md says.
 */
#include "http_test.h"

#include <string.h>

static int let_all(const green_address *address, void *arg) {
  (void)address, (void)arg;
  return 0;
}

static const green_http_header header = {"X-Option", "yes"};

/* A client with this option alone; what its name stands for in the documents. */
static const struct {
  const char *name;
  green_http_client_options options;
} each[] = {
    {"base_url", {.base_url = "http://127.0.0.1"}},
    {"headers", {.headers = &header, .header_count = 1}},
    {"user_agent", {.user_agent = "somebody"}},
    {"cookies", {.cookies = true}},
    {"timeout", {.timeout = 1000}},
    {"idle_timeout", {.idle_timeout = 1000}},
    {"max_body", {.max_body = 1000}},
    {"max_redirects", {.max_redirects = 3}},
    {"retry", {.retry = {.count = 1}}},
    {"traceparent", {.traceparent = true}},
    {"host_connections", {.host_connections = 1}},
    {"connect_timeout", {.connect_timeout = 1000}},
    {"proxy", {.proxy = "http://127.0.0.1:1"}},
    {"ca_file", {.ca_file = "ca.pem"}},
    {"certificate", {.certificate = "c.pem"}},
    {"key", {.certificate = "c.pem", .key = "k.pem"}},
    {"insecure", {.insecure = true}},
    {"allow", {.allow = let_all}},
};
#define COUNT (sizeof each / sizeof *each)

static int check_option(const char *name, bool heeded) {
  size_t i = 0;
  while (i < COUNT && strcmp(each[i].name, name) != 0) i++;
  if (i == COUNT) fprintf(stderr, "an option that the table of this test lacks: %s\n", name);
  CHECK(i < COUNT);
  bool is_key = strcmp(name, "key") == 0;
  if (is_key && for_windows()) heeded = false;
  AUTO_CLIENT green_http_client *client = NULL;
  int rc = test_saw(green_http_client_new(&client, &each[i].options));
  if ((rc == 0) != heeded) fprintf(stderr, "%s: ", name);
  CHECK_STATUS(rc, heeded ? 0 : GREEN_ENOTSUP);
  /* a key is nothing without its certificate, which is named */
  if (rc < 0) CHECK_CONTAINS(green_message(), is_key && !for_windows() ? "certificate" : name);
  return 0;
}

TEST(options_are_heeded_as_documented) {
  if (test_scale(0, 1)) SKIP("nothing that other tests do not allocate");
  AUTO_RESPONSE green_http_response *table = NULL;
  char name[60], word[10];
  size_t count = 0;
  int used;
  CHECK_STATUS(green_http_get(NULL, &table, at("/documented/%s", host_name()).text), 0);
  for (const char *line = green_http_response_body(table, NULL);
       sscanf(line, "%59s %9[^\n]\n%n", name, word, &used) == 2; line += used, count++)
    CHECK_STATUS(check_option(name, strcmp(word, "yes") == 0), 0);
  CHECK_NUMBER(count, COUNT);
  return 0;
}

TEST(a_relative_address_names_base_url) {
  AUTO_RESPONSE green_http_response *response = NULL;
  CHECK_STATUS(green_http_get(NULL, &response, "/hello"), GREEN_EINVAL);
  if (!test_allocator_failed()) CHECK_CONTAINS(green_message(), "base_url");
  return 0;
}

TEST(what_no_client_can_heed) {
  static const green_http_header unnamed = {"X Y", "z"};
  const green_http_client_options bad[] = {
      {.host_connections = -1},
      {.retry = {.count = -1}},
      {.key = "k.pem"},
      {.base_url = "/here"},
      {.headers = &unnamed, .header_count = 1},
  };
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    AUTO_CLIENT green_http_client *client = NULL;
    int rc = test_saw(green_http_client_new(&client, &bad[i]));
    CHECK(rc == GREEN_EINVAL ||
          rc == GREEN_ENOTSUP); /* the latter where the host has no such thing */
    if (!test_allocator_failed()) CHECK(*green_message());
  }
  return 0;
}
