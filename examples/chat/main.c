/* A chat room. The same program natively and in Node:
 *
 *   chat [PORT]                   serves the room and its page, at http://127.0.0.1:8080/; where nothing
 *                                 listens (workerd), module.green.app.fetch() does
 *   chat join URL NAME [LINE ...] goes to a room, at ws://127.0.0.1:8080/room, and says the lines
 */
#include <greenio/server.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "chat.h"

#define DRAIN 5000 /* ms */

struct arguments {
  int count;
  char **at;
};

static int page(green_request *request, green_response *response, void *arg) {
  (void)request, (void)arg;
  return green_response_give(response, 200, "text/html; charset=utf-8", (void *)asset_page,
                             asset_page_size, NULL);
}

static int style(green_request *request, green_response *response, void *arg) {
  (void)request, (void)arg;
  return green_response_give(response, 200, "text/css", (void *)asset_style, asset_style_size,
                             NULL);
}

static int script(green_request *request, green_response *response, void *arg) {
  (void)request, (void)arg;
  return green_response_give(response, 200, "text/javascript", (void *)asset_script,
                             asset_script_size, NULL);
}

/* Browsers ask for it. */
static int no_icon(green_request *request, green_response *response, void *arg) {
  (void)request, (void)arg;
  return green_response_send_status(response, 204);
}

static int make_app(green_app **out, struct room *room) {
  int rc = green_app_new(out, &(green_app_options){.max_streams = 10000});
  if (rc == 0) rc = green_app_allow_host(*out, "localhost");
  if (rc == 0) rc = green_app_allow_host(*out, "127.0.0.1");
  if (rc == 0) rc = green_app_add_security_headers(*out, NULL);
  if (rc == 0) rc = green_app_route(*out, "GET", "/", page, NULL);
  if (rc == 0) rc = green_app_route(*out, "GET", "/style.css", style, NULL);
  if (rc == 0) rc = green_app_route(*out, "GET", "/script.js", script, NULL);
  if (rc == 0) rc = green_app_route(*out, "GET", "/favicon.ico", no_icon, NULL);
  if (rc == 0) rc = green_app_route(*out, "GET", "/room", room_enter, room);
  return rc;
}

/* Where it is, unless it is asked by fetch() alone. */
static void tell_address(green_server *server) {
  green_address address;
  char text[GREEN_ADDRESS_TEXT];
  if (green_server_address(server, &address) < 0) return;
  printf("http://%s/\n", green_address_text(&address, text, sizeof text));
  fflush(stdout);
}

static int serve(unsigned port) {
  struct room room = {0};
  green_app *app = NULL;
  green_server *server = NULL;
  int rc = make_app(&app, &room);
  if (rc == 0)
    rc =
        green_server_open(&server, app, &(green_server_options){.host = "127.0.0.1", .port = port});
  if (rc == 0) tell_address(server);
  if (rc == 0) rc = green_server_wait(server, DRAIN);
  green_server_release(server);
  if (app) green_join(green_app_shutdown(app)); /* the room lives as long as its members */
  green_app_release(app);
  return rc;
}

static bool is_port(const char *text, unsigned *out) {
  size_t digits = strspn(text, "0123456789");
  *out = (unsigned)strtoul(text, NULL, 10);
  return digits > 0 && digits <= 5 && !text[digits] && *out <= 65535;
}

static int run(void *arg) {
  const struct arguments *arguments = arg;
  char **at = arguments->at;
  int count = arguments->count, rc;
  unsigned port = 8080;
  if (count >= 4 && strcmp(at[1], "join") == 0)
    rc = join(at[2], at[3], at + 4, count - 4);
  else if (count == 1 || (count == 2 && is_port(at[1], &port)))
    rc = serve(port);
  else
    rc = green_fail(GREEN_EINVAL, "usage: chat [PORT] | chat join URL NAME [LINE ...]");
  if (rc < 0) fprintf(stderr, "chat: %s\n", green_message());
  return rc;
}

int main(int argc, char **argv) {
  struct arguments arguments = {argc, argv};
  return green_run(run, &arguments) < 0;
}
