#include <greenio/greenio.h>
#include "waiting.h"

int wait_a_little(void) {
  int rc = 0;
  GREEN_TIMEOUT(1000) rc = green_sleep(5);
  return rc;
}

int ask_nowhere(void) {
  green_http_response *response;
  return green_http_get(NULL, &response, "gopher://localhost/");
}
