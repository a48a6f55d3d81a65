/* What libuv says of a failure, as a status. */
#include <greenio/status.h>
#include <greenio/uv.h>
#include "system_uv.h"

int green_status_from_uv(int result) {
  switch (result) {
  case UV_EAI_MEMORY:
    return GREEN_ENOMEM;
  case UV_EAI_CANCELED:
    return GREEN_ECANCELED;
  case UV_EAI_FAIL:
  case UV_EAI_AGAIN:
  case UV_EAI_NODATA:
  case UV_EAI_NONAME:
    return GREEN_ENOHOST;
  case UV_EOF:
    return GREEN_ECLOSED;
  default:
    return result < 0 ? green__system_status_of_uv(result) : 0;
  }
}
