/* Somebody in the room, on the command line. */
#include <stdio.h>
#include <string.h>
#include "chat.h"

static int say_all(green_websocket *ws, const char *name, char **lines, int count) {
  int rc = green_websocket_send(ws, GREEN_WEBSOCKET_TEXT, name, strlen(name));
  for (int i = 0; rc == 0 && i < count; i++)
    rc = green_websocket_send(ws, GREEN_WEBSOCKET_TEXT, lines[i], strlen(lines[i]));
  return rc;
}

static int print_until(green_websocket *ws, const char *name, int count) {
  green_websocket_message message = {0};
  char own[NAME_MOST + 3];
  int rc = 1, back = 0;
  snprintf(own, sizeof own, "%s: ", name);
  while ((!count || back < count) && (rc = green_websocket_receive(ws, &message)) > 0) {
    printf("%s\n", message.data);
    fflush(stdout);
    back += strncmp(message.data, own, strlen(own)) == 0;
  }
  green_websocket_message_release(&message);
  return rc;
}

int join(const char *url, const char *name, char **lines, int count) {
  green_websocket *ws;
  if (strlen(name) > NAME_MOST) return green_fail(GREEN_EINVAL, "the name is too long");
  int rc = green_websocket_connect(NULL, &ws, url, NULL);
  if (rc < 0) return rc;
  rc = say_all(ws, name, lines, count);
  if (rc == 0) rc = print_until(ws, name, count);
  if (rc == 0)
    rc = green_fail(GREEN_ECLOSED, "the room has closed: %s", green_websocket_close_reason(ws));
  if (rc > 0) rc = green_websocket_close(ws, 0, NULL);
  green_websocket_release(ws);
  return rc;
}
