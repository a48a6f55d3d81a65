/* libwslay, which has no loop and no sockets of its own, on bare epoll as an echo server of WebSocket. Prints its port. */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <wslay/wslay.h>
#include "epoll.h"

enum { DESCRIPTORS = 65536 };

static wslay_event_context_ptr contexts[DESCRIPTORS]; /* NULL: before its handshake */

static ssize_t input(wslay_event_context_ptr context, uint8_t *data, size_t size, int flags,
                     void *arg) {
  ssize_t got = recv((int)(intptr_t)arg, data, size, 0);
  (void)flags;
  if (got > 0) return got;
  wslay_event_set_error(context, got < 0 && errno == EAGAIN ? WSLAY_ERR_WOULDBLOCK
                                                            : WSLAY_ERR_CALLBACK_FAILURE);
  return -1;
}

static ssize_t output(wslay_event_context_ptr context, const uint8_t *data, size_t size, int flags,
                      void *arg) {
  ssize_t sent =
      send((int)(intptr_t)arg, data, size, MSG_NOSIGNAL | (flags & WSLAY_MSG_MORE ? MSG_MORE : 0));
  if (sent < 0) wslay_event_set_error(context, WSLAY_ERR_CALLBACK_FAILURE);
  return sent;
}

static void on_message(wslay_event_context_ptr context,
                       const struct wslay_event_on_msg_recv_arg *message, void *arg) {
  struct wslay_event_msg answer = {message->opcode, message->msg, message->msg_length};
  (void)arg;
  if (!wslay_is_ctrl_frame(message->opcode)) wslay_event_queue_msg(context, &answer);
}

/* The load asks with the key of RFC 6455's example. */
static bool upgrade(int fd) {
  static const struct wslay_event_callbacks callbacks = {
      .recv_callback = input, .send_callback = output, .on_msg_recv_callback = on_message};
  static const char answer[] =
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
  char request[4096];
  if (recv(fd, request, sizeof request, 0) <= 0) return false;
  if (wslay_event_context_server_init(&contexts[fd], &callbacks, (void *)(intptr_t)fd) < 0)
    return false;
  return send(fd, answer, sizeof answer - 1, MSG_NOSIGNAL) > 0;
}

static void answer(int fd) {
  if (fd >= DESCRIPTORS) {
    close(fd);
    return;
  }
  if (contexts[fd] ? wslay_event_recv(contexts[fd]) == 0 && wslay_event_send(contexts[fd]) == 0
                   : upgrade(fd))
    return;
  if (contexts[fd]) wslay_event_context_free(contexts[fd]);
  contexts[fd] = NULL;
  close(fd);
}

int main(void) {
  return epoll_serve(answer, NULL);
}
