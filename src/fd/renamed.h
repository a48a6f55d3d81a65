/* Between the files of what <greenio/fd_names.h> renames: the C library's functions, which wait in
 * tasks. */
#ifndef GREENIO_SRC_FD_RENAMED_H
#define GREENIO_SRC_FD_RENAMED_H

#include <netdb.h>
#include <greenio/base.h>
#include "fd.h"

/* Defines what code that is compiled with the header is linked with for `name`. */
#define RENAMED(type, name, parameters)                                                            \
  GREEN_API type green__name_##name parameters;                                                    \
  type green__name_##name parameters

/* What greenio_posix in WebAssembly takes for libc's. */
GREEN_API int green__name_getaddrinfo(const char *node, const char *service,
                                      const struct addrinfo *hints, struct addrinfo **out);
GREEN_API void green__name_freeaddrinfo(struct addrinfo *list);

#endif
