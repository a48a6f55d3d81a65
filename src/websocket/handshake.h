/* A client's handshake as bytes, natively: plain C that knows of no stream. */
#ifndef GREENIO_SRC_WEBSOCKET_HANDSHAKE_H
#define GREENIO_SRC_WEBSOCKET_HANDSHAKE_H

#include <stddef.h>
#include <greenio/http.h>

/* What an answer says. */
struct green__handshake {
  int status;           /* HTTP's; 0: it is no answer */
  const char *why;      /* what is wrong with it; NULL: nothing, and the server has agreed */
  const char *protocol; /* that was agreed to, in the head; NULL: none */
  size_t protocol_size;
};

/* Looks at the head of an answer, which was found to be whole. `accept`: what the key is answered with.
 * `protocols`: that were asked for, or NULL. */
void green__handshake_read(struct green__handshake *handshake, const char *head, size_t size,
                           const char *accept, const char *protocols);

#endif
