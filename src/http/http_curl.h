/* Between the two native files: http_curl.c, a client with its libcurl multi handle on the libuv
 * loop, and http_curl_transfer.c, one request as a libcurl easy handle.
 *
 * libcurl runs on the host's own stack alone, since it and its TLS library need more of it than a
 * task may have: tasks ask by a timer that is due at once.
 */
#ifndef GREENIO_SRC_HTTP_HTTP_CURL_H
#define GREENIO_SRC_HTTP_HTTP_CURL_H

#include <signal.h>
#include <curl/curl.h>
#include "core/runtime.h"
#include "http.h"

struct green__curl_watch;

/* `multi` is there from the first request to the end of the runtime or of the client. `timer` is
 * libcurl's, and in the end brings the client itself to the host's stack. */
struct green_http_client {
  unsigned references;
  long host_connections;
  CURLM *multi;
  struct green_runtime *runtime;
  struct green__closer closer;
  struct green__timer timer;
  struct green__curl_watch *watches;    /* one a socket that libcurl waits for */
  struct green__curl_transfer *running; /* those in `multi` */
  int starved; /* not 0: a socket could not be watched; every running transfer ends with this status
                */
};

struct green__curl_transfer {
  struct green__transfer base;
  struct green__timer timer;
  struct green__curl_transfer *next, **link; /* in `running`; link is NULL outside */
  CURL *easy;
  struct curl_slist *headers;
  bool in_headers;
  char error[CURL_ERROR_SIZE];
};

/* Makes transfer->easy and all that belongs to it.  CURLE_OK, or why not; then also to be freed. */
CURLcode green__curl_easy_make(struct green__curl_transfer *transfer);
void green__curl_easy_free(struct green__curl_transfer *transfer);

/* Completes transfer->base.done from what libcurl says of the easy handle, which is there still. */
void green__curl_complete(struct green__curl_transfer *transfer, CURLcode code);

#endif
