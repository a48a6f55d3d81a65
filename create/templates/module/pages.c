#include "pages.h"
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <greenio/greenio.h>

int page_size(const char *url) {
  green_http_response *response;
  int rc = green_http_get(NULL, &response, url); /* parks this call alone */
  if (rc < 0) return green_fail(rc, "%s: %s", url, green_message());
  size_t size;
  green_http_response_body(response, &size);
  int status = green_http_response_status(response);
  green_http_response_release(response);
  if (status != 200) return green_fail(GREEN_ENOENT, "%s: the server answers %d", url, status);
  if (size > INT_MAX) return green_fail(GREEN_EMSGSIZE, "%s is too large", url);
  return (int)size;
}

struct part {
  const char *url;
  long long *total;
};

static int add_size(void *arg) {
  const struct part *part = arg;
  int size = page_size(part->url);
  if (size < 0) return size;
  *part->total += size; /* without a lock: tasks switch only where one waits */
  return 0;
}

int total_size(const char *urls) {
  int rc = 0;
  long long total = 0;
  char *text = strdup(urls), *rest = NULL;
  if (!text) return GREEN_ENOMEM;
  GREEN_GROUP(parts, &(green_group_options){.max_tasks = 4}, &rc) {
    for (char *url = strtok_r(text, " ", &rest); url; url = strtok_r(NULL, " ", &rest)) {
      struct part part = {url, &total};
      green_group_spawn_copy(parts, add_size, &part, sizeof part);
    }
  } /* waits for all; the first that fails ends the others */
  free(text);
  if (rc < 0) return rc;
  return total > INT_MAX ? green_fail(GREEN_EMSGSIZE, "that is too large") : (int)total;
}
