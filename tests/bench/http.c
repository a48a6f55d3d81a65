/* An HTTP server: a task a request, which answers with so many bytes, after so many milliseconds.
 * Prints its port and serves until it is killed. Usage: bench_http BYTES MILLISECONDS */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <greenio/greenio.h>
#include "http.h"

static char *body;
static size_t size;
static uint64_t milliseconds;

static int answer(green_request *request, green_response *response, void *arg) {
  (void)request;
  (void)arg;
  int rc = milliseconds ? green_sleep(milliseconds) : 0;
  return rc < 0 ? rc : green_response_give(response, 200, "text/plain", body, size, NULL);
}

static int serve(void *arg) {
  (void)arg;
  return bench_serve(answer, NULL);
}

int main(int argc, char **argv) {
  if (argc != 3) {
    fprintf(stderr, "usage: %s BYTES MILLISECONDS\n", argv[0]);
    return 2;
  }
  size = (size_t)atol(argv[1]);
  milliseconds = (uint64_t)atol(argv[2]);
  body = malloc(size);
  if (!body) return 1;
  memset(body, 'x', size);
  return green_run(serve, NULL) < 0;
}
