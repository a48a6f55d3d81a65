/* greenio_posix switched on, in WebAssembly. */
#include <greenio/future.h>
#include <greenio/posix.h>
#include "core/wait.h"
#include "posix.h"
#include "posix_js.h"

static bool enabled;

bool green__posix_is_enabled(void) {
  return enabled;
}

bool green__posix_parks(void) {
  return enabled && green__running();
}

int green_posix_enable(void) {
  if (enabled) return 0;
  int rc = green__js_posix_enable();
  if (rc < 0)
    return green_fail(rc, "green_posix_enable: there are no sockets here: give the factory "
                          "greenSockets (docs/gateway.md)");
  green__libc = green__real()->libc;
  enabled = true;
  green__posix_watch_signals();
  return 0;
}
