/* WebSocket (RFC 6455): connections of messages, as a client and, in a handler of an application
 * (app.h), as a server.
 *
 *   static int echo(green_request *request, green_response *response, void *arg) {
 *     green_websocket *ws;
 *     green_websocket_message message = {0};
 *     int rc = green_response_start_websocket(response, &ws, NULL);
 *     if (rc < 0) return rc;
 *     while ((rc = green_websocket_receive(ws, &message)) > 0)
 *       if ((rc = green_websocket_send(ws, message.type, message.data, message.size)) < 0) break;
 *     green_websocket_message_release(&message);
 *     green_websocket_release(ws);
 *     return rc;
 *   }
 *
 * Everything that may wait is called in a task (GREEN_EMAIN outside one, GREEN_ENESTED where it
 * cannot park), parks that task alone, and ends with GREEN_ECANCELED or GREEN_ETIMEDOUT when
 * interrupted, which leaves the connection whole: no message is taken or sent in part. One task
 * receives and another may send; several that receive, or that send, wait their turn, first come,
 * first served.
 *
 * What comes is read and looked at though nobody receives, so that pings are answered and an end is
 * seen, until 64 KiB of messages wait; then the other side is slowed down (natively and in Node; a
 * page's browser, Deno and workerd take whatever comes). What is sent waits in memory up to 64 KiB
 * and one message.
 *
 * The end. Unless said otherwise a call gives, behind what was received before:
 *   GREEN_ECLOSED: this side has closed, before or while it waited; or the runtime has ended;
 *   GREEN_EPIPE: sent, though the other side has closed. (To receive gives 0 then.)
 *   GREEN_ECONNRESET: the connection ended without being closed;
 *   GREEN_ETIMEDOUT: the other side has answered no ping, see `keep_alive`;
 *   GREEN_EPROTO: the other side went against the protocol, or sent a text that is not UTF-8; it
 *     was told so (1002, 1007). The message says what it was;
 *   GREEN_EMSGSIZE: it sent a message above max_message, and was told so (1009);
 *   GREEN_ENOBUFS: on Deno and workerd a client sent more than 16 MiB and max_message that were not
 *     received, each message counting 64 bytes more than it has, and was told so (1008).
 * green_websocket_close_code() tells more.
 *
 * Messages are not compressed: a client asks for no extension, and a server agrees to none
 * (browsers and workerd may by themselves).
 *
 * Hosts: natively it is greenio's own, on its streams; in Node npm's `ws`
 * does the work, which the program installs, as a client else the global WebSocket of Node 22; in a
 * page and its workers the browser's WebSocket, and there is no server. What a browser's WebSocket
 * cannot do, also where Node uses its own, is GREEN_ENOTSUP by its name: green_websocket_ping(),
 * `keep_alive`, headers, anything of a client but base_url, to close with another code than 1000
 * and 3000 to 4999. There a failed handshake is GREEN_ENETWORK whatever the reason, a message above
 * max_message ends the connection with 4009, and the page's origin and cookies are sent. With
 * GREENIO_WEBSOCKET=OFF both sides are GREEN_ENOTSUP.
 *
 * Where an application is answered by module.green.app.fetch(), it takes a host that makes a
 * connection of a Request: Deno, of one of Deno.serve(), and workerd. Elsewhere (Node's own
 * requests, a service worker's, Bun's) a server is GREEN_ENOTSUP there. Those two cannot send a
 * ping (GREEN_ENOTSUP), a connection that is cut from this side is closed instead and stays open
 * until the other side answers or goes, and what a client sends is taken though nobody receives it,
 * up to a bound (GREEN_ENOBUFS). A message is at most 32 MiB on workerd, and 64 MiB on Deno.
 * workerd has no `keep_alive` (GREEN_ENOTSUP), agrees to permessage-deflate, and hands over a text
 * or a close that is not UTF-8 with U+FFFD in it; its promises belong to a request, so that it
 * takes an instance a request or a Durable Object. Deno sends no header with the 101 but the
 * subprotocol, whatever was set, and ends the connection of a client that goes against the protocol
 * without a code. Its `keep_alive` does not find a client that is gone while something waits to be
 * sent to it; and what a client sends behind this side's close ends the connection at once:
 * green_websocket_close() gives GREEN_ECONNRESET then, and the client may get no code. As a client
 * both are as a browser. */
#ifndef GREENIO_WEBSOCKET_H
#define GREENIO_WEBSOCKET_H

#include <greenio/app.h>
#include <greenio/http.h>

GREEN_BEGIN

/* One side of a connection. */
typedef struct green_websocket green_websocket;

/* How a connection is; what is 0 or NULL has its default. Read until the call returns. */
typedef struct green_websocket_options {
  const char *protocols; /* subprotocols, tokens with a comma between two: "chat.v2, chat". A client
                            asks for them, the best first; a server agrees to the first of the
                            client's that is here. NULL: none */
  size_t max_message;    /* bytes of a message that is received whole; in Node and in a page of any
                          one; 0: 1 MiB */
  uint64_t keep_alive;   /* milliseconds in which nothing came, after which a ping is sent; if then
                            nothing comes for as long, the connection is cut, unless the other side
                            goes on to take what was sent ahead of the ping; 0: no pings */
  uint64_t close_time;   /* milliseconds for the other side to answer that this one has closed, from
                            when it has last taken some of what was sent ahead of that; 0: 5,000.
                            Natively it has taken what its system has; on Windows, in Node and in a
                            page what this side's system has */

  /* Of a client alone; of a server GREEN_EINVAL. */

  const green_http_header *headers; /* sent with the handshake beside the client's */
  size_t header_count;              /* of headers */

  /* Of a server alone; of a client GREEN_EINVAL. */

  const char *origins; /* whose pages may connect: "https://a.example, https://b.example:8443"; "*":
                          any. https: is port 443, and http: 80. NULL: those of the host and port
                          that the request names, and where the server has a certificate none of
                          http:. What is no page sends no Origin, and may connect */
} green_websocket_options;

/* ---- beginning ------------------------------------------------------------------------------- */

/* Connects to a ws: or wss: address, which may be relative to the client's base_url (http: as ws:,
 * https: as wss:). `client` may be NULL. What it has is heeded: base_url, headers, user_agent,
 * ca_file, certificate, key, insecure, allow, connect_timeout, which here is for the whole
 * handshake; in Node the headers and user_agent. The handshake takes 300,000 ms at most unless
 * connect_timeout says more or less, on every host. A client with cookies or a proxy is
 * GREEN_ENOTSUP, what is about answers and retries does not matter, redirects are not followed, and
 * the environment's proxies are not used. `options` may be NULL. Parks until the other side has
 * agreed.
 *   0: *out is the caller's, green_websocket_release() it.
 *   GREEN_EINVAL: a bad address, header, or subprotocol.
 *   GREEN_ECONNREFUSED, GREEN_ENOHOST, GREEN_ETLS and so on: as green_stream_connect_tls(); in Node
 *     GREEN_EIO for what has no status of its own.
 *   GREEN_EACCES: the server answered with another status than 101. The message has it. (In Node
 *     22's own and in a page GREEN_ENETWORK.)
 *   GREEN_EPROTO: its answer is no handshake, or agrees to what was not asked for.
 *   GREEN_ECONNRESET: it ended without an answer.
 *   GREEN_ENOTSUP: see above. GREEN_ENOMEM, GREEN_EMAIN, GREEN_ECANCELED, GREEN_ETIMEDOUT.
 * A failure leaves a message; *out is NULL then. */
GREEN_API int green_websocket_connect(green_http_client *client, green_websocket **out,
                                      const char *url, const green_websocket_options *options);

/* In a handler: makes the request's connection one of WebSocket; response middleware runs before,
 * and headers that were set are sent with the 101. The request goes on without a worker, as
 * green_response_detach(). It ends when the handler returns: the connection is closed then if it
 * was not, with 1000, or with 1011 if the handler failed.
 *
 * A client that leaves cancels the request's task, as for other requests: when the connection is
 * cut, or the client has closed it and all its messages were received, unless the task is in
 * green_websocket_receive() or _read() just then, which tell. A server that is shut down closes
 * with 1001, which receiving gives as GREEN_ECLOSED; a task that does something else is cancelled
 * when the client has answered. Parks until the handshake is sent.
 *   0: *out is the caller's, green_websocket_release() it before the handler returns.
 *   GREEN_EPROTO: the request is no handshake of WebSocket. The response is made: 426 or 400.
 *   GREEN_EACCES: a page of another origin. The response is made: 403.
 *     To fail with one of these two is no failure of the request.
 *   GREEN_EAGAIN: as green_response_detach().
 *   GREEN_EALREADY: the head is already on its way. GREEN_EINVAL: an option.
 *   GREEN_ECONNRESET: the client has gone. GREEN_ECLOSED: response middleware has answered.
 *   GREEN_ENOTSUP: see above; in Node without `ws`; keep_alive on workerd; Deno refuses the
 *     request, which cannot be answered otherwise then. GREEN_ENOMEM, GREEN_EMAIN, GREEN_ECANCELED,
 *   GREEN_ETIMEDOUT.
 * A failure leaves a message; *out is NULL then. */
GREEN_API int green_response_start_websocket(green_response *response, green_websocket **out,
                                             const green_websocket_options *options);

/* The subprotocol that was agreed; "": none. Lives as long as the connection's record. Any stack;
 * never parks. */
GREEN_API const char *green_websocket_protocol(const green_websocket *ws);

/* ---- messages -------------------------------------------------------------------------------- */

/* What a message is. */
enum green_websocket_type {
  GREEN_WEBSOCKET_TEXT = 1, /* UTF-8 */
  GREEN_WEBSOCKET_BINARY = 2
};

/* A message that was received. Zeroed before its first use. */
typedef struct green_websocket_message {
  enum green_websocket_type type; /* text or binary */
  char *data;                     /* greenio's memory; a 0 byte that is not counted is behind it */
  size_t size;                    /* bytes */
} green_websocket_message;

/* Receives a message whole, in the place of what *message held, whose memory is released. Parks
 * until it is there.
 *   1: *message is the caller's, green_websocket_message_release() it, or receive into it again.
 *   0: the other side has closed, and that was all.
 *   GREEN_EMSGSIZE: larger than max_message.
 *   GREEN_EINVAL: a part of the message was read by green_websocket_read() already.
 *   GREEN_ENOMEM: there was none for what came, and the connection was closed with 1011.
 *   Or see above. Without a message *message is empty. */
GREEN_API int green_websocket_receive(green_websocket *ws, green_websocket_message *message);

/* Frees what it holds, and zeroes it. Any stack; never parks. */
GREEN_API void green_websocket_message_release(green_websocket_message *message);

/* A piece of a message. */
typedef struct green_websocket_piece {
  enum green_websocket_type type; /* of the message. A text may be cut within a character */
  size_t size;                    /* bytes */
  bool last;                      /* it ends the message */
} green_websocket_piece;

/* Reads the next bytes of a message, at most `size`, as they come: a message may then have any size
 * (in Node and in a page max_message). A message of no bytes is one piece of none. Parks until
 * something is there.
 *   1: *piece says what is in `buffer`.
 *   0: the other side has closed, and that was all.
 *   GREEN_EINVAL: size is 0.
 *   Or see above. A text that is not UTF-8 may show after the first pieces. */
GREEN_API int green_websocket_read(green_websocket *ws, void *buffer, size_t size,
                                   green_websocket_piece *piece);

/* Sends a message, which is copied. Parks while 64 KiB or more of earlier ones have not gone to the
 * system yet. That it was taken does not say that it arrives.
 *   0: it will be sent, whole, unless the connection is cut. Interrupted, GREEN_ENOMEM: nothing of
 *     it is.
 *   GREEN_EINVAL: a text that is not UTF-8, or no type.
 *   Or see above. */
GREEN_API int green_websocket_send(green_websocket *ws, enum green_websocket_type type,
                                   const void *data, size_t size);

/* Sends a ping and waits for its answer: the other side, and what lies between, works. Pings of the
 * other side are answered without the program. Parks.
 *   0: the answer has come. Interrupted: it was not there yet.
 *   GREEN_EPIPE: also when the other side closed meanwhile.
 *   GREEN_ENOTSUP: a page, Node without `ws`, Deno and workerd. GREEN_ENOMEM, or see above. */
GREEN_API int green_websocket_ping(green_websocket *ws);

/* ---- the end --------------------------------------------------------------------------------- */

/* Closes: what was sent goes first, then `code` with `reason`, and the other side's answer is
 * waited for, close_time at most. What it still sends is dropped; other tasks that wait get
 * GREEN_ECLOSED. `code`: 0: 1000 (done); 1001 (going away) to 1003, 1007 to 1014, 3000 to 4999.
 * `reason`: UTF-8, at most 123 bytes, or NULL. A second time waits as well. Parks.
 *   0: the other side has closed too, or had before.
 *   GREEN_ETIMEDOUT: it has not answered within close_time, or a deadline has passed;
 *     GREEN_ECANCELED: the connection was cut then.
 *   GREEN_EINVAL: a code or reason that cannot be sent. GREEN_ENOTSUP: a client's code, in a page.
 *     Nothing was done.
 *   GREEN_ECONNRESET: the connection ended without an answer. */
GREEN_API int green_websocket_close(green_websocket *ws, unsigned code, const char *reason);

/* What the other side closed with, once it has: the code, 1005 if it said none, 1006 if the
 * connection ended in another way (the header of this file says in which), 0 while it is open. The
 * reason is UTF-8, "" if there is none; it lives as long as the connection's record. Any stack;
 * never parks. */
GREEN_API unsigned green_websocket_close_code(const green_websocket *ws);
GREEN_API const char *green_websocket_close_reason(const green_websocket *ws);

/* Lets go of it. If it was not closed, that is begun with 1000 and goes on without the program,
 * close_time at most. Tasks that wait get GREEN_ECLOSED. NULL is allowed. Any stack; never
 * parks. */
GREEN_API void green_websocket_release(green_websocket *ws);

GREEN_END
#endif
