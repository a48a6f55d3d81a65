/* Connections: how long they may be idle, and whether their client is still there.
 *
 * libmicrohttpd does not look at a suspended connection, so each socket is also in an epoll of the
 * server's own, edge-triggered and for hang-ups alone: that costs one system call a connection.
 */
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include "core/memory.h"
#include "net/names_uv.h"
#include "server.h"

#define BATCH 64

/* ---- idle ones ------------------------------------------------------------------------------- */

void green__connection_idle(struct green__connection *connection) {
  struct green_server *server = connection->server;
  connection->request = NULL;
  if (connection->idle) return;
  connection->idle = true;
  connection->since = green_now();
  green__deque_add(server->idle_head, server->idle_tail, connection, idle_next, idle_previous);
  if (server->draining) green__server_soon(server);
}

static void idle_remove(struct green__connection *connection) {
  struct green_server *server = connection->server;
  if (!connection->idle) return;
  connection->idle = false;
  green__deque_remove(server->idle_head, server->idle_tail, connection, idle_next, idle_previous);
}

void green__connection_busy(struct green__connection *connection, struct green__request *request) {
  idle_remove(connection);
  connection->request = request;
}

void green__connections_expire(struct green_server *server, bool all) {
  uint64_t now = green_now();
  struct green__connection *connection = server->idle_head;
  for (; connection; connection = connection->idle_next) {
    if (!all && now - connection->since < server->idle_timeout) break;
    green__connection_cut(connection);
  }
}

void green__connection_finish(struct green__connection *connection) {
  shutdown(connection->fd, SHUT_WR);
}

void green__connection_cut(struct green__connection *connection) {
  shutdown(connection->fd, SHUT_RDWR);
}

/* ---- whose client has gone ------------------------------------------------------------------- */

/* libmicrohttpd notices the end of what a client sends by an event of its own, and misses one that
 * comes together with the last bytes. Nothing more will come, so this shuts the socket down for
 * reading, which is another event. */
static void show_end(const struct green__connection *connection) {
  shutdown(connection->fd, SHUT_RD);
}

static void watch(struct green__connection *connection, int operation, uint32_t events) {
  struct epoll_event event = {.events = EPOLLRDHUP | EPOLLET | events, .data.ptr = connection};
  epoll_ctl(connection->server->watch, operation, connection->fd, &event);
}

void green__connection_watch(struct green__connection *connection, uint32_t events) {
  watch(connection, EPOLL_CTL_MOD, events);
}

/* A client may have ended its half behind requests that were not read yet: it waits for their
 * answers. Over TLS nobody can tell what the bytes are. */
bool green__connection_gone(const struct green__connection *connection) {
  const struct green__request *request = connection->request;
  char byte;
  if (!connection->hung || !request) return false;
  if (request->stage == GREEN__BODY || request->gone) return false;
  if (connection->server->secure) return true;
  return recv(connection->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) <= 0;
}

void green__connections_hangups(struct green_server *server) {
  struct epoll_event events[BATCH];
  int count;
  do {
    count = epoll_wait(server->watch, events, BATCH, 0);
    for (int i = 0; i < count; i++) {
      struct green__connection *connection = events[i].data.ptr;
      struct green__request *request = connection->request;
      if (request) green__stall_release(request);
      if (!(events[i].events & ~(uint32_t)EPOLLIN)) continue;
      if (!connection->hung) show_end(connection); /* which is an event here as well */
      connection->hung = true;
      if (request && request->suspended && green__connection_gone(connection))
        green__request_abandon(request);
    }
  } while (count == BATCH);
}

/* ---- opened and closed ----------------------------------------------------------------------- */

static void opened(struct green_server *server, struct MHD_Connection *mhd, void **context) {
  struct green__connection *connection = green__alloc(sizeof *connection);
  if (!connection) return; /* its requests are refused */
  memset(connection, 0, sizeof *connection);
  connection->server = server;
  connection->fd = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
  const struct sockaddr *peer =
      MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr;
  if (!peer || peer->sa_family == AF_UNIX) /* whose name is not all there */
    connection->peer.family = GREEN_UNIX;
  else
    green__address_from_system(peer, &connection->peer);
  watch(connection, EPOLL_CTL_ADD, 0);
  connection->link = &server->connections;
  connection->next = server->connections;
  if (connection->next) connection->next->link = &connection->next;
  server->connections = connection;
  green__connection_idle(connection);
  *context = connection;
}

static bool has_unread(const struct green__connection *connection) {
  int unread = 0;
  return connection->unread || (ioctl(connection->fd, FIONREAD, &unread) == 0 && unread);
}

static void closed(struct green__connection *connection, void **context) {
  if (connection->server->daemon && has_unread(connection))
    green__linger(connection->server, connection->fd);
  idle_remove(connection);
  epoll_ctl(connection->server->watch, EPOLL_CTL_DEL, connection->fd, NULL);
  *connection->link = connection->next;
  if (connection->next) connection->next->link = connection->link;
  green__free(connection);
  *context = NULL;
}

void green__connection_notify(void *arg, struct MHD_Connection *mhd, void **context,
                              enum MHD_ConnectionNotificationCode code) {
  struct green_server *server = arg;
  if (code == MHD_CONNECTION_NOTIFY_STARTED) {
    server->connection_count++;
    opened(server, mhd, context);
  } else {
    server->connection_count--;
    green__server_soon(server); /* libmicrohttpd may accept again, from the next time on */
    if (*context) closed(*context, context);
  }
}
