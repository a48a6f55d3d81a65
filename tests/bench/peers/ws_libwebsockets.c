/* libwebsockets as an echo server of WebSocket. Prints its port. */
#include <libwebsockets.h>
#include <stdio.h>
#include <string.h>

#define MOST 65536

struct session {
  size_t size;
  unsigned char data[LWS_PRE + 1024]; /* as large as the messages of the benchmark need it */
};

static int on_event(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                    size_t size) {
  struct session *session = user;
  if (reason == LWS_CALLBACK_RECEIVE) {
    if (session->size + size > sizeof session->data - LWS_PRE) return -1;
    memcpy(session->data + LWS_PRE + session->size, in, size);
    session->size += size;
    if (lws_is_final_fragment(wsi) && !lws_remaining_packet_payload(wsi))
      lws_callback_on_writable(wsi);
  } else if (reason == LWS_CALLBACK_SERVER_WRITEABLE && session->size) {
    size_t whole = session->size;
    session->size = 0;
    if (lws_write(wsi, session->data + LWS_PRE, whole, LWS_WRITE_BINARY) < (int)whole) return -1;
  }
  return 0;
}

int main(void) {
  static const struct lws_protocols protocols[] = {
      {"echo", on_event, sizeof(struct session), 4096, 0, NULL, 0}, {0}};
  struct lws_context_creation_info info = {.port = CONTEXT_PORT_NO_LISTEN};
  lws_set_log_level(LLL_ERR, NULL);
  info.protocols = protocols;
  info.port = 0;
  info.iface = "127.0.0.1";
  info.vhost_name = "bench";
  info.options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS;
  struct lws_context *context = lws_create_context(&info);
  struct lws_vhost *vhost = context ? lws_create_vhost(context, &info) : NULL;
  if (!vhost) return 1;
  printf("%d\n", lws_get_vhost_listen_port(vhost));
  fflush(stdout);
  while (lws_service(context, 0) >= 0) continue;
  lws_context_destroy(context);
  return 0;
}
