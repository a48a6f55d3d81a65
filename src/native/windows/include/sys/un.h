/* See sys/socket.h here. No socket has such an address: they are pipes' (src/net/pipe_windows.c). */
#ifndef GREENIO_SRC_NATIVE_WINDOWS_SYS_UN_H
#define GREENIO_SRC_NATIVE_WINDOWS_SYS_UN_H

#include <sys/socket.h>

struct sockaddr_un {
  ADDRESS_FAMILY sun_family;
  char sun_path[108];
};

#endif
