/* Where streams are sockets alone: Windows. */
#include <greenio/status.h>
#include "native/socket.h"

int green__plain_read(uv_os_sock_t fd, void *data, size_t size) {
  (void)fd, (void)data, (void)size;
  return GREEN_ENOTSUP;
}

int green__plain_write(uv_os_sock_t fd, const void *data, size_t size) {
  (void)fd, (void)data, (void)size;
  return GREEN_ENOTSUP;
}
