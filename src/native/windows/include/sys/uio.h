/* See sys/socket.h here. */
#ifndef GREENIO_SRC_NATIVE_WINDOWS_SYS_UIO_H
#define GREENIO_SRC_NATIVE_WINDOWS_SYS_UIO_H

#include <stddef.h>

struct iovec {
  void *iov_base;
  size_t iov_len;
};

#endif
