/* A greenio that was built without WebSocket: neither side begins, and says why. */
#include <greenio/app.h>
#include <greenio/server.h>
#include <greenio/websocket.h>
#include "harness.h"

static const char why[] = "built without WebSocket (GREENIO_WEBSOCKET=OFF";

struct asked {
  int rc;
  green_websocket *ws;
  char message[200];
};

static int handler(green_request *request, green_response *response, void *arg) {
  struct asked *asked = arg;
  (void)request;
  asked->rc = green_response_start_websocket(response, &asked->ws, NULL);
  snprintf(asked->message, sizeof asked->message, "%s", green_message());
  return green_response_send_status(response, 501);
}

TEST(a_client_is_told) {
  green_websocket *ws = (green_websocket *)1;
  CHECK_STATUS(green_websocket_connect(NULL, &ws, "ws://127.0.0.1:1/", NULL), GREEN_ENOTSUP);
  CHECK(!ws);
  CHECK_CONTAINS(green_message(), why);
  return 0;
}

TEST(a_handler_is_told_and_answers_otherwise) {
  struct asked asked = {.ws = (green_websocket *)1};
  green_app *app;
  green_server *server;
  green_address address;
  char text[GREEN_ADDRESS_TEXT], url[100];
  green_http_response *response;
  CHECK_STATUS(green_app_new(&app, NULL), GREEN_OK);
  CHECK_STATUS(green_app_route(app, "GET", "/", handler, &asked), GREEN_OK);
  CHECK_STATUS(green_server_open(&server, app, &(green_server_options){.host = "127.0.0.1"}),
               GREEN_OK);
  CHECK_STATUS(green_server_address(server, &address), GREEN_OK);
  snprintf(url, sizeof url, "http://%s/", green_address_text(&address, text, sizeof text));
  CHECK_STATUS(green_http_get(NULL, &response, url), GREEN_OK);
  CHECK_NUMBER(green_http_response_status(response), 501);
  green_http_response_release(response);
  CHECK_STATUS(asked.rc, GREEN_ENOTSUP);
  CHECK(!asked.ws);
  CHECK_CONTAINS(asked.message, why);
  CHECK_STATUS(green_join(green_server_shutdown(server, 1000)), GREEN_OK);
  green_server_release(server);
  CHECK_STATUS(green_join(green_app_shutdown(app)), GREEN_OK);
  green_app_release(app);
  return 0;
}
