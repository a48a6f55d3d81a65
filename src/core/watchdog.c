/* The watchdog's part that every host has: asked for, and measured after the fact where the host
 * cannot look while the loop is held. */
#include <greenio/watchdog.h>

#include <inttypes.h>
#include <greenio/status.h>
#include "host.h"
#include "log.h"
#include "runtime.h"
#include "timer.h"

int green_set_watchdog(uint64_t milliseconds) {
  struct green_runtime *runtime = milliseconds ? green__runtime() : green__thread.runtime;
  if (!runtime) return milliseconds ? GREEN_ENOMEM : 0;
  uint64_t limit = milliseconds ? green__nanoseconds(milliseconds) : 0;
  int rc = green__host_watch(runtime->host, limit);
  runtime->measured_limit = rc == GREEN_ENOTSUP ? limit : 0;
  green__watched_changed(runtime);
  return rc == GREEN_ENOTSUP ? 0 : rc;
}

void green__watchdog_measure(const struct green_runtime *runtime) {
  uint64_t held = green__host_now() - runtime->held_since;
  if (held <= runtime->measured_limit) return;
  const char *name = green__running_name();
  green__say("greenio: watchdog: %s held the loop for %" PRIu64 " ms, longer than %" PRIu64 " ms",
             name ? name : "a callback", held / 1000000, runtime->measured_limit / 1000000);
}
