/* The task that accepts connections: as many as may be, and no more than there are descriptors for. */
#include <greenio/status.h>
#include <greenio/task.h>
#include <greenio/traceparent.h>
#include "log.h"
#include "server.h"

/* Between two tries when a connection cannot be accepted, for want of a descriptor or of memory mostly:
 * ms. Between two times that it is told of. */
#define PAUSE 100
#define TOLD  5000

void green__server_has_room(struct green_server *server) {
  if (server->room.head) green__wake(server->room.head, 0);
}

static bool is_full(const struct green_server *server) {
  return server->connection_count >= server->max_connections;
}

/* Until there is room for another connection, or so many milliseconds are over; 0: no matter how many. */
static int wait_for_room(struct green_server *server, uint64_t most) {
  struct green__task *self;
  int rc = green__wait_begin(&self);
  if (rc < 0) return rc;
  green__wait_on(self, &server->room);
  return green__park_until(self, most ? green__due_in(most) : GREEN__NEVER, "room for a connection",
                           server);
}

/* Those that wait already, before the socket is closed. */
static void accept_rest(struct green_server *server) {
  green_stream *stream;
  while (!is_full(server) && green__listener_try_accept(server->listener, &stream) == 0)
    green__connection_begin(server, stream);
}

/* The server goes on with the connections that it has, and must not be deaf to others in silence. */
static void tell_failure(struct green_server *server, int status) {
  if (green_now() < server->quiet_until) return;
  server->quiet_until = green__due_in(TOLD);
  green__say("greenio: green_server: connections wait, since none can be accepted: %s",
             green_strerror(status));
}

int green__server_accept(void *arg) {
  struct green_server *server = arg;
  int rc = 0;
  green_traceparent_set(NULL, NULL); /* its connections are nobody's, nor what they log */
  while (rc == 0 && !server->draining) {
    green_stream *stream;
    if (is_full(server)) {
      rc = wait_for_room(server, 0);
      continue;
    }
    rc = green_listener_accept(server->listener, &stream);
    if (rc == 0) {
      green__connection_begin(server, stream);
    } else if (rc != GREEN_ECANCELED && rc != GREEN_ECLOSED) {
      tell_failure(server, rc);
      rc = wait_for_room(server, PAUSE);
    }
  }
  if (!server->hurried) accept_rest(server);
  green_listener_close(server->listener);
  server->accepting = false;
  green__server_settle(server);
  green__server_unref(server);
  return 0;
}
