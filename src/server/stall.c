/* Requests that libmicrohttpd would poll for ever.
 *
 * Its memory for a connection has an end. When the line of a chunk's size fills it, because an
 * extension or zeros go on and on, libmicrohttpd reads no more, answers nothing, and asks to be run
 * again at once, for as long as the connection lives and also when the client has gone. It does not
 * say of which connection that is true.
 *
 * So each request whose body comes in chunks counts the runs behind which libmicrohttpd wants
 * another one at once, and in which nothing of its body came. One that has bytes to read, or whose
 * client has gone, would have been read in so many runs: it is refused. One with nothing to read
 * may be slow, or full to the brim: it is held, which is suspended until something comes.
 */
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include "server.h"

/* libmicrohttpd may need this many to make room, 128 bytes at a time. */
#define MOST_RUNS 200

/* Bytes, or the end, may have come since the last run: so many more may read them. */
#define MORE_RUNS 8

void green__stall_begin(struct green__request *request) {
  struct green_server *server = request->connection->server;
  request->chunked_link = &server->chunked;
  request->chunked_next = server->chunked;
  if (request->chunked_next) request->chunked_next->chunked_link = &request->chunked_next;
  server->chunked = request;
}

void green__stall_end(struct green__request *request) {
  if (!request->chunked_link) return;
  *request->chunked_link = request->chunked_next;
  if (request->chunked_next) request->chunked_next->chunked_link = request->chunked_link;
  request->chunked_link = NULL;
}

static void stalled_refuse(struct green__request *request) {
  struct green__connection *connection = request->connection;
  const struct green__answer *answer = green__exchange_answer(request->exchange);
  connection->unread = true;
  green__answer_write(connection, answer ? answer : &green__answer_malformed);
  green__request_abandon(request);
}

static void hold(struct green__request *request) {
  request->held = true;
  request->runs = 0;
  request->held_since = green_now();
  request->suspended = true;
  MHD_suspend_connection(request->mhd);
  green__connection_watch(request->connection, EPOLLIN);
}

static void look_at(struct green__request *request) {
  int unread = 0;
  if (request->stage != GREEN__BODY) return; /* its answer goes out, and nothing is read */
  if (request->suspended || request->gone || ++request->runs < MOST_RUNS) return;
  ioctl(request->connection->fd, FIONREAD, &unread);
  if (!unread && !request->connection->hung)
    hold(request);
  else if (request->runs >= MOST_RUNS + MORE_RUNS)
    stalled_refuse(request);
}

void green__stalls_look(struct green_server *server) {
  struct green__request *next, *request = server->chunked;
  for (; request; request = next) {
    next = request->chunked_next;
    look_at(request);
  }
}

void green__stall_release(struct green__request *request) {
  if (!request->held) return;
  request->held = false;
  green__connection_watch(request->connection, 0);
  green__server_rouse(request);
}

void green__stalls_expire(struct green_server *server) {
  uint64_t now = green_now();
  struct green__request *next, *request = server->chunked;
  for (; request; request = next) {
    next = request->chunked_next;
    if (request->held && !request->gone && now - request->held_since >= server->idle_timeout)
      green__request_abandon(request);
  }
}
