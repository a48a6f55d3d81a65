/* libcurl's easy interface: the server answers only when all requests are there. The address may have a
 * file of authorities behind it. */
#include <stdio.h>
#include <string.h>
#include <curl/curl.h>
#include "library.h"

struct body {
  char text[64];
  size_t size;
};

static size_t take(char *bytes, size_t one, size_t size, void *arg) {
  struct body *body = arg;
  (void)one;
  if (size >= sizeof body->text - body->size) return 0;
  memcpy(body->text + body->size, bytes, size);
  body->size += size;
  body->text[body->size] = 0;
  return size;
}

static int get(const char *path, struct body *body) {
  char base[100], url[200], authorities[200];
  bool trusts = sscanf(address, "%99s %199s", base, authorities) == 2;
  snprintf(url, sizeof url, "%s%s", base, path);
  memset(body, 0, sizeof *body);
  CURL *easy = curl_easy_init();
  curl_easy_setopt(easy, CURLOPT_URL, url);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, body);
  if (trusts) curl_easy_setopt(easy, CURLOPT_CAINFO, authorities);
  CURLcode code = curl_easy_perform(easy);
  curl_easy_cleanup(easy);
  return code == CURLE_OK ? 0 : wrong("curl: %s: %s", url, curl_easy_strerror(code));
}

int work(int i, bool in_task) {
  char path[32];
  struct body body;
  snprintf(path, sizeof path, "/%s/%d", in_task ? "together" : "alone", i);
  int rc = get(path, &body);
  if (rc == 0 && strcmp(body.text, path) != 0) rc = wrong("curl: %s gave %s", path, body.text);
  return rc;
}

int watch(void) {
  struct body body;
  int rc = get("/most", &body); /* answered when the others are there */
  printf("the server sees %s requests at once\n", body.text);
  return rc;
}
