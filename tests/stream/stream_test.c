#include "stream_test.h"

void auto_stream(green_stream **stream) {
  green_stream_release(*stream);
}

void auto_listener(green_listener **listener) {
  green_listener_release(*listener);
}

unsigned char pattern(size_t at) {
  return (unsigned char)(at * 2654435761u >> 13);
}

int listen_here(green_listener **out, green_address *address) {
  int rc = green_listener_open(out, "127.0.0.1", 0, NULL);
  return rc < 0 ? rc : green_listener_address(*out, address);
}

green_address closed_port(unsigned number) {
  return (green_address){GREEN_IPV4, number, "127.0.0.1"};
}

/* ---- a server -------------------------------------------------------------------------------- */

struct connection {
  struct server *server;
  green_stream *stream;
};

static int connection_run(void *arg) {
  struct connection *connection = arg;
  struct server *server = connection->server;
  int rc = server->serve(connection->stream);
  green_stream_release(connection->stream);
  server->served++;
  if (rc < 0) server->failed++;
  green_semaphore_release(&server->ended);
  return 0;
}

static int serve_all(struct server *server) {
  struct connection connection = {.server = server};
  for (;;) {
    int rc = green_listener_accept(server->listener, &connection.stream);
    if (rc < 0) return test_saw(rc);
    green_future *task = green_spawn_copy(connection_run, &connection, sizeof connection);
    rc = green_future_status(task);
    green_future_release(task);
    if (rc == GREEN_EAGAIN) { /* it is under way */
      server->begun++;
      continue;
    }
    green_stream_release(connection.stream);
    return test_saw(rc);
  }
}

int server_run(void *arg) {
  struct server *server = arg;
  int rc = serve_all(server);
  green_listener_close(server->listener); /* or clients would wait for ever */
  GREEN_SHIELD {
    while (server->begun--) green_semaphore_acquire(&server->ended);
  }
  return rc;
}

int echo(green_stream *stream) {
  char data[16384];
  for (;;) {
    int count = green_stream_read(stream, data, sizeof data);
    if (count <= 0) return count;
    int rc = green_stream_write(stream, data, (size_t)count, NULL);
    if (rc < 0) return rc;
  }
}

int echo_start(struct echo_server *server, int (*serve)(green_stream *stream)) {
  int rc = listen_here(&server->server.listener, &server->address);
  if (rc < 0) return rc;
  server->server.serve = serve;
  server->task = green_spawn(server_run, &server->server);
  return test_check_started(__FILE__, __LINE__, "the server", server->task) ? 0 : GREEN_ENOMEM;
}

void auto_echo(struct echo_server *server) {
  if (server->server.listener) green_listener_close(server->server.listener);
  if (server->task) {
    GREEN_SHIELD {
      green_join(server->task);
    }
  }
  green_listener_release(server->server.listener);
}

/* ---- a pair ---------------------------------------------------------------------------------- */

int pair_open(struct pair *pair) {
  AUTO_LISTENER green_listener *listener = NULL;
  green_address address;
  int rc = listen_here(&listener, &address);
  if (rc == 0) rc = green_stream_connect_any(&pair->client, &address, 1);
  if (rc == 0) rc = green_listener_accept(listener, &pair->server);
  return rc;
}

void auto_pair(struct pair *pair) {
  green_stream_release(pair->client);
  green_stream_release(pair->server);
}

/* ---- datagrams ------------------------------------------------------------------------------- */

void auto_udp(green_udp **udp) {
  green_udp_release(*udp);
}

int udp_here(green_udp **out, green_address *address) {
  int rc = green_udp_open(out, "127.0.0.1", 0, NULL);
  return rc < 0 ? rc : green_udp_address(*out, address);
}
