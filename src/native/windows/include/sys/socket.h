/* The headers of this folder have the names that sockets' headers have elsewhere, so that files which are the
 * same on both systems need not know. What the system has only under another name is added here. */
#ifndef GREENIO_SRC_NATIVE_WINDOWS_SYS_SOCKET_H
#define GREENIO_SRC_NATIVE_WINDOWS_SYS_SOCKET_H

#include <winsock2.h>
#include <ws2tcpip.h>
#include <netioapi.h>
#include <stdint.h>

typedef uint16_t in_port_t;

#define SHUT_WR SD_SEND

#endif
