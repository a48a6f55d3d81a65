/* The system's addresses, for the native files. */
#ifndef GREENIO_SRC_NET_NAMES_UV_H
#define GREENIO_SRC_NET_NAMES_UV_H

#include <sys/socket.h>
#include <greenio/names.h>

/* 0, GREEN_EINVAL: a family that streams do not have. */
int green__address_from_system(const struct sockaddr *from, green_address *out);

#endif
