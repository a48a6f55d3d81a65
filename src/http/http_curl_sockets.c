/* The sockets of a client's connections: which of those that are kept may be used again.
 *
 * libcurl 7.88 takes a kept connection on which bytes have come that nobody asked for, a 408 of a
 * server that gives it up say, and takes these for the answer to the next request. It tells of the
 * connection that it has chosen no more than the port, so the sockets are opened and closed here.
 * Those that it has not connected it closes itself; they stay in the list until their number is
 * given again, and at worst a connection with the port of what has the number now is given up.
 */
#include "http_curl.h"

#include <greenio/status.h>
#include "core/memory.h"
#include "net/names_uv.h"
#include "system_socket.h"

struct green__curl_socket {
  curl_socket_t socket;
  bool is_http2; /* frames may come at any time */
  struct green__curl_socket *next, *previous;
};

static struct green__curl_socket *find(green_http_client *client, curl_socket_t socket) {
  struct green__curl_socket *each = client->sockets;
  while (each && each->socket != socket) each = each->next;
  return each;
}

static void forget(green_http_client *client, struct green__curl_socket *gone) {
  if (!gone) return;
  green__list_remove(client->sockets, gone, next, previous);
  green__free(gone);
}

int green__curl_socket_open(green_http_client *client, const struct curl_sockaddr *to,
                            curl_socket_t *out) {
  struct green__curl_socket *made = green__alloc(sizeof *made);
  *out = CURL_SOCKET_BAD;
  if (!made) return GREEN_ENOMEM;
  made->socket = green__system_open(to->family, to->socktype);
  if (!green__system_is_open(made->socket)) {
    int rc = green__system_failed();
    green__free(made);
    return rc;
  }
  made->is_http2 = false;
  forget(client, find(client, made->socket));
  green__list_add(client->sockets, made, next, previous);
  *out = made->socket;
  return 0;
}

int green__curl_socket_close(void *arg, curl_socket_t socket) {
  forget(arg, find(arg, socket));
  green__system_close(socket);
  return 0;
}

void green__curl_sockets_forget(green_http_client *client) {
  while (client->sockets) forget(client, client->sockets);
}

void green__curl_socket_answered(green_http_client *client, CURL *easy) {
  curl_socket_t socket = CURL_SOCKET_BAD;
  long version = 0;
  curl_easy_getinfo(easy, CURLINFO_HTTP_VERSION, &version);
  curl_easy_getinfo(easy, CURLINFO_ACTIVESOCKET, &socket);
  struct green__curl_socket *used = version >= CURL_HTTP_VERSION_2_0 ? find(client, socket) : NULL;
  if (used) used->is_http2 = true;
}

static int port_of(curl_socket_t socket) {
  struct sockaddr_storage own;
  socklen_t size = sizeof own;
  green_address address;
  if (getsockname(socket, (struct sockaddr *)&own, &size) < 0 ||
      green__address_from_system((struct sockaddr *)&own, &address) < 0)
    return -1;
  return address.family == GREEN_UNIX ? -1 : (int)address.port;
}

/* Two to different servers may have the same port; then both are looked at. */
bool green__curl_socket_is_stale(green_http_client *client, int own_port) {
  bool known = false;
  if (own_port <= 0) return false; /* in the Unix domain */
  for (struct green__curl_socket *each = client->sockets; each; each = each->next) {
    if (port_of(each->socket) != own_port) continue;
    known = true;
    if (each->is_http2) continue;
    if (green__system_unread(each->socket) || green__system_is_over(each->socket)) return true;
  }
  return !known;
}
