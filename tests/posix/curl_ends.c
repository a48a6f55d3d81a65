/* libcurl in the middle of a body that does not end. Of a wait that failed it says that alone. */
#include <stdio.h>
#include <curl/curl.h>
#include "ends.h"

static size_t begin(char *bytes, size_t one, size_t size, void *arg) {
  (void)bytes, (void)one, (void)arg;
  reached();
  return size;
}

int block(const char *address) {
  char base[100], url[200], authorities[200];
  if (sscanf(address, "%99s %199s", base, authorities) != 2) return GREEN_EINVAL;
  snprintf(url, sizeof url, "%s/endless", base);
  CURL *easy = curl_easy_init();
  curl_easy_setopt(easy, CURLOPT_URL, url);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_CAINFO, authorities);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, begin);
  CURLcode code = curl_easy_perform(easy);
  curl_easy_cleanup(easy);
  if (code == CURLE_OK) return 0;
  bool by_server = code == CURLE_PARTIAL_FILE || code == CURLE_RECV_ERROR;
  return by_server ? GREEN_ECONNRESET : WAIT_FAILED;
}
