/* ws.echo and ws.idle: a server that echoes messages. Prints its port and serves until it is killed. */
#include <greenio/greenio.h>
#include <greenio/server.h>
#include <greenio/websocket.h>
#include <stdio.h>

static int echo(green_request *request, green_response *response, void *arg) {
  green_websocket *ws;
  green_websocket_message message = {0};
  (void)request, (void)arg;
  int rc = green_response_start_websocket(response, &ws, NULL);
  if (rc < 0) return rc;
  while ((rc = green_websocket_receive(ws, &message)) > 0) {
    rc = green_websocket_send(ws, message.type, message.data, message.size);
    if (rc < 0) break;
  }
  green_websocket_message_release(&message);
  green_websocket_release(ws);
  return rc;
}

static int app(void *arg) {
  green_app *app;
  green_server *server;
  green_address address;
  (void)arg;
  int rc = green_app_new(&app, &(green_app_options){.max_streams = 20000});
  if (rc == 0) rc = green_app_route(app, "GET", "/", echo, NULL);
  if (rc == 0)
    rc = green_server_open(&server, app,
                           &(green_server_options){.host = "127.0.0.1", .max_connections = 20000});
  if (rc == 0) rc = green_server_address(server, &address);
  if (rc < 0) return rc;
  printf("%u\n", address.port);
  fflush(stdout);
  return green_server_wait(server, 0);
}

int main(void) {
  return green_run(app, NULL) < 0;
}
