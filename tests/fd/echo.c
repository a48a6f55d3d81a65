#include "echo.h"

#include <string.h>

struct connection {
  struct echo_server *server;
  int fd;
};

static int echo(void *arg) {
  struct connection *connection = arg;
  struct echo_server *server = connection->server;
  char buffer[8192];
  ssize_t count;
  if (++server->connections > server->most) server->most = server->connections;
  while ((count = green_read(connection->fd, buffer, sizeof buffer)) > 0)
    if (green_write(connection->fd, buffer, (size_t)count) < count) break;
  if (count == GREEN_ECONNRESET) server->resets++;
  green_close(connection->fd);
  server->connections--;
  return 0;
}

static int echo_spawn(struct echo_server *server, int fd) {
  struct connection connection = {server, fd};
  green_spawn_options options = {.stack_size = 32768, .copy_size = sizeof connection};
  green_future *task = green_spawn_with(echo, &connection, &options);
  int rc = test_saw(green_future_status(task));
  green_future_release(task);
  if (rc == GREEN_EAGAIN) return 0;
  green_close(fd);
  return rc;
}

int echo_serve(void *arg) {
  struct echo_server *server = arg;
  int rc = 0;
  while (rc >= 0) {
    rc = green_accept(server->fd, NULL, NULL);
    if (rc >= 0) rc = echo_spawn(server, rc);
  }
  echo_auto_close(&server);
  return rc;
}

void echo_auto_close(struct echo_server **server) {
  fd_auto_close(&(*server)->fd);
  (*server)->fd = -1;
}

void echo_open(struct echo_server *server) {
  memset(server, 0, sizeof *server);
  server->fd = fd_listen(&server->address, &server->size, 4096);
}

int echo_connect(struct echo_server *server) {
  int fd = fd_socket();
  int rc = green_connect(fd, (struct sockaddr *)&server->address, server->size);
  if (rc == 0) return fd;
  green_close(fd);
  return rc;
}
