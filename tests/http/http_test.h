/* What the HTTP tests share: the server's addresses, and what differs in a browser. */
#ifndef GREENIO_TESTS_HTTP_TEST_H
#define GREENIO_TESTS_HTTP_TEST_H

#include "harness.h"

struct address {
  char text[300];
};

/* An address on the test server. */
struct address at(const char *format, ...) GREEN_PRINTF(1, 2);

/* A browser hides why a request failed, and shows a page no redirects. */
bool in_browser(void);
bool in_node(void);
const char *host_name(void); /* "native", "node", "browser" */
/* ../stream/silent_names.mjs runs the program: no name server answers. */
bool names_are_silent(void);
int failure_here(int status);

/* The fetch() of Node 24.22 was seen to end the process, by an error event that nobody can listen to,
 * when a connection of HTTP/2 idled on which a request had been cancelled. */
bool without_http2(void);
#define SKIP_WITHOUT_HTTP2()                                                                       \
  do {                                                                                             \
    if (in_browser()) SKIP("a browser has its own list of certificates");                          \
    if (without_http2()) SKIP("this Node's fetch() dies of idle HTTP/2 connections");              \
  } while (0)

/* With the libcurl and the Schannel of docs/windows.md. */
bool for_windows(void);

/* A number that no other request of this run has had, for /slow/ID and the like. */
unsigned long fresh_id(void);

/* The address of another server: the body of /where/NAME.  0, or why it could not be had. */
int find_server(const char *name, struct address *out);

/* Performs a GET and compares the body. */
#define CHECK_GET(address, expected)                                                               \
  do {                                                                                             \
    AUTO_RESPONSE green_http_response *got = NULL;                                                 \
    CHECK_STATUS(green_http_get(NULL, &got, (address).text), 0);                                   \
    CHECK_STRING(green_http_response_body(got, NULL), expected);                                   \
  } while (0)

#define AUTO_RESPONSE __attribute__((cleanup(auto_response)))
#define AUTO_CLIENT   __attribute__((cleanup(auto_client)))
void auto_response(green_http_response **response);
void auto_client(green_http_client **client);

#endif
