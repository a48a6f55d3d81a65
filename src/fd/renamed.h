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

#endif
