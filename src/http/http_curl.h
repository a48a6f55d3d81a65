/* Between the native files: http_curl.c, a client with its libcurl multi handle on the libuv loop,
 * http_curl_sockets.c, the sockets of its connections, and http_curl_transfer.c, one request as a
 * libcurl easy handle.
 *
 * libcurl runs on the host's own stack alone, since it and its TLS library need more of it than a
 * task may have: tasks ask by a timer that is due at once.
 */
#ifndef GREENIO_SRC_HTTP_HTTP_CURL_H
#define GREENIO_SRC_HTTP_HTTP_CURL_H

#include <signal.h>
#include <curl/curl.h>
#include "core/wait.h"
#include "http.h"

struct green__curl_watch;
struct green__curl_socket;

/* `multi` is there from the first request to the end of the runtime or of the client. `timer` is
 * libcurl's, and in the end brings the client itself to the host's stack. */
struct green_http_client {
  struct green__client base;
  CURLM *multi;
  CURLSH *cookies; /* shared by the easy handles; NULL: no jar */
  struct green_runtime *runtime;
  struct green__closer closer;
  struct green__timer timer;
  struct green__curl_watch *watches;    /* one a socket that libcurl waits for */
  struct green__curl_socket *sockets;   /* those of its connections, kept ones as well */
  struct green__curl_transfer *running; /* those in `multi` */
  struct green__curl_foreign *foreign;  /* easy handles of the program's in `multi` */
  int starved; /* not 0: a socket could not be watched; every running transfer ends with this status
                */
};

struct green__curl_transfer {
  struct green__transfer base;
  struct green__curl_transfer *next, *previous; /* in `running` */
  CURL *easy;
  struct curl_slist *headers;
  bool running, in_headers, sending_paused, receiving_paused;
  bool sent, heard; /* the request has gone out; then something of an answer has come */
  bool unanswered;  /* its connection ended, and it must not go out again */
  bool following;   /* the answer is a redirect */
  bool stale;       /* the kept connection may not be used: to be made again on a new one */
  bool fresh;       /* made for a new connection */
  size_t head_size, trailer_size, skipped; /* bytes that came; `skipped` of a redirect's body */
  bool allowed;                            /* an address was let through by the client's allow */
  int denied;                              /* by that, the last time; else 0 */
  green_address denied_address;
  int unopened; /* why no socket could be had, the last time; else 0 */
  char error[CURL_ERROR_SIZE];
};

/* Makes transfer->easy and all that belongs to it.  CURLE_OK, or why not; then also to be freed. */
CURLcode green__curl_easy_make(struct green__curl_transfer *transfer);
void green__curl_easy_free(struct green__curl_transfer *transfer);

/* The easy handle of a transfer in `multi` gives way to one for its new request.
 *   0, and *code. GREEN_EBUSY, GREEN_ENOMEM, GREEN_EIO. */
int green__curl_again(struct green__curl_transfer *transfer, CURLcode *code);

/* Completes the transfer from what libcurl says of the easy handle, which is there still. */
void green__curl_complete(struct green__curl_transfer *transfer, CURLcode code);

/* ---- sockets: http_curl_sockets.c ---- */

/* 0, and *out, which the function below closes. GREEN_ENOMEM, or why the system has none. */
int green__curl_socket_open(green_http_client *client, const struct curl_sockaddr *to,
                            curl_socket_t *out);

/* For CURLOPT_CLOSESOCKETFUNCTION, with the client. */
int green__curl_socket_close(void *client, curl_socket_t socket);

/* libcurl has closed them all. */
void green__curl_sockets_forget(green_http_client *client);

/* The easy handle's request has been answered. */
void green__curl_socket_answered(green_http_client *client, CURL *easy);

/* Whether a kept connection, with this port here, is at its end, has something to read that nobody
 * has asked for, or is not known: it was made for an easy handle of the program's. */
bool green__curl_socket_is_stale(green_http_client *client, int own_port);

/* ---- easy handles of the program's: curl_perform.c ---- */

struct green__curl_foreign {
  CURL *easy;
  struct green__curl_foreign *next, *previous; /* in `foreign` */
  bool added;
  struct green__timer to_host;
  struct green__queue waiters;
  int outcome; /* CURLcode, or a status of greenio's; GREEN_EAGAIN while it is under way */
};

/* libcurl, or the client, has done with it. On the host's stack. */
void green__curl_foreign_end(green_http_client *client, struct green__curl_foreign *foreign,
                             int outcome);

/* Opens the multi handle if there is none, adds an easy handle to it and lets it begin. On the
 * host's stack.  0, GREEN_EBUSY, GREEN_ENOMEM, GREEN_EIO. */
int green__curl_add(green_http_client *client, CURL *easy);

/* Takes it out. On the host's stack. */
void green__curl_remove(green_http_client *client, CURL *easy);

/* Lets what was added or changed begin. On the host's stack. */
void green__curl_drive(green_http_client *client);

#endif
