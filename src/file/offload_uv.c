/* green_offload() natively. */
#include <greenio/offload.h>
#include <greenio/status.h>
#include <greenio/uv.h>
#include "core/wait.h"
#include "request.h"

struct call {
  uv_work_t work;
  struct green__request request;
  int (*function)(void *arg);
  void *arg;
  int status;
  struct green__words words;
};

static void on_thread(uv_work_t *work) {
  struct call *call = work->data;
  green__words_begin(&call->words);
  call->status = call->function(call->arg);
  green__words_begin(NULL);
}

static void on_done(uv_work_t *work, int status) {
  struct call *call = work->data;
  (void)status; /* withdrawn or not: green__request_wait() knows */
  green__request_done(&call->request);
}

int green_offload(int (*function)(void *arg), void *arg) {
  struct call call = {.work.data = &call, .function = function, .arg = arg};
  int rc = green__request_begin(&call.request);
  if (rc == 0 && !function) rc = green_fail(GREEN_EINVAL, "green_offload: no function");
  if (rc < 0) return rc;
  rc = uv_queue_work(green_uv_loop(), &call.work, on_thread, on_done);
  if (rc < 0) return green_fail(green_status_from_uv(rc), NULL);
  rc = green__request_wait(&call.request, (uv_req_t *)&call.work, "an offloaded call");
  if (rc < 0) return rc;
  if (call.words.status || call.words.text)
    green__message_leave(call.request.task, call.words.status, call.words.text);
  if (call.status < 0 && call.words.status != call.status) green_fail(call.status, NULL);
  return call.status;
}
