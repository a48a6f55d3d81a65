/* Which sockets JavaScript has (src/net/sockets.mjs). */
#ifndef GREENIO_SRC_NET_NET_JS_H
#define GREENIO_SRC_NET_NET_JS_H

enum green__js_sockets {
  GREEN__NO_SOCKETS,
  GREEN__NODE_SOCKETS,
  GREEN__GIVEN_SOCKETS, /* by the factory's option greenSockets: they connect to a host and a port */
};

int green__js_net_sockets(void);

#endif
