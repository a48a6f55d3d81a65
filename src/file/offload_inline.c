/* green_offload() where there are no threads: the function runs here and now. */
#include <greenio/offload.h>
#include <greenio/status.h>
#include "core/wait.h"

int green_offload(int (*function)(void *arg), void *arg) {
  struct green__task *self;
  int rc = green__wait_begin(&self);
  if (rc == 0 && !function) rc = green_fail(GREEN_EINVAL, "green_offload: no function");
  if (rc < 0) return rc;
  rc = function(arg);
  if (rc < 0 && green__message_status(self) != rc) green_fail(rc, NULL);
  return rc;
}
