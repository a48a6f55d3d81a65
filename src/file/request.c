#include "request.h"

#include <greenio/status.h>
#include <greenio/task.h>
#include "core/wait.h"

int green__request_begin(struct green__request *request) {
  *request = (struct green__request){0};
  green__pool_used();
  return green__wait_begin(&request->task);
}

int green__request_wait(struct green__request *request, uv_req_t *with, const char *what) {
  struct green__task *self = request->task;
  int interruption = green__park(self, what, request);
  if (request->done) {
    green__wait_restore(self, interruption);
    return 0;
  }
  bool withdrawn = uv_cancel(with) == 0;
  GREEN_SHIELD {
    while (!request->done) green__park(self, what, request);
  }
  if (withdrawn) return interruption;
  green__wait_restore(self, interruption);
  return 0;
}

void green__request_done(struct green__request *request) {
  request->done = true;
  green__wake_from(request->task, request);
}
