/* Between the native files: the system's addresses. */
#ifndef GREENIO_SRC_NET_NAMES_UV_H
#define GREENIO_SRC_NET_NAMES_UV_H

#include <netdb.h>
#include <sys/socket.h>
#include <greenio/names.h>
#include "shared.h"

GREEN__SHARED_BEGIN

/* 0, GREEN_EINVAL: a family that streams do not have. */
int green__address_from_system(const struct sockaddr *from, green_address *out);

/* getaddrinfo() in a task, which parks; `node` is not NULL. 
 *   0: the call was made; *code is what it returned, with errno, and if that is 0, *out is there.
 *   A status: the wait was interrupted, or there is no memory. */
int green__addrinfo(const char *node, const char *service, const struct addrinfo *hints,
                    struct addrinfo **out, int *code);

/* The other way: 0, GREEN_EINVAL. */
int green__address_to_system(const green_address *address, struct sockaddr_storage *out,
                             socklen_t *size);

GREEN__SHARED_END

#endif
