/* libuv's numbers, which are errno's, negated. */
#ifndef GREENIO_SRC_NATIVE_SYSTEM_UV_H
#define GREENIO_SRC_NATIVE_SYSTEM_UV_H

#include <greenio/status.h>

/* A failure that has to do with the system, as a status. ../windows/system_uv.h has the same function. */
static inline int green__system_status_of_uv(int failure) {
  return green_status_from_errno(-failure);
}

#endif
