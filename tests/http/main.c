/* The HTTP test program:
 *
 *   http_tests --server URL [--browser] [--http1] [--windows] [--silent-names] [the harness's arguments]
 *
 * URL is that of tests/http/server.mjs, which run.mjs starts. */
#include "http_test.h"

#include <stdarg.h>
#include <string.h>

static const char *server;
static bool browser, http1, windows, silent_names;

struct address at(const char *format, ...) {
  struct address address;
  int used = snprintf(address.text, sizeof address.text, "%s", server);
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(address.text + used, sizeof address.text - (size_t)used, format, arguments);
  va_end(arguments);
  return address;
}

bool in_browser(void) {
  return browser;
}

bool in_node(void) {
  return test_in_wasm && !browser;
}

const char *host_name(void) {
  return browser ? "browser" : test_in_wasm ? "node" : "native";
}

bool names_are_silent(void) {
  return silent_names;
}

bool without_http2(void) {
  return http1;
}

bool for_windows(void) {
  return windows;
}

int failure_here(int status) {
  return browser ? GREEN_ENETWORK : status;
}

unsigned long fresh_id(void) {
  static unsigned long start, count;
  if (!start) start = (unsigned long)(green_now() % 1000000000u);
  return start + count++;
}

int find_server(const char *name, struct address *out) {
  AUTO_RESPONSE green_http_response *response = NULL;
  struct address where = at("/where/%s", name);
  int rc = green_http_get(NULL, &response, where.text);
  if (rc == 0)
    snprintf(out->text, sizeof out->text, "%s", (char *)green_http_response_body(response, NULL));
  return rc;
}

void auto_response(green_http_response **response) {
  green_http_response_release(*response);
}

void auto_client(green_http_client **client) {
  green_http_client_release(*client);
}

int main(int argc, char **argv) {
  int kept = 1;
  for (int i = 1; i < argc; i++) {
    if (strcmp(argv[i], "--server") == 0 && i + 1 < argc)
      server = argv[++i];
    else if (strcmp(argv[i], "--browser") == 0)
      browser = true;
    else if (strcmp(argv[i], "--http1") == 0)
      http1 = true;
    else if (strcmp(argv[i], "--windows") == 0)
      windows = true;
    else if (strcmp(argv[i], "--silent-names") == 0)
      silent_names = true;
    else
      argv[kept++] = argv[i];
  }
  if (!server) {
    fprintf(stderr, "usage: %s --server URL [--browser] [--http1] ...\n", argv[0]);
    return 2;
  }
  return test_main(kept, argv);
}
