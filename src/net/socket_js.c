/* Sockets in WebAssembly, Node's or those that the program's JavaScript has given: what JavaScript keeps
 * of them is in net.mjs, by the endpoint's address. Where there are none, every way to one gives
 * GREEN_ENOTSUP. */
#include <string.h>
#include <emscripten/emscripten.h>
#include <greenio/status.h>
#include <greenio/task.h>
#include "loop.h"
#include "net.h"
#include "net_js.h"

void green__js_net_why(const struct green__endpoint *stream, char *text, int size);
int green__js_net_listen(struct green__endpoint *listener, bool local, const char *host,
                         unsigned port, int backlog, bool ipv6_only);
int green__js_net_accept(struct green__endpoint *listener, struct green__endpoint *stream);
int green__js_net_connect(struct green__endpoint *stream, bool local, const char *host,
                          unsigned port);
int green__js_net_opened(struct green__endpoint *endpoint);
int green__js_net_read(struct green__endpoint *stream, void *data, int size);
int green__js_net_write(struct green__endpoint *stream, const void *data, int size);
int green__js_net_shutdown(struct green__endpoint *stream);
void green__js_net_close(struct green__endpoint *endpoint, bool reset);
void green__js_net_watch(struct green__endpoint *terminal);
void green__js_net_unwatch(struct green__endpoint *terminal);
int green__js_net_address(const struct green__endpoint *endpoint, bool peer, char *host, int size);
void green__js_net_no_delay(struct green__endpoint *stream, bool on);
int green__js_net_keep_alive(struct green__endpoint *stream,
                             unsigned seconds); /* 0, GREEN_ENOTSUP */

/* From JavaScript, on the host's own stack.  enum green__entry_answer. */
EMSCRIPTEN_KEEPALIVE int green__js_net_ready(struct green__endpoint *endpoint, int side) {
  green__loop_entered();
  green__endpoint_ready(endpoint, side);
  return green__loop_left();
}

static const char *const lacking[] = {
    [GREEN__CONNECTING_LOCALLY] = "there are no Unix-domain sockets by greenSockets",
    [GREEN__LISTENING] = "greenSockets can connect, but not listen",
    [GREEN__DATAGRAMS] = "there is no UDP by greenSockets",
    [GREEN__TLS_ON_STREAMS] = "there is no TLS on greenSockets but what the program brings along",
};

const char *green__net_lacks(enum green__ability ability) {
  switch (green__js_net_sockets()) {
  case GREEN__NODE_SOCKETS:
    return NULL;
  case GREEN__GIVEN_SOCKETS:
    return (size_t)ability < sizeof lacking / sizeof *lacking ? lacking[ability] : NULL;
  default:
    return "there are no sockets here, unless the module's factory is given some: its option "
           "greenSockets, see docs/gateway.md";
  }
}

void green__socket_why(const struct green__endpoint *stream, char *text, size_t size) {
  green__js_net_why(stream, text, (int)size);
}

const char *green__address_why(const green_address *address) {
  (void)address;
  return "";
}

/* Node sets SO_REUSEADDR always. */
const char *green__listen_lacks(const green_listener_options *options) {
  return options->no_reuse ? "no_reuse" : NULL;
}

int green__socket_listen(struct green__endpoint *listener, const green_address *address,
                         const green_listener_options *options) {
  int rc = green__js_net_listen(listener, listener->local, address->host, address->port,
                                options->backlog, options->ipv6_only);
  if (rc < 0) return rc;
  green__endpoint_opened(listener);
  while ((rc = green__js_net_opened(listener)) == GREEN_EAGAIN) {
    rc = green__endpoint_wait(listener, GREEN__OUTPUT, "a listener");
    if (rc < 0) return rc;
  }
  return rc;
}

int green__socket_accept(struct green__endpoint *listener, struct green__endpoint *stream) {
  int rc = green__js_net_accept(listener, stream);
  if (rc == 0) green__endpoint_opened(stream);
  return rc;
}

/* Node would look a name up. */
int green__socket_connect(struct green__endpoint *stream, const green_address *address) {
  if (!stream->local && !green__address_is_numeric(address)) return GREEN_EINVAL;
  int rc = green__js_net_connect(stream, stream->local, address->host, address->port);
  if (rc < 0) return rc;
  green__endpoint_opened(stream);
  return GREEN_EAGAIN;
}

int green__socket_connected(struct green__endpoint *stream) {
  return green__js_net_opened(stream);
}

int green__socket_read(struct green__endpoint *stream, void *data, size_t size) {
  return green__js_net_read(stream, data, (int)size);
}

int green__socket_write(struct green__endpoint *stream, const void *data, size_t size) {
  return green__js_net_write(stream, data, (int)size);
}

int green__socket_shutdown(struct green__endpoint *stream) {
  if (stream->socket.terminal) return GREEN_ENOTSUP;
  return green__js_net_shutdown(stream);
}

void green__socket_close(struct green__endpoint *endpoint, bool reset) {
  green__js_net_close(endpoint, reset);
}

int green__socket_address(const struct green__endpoint *endpoint, bool peer, green_address *out) {
  char host[sizeof out->host];
  if (endpoint->socket.terminal) return GREEN_ENOTSOCK;
  int port = green__js_net_address(endpoint, peer, host, sizeof host);
  if (port < 0) return port;
  if (endpoint->local) {
    out->family = GREEN_UNIX;
    strcpy(out->host, host);
    return 0;
  }
  return green__address_parse(host, (unsigned)port, out) ? 0 : GREEN_ENOTCONN;
}

int green__socket_no_delay(struct green__endpoint *stream, bool on) {
  green__js_net_no_delay(stream, on);
  return 0;
}

int green__socket_keep_alive(struct green__endpoint *stream, unsigned seconds) {
  int rc = green__js_net_keep_alive(stream, seconds);
  return rc < 0 ? green_fail(rc, "keep_alive: greenSockets have none") : 0;
}

/* JavaScript tells of everything, and in Node an open socket keeps it alive. */
int green__socket_watch(struct green__endpoint *endpoint, enum green__side side) {
  if (endpoint->socket.terminal && side == GREEN__INPUT) green__js_net_watch(endpoint);
  return 0;
}

void green__socket_unwatched(struct green__endpoint *endpoint, enum green__side side) {
  if (endpoint->socket.terminal && side == GREEN__INPUT) green__js_net_unwatch(endpoint);
}
